//! Why a token or a sign-in is not accepted: one variant for each reason, none of which shows the token.

use model::Timestamp;

use crate::{BadSubject, Feature};

/// The pieces of a JWT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Part {
    #[error("header")]
    Header,
    #[error("payload")]
    Payload,
    #[error("signature")]
    Signature,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    // Form.
    #[error("the token has more than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the token is neither a JWT of three parts nor an opaque one")]
    Form,
    #[error("the token is encrypted; only signed ones are accepted")]
    Encrypted,
    #[error("the token's {part} is not base64url")]
    Base64 { part: Part },
    #[error("the token's {part} is not a JSON object that can be accepted: {why}")]
    Json { part: Part, why: String },
    #[error("the token's header marks extensions as critical, and none is known here")]
    Critical,
    #[error("the token's claim {claim} is missing or of the wrong form")]
    Claim { claim: &'static str },

    // Signature.
    #[error("the token does not say how it is signed")]
    NoAlgorithm,
    #[error("the token is signed with {said:?}, which its issuer is not trusted with")]
    Algorithm { said: String },
    #[error("the token's key is not among those that the issuer publishes")]
    UnknownKey,
    #[error("the token does not say which of the issuer's keys signed it")]
    WhichKey,
    #[error("the token's key cannot be used: {why}")]
    Key { why: &'static str },
    #[error("the token's signature is wrong")]
    Signature,

    // Meaning.
    #[error("the token is of another kind: {why}")]
    Kind { why: &'static str },
    #[error("the token does not name its issuer")]
    NoIssuer,
    #[error("the token is from {said:?}, which is not trusted here")]
    UnknownIssuer { said: String },
    #[error("the token is from another issuer")]
    OtherIssuer,
    #[error("the token does not say whom it is meant for")]
    NoAudience,
    #[error("the token is not meant for this gateway, which is called {}", expected.join(" or "))]
    Audience { expected: Vec<String> },
    #[error("the token was given to another client")]
    AuthorizedParty,
    #[error("the token does not say when it ends")]
    NoExpiry,
    #[error("the token ended at {at}")]
    Expired { at: Timestamp },
    #[error("the token is not valid before {from}")]
    NotYet { from: Timestamp },
    #[error("the token was issued in the future, at {at}")]
    FromTheFuture { at: Timestamp },
    #[error("the token was issued too long ago, at {at}")]
    TooOld { at: Timestamp },
    #[error("the token's subject is refused: {0}")]
    Subject(#[from] BadSubject),
    #[error("the token is not the answer to this sign-in (nonce)")]
    Nonce,
    #[error("the token does not belong to the access token it came with (at_hash)")]
    AccessTokenHash,
    #[error("the token was used before")]
    Replayed,

    #[error("it was given to this gateway to act with, and to nobody to come back with")]
    OwnClient,

    // Opaque.
    #[error("opaque tokens are not accepted here: {0} is not set up")]
    Opaque(Feature),
    #[error("the issuer says that the token is not (any more) valid")]
    Inactive,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignIn {
    #[error("the answer does not belong to this sign-in (state)")]
    State,
    #[error("the sign-in took longer than {} minutes", minutes)]
    TooLate { minutes: u64 },
    #[error("the answer is from another issuer than the sign-in was begun with (iss)")]
    OtherIssuer,
    #[error("the answer does not name its issuer (iss), as this issuer promised")]
    NoIssuer,
    #[error("the sign-in was begun at another issuer")]
    BegunElsewhere,
    #[error("the answer has more than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the answer has {parameter} more than once")]
    Twice { parameter: &'static str },
    #[error("the answer lacks {parameter}")]
    Missing { parameter: &'static str },
}
