//! Why there is no token, sorted by who can do something about it.

use db::DbError;
use identity::sealing::SealingError;
use issuers::{Denial, Error};
use model::{Code, Problem, Timestamp};

#[derive(Clone, Debug, thiserror::Error)]
pub enum Trouble {
    /// The person has to sign in at this issuer; until then whoever needs the token waits.
    #[error("{title}: {why}")]
    SignIn { issuer: String, title: String, why: Why },
    /// The issuer cannot be asked now, or another gateway is asking it. The same may succeed soon.
    #[error("{title} cannot be asked: {why}")]
    Passing { title: String, why: String },
    /// The issuer understood and said no: to this audience, to these scopes.
    #[error("{title} gives no such token: {denial}")]
    Denied { title: String, denial: Denial },
    /// Its answer cannot be used, or it is not set up for this.
    #[error("{title}: {why}")]
    Unusable { title: String, why: String },
    #[error("there is no login service `{name}`")]
    NoSuchIssuer { name: String },
    #[error("the person is suspended")]
    Suspended,
    /// The owner took this credential from the run.
    #[error("it was revoked at {at}")]
    Revoked { at: Timestamp },
    #[error("the database failed: {0}")]
    Db(String),
    #[error("a kept token cannot be read: {0}")]
    Sealing(String),
}

/// Why somebody has to sign in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("you have not signed in there, or it did not permit this gateway to act for you while you are away")]
    NeverGiven,
    #[error("your consent ended: {0}")]
    Ended(String),
}

impl Trouble {
    pub(crate) fn of_issuer(name: &str, title: &str, error: &Error) -> Self {
        let title = title.to_owned();
        match error {
            error if error.needs_sign_in() => {
                let Error::Denied { denial, .. } = error else { return Self::Unusable { title, why: error.to_string() } };
                Self::SignIn { issuer: name.to_owned(), title, why: Why::Ended(denial.to_string()) }
            }
            error if error.may_pass() => Self::Passing { title, why: error.to_string() },
            Error::Denied { denial, .. } => Self::Denied { title, denial: denial.clone() },
            other => Self::Unusable { title, why: other.to_string() },
        }
    }

    /// No token for that audience: the consent itself is whole, whatever word the issuer has for it.
    pub(crate) fn of_exchange(name: &str, title: &str, error: Error) -> Self {
        match error {
            Error::Denied { denial, .. } => Self::Denied { title: title.to_owned(), denial },
            other => Self::of_issuer(name, title, &other),
        }
    }

    /// Whether it is worth asking again without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Passing { .. } | Self::Db(_))
    }
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self::Db(error.to_string())
    }
}

impl From<SealingError> for Trouble {
    fn from(error: SealingError) -> Self {
        Self::Sealing(error.to_string())
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::SignIn { issuer, title, why } => Problem::new(
                Code::SignInNeeded,
                format!("{title}: {why}."),
                format!(
                    "Sign in again at {title}: in the portal, or with `roadstead login --issuer {issuer}`. The work goes on by itself then."
                ),
            ),
            Trouble::Passing { title, why } => Problem::new(
                Code::IssuerUnreachable,
                format!("{title} cannot be asked for a token: {why}."),
                "Nothing needs to be done: it is tried again.",
            ),
            Trouble::Denied { title, denial } => Problem::new(
                Code::TokenDenied,
                format!("{title} gives no token for this: {denial}."),
                "Ask those who run the login service to permit it, or the administrator of this gateway to ask for something else.",
            ),
            Trouble::Unusable { title, why } => Problem::new(
                Code::TokenDenied,
                format!("{title}: {why}."),
                "Tell the administrator of this gateway: the login service or its configuration here is at fault.",
            ),
            Trouble::NoSuchIssuer { name } => Problem::new(
                Code::ConfigurationInvalid,
                format!("The configuration names a login service `{name}`, and there is none."),
                "Tell the administrator of this gateway.",
            ),
            Trouble::Suspended => Problem::new(
                Code::Forbidden,
                "The person in whose name it was to be is suspended.",
                "Ask the administrator of this gateway.",
            ),
            Trouble::Revoked { at } => Problem::new(
                Code::CredentialRevoked,
                format!("The credential was taken from the run at {at}."),
                "Submit it as a new run if it may have it after all.",
            ),
            Trouble::Db(_) | Trouble::Sealing(_) => Problem::internal(),
        }
    }
}
