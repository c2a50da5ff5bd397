//! Where a token came from, for whoever is told that it is refused.

use model::{Code, Problem};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// What the gateway of this computer wrote for its owner.
    ThisComputer,
    Stdin,
    File(PathBuf),
    Variable(&'static str),
    /// This account of oidc-agent.
    Agent(String),
    /// `roadstead login`, at this gateway.
    SignIn(String),
}

impl Source {
    /// A gateway's refusal of the token, with where it came from and what to do there.
    pub fn explain(&self, problem: Problem) -> Problem {
        if !matches!(problem.code, Code::NotSignedIn | Code::BadCredential) {
            return problem;
        }
        let (words, remedy) = match self {
            Source::ThisComputer => return problem,
            Source::Stdin => (
                "on standard input".to_owned(),
                "Send another one that is meant for this gateway, or sign in with `roadstead login`.".to_owned(),
            ),
            Source::File(file) => (
                format!("from the file {}", file.display()),
                "Put another one into this file, or remove it and sign in with `roadstead login`.".to_owned(),
            ),
            Source::Variable(name) => (
                format!("from the variable {name}"),
                format!(
                    "Set {name} to a new one that is meant for this gateway, or unset it and sign in with `roadstead login`."
                ),
            ),
            Source::Agent(account) => (
                format!("from oidc-agent (account {account})"),
                format!(
                    "The account has to be at a login service that this gateway trusts, and give tokens that are meant for it \
                     (`oidc-gen --aud`); `oidc-gen --reauthenticate {account}` renews it. Or sign in with `roadstead login`."
                ),
            ),
            Source::SignIn(gateway) => {
                ("from your sign-in".to_owned(), format!("Sign in again: `roadstead login --gateway {gateway}`."))
            }
        };
        Problem { detail: format!("{} The token came {words}.", problem.detail), remedy, ..problem }
    }
}
