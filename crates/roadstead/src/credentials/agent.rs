//! Tokens of oidc-agent, which keeps people's refresh tokens as ssh-agent keeps their keys.
//!
//! A question is one JSON object, sent on the agent's socket; so is the answer, after which the agent closes. (Its own programs encrypt
//! what they say to each other there; it takes it plain as well, and only its owner can reach the socket.)

use super::given;
use model::{Code, Problem, Secret};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

const SOCKET: &str = "OIDC_SOCK";
/// It may ask the person for a password first.
const PATIENCE: Duration = Duration::from_secs(120);
const LONGEST: u64 = 256 * 1_024;
/// Seconds that the token has to be good for: a command may take a while.
const VALID_FOR: u32 = 300;

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

/// An access token of this account.
pub async fn ask(account: &str) -> Result<Secret, Problem> {
    let start = "Start it (`eval \"$(oidc-agent-service use)\"`), or sign in with `roadstead login`.";
    let Some(socket) = std::env::var_os(SOCKET).filter(|socket| !socket.is_empty()) else {
        return Err(refused(format!("The variable {SOCKET} does not say where oidc-agent is."), start));
    };
    let question = json!({
        "request": "access_token", "account": account, "min_valid_period": VALID_FOR, "application_hint": "roadstead",
    });
    let asked = async {
        let mut stream = UnixStream::connect(&socket).await?;
        stream.write_all(question.to_string().as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(LONGEST).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(refused(format!("oidc-agent cannot be asked at {}: {error}.", socket.display()), start)),
        Err(_) => return Err(refused(format!("oidc-agent did not answer within {} seconds.", PATIENCE.as_secs()), start)),
    };
    let check = format!(
        "See whether `oidc-token {account}` works and `oidc-add --list` has the account; or sign in with `roadstead login`."
    );
    match serde_json::from_slice(&answer) {
        Ok(Answer { access_token: Some(token), .. }) => given::token("the answer of oidc-agent", &token),
        Ok(Answer { error: Some(error), .. }) => {
            let error: String = error.chars().filter(|c| !c.is_control()).take(300).collect();
            Err(refused(format!("oidc-agent gave no token of the account {account}: {error}."), &check))
        }
        _ => Err(refused("oidc-agent gave an answer that is not understood.".to_owned(), &check)),
    }
}

fn refused(detail: String, remedy: &str) -> Problem {
    Problem::new(Code::AgentRefused, detail, remedy)
}
