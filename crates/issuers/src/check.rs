//! What every token has to say about itself, whatever it is for.

use std::time::Duration;

use model::Timestamp;
use serde_json::{Map, Value};

use crate::{BadSubject, BadToken, Subject};

type Payload = Map<String, Value>;

/// The last second of the year 9999: no date beyond it can be shown.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// When it ends. It has to say so, and it has to be now.
pub(crate) fn times(payload: &Payload, now: Timestamp, leeway: Duration) -> Result<Timestamp, BadToken> {
    let ends = date(payload, "exp")?.ok_or(BadToken::NoExpiry)?;
    if now >= ends.plus(leeway) {
        return Err(BadToken::Expired { at: ends });
    }
    if let Some(from) = date(payload, "nbf")?.filter(|from| *from > now.plus(leeway)) {
        return Err(BadToken::NotYet { from });
    }
    if let Some(at) = date(payload, "iat")?.filter(|at| *at > now.plus(leeway)) {
        return Err(BadToken::FromTheFuture { at });
    }
    Ok(ends)
}

/// Seconds since 1970, possibly with a fraction (RFC 7519, section 2).
pub(crate) fn date(payload: &Payload, claim: &'static str) -> Result<Option<Timestamp>, BadToken> {
    let Some(value) = payload.get(claim) else { return Ok(None) };
    match value.as_f64() {
        Some(seconds) if (0.0..=LAST_SECOND).contains(&seconds) => Ok(Some(Timestamp::from_millis((seconds * 1000.0) as i64))),
        _ => Err(BadToken::Claim { claim }),
    }
}

/// All whom it is meant for: one text, or a list of them.
pub(crate) fn audiences(payload: &Payload) -> Result<Vec<&str>, BadToken> {
    let wrong = BadToken::Claim { claim: "aud" };
    let audiences = match payload.get("aud") {
        None => return Err(BadToken::NoAudience),
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => {
            let texts: Option<Vec<&str>> = many.iter().map(Value::as_str).collect();
            texts.ok_or_else(|| wrong.clone())?
        }
        Some(_) => return Err(wrong),
    };
    match audiences.as_slice() {
        [] => Err(BadToken::NoAudience),
        some if some.contains(&"") => Err(wrong),
        _ => Ok(audiences),
    }
}

/// The first of `ours` that it is meant for.
pub(crate) fn audience(payload: &Payload, ours: &[String]) -> Result<String, BadToken> {
    let theirs = audiences(payload)?;
    let found = ours.iter().find(|one| theirs.contains(&one.as_str()));
    found.cloned().ok_or_else(|| BadToken::Audience { expected: ours.to_vec() })
}

pub(crate) fn subject(payload: &Payload) -> Result<Subject, BadToken> {
    match payload.get("sub") {
        None => Err(BadSubject::Missing.into()),
        Some(Value::String(subject)) => Ok(Subject::new(subject)?),
        Some(_) => Err(BadToken::Claim { claim: "sub" }),
    }
}

pub(crate) fn text<'a>(payload: &'a Payload, claim: &'static str) -> Result<Option<&'a str>, BadToken> {
    match payload.get(claim) {
        None => Ok(None),
        Some(Value::String(text)) if !text.contains(char::is_control) => Ok(Some(text)),
        Some(_) => Err(BadToken::Claim { claim }),
    }
}

/// RFC 6749, section 3.3: words divided by single spaces.
pub(crate) fn scopes(payload: &Payload) -> Result<Option<Vec<String>>, BadToken> {
    let words = text(payload, "scope")?.map(|text| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned));
    Ok(words.map(Iterator::collect))
}

/// Whether two texts are the same, in a time that does not tell how much of them is.
pub(crate) fn same(one: &str, other: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}
