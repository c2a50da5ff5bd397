//! Tokens that somebody has already: in a file, in a variable, on standard input.

use super::{Found, Source};
use model::{Code, Problem, Secret};
use std::io::{IsTerminal, Read};
use std::path::PathBuf;

/// No token is longer.
const LONGEST: u64 = 64 * 1_024;

pub fn from_stdin() -> Result<Found, Problem> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let detail = "Standard input is a terminal, on which a token would be seen.";
        return Err(Problem::new(Code::UsageWrong, detail, "Send it: `oidc-token ACCOUNT | roadstead … --token-stdin`."));
    }
    let mut text = String::new();
    let read = stdin.lock().take(LONGEST + 1).read_to_string(&mut text);
    read.map_err(|error| not_a_token("standard input", &error.to_string()))?;
    Ok(Found { token: token("standard input", &text)?, source: Source::Stdin })
}

pub fn from_file(file: PathBuf) -> Result<Found, Problem> {
    let text = std::fs::read_to_string(&file).map_err(|error| {
        let detail = format!("The token cannot be read from {}: {error}.", file.display());
        let remedy =
            "Put a token of that gateway into this file (readable by you only), name another, or sign in with `roadstead login`.";
        Problem::new(Code::NotSignedIn, detail, remedy)
    })?;
    Ok(Found { token: token(&file.display().to_string(), &text)?, source: Source::File(file) })
}

/// A variable that is empty is as good as none.
pub fn from_variable(name: &'static str) -> Result<Option<Found>, Problem> {
    match std::env::var(name) {
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => Ok(Some(Found { token: token(name, &text)?, source: Source::Variable(name) })),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(not_a_token(name, "it is no text")),
    }
}

/// One word of plain characters. What is wrong is said without showing any of it.
pub(super) fn token(place: &str, text: &str) -> Result<Secret, Problem> {
    let text = text.trim();
    let why = match () {
        () if text.is_empty() => "it is empty",
        () if text.len() as u64 > LONGEST => "it is too long",
        () if !text.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) => "it has other characters than a token, or several words",
        () => return Ok(Secret::new(text.to_owned())),
    };
    Err(not_a_token(place, why))
}

fn not_a_token(place: &str, why: &str) -> Problem {
    let remedy = "Give the text of one token and nothing else, or sign in with `roadstead login`.";
    Problem::new(Code::BadCredential, format!("What is in {place} is no token: {why}."), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word_and_what_is_not_is_not_shown() {
        assert_eq!(token("x", " rst_abc\n").expect("a token").expose(), "rst_abc");
        for bad in ["", " \n", "two words", "se\u{e9}cret", "a\tb", &"a".repeat(70_000)] {
            let problem = token("the file", bad).err().expect("refused");
            assert!(problem.code == Code::BadCredential && problem.detail.contains("the file"), "{problem:?}");
            assert!(bad.trim().is_empty() || !problem.detail.contains(bad.trim()), "{problem:?}");
        }
    }
}
