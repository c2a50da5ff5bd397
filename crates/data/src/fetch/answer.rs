//! Reading a response head: what the server claims, checked against what was asked.

use std::time::{Duration, SystemTime};

use reqwest::header::{self, HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};

use super::Trouble;

/// What distinguishes one version of a remote file from another, and its length.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    /// Strong ones only: a weak tag promises the same meaning, not the same bytes.
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub total: Option<u64>,
}

impl Version {
    pub fn of(headers: &HeaderMap, total: Option<u64>) -> Version {
        Version {
            etag: text(headers, &header::ETAG).filter(|tag| tag.starts_with('"')).map(str::to_owned),
            last_modified: text(headers, &header::LAST_MODIFIED).map(str::to_owned),
            total,
        }
    }

    /// What `If-Range` can carry.
    pub fn validator(&self) -> Option<&str> {
        self.etag.as_deref().or(self.last_modified.as_deref())
    }

    /// Nothing that both state differs.
    fn agrees_with(&self, other: &Version) -> bool {
        fn agree<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        agree(&self.etag, &other.etag) && agree(&self.last_modified, &other.last_modified) && agree(&self.total, &other.total)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The version that a 206 continues. `offset` is what was asked for, `known` what was begun.
pub(super) fn continuation(headers: &HeaderMap, offset: u64, known: &Version) -> Result<Version, Trouble> {
    let lie = |why| Trouble::Range { why };
    let value = text(headers, &header::CONTENT_RANGE).ok_or(lie("no Content-Range"))?;
    let (first, last, total) = content_range(value).ok_or(lie("an unreadable Content-Range"))?;
    // With neither a total nor one from before, the end of the file could not be told from a cut.
    let total = total.or(known.total).ok_or(lie("no total length"))?;
    if first != offset {
        return Err(lie("it starts elsewhere"));
    }
    if last < first || last >= total {
        return Err(lie("it ends beyond the end"));
    }
    let version = Version::of(headers, Some(total));
    if version.agrees_with(known) { Ok(version) } else { Err(lie("it is of another version of the file")) }
}

/// `bytes FIRST-LAST/TOTAL`, the total possibly `*`.
fn content_range(value: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, total) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let total = match total {
        "*" => None,
        total => Some(number(total)?),
    };
    Some((number(first)?, number(last)?, total))
}

fn number(text: &str) -> Option<u64> {
    // `parse` alone would accept a plus sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// `Retry-After` in either form, as seconds or as a date.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = text(headers, &header::RETRY_AFTER)?.trim();
    match number(value) {
        Some(seconds) => Some(Duration::from_secs(seconds)),
        None => Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_is_read_strictly() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, 9, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, 9, None)));
        for bad in ["", "5-9/10", "bytes */10", "bytes 5-/10", "bytes +5-9/10", "bytes 5-9", "bytes 5-99999999999999999999/*"] {
            assert_eq!(content_range(bad), None, "{bad}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let wait = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:37 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
    }
}
