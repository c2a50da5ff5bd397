//! By what a command is let in at a gateway that is named: where its token comes from, and where those of sign-ins are kept.
//!
//! What was said with the command counts before what is set for all commands, and what was made for this gateway before what was made
//! for many services. The first place of [`find`] that has something is used and no other, so that whoever is refused can be told which
//! token it was. A token is never an argument: those of all programs can be read by everybody on the computer.

mod agent;
mod given;
mod kept;
mod source;

pub use given::from_stdin;
pub use kept::{SignIn, sign_in_file};
pub use source::Source;

use crate::wiring::places;
use model::time::{Clock, SystemClock};
use model::{Code, Problem, Secret};
use std::path::PathBuf;
use url::Url;

/// What was said with the command.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub token_stdin: bool,
    pub token_file: Option<PathBuf>,
    pub oidc_agent: Option<String>,
}

/// A token, and where it was found.
pub struct Found {
    pub token: Secret,
    pub source: Source,
}

const TOKENS: [&str; 2] = ["OIDC_ACCESS_TOKEN", "FEDCLOUD_OIDC_ACCESS_TOKEN"];
const ACCOUNTS: [&str; 2] = ["OIDC_AGENT_ACCOUNT", "FEDCLOUD_OIDC_AGENT_ACCOUNT"];

/// Variables that hold a token itself, for whoever starts programs that are not to have it.
pub const SECRET_VARIABLES: [&str; 3] = ["ROADSTEAD_TOKEN", TOKENS[0], TOKENS[1]];

/// The token for this gateway.
pub async fn find(gateway: &str, wanted: &Wanted) -> Result<Found, Problem> {
    if let Some(found) = said(gateway, wanted).await? {
        return Ok(found);
    }
    if let Some(found) = given::from_variable("ROADSTEAD_TOKEN")? {
        return Ok(found);
    }
    if let Some(file) = std::env::var_os("ROADSTEAD_TOKEN_FILE").filter(|file| !file.is_empty()) {
        return given::from_file(file.into());
    }
    let now = SystemClock.now();
    let kept = SignIn::read(gateway)?;
    let over = match kept {
        Some(kept) if kept.expires_at.is_none_or(|at| at > now) => return Ok(kept.found(gateway)),
        Some(kept) => kept.expires_at,
        None => None,
    };
    let file = places::config_dir().join("token");
    if file.exists() {
        return given::from_file(file);
    }
    for name in TOKENS {
        if let Some(found) = given::from_variable(name)? {
            require_private(gateway)?;
            return Ok(found);
        }
    }
    for name in ACCOUNTS {
        if let Some(account) = std::env::var(name).ok().filter(|account| !account.is_empty()) {
            return from_agent(gateway, account).await;
        }
    }
    let detail = match over {
        Some(at) => format!("Your sign-in at {gateway} ended at {at}."),
        None => format!("There is no token for {gateway} here."),
    };
    Err(Problem::new(Code::NotSignedIn, detail, format!("Sign in: `roadstead login --gateway {gateway}`.")))
}

async fn said(gateway: &str, wanted: &Wanted) -> Result<Option<Found>, Problem> {
    Ok(Some(match wanted {
        Wanted { token_stdin: true, .. } => {
            require_private(gateway)?;
            from_stdin()?
        }
        Wanted { token_file: Some(file), .. } => given::from_file(file.clone())?,
        Wanted { oidc_agent: Some(account), .. } => from_agent(gateway, account.clone()).await?,
        _ => return Ok(None),
    }))
}

async fn from_agent(gateway: &str, account: String) -> Result<Found, Problem> {
    require_private(gateway)?;
    let token = agent::ask(&account).await?;
    Ok(Found { token, source: Source::Agent(account) })
}

/// That nobody on the way to this gateway reads what is sent to it. What opens more than this gateway, or was not meant to be sent by
/// whoever types the command, goes no other way.
pub fn require_private(gateway: &str) -> Result<(), Problem> {
    let url: Option<Url> = gateway.parse().ok();
    let is_loopback = |url: &Url| match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.is_some_and(|url| url.scheme() == "http" && !is_loopback(&url)) {
        let detail = format!("Whoever is between you and {gateway} could read the token: the address is not https.");
        return Err(Problem::new(Code::UsageWrong, detail, "Use the gateway's https address."));
    }
    Ok(())
}
