//! `logout`: the end of a sign-in.

use super::exit::Exit;
use super::login;
use super::session::Session;
use crate::client::{Address, Client};
use crate::credentials::{SignIn, Source};
use model::{Code, Problem};
use serde_json::json;

/// Sign out of a gateway: its token stops to work and is forgotten. Runs go on.
#[derive(Debug, clap::Args)]
pub struct Logout {}

impl Logout {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let gateway = login::gateway(session)?;
        let Some(kept) = SignIn::read(&gateway)? else {
            let detail = format!("You are not signed in at {gateway} from here.");
            return Err(Problem::new(
                Code::NotSignedIn,
                detail,
                "There is nothing to do; `roadstead tokens list` shows other tokens.",
            ));
        };
        revoke(&gateway, &kept).await?;
        kept.forget()?;
        match (session.output.is_json(), &kept.token_id) {
            (true, token) => session.output.json(&json!({ "gateway": gateway, "revoked": token })),
            (false, Some(_)) => session.output.line(format!("You are signed out of {gateway}; the token does not work any more")),
            (false, None) => {
                session.output.line(format!(
                    "The token for {gateway} is forgotten here; its login service made it, and only that can end it"
                ));
            }
        }
        Ok(Exit::Success)
    }
}

/// Makes its token useless. One that is so already is no trouble.
pub(super) async fn revoke(gateway: &str, kept: &SignIn) -> Result<(), Problem> {
    let Some(id) = &kept.token_id else { return Ok(()) };
    let source = Source::SignIn(gateway.to_owned());
    let address = Address { url: gateway.to_owned(), token: kept.token(), source, on_this_computer: false };
    match Client::new(&address)?.delete(&["tokens", id.as_str()]).await {
        Err(problem) if problem.code != Code::BadCredential => Err(problem),
        _ => Ok(()),
    }
}
