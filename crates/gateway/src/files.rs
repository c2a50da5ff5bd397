//! Files as answers: streamed from the disk, in parts when parts are asked for.

use crate::extract::{Span, etag_matches, range};
use crate::refusal::Refusal;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::io::SeekFrom;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

/// What is read from the disk at once.
const PIECE: usize = 64 * 1024;

/// The file, or the part of it that was asked for. `etag` names its content for ever.
pub(crate) async fn send(
    headers: &HeaderMap,
    mut file: File,
    media_type: &str,
    etag: Option<String>,
) -> Result<Response, Refusal> {
    let total = file.metadata().await?.len();
    let etag = etag.and_then(|etag| HeaderValue::from_str(&etag).ok());
    if let Some(etag) = &etag
        && etag.to_str().is_ok_and(|etag| etag_matches(headers, etag))
    {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag.clone())]).into_response());
    }
    // A part of another version must not be joined to this one.
    let is_same = headers.get(header::IF_RANGE).is_none_or(|wanted| Some(wanted) == etag.as_ref());
    let part = if is_same { range(headers, total)? } else { None };
    let Span { start, length } = part.unwrap_or(Span { start: 0, length: total });
    if start > 0 {
        file.seek(SeekFrom::Start(start)).await?;
    }
    let mut response = Response::new(Body::from_stream(ReaderStream::with_capacity(file.take(length), PIECE)));
    let answer = response.headers_mut();
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    answer.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_str(media_type).unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    if let Some(etag) = etag {
        answer.insert(header::ETAG, etag);
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    if part.is_some() {
        let end = start + length - 1;
        if let Ok(value) = HeaderValue::from_str(&format!("bytes {start}-{end}/{total}")) {
            answer.insert(header::CONTENT_RANGE, value);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// Makes a browser keep the file instead of showing it: what a run wrote is never a page of this gateway.
pub(crate) fn as_attachment(mut response: Response, name: &str) -> Response {
    let headers = response.headers_mut();
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect();
    let exact: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}");
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")),
    );
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    response
}
