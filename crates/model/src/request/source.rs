//! Where an input comes from.

use crate::id::{RunId, UploadId};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Upload(UploadId),
    /// Anything fetched over HTTP; the URL guard decides later whether it may be.
    Url(String),
    Run {
        run: RunId,
        element: Option<u32>,
        path: String,
    },
    File(PathBuf),
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadSource {
    #[error("`{0}` names no known kind of source: use upload:ID, https://…, run:ID/PATH or file:/PATH")]
    UnknownKind(String),
    #[error("`{0}` does not name an upload")]
    Upload(String),
    #[error("`{0}` does not name a file of a run: write run:ID/PATH, or run:ID/ELEMENT/PATH for an array")]
    Run(String),
    #[error("`{0}` is not an absolute path; the gateway has no current directory of yours")]
    RelativeFile(String),
    #[error("`{0}` is too long (8192 bytes at most) or has control characters")]
    Unprintable(String),
}

impl std::str::FromStr for Source {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        let shown = || text.chars().filter(|c| !c.is_control()).take(120).collect::<String>();
        if text.len() > 8_192 || text.chars().any(char::is_control) {
            return Err(BadSource::Unprintable(shown()));
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            return Ok(Self::Url(text.to_owned()));
        }
        match text.split_once(':') {
            Some(("upload", id)) => id.parse().map(Self::Upload).map_err(|_| BadSource::Upload(shown())),
            Some(("run", rest)) => run_source(rest).ok_or_else(|| BadSource::Run(shown())),
            Some(("file", path)) if path.starts_with('/') => {
                Ok(Self::File(PathBuf::from(path.strip_prefix("//").unwrap_or(path))))
            }
            Some(("file", _)) => Err(BadSource::RelativeFile(shown())),
            _ => Err(BadSource::UnknownKind(shown())),
        }
    }
}

/// `ID/PATH`, or `ID/3/PATH`: a first part of digits alone is an element, so a file that is named like a number
/// at the top of a single run is written `ID/./3`.
fn run_source(rest: &str) -> Option<Source> {
    let (id, path) = rest.split_once('/')?;
    let run: RunId = id.parse().ok()?;
    let (element, path) = match path.split_once('/') {
        Some((".", path)) => (None, path),
        Some((number, path)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
            (Some(number.parse().ok()?), path)
        }
        _ => (None, path),
    };
    (!path.is_empty()).then(|| Source::Run { run, element, path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Seed;

    #[test]
    fn sources_are_told_apart() {
        let run = RunId::new(Seed { millis: 1, random: [1; 10] });
        assert_eq!(
            format!("run:{run}/2/a/b.csv").parse(),
            Ok(Source::Run { run: run.clone(), element: Some(2), path: "a/b.csv".into() })
        );
        assert_eq!(
            format!("run:{run}/a/b.csv").parse(),
            Ok(Source::Run { run: run.clone(), element: None, path: "a/b.csv".into() })
        );
        assert_eq!(format!("run:{run}/./2").parse(), Ok(Source::Run { run: run.clone(), element: None, path: "2".into() }));
        assert_eq!("file:/data/x".parse(), Ok(Source::File("/data/x".into())));
        assert_eq!("file:///data/x".parse(), Ok(Source::File("/data/x".into())));
        for bad in [
            "",
            "x",
            "file:x",
            "ftp://a/b",
            "run:me/x",
            &format!("run:{run}"),
            &format!("run:{run}/"),
            "upload:1",
            "https://a\n/b",
        ] {
            let parsed = bad.parse::<Source>();
            assert!(parsed.is_err() || bad.starts_with("https://a/"), "{bad}: {parsed:?}");
        }
    }
}
