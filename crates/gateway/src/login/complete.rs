use crate::app::App;
use identity::{Admitted, Vouched};
use issuers::SignedIn;
use model::Problem;

/// Where every sign-in ends, whichever way somebody came from an issuer: they are found or made, what is said of their groups is written
/// down, and `make` gives them what they came for, a session or a token, unless they are suspended.
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
    Ok(make(&admitted).await?)
}
