//! `login`: a token of a gateway's for whoever signs in at a login service.

use super::exit::Exit;
use super::session::Session;
use super::whoami::Me;
use crate::client::{Address, Client};
use crate::credentials::{self, SignIn, Source};
use crate::output::{Line, Style, ago};
use identity::{Scope, TokenView};
use model::time::{Clock, SystemClock};
use model::{Code, Problem, Secret, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  roadstead login --gateway https://gateway.example.org
  roadstead login --gateway https://gateway.example.org --issuer checkin
  oidc-token ACCOUNT | roadstead login --gateway https://gateway.example.org --token-stdin

You sign in with any browser, also on another computer or a telephone. The token that comes of it lives \
thirty days, may read and run, and is kept in a private file of your configuration directory.";

/// Sign in at a gateway.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Login {
    /// The login service, by its name here; needed when the gateway has several.
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,

    /// What the token may do: read, run (also read), admin (everything, for administrators). May be repeated.
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',', default_values = ["read", "run"])]
    scopes: Vec<Scope>,
}

#[derive(Deserialize)]
struct Issuer {
    name: String,
    title: String,
    url: String,
}

#[derive(Deserialize)]
struct Begun {
    login: Secret,
    user_code: String,
    verification_uri: String,
    #[serde(default)]
    verification_uri_complete: Option<String>,
    expires_at: Timestamp,
    interval: u64,
}

#[derive(Serialize)]
struct Ask<'a> {
    login: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
enum Polled {
    Pending {
        interval: u64,
    },
    SignedIn {
        #[serde(default)]
        token: Option<Box<Made>>,
    },
    Denied,
    Expired,
}

#[derive(Deserialize)]
struct Made {
    #[serde(flatten)]
    token: TokenView,
    secret: Secret,
}

impl Login {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let gateway = gateway(session)?;
        if session.global.token_file.is_some() || session.global.oidc_agent.is_some() {
            let detail = "With --token-file or --oidc-agent no sign-in is needed: each command takes them itself.";
            return Err(Problem::new(Code::UsageWrong, detail, "Give them to the command, or `login` without them."));
        }
        let before = SignIn::read(&gateway)?;
        let kept = if session.global.token_stdin {
            keep_given(&gateway).await?
        } else {
            // One listener for all the time: a signal between two would be lost, or end us with half a file written.
            let interrupted = tokio::signal::ctrl_c();
            let made = tokio::select! {
                made = self.sign_in(session, &gateway) => made?,
                _ = interrupted => {
                    session.output.note("You are not signed in, and nothing was kept.");
                    return Ok(Exit::Interrupted);
                }
            };
            keep(&gateway, made).await?
        };
        // The same one may have been given again.
        if let Some(before) = before.filter(|before| before.token_id != kept.0.token_id) {
            super::logout::revoke(&gateway, &before).await.unwrap_or_else(|problem| {
                session.output.note(format!("The token that you had here before could not be revoked: {}", problem.detail));
            });
        }
        tell(session, &gateway, &kept);
        Ok(Exit::Success)
    }

    async fn sign_in(&self, session: &Session, gateway: &str) -> Result<Made, Problem> {
        let client = Client::stranger(gateway)?;
        let issuer = choose(client.all::<Issuer>(&["issuers"], &[]).await?, self.issuer.as_deref())?;
        let wanted = json!({ "issuer": issuer.name, "scopes": self.scopes, "name": token_name() });
        let begun: Begun = client.post_json(&["logins"], &wanted).await?;
        let output = &session.output;
        output.note(
            Line::new().plain("Sign in at ").with(Style::Strong, &issuer.title).plain(": open this address with any browser"),
        );
        output.note(Line::new().plain("    ").with(Style::Strong, &begun.verification_uri));
        output.note(Line::new().plain("and type the code ").with(Style::Strong, &begun.user_code));
        if let Some(complete) = &begun.verification_uri_complete {
            output.note(Line::new().plain("or open ").plain(complete));
        }
        let spinner = output.spinner(&format!("Waiting for you at {}", issuer.title));
        let made =
            wait(&client, &begun, |problem| spinner.aside(|| output.note(format!("{} Waiting on.", problem.detail)))).await;
        drop(spinner);
        made
    }
}

/// Asks until it has ended, one way or the other.
async fn wait(client: &Client, begun: &Begun, tell: impl Fn(&Problem)) -> Result<Made, Problem> {
    let mut pause = begun.interval.max(1);
    let mut told = None;
    let again = "Begin again: `roadstead login`.";
    loop {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        let polled = client.post_json(&["logins", "token"], &Ask { login: begun.login.expose() }).await;
        match polled {
            Ok(Polled::Pending { interval }) => pause = interval.clamp(1, 60),
            Ok(Polled::SignedIn { token: Some(made) }) => return Ok(*made),
            Ok(Polled::SignedIn { token: None }) => {
                let detail = "The token of this sign-in was given out before; its text is not given twice.";
                let remedy = "Begin again with `roadstead login`, and revoke the lost one (`roadstead tokens list`).";
                return Err(Problem::new(Code::SignInRefused, detail, remedy));
            }
            Ok(Polled::Denied) => {
                let detail = "You declined, or the login service did not let you in.";
                return Err(Problem::new(Code::SignInRefused, detail, again));
            }
            Ok(Polled::Expired) => {
                return Err(Problem::new(Code::SignInRefused, "Nobody typed the code in time.", again));
            }
            Err(problem) if may_pass(problem.code) && SystemClock.now() < begun.expires_at => {
                if told != Some(problem.code) {
                    tell(&problem);
                }
                told = Some(problem.code);
                pause = pause.max(5);
            }
            Err(problem) => return Err(problem),
        }
    }
}

