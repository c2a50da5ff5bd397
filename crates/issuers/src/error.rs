//! What goes wrong with an issuer, sorted by who can do something about it.

use std::time::Duration;

use data::guard::Refused;

use crate::{BadSignIn, BadToken};

/// `issuer` is the name in the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It could not be asked, or did not answer. May pass; the issuer's operators can do something.
    #[error("the issuer {issuer} cannot be reached: {why}")]
    Unreachable { issuer: String, why: Unreachable },
    /// It understood the question and said no.
    #[error("the issuer {issuer} refused: {denial}")]
    Denied { issuer: String, denial: Denial },
    /// Its answer breaks the rules of OpenID or contradicts what it said before. Nothing of it was used.
    #[error("the answer of the issuer {issuer} cannot be trusted: {lie}")]
    Lie { issuer: String, lie: Lie },
    /// It has no such endpoint, or the settings say not to use it.
    #[error("the issuer {issuer} does not offer {what}")]
    NotOffered { issuer: String, what: Feature },
    /// Whoever sent the token has to get another one.
    #[error(transparent)]
    Token(#[from] BadToken),
    /// Whoever signs in has to begin again.
    #[error(transparent)]
    SignIn(#[from] BadSignIn),
    #[error("the operating system gives no random numbers")]
    NoRandomness,
}

impl Error {
    /// Whether the same may succeed later without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        matches!(self, Error::Unreachable { .. })
    }

    /// Whether the grant is gone: expired, revoked, used up. Only a new sign-in brings another.
    pub fn needs_sign_in(&self) -> bool {
        matches!(self, Error::Denied { denial: Denial { what: Denied::InvalidGrant, .. }, .. })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    #[error("no connection: {why}")]
    Connect { why: String },
    #[error("no whole answer within {limit:?}")]
    Deadline { limit: Duration },
    #[error("the connection broke in the midst of its answer: {why}")]
    Cut { why: String },
    #[error("it answered with the status {status}")]
    Status { status: u16 },
    #[error("its address is refused: {0}")]
    Guarded(Refused),
    /// It was asked a moment ago, in vain; it is asked again soon.
    #[error("it could not be reached a moment ago")]
    Resting,
}

/// An error of OAuth, as the issuer wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    pub what: Denied,
    /// In the issuer's words, shortened, without anything that could be a token.
    pub description: Option<String>,
}

impl std::fmt::Display for Denial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.description {
            Some(description) => write!(f, "{} ({description})", self.what.name()),
            None => f.write_str(self.what.name()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The code, device code or refresh token is unknown, used, expired or revoked.
    InvalidGrant,
    /// This gateway is not (any more) known to the issuer, or its secret is wrong.
    InvalidClient,
    /// This gateway may not do this.
    UnauthorizedClient,
    InvalidRequest,
    InvalidScope,
    /// No token for this audience.
    InvalidTarget,
    UnsupportedGrantType,
    /// The person, or the issuer on their behalf, said no.
    AccessDenied,
    /// The access token was not accepted.
    InvalidToken,
    Other(String),
}

impl Denied {
    pub fn of_name(name: &str) -> Self {
        match name {
            "invalid_grant" => Self::InvalidGrant,
            "invalid_client" => Self::InvalidClient,
            "unauthorized_client" => Self::UnauthorizedClient,
            "invalid_request" => Self::InvalidRequest,
            "invalid_scope" => Self::InvalidScope,
            "invalid_target" => Self::InvalidTarget,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "access_denied" => Self::AccessDenied,
            "invalid_token" => Self::InvalidToken,
            other => Self::Other(for_people(other, 40)),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::AccessDenied => "access_denied",
            Self::InvalidToken => "invalid_token",
            Self::Other(name) => name,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lie {
    #[error("{about} is not JSON that can be accepted: {why}")]
    Json { about: &'static str, why: String },
    #[error("{about} has more than {limit} bytes")]
    TooLarge { about: &'static str, limit: usize },
    #[error("{about} is compressed, which was not asked for")]
    Compressed { about: &'static str },
    #[error("instead of {about} there is a redirect")]
    Redirect { about: &'static str },
    #[error("instead of {about} there is the status {status}")]
    Status { about: &'static str, status: u16 },
    #[error("its configuration is that of another issuer: {said:?}")]
    Issuer { said: String },
    #[error("its {endpoint} {why}")]
    Endpoint { endpoint: &'static str, why: String },
    #[error("{about} lacks {field}, or it is of the wrong form")]
    Field { about: &'static str, field: &'static str },
    #[error("its id_token is refused: {0}")]
    IdToken(BadToken),
    #[error("its token is of the type {said:?}, not Bearer")]
    TokenType { said: String },
    #[error("{about} is about somebody else than the id_token")]
    OtherSubject { about: &'static str },
    #[error("the token it exchanged is not meant for {asked:?}")]
    OtherAudience { asked: String },
}

/// What an issuer may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Feature {
    #[error("signing in by browser")]
    Browser,
    #[error("signing in by device code")]
    Device,
    #[error("token exchange")]
    Exchange,
    #[error("introspection of opaque tokens")]
    Introspection,
    #[error("revocation")]
    Revocation,
    #[error("information about users")]
    Userinfo,
}

/// Text from outside, for a message: one line, short, and without any word that is long enough to be a secret. An
/// issuer may well repeat in its description the token that it does not like.
pub(crate) fn for_people(text: &str, most: usize) -> String {
    const LONGEST_WORD: usize = 32;
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let short = words.map(|word| if word.chars().count() > LONGEST_WORD { "…" } else { word });
    short.collect::<Vec<_>>().join(" ").chars().take(most).collect()
}

impl Denial {
    pub(crate) fn new(error: &str, description: Option<&str>) -> Self {
        let description = description.map(|text| for_people(text, 200)).filter(|text| !text.is_empty());
        Self { what: Denied::of_name(error), description }
    }
}
