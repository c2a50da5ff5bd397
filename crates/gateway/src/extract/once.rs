//! The `Idempotency-Key` of a creation.

use crate::refusal::Refusal;
use axum::http::HeaderMap;
use identity::Idempotency;
use model::Code;

/// What makes this request the same as another one: its key, and what it asks for.
pub(crate) fn once(headers: &HeaderMap, operation: &'static str, asked: &[u8]) -> Result<Option<Idempotency>, Refusal> {
    let mut keys = headers.get_all("idempotency-key").iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| (1..=255).contains(&key.len()) && keys.next().is_none());
    let key = key.ok_or_else(|| {
        Refusal::of_field(
            Code::InvalidField,
            "Idempotency-Key",
            "must be one value of 1 to 255 printable ASCII characters",
            "A random UUID is a good key.",
        )
    })?;
    Ok(Some(Idempotency { operation, key: key.to_owned(), body_hash: db::sha256(asked) }))
}