/// The sign-in is still there when these are over.
fn may_pass(code: Code) -> bool {
    use Code::{DatabaseConflict, DatabaseUnavailable, GatewayUnreachable, IssuerUnreachable, ShuttingDown, TooManyRequests};
    matches!(
        code,
        GatewayUnreachable | IssuerUnreachable | ShuttingDown | DatabaseUnavailable | DatabaseConflict | TooManyRequests
    )
}

fn choose(issuers: Vec<Issuer>, wanted: Option<&str>) -> Result<Issuer, Problem> {
    let names: Vec<String> = issuers.iter().map(|issuer| format!("{} ({}, {})", issuer.name, issuer.title, issuer.url)).collect();
    let listed = format!("It has: {}.", names.join("; "));
    let mut issuers = issuers.into_iter();
    match (wanted, issuers.len()) {
        (_, 0) => Err(Problem::new(
            Code::SignInRefused,
            "This gateway has no login service: its people come in by tokens and links alone.",
            "Ask its administrator for a token, and keep it with `roadstead login --token-stdin`.",
        )),
        (Some(wanted), _) => issuers.find(|issuer| issuer.name == wanted).ok_or_else(|| {
            Problem::new(
                Code::NotFound,
                format!("This gateway has no login service `{wanted}`. {listed}"),
                "Name one of them with --issuer.",
            )
        }),
        (None, 1) => issuers.next().ok_or_else(Problem::internal),
        (None, _) => Err(Problem::new(
            Code::UsageWrong,
            format!("This gateway has several login services. {listed}"),
            "Say which with --issuer.",
        )),
    }
}

/// Keeps the token; one that cannot be kept is not left behind.
async fn keep(gateway: &str, made: Made) -> Result<(SignIn, Me), Problem> {
    let Made { token, secret } = made;
    let address = Address {
        url: gateway.to_owned(),
        token: secret.clone(),
        source: Source::SignIn(gateway.to_owned()),
        on_this_computer: false,
    };
    let kept = async {
        let me: Me = Client::new(&address)?.get(&["me"], &[]).await?;
        let kept = SignIn::new(gateway, &secret, Some(token.id.clone()), me.id.clone(), token.expires_at);
        kept.write()?;
        Ok::<_, Problem>((kept, me))
    };
    match kept.await {
        Ok(kept) => Ok(kept),
        Err(problem) => {
            // What went wrong is what matters; this may go wrong for the same reason.
            let _ = Client::new(&address)?.delete(&["tokens", token.id.as_str()]).await;
            Err(problem)
        }
    }
}

/// A token that somebody has already, if the gateway accepts it.
async fn keep_given(gateway: &str) -> Result<(SignIn, Me), Problem> {
    let found = credentials::from_stdin()?;
    let token = found.token.clone();
    let address = Address { url: gateway.to_owned(), token: found.token, source: found.source, on_this_computer: false };
    let me: Me = Client::new(&address)?.get(&["me"], &[]).await?;
    let kept = SignIn::new(gateway, &token, me.token.clone(), me.id.clone(), me.token_expires_at);
    kept.write()?;
    Ok((kept, me))
}

fn tell(session: &Session, gateway: &str, (kept, me): &(SignIn, Me)) {
    let file = credentials::sign_in_file(gateway);
    if session.output.is_json() {
        session.output.json(&json!({
            "gateway": gateway, "person": { "id": me.id, "name": me.name }, "token": kept.token_id, "scopes": me.scopes,
            "expires_at": kept.expires_at, "file": file,
        }));
        return;
    }
    let until = match kept.expires_at {
        Some(at) => format!(", until {at} ({})", ago(at, SystemClock.now())),
        None => String::new(),
    };
    session.output.line(Line::new().plain("You are signed in as ").with(Style::Strong, &me.name).plain(until));
    session.output.note(format!("The token may: {}. It is kept in {}.", me.scopes, file.display()));
    if std::env::var_os("ROADSTEAD_GATEWAY").is_none() {
        session.output.note("For commands to use this gateway:");
        session.output.note(format!("    export ROADSTEAD_GATEWAY={gateway}"));
    }
}

/// A gateway to which a secret may be sent.
pub(super) fn gateway(session: &Session) -> Result<String, Problem> {
    let Some(gateway) = session.gateway() else {
        let detail = "Signing in is for a gateway that is named: that of this computer knows you already.";
        return Err(Problem::new(Code::UsageWrong, detail, "Name it with --gateway or ROADSTEAD_GATEWAY."));
    };
    credentials::require_private(&gateway)?;
    Ok(gateway)
}

fn token_name() -> String {
    let host: String = crate::wiring::places::node_name().chars().filter(char::is_ascii_graphic).take(80).collect();
    format!("command line on {host}")
}
