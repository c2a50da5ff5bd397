//! What the portal's page may load and do, said in headers, so that a hole in it is not a hole in everything.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use data_encoding::BASE64URL_NOPAD;
use db::DbError;

/// Fresh for each answer: whoever can write into the page cannot know it.
pub(super) fn nonce() -> Result<String, DbError> {
    Ok(BASE64URL_NOPAD.encode(&db::random_bytes::<16>()?))
}

/// Scripts are let in by the nonce alone, and by those it let in: were everything of this origin allowed, an output that
/// a run wrote would be. Style elements need the nonce; style attributes in markup are refused, and scripts that set
/// styles one by one (React, Mantine) are not affected by that.
pub(super) fn of_page(headers: &mut HeaderMap, nonce: &str) {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self' 'nonce-{nonce}'; \
         style-src-attr 'none'; connect-src 'self'; img-src 'self' blob: data:; font-src 'self'; media-src 'self' blob:; \
         worker-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    );
    headers.extend(HeaderValue::from_str(&policy).map(|value| (header::CONTENT_SECURITY_POLICY, value)));
    let fixed = [
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
    ];
    headers.extend(fixed.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))));
}

/// A worker takes the policy that its own file came with; a picture that is opened by itself runs nothing.
pub(super) fn of_file(headers: &mut HeaderMap) {
    let policy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
}
