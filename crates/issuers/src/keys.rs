//! The keys that an issuer publishes (RFC 7517), and which of them a token may be verified with.
//!
//! A key that cannot be used stays in the set with the reason, so that a token signed with it is refused for that
//! reason; it never keeps the others from being used.

use data_encoding::BASE64URL_NOPAD as BASE64URL;
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};

use crate::{Algorithm, BadToken, Lie};

pub(crate) const ABOUT: &str = "its set of keys";
const MOST_KEYS: usize = 100;

pub(crate) struct KeySet(Vec<Key>);

struct Key {
    id: Option<String>,
    /// The only one it is for, when the issuer says so.
    algorithm: Option<String>,
    usable: Result<(Shape, DecodingKey), &'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl KeySet {
    pub(crate) fn read(fields: &Map<String, Value>) -> Result<Self, Lie> {
        let keys = fields.get("keys").and_then(Value::as_array).filter(|keys| keys.len() <= MOST_KEYS);
        let keys = keys.ok_or(Lie::Field { about: ABOUT, field: "keys" })?;
        let objects: Option<Vec<_>> = keys.iter().map(Value::as_object).collect();
        let objects = objects.ok_or(Lie::Field { about: ABOUT, field: "keys" })?;
        Ok(Self(objects.into_iter().map(Key::read).collect()))
    }

    /// The one key that verifies a token with this key id and algorithm.
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<&DecodingKey, BadToken> {
        let Some(id) = id else { return self.find_without_id(algorithm) };
        let mut named = self.0.iter().filter(|key| key.id.as_deref() == Some(id));
        match (named.next(), named.next()) {
            (None, _) => Err(BadToken::UnknownKey),
            (Some(key), None) => key.verifies(algorithm).map_err(|why| BadToken::Key { why }),
            // To try one after the other would let whoever adds a key to the set take over the name of another.
            (Some(_), Some(_)) => Err(BadToken::Key { why: "the issuer publishes several keys under this name" }),
        }
    }

    fn find_without_id(&self, algorithm: Algorithm) -> Result<&DecodingKey, BadToken> {
        let mut fitting = self.0.iter().filter_map(|key| key.verifies(algorithm).ok());
        match (fitting.next(), fitting.next()) {
            (None, _) => Err(BadToken::UnknownKey),
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(BadToken::WhichKey),
        }
    }
}

impl Key {
    fn read(fields: &Map<String, Value>) -> Self {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        Self {
            id: text("kid").map(str::to_owned),
            algorithm: text("alg").map(str::to_owned),
            usable: for_signatures(fields).and_then(|()| shape(fields)),
        }
    }

    fn verifies(&self, algorithm: Algorithm) -> Result<&DecodingKey, &'static str> {
        let (shape, key) = self.usable.as_ref().map_err(|why| *why)?;
        let fits = match algorithm {
            Algorithm::Es256 => *shape == Shape::P256,
            Algorithm::Es384 => *shape == Shape::P384,
            Algorithm::EdDsa => *shape == Shape::Ed25519,
            _ => *shape == Shape::Rsa,
        };
        match &self.algorithm {
            Some(only) if only != algorithm.name() => Err("it is for another algorithm"),
            _ if !fits => Err("it is of another kind than the algorithm"),
            _ => Ok(key),
        }
    }
}

fn for_signatures(fields: &Map<String, Value>) -> Result<(), &'static str> {
    if fields.contains_key("d") {
        return Err("its private half is published as well");
    }
    match fields.get("use") {
        None => {}
        Some(Value::String(word)) if word == "sig" => {}
        Some(_) => return Err("it is not for signatures"),
    }
    match fields.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(all)) if all.iter().any(|one| one == "verify") => Ok(()),
        Some(_) => Err("it is not for verifying"),
    }
}

fn shape(fields: &Map<String, Value>) -> Result<(Shape, DecodingKey), &'static str> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let bytes = |name: &str| BASE64URL.decode(text(name).as_bytes()).map_err(|_| "it is not in base64url");
    let unreadable = |_| "it cannot be read";
    match (text("kty"), text("crv")) {
        ("RSA", _) => {
            let (n, e) = (bytes("n")?, bytes("e")?);
            check_rsa(&n, &e)?;
            Ok((Shape::Rsa, DecodingKey::from_rsa_raw_components(&n, &e)))
        }
        ("EC", curve @ ("P-256" | "P-384")) => {
            let (shape, length) = if curve == "P-256" { (Shape::P256, 32) } else { (Shape::P384, 48) };
            if bytes("x")?.len() != length || bytes("y")?.len() != length {
                return Err("its point is not of its curve");
            }
            Ok((shape, DecodingKey::from_ec_components(text("x"), text("y")).map_err(unreadable)?))
        }
        ("OKP", "Ed25519") => {
            if bytes("x")?.len() != 32 {
                return Err("its point is not of its curve");
            }
            Ok((Shape::Ed25519, DecodingKey::from_ed_components(text("x")).map_err(unreadable)?))
        }
        ("EC" | "OKP", _) => Err("its curve is not accepted"),
        ("oct", _) => Err("it is a shared secret"),
        _ => Err("its kind is not known"),
    }
}

/// 2048 bits are the least that is still thought safe; a giant key would make each token a burden.
fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), &'static str> {
    let leading = n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = (n.len() * 8).saturating_sub(leading);
    let exponent = e.iter().fold(0u64, |value, byte| value.saturating_mul(256).saturating_add(u64::from(*byte)));
    match bits {
        ..2048 => Err("it is a weak RSA key (fewer than 2048 bits)"),
        2048..=8192 if exponent >= 3 && exponent % 2 == 1 && exponent < 1 << 33 => Ok(()),
        2048..=8192 => Err("it is an RSA key with a bad exponent"),
        _ => Err("it is an RSA key of more than 8192 bits"),
    }
}
