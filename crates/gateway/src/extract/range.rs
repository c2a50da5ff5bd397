//! Parts of files: which part is wanted (`Range`), which part is sent (`Content-Range`).

use crate::refusal::Refusal;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use model::Code;

/// Bytes from `start`, `length` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u64,
    pub length: u64,
}

/// The part of a file of `total` bytes that is asked for; none for all of it. Several parts at once are answered with
/// the whole, as they may be.
pub(crate) fn range(headers: &HeaderMap, total: u64) -> Result<Option<Span>, Refusal> {
    let Some(value) = headers.get(header::RANGE) else { return Ok(None) };
    let Some(wanted) = value.to_str().ok().and_then(|text| text.strip_prefix("bytes=")) else { return Ok(None) };
    let Some((first, last)) = wanted.split_once('-').filter(|_| !wanted.contains(',')) else { return Ok(None) };
    let start = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), Ok(end)) if start <= end && start < total => {
            return Ok(Some(Span { start, length: end.saturating_add(1).min(total) - start }));
        }
        (Ok(start), Err(_)) if last.is_empty() => start,
        (Err(_), Ok(suffix)) if first.is_empty() && suffix > 0 => total.saturating_sub(suffix),
        _ => total,
    };
    if start < total {
        return Ok(Some(Span { start, length: total - start }));
    }
    let refusal =
        Refusal::of_field(Code::InvalidField, "Range", format!("not a part of {total} bytes"), "Ask for bytes that are there.");
    let refusal = refusal.with_status(StatusCode::RANGE_NOT_SATISFIABLE);
    Err(match HeaderValue::from_str(&format!("bytes */{total}")) {
        Ok(value) => refusal.with_header(header::CONTENT_RANGE, value),
        Err(_) => refusal,
    })
}

/// Which part of a whole a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub start: u64,
    /// None for the part of a file that is empty.
    pub end: Option<u64>,
    pub total: u64,
}

impl ContentRange {
    pub fn length(&self) -> u64 {
        self.end.map_or(0, |end| end + 1 - self.start)
    }
}

pub(crate) fn content_range(headers: &HeaderMap) -> Result<Option<ContentRange>, Refusal> {
    let Some(value) = headers.get(header::CONTENT_RANGE) else { return Ok(None) };
    let parsed = value.to_str().ok().and_then(parse);
    parsed.map(Some).ok_or_else(|| {
        let detail = "must be `bytes FIRST-LAST/TOTAL`, or `bytes */0` for an empty file";
        Refusal::of_field(Code::InvalidField, "Content-Range", detail, "Say which part of the file this is.")
    })
}

fn parse(text: &str) -> Option<ContentRange> {
    let (part, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let total: u64 = total.parse().ok()?;
    if part == "*" {
        return (total == 0).then_some(ContentRange { start: 0, end: None, total });
    }
    let (start, end) = part.split_once('-')?;
    let (start, end): (u64, u64) = (start.parse().ok()?, end.parse().ok()?);
    (start <= end && end < total).then_some(ContentRange { start, end: Some(end), total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_inside_their_file_or_are_refused() {
        let of = |text: &'static str| {
            let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(text))]);
            range(&headers, 10).map(|span| span.map(|span| (span.start, span.length))).map_err(|_| ())
        };
        assert_eq!(of("bytes=0-3"), Ok(Some((0, 4))));
        assert_eq!(of("bytes=4-"), Ok(Some((4, 6))));
        assert_eq!(of("bytes=-3"), Ok(Some((7, 3))));
        assert_eq!(of("bytes=-99"), Ok(Some((0, 10))));
        assert_eq!(of("bytes=2-99"), Ok(Some((2, 8))));
        for whole in ["bytes=0-1,4-5", "lines=1-2", "bytes=3"] {
            assert_eq!(of(whole), Ok(None), "{whole}");
        }
        for refused in ["bytes=10-", "bytes=5-3", "bytes=-0", "bytes=x-y", "bytes=18446744073709551615-"] {
            assert_eq!(of(refused), Err(()), "{refused}");
        }
        assert_eq!(parse("bytes 4-7/10").map(|range| range.length()), Some(4));
        assert_eq!(parse("bytes */0").map(|range| range.length()), Some(0));
        for bad in ["bytes 4-3/10", "bytes 4-10/10", "bytes */5", "4-7/10", "bytes 4-7/*", "bytes -1-7/10"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
