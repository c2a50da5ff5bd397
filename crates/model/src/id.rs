//! Identifiers: a prefix that says what is named, and 26 base32 characters of a UUIDv7.
//!
//! They sort by creation time, are valid DNS labels (so that a remote thing can be named after a run), and one
//! kind cannot be handed over for another.

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// RFC 4648 base32 in the extended-hex alphabet, lower case: unlike plain base32 it keeps the order of the bytes.
static BASE32: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghijklmnopqrstuv");
    specification.encoding().ok()
});

/// What an identifier is made from. `millis` is the creation time; the random bytes make it unique.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    pub millis: u64,
    pub random: [u8; 10],
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{given}` is not an identifier of the form {prefix}-<26 characters>")]
pub struct BadId {
    pub given: String,
    pub prefix: &'static str,
}

fn text_of(prefix: &str, seed: Seed) -> String {
    let uuid = uuid::Builder::from_unix_timestamp_millis(seed.millis, &seed.random).into_uuid();
    let encoded = BASE32.as_ref().map(|base32| base32.encode(uuid.as_bytes())).unwrap_or_default();
    format!("{prefix}-{encoded}")
}

fn is_id(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|rest| rest.len() == 26 && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v')))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub const PREFIX: &str = $prefix;

            pub fn new(seed: Seed) -> Self {
                Self(text_of($prefix, seed))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                if is_id($prefix, text) {
                    Ok(Self(text.to_owned()))
                } else {
                    let given = text.chars().take(80).collect();
                    Err(BadId { given, prefix: $prefix })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "-[0-9a-v]{26}$")))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// One run.
    RunId = "run";
    /// One attempt to carry out a run at one offer.
    AttemptId = "att";
    /// One pilot process.
    PilotId = "plt";
    /// One durable flow.
    FlowId = "flw";
    /// One person.
    PersonId = "per";
    /// A token for another service that a run was given.
    CredentialId = "crd";
    /// One personal token (the token's name, not its secret).
    TokenId = "tok";
    /// One browser that is signed in.
    SessionId = "ses";
    /// One upload.
    UploadId = "upl";
    /// One plan.
    PlanId = "pln";
    /// One database and everything it owns; part of every ownership mark.
    DeploymentId = "dep";
    /// One gateway process.
    GatewayId = "gwy";
    /// One HTTP request.
    RequestId = "req";
    /// One entry of the audit.
    EntryId = "aud";
    /// One team.
    TeamId = "team";
    /// One public SSH key of a person's.
    KeyId = "key";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_parse_back_and_refuse_others() {
        let early = RunId::new(Seed { millis: 1_000, random: [255; 10] });
        let late = RunId::new(Seed { millis: 1_001, random: [0; 10] });
        assert!(early < late);
        assert_eq!(early.as_str().len(), 30);
        assert_eq!(early.as_str().parse::<RunId>().as_ref(), Ok(&early));
        assert!(early.as_str().parse::<AttemptId>().is_err());
        for bad in ["run-", "run-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "run-zzzzzzzzzzzzzzzzzzzzzzzzzz", "../etc/passwd"] {
            assert!(bad.parse::<RunId>().is_err(), "{bad}");
        }
    }
}
