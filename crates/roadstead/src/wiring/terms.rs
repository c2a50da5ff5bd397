//! The terms of use of the configuration.

use super::config;
use identity::Terms;
use model::request::valid_name;
use model::{Code, Problem};

/// More than any lawyer writes, and less than a mistake of a path.
const LONGEST: usize = 256 * 1024;

/// A gateway that cannot show its terms does not start: it would let nobody do anything.
pub fn read(configured: Option<&config::Terms>) -> Result<Option<Terms>, Problem> {
    let Some(config::Terms { version, file, title }) = configured else { return Ok(None) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if version.is_empty() || version.len() > 40 || !version.chars().all(plain) {
        return Err(wrong("version: must be 1 to 40 letters, digits, `.`, `_` and `-`"));
    }
    if !valid_name(title) {
        return Err(wrong("title: must be 1 to 120 printable characters on one line"));
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&format!("file: {}: {error}", file.display())))?;
    if text.trim().is_empty() || text.len() > LONGEST {
        return Err(wrong(&format!("file: {} must hold 1 to {LONGEST} bytes of text", file.display())));
    }
    Ok(Some(Terms { version: version.clone(), title: title.clone(), text }))
}

fn wrong(detail: &str) -> Problem {
    let remedy = "Correct it in the configuration: `terms = { version = \"1\", file = \"/etc/roadstead/terms.md\" }`.";
    Problem::new(Code::ConfigurationInvalid, format!("terms.{detail}."), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_shown_keeps_the_gateway_from_starting() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("terms.md");
        let terms =
            |version: &str, title: &str| config::Terms { version: version.into(), file: file.clone(), title: title.into() };
        assert_eq!(read(None).expect("none"), None);
        let problem = read(Some(&terms("1", "Terms"))).expect_err("no file");
        assert!(problem.code == Code::ConfigurationInvalid && problem.detail.contains("terms.md"), "{problem:?}");
        std::fs::write(&file, "Be kind.\n").expect("written");
        let read_ = read(Some(&terms("2026-1", "Terms"))).expect("right").expect("some");
        assert_eq!((read_.version.as_str(), read_.text.as_str()), ("2026-1", "Be kind.\n"));
        for wrong in [terms("", "Terms"), terms("a/b", "Terms"), terms("1", ""), terms("1", "a\nb")] {
            assert!(read(Some(&wrong)).is_err(), "{wrong:?}");
        }
        std::fs::write(&file, " \n").expect("written");
        assert!(read(Some(&terms("1", "Terms"))).is_err(), "nothing to read");
    }
}
