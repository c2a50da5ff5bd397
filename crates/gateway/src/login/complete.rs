use crate::app::App;
use identity::{Admitted, Vouched};
use issuers::SignedIn;
use model::Problem;

/// Where every sign-in ends, whichever way somebody came from an issuer: they are found or made, what is said of their groups is written
/// down and what is said of their SSH keys followed, and `make` gives them what they came for, a session or a token, unless they are suspended. What they permit while they are
/// away is kept, and work that waited for them goes on.
pub(super) async fn complete<T, E>(
    app: &App,
    signed_in: SignedIn,
    make: impl AsyncFnOnce(&Admitted) -> Result<T, E>,
) -> Result<T, Problem>
where
    Problem: From<E>,
{
    let vouched = Vouched { issuer: &signed_in.issuer, subject: signed_in.subject.as_str(), claims: signed_in.claims.as_map() };
    let mut admitted = app.gateway.identity.admit(&vouched).await?;
    admitted.session = signed_in.session;
    let called = app.gateway.issuers.by_url(&signed_in.issuer).map_or("login service", |issuer| issuer.name());
    app.gateway.identity.follow_keys(&admitted, signed_in.claims.as_map(), called).await?;
    let made = make(&admitted).await?;
    // Trouble with what follows is no reason to keep somebody out who has a session or a token already.
    if let Err(error) = app.gateway.delegation.keep(&admitted, &signed_in.tokens).await {
        tracing::error!(%error, "what somebody permitted by signing in could not be kept");
    } else if let Err(error) = app.gateway.runs.go_on_after_sign_in(&admitted.person).await {
        tracing::warn!(%error, "runs that waited for a sign-in look by themselves a little later");
    }
    Ok(made)
}
