//! The form of a JWT (RFC 7515, compact), before anybody believes it.
//!
//! Of the header only `alg`, `kid`, `typ` and what forbids reading on are looked at. `jku`, `jwk`, `x5u` and `x5c`,
//! by which a token would bring its own key along, are never read.

use data_encoding::BASE64URL_NOPAD as BASE64URL;
use serde_json::{Map, Value};

use crate::error::for_people;
use crate::refused::{BadToken, Part};
use crate::{Algorithm, json};

/// Check-in's tokens of people with hundreds of entitlements have some ten thousand bytes.
pub(crate) const MOST_TOKEN_BYTES: usize = 32 * 1024;
const MOST_KEY_ID_BYTES: usize = 256;

/// A token that has the right form; nothing in it is true yet.
pub(crate) struct Jwt<'a> {
    pub(crate) signed: &'a str,
    pub(crate) signature: &'a str,
    pub(crate) algorithm: String,
    pub(crate) key_id: Option<String>,
    /// Of the header, in lower case, without `application/`.
    pub(crate) kind: Option<String>,
    pub(crate) payload: Map<String, Value>,
}

impl<'a> Jwt<'a> {
    pub(crate) fn parse(token: &'a str) -> Result<Self, BadToken> {
        if token.len() > MOST_TOKEN_BYTES {
            return Err(BadToken::TooLarge { limit: MOST_TOKEN_BYTES });
        }
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let (header, payload, signature) = match parts.as_slice() {
            [header, payload, signature] => (*header, *payload, *signature),
            [_, _, _, _, _] => return Err(BadToken::Encrypted),
            _ => return Err(BadToken::Form),
        };
        let fields = read(Part::Header, header)?;
        if fields.contains_key("enc") {
            return Err(BadToken::Encrypted);
        }
        // `b64` changes what is signed, and is only allowed together with `crit`.
        if fields.contains_key("crit") || fields.contains_key("b64") {
            return Err(BadToken::Critical);
        }
        let algorithm = match fields.get("alg") {
            Some(Value::String(name)) if !name.is_empty() => name.clone(),
            _ => return Err(BadToken::NoAlgorithm),
        };
        let key_id = text(&fields, "kid")?;
        if key_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > MOST_KEY_ID_BYTES || id.contains(char::is_control)) {
            return Err(BadToken::Claim { claim: "kid" });
        }
        let kind = text(&fields, "typ")?.map(|kind| kind.to_ascii_lowercase());
        let kind = kind.map(|kind| kind.strip_prefix("application/").map(str::to_owned).unwrap_or(kind));
        // Checked before the signature is: of two spellings of one signature, one is refused.
        if signature.is_empty() || BASE64URL.decode(signature.as_bytes()).is_err() {
            return Err(BadToken::Base64 { part: Part::Signature });
        }
        let payload = read(Part::Payload, payload)?;
        let signed = token.get(..token.len() - signature.len() - 1).ok_or(BadToken::Form)?;
        Ok(Self { signed, signature, algorithm, key_id, kind, payload })
    }

    /// The one it is signed with, if it is one of those that may be.
    pub(crate) fn algorithm(&self, allowed: &[Algorithm]) -> Result<Algorithm, BadToken> {
        let named = Algorithm::of_name(&self.algorithm).filter(|algorithm| allowed.contains(algorithm));
        named.ok_or_else(|| BadToken::Algorithm { said: for_people(&self.algorithm, 40) })
    }

    /// Whom the token says it is from.
    pub(crate) fn issuer(&self) -> Result<&str, BadToken> {
        match self.payload.get("iss") {
            Some(Value::String(issuer)) if !issuer.is_empty() => Ok(issuer),
            None => Err(BadToken::NoIssuer),
            Some(_) => Err(BadToken::Claim { claim: "iss" }),
        }
    }
}

fn read(part: Part, text: &str) -> Result<Map<String, Value>, BadToken> {
    let bytes = BASE64URL.decode(text.as_bytes()).map_err(|_| BadToken::Base64 { part })?;
    json::object(&bytes).map_err(|why| BadToken::Json { part, why })
}

fn text(fields: &Map<String, Value>, name: &'static str) -> Result<Option<String>, BadToken> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(BadToken::Claim { claim: name }),
    }
}
