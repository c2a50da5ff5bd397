//! What a new machine is told at its first boot: user data for cloud-init, made of typed parts.
//!
//! Everything that varies (names, paths, packages, the words of commands) is a value in a `#cloud-config`, never a piece of a
//! script: commands are lists of words, each of which cloud-init puts in single quotes, and what needs steps of its own is
//! done by one fixed script (`setup.sh`) that gets the rest as its arguments. The config is written as JSON, which is
//! YAML: no rule of YAML's about plain texts (`no`, `12e45`, `: `) can make anything else of what was put in. It is indented, so
//! that somebody who looks at a machine can read it.
//!
//! With a file of the person's own, user data is a message of several parts. How cloud-init merges them decides their order:
//! its documentation speaks of a stack of rules, but the program (0.7.9 to 24) merges each part into what came before by the
//! rule of the *arriving* part, and the rule `dict(replace)` replaces lists too. So that lists are joined and the
//! person's own values win, theirs comes first and ours after it, with `list(prepend)+dict(no_replace,recurse_list)`: what is
//! there stays, and in lists ours stands in front, so that their commands find what the recipe makes. Since the rule is
//! ours, what their file says about merging changes nothing. A script of theirs is named so that it runs after all commands:
//! cloud-init sorts scripts by name, and calls the commands `runcmd`.
//!
//! Of secrets there is one at most: the single-use enrolment code of a pilot.

mod config;
mod mime;
mod own;
mod text;

pub use config::PILOT_DIRECTORY;

use crate::driver::Start;
use model::Secret;
use model::mark::Mark;
use model::recipe::Recipe;
use std::time::Duration;

/// What Nova takes, in base64.
pub const MOST_BASE64: usize = 65_535;

/// What a machine is made of.
#[derive(Clone, Copy, Default)]
pub struct Parts<'a> {
    pub hostname: &'a str,
    /// What the account is to be called that people sign in to. Without it the image decides.
    pub login: Option<&'a str>,
    pub keys: &'a [Key<'a>],
    pub recipe: Option<&'a Recipe>,
    /// The person's own file: `#cloud-config`, or a script with `#!`.
    pub own: Option<&'a str>,
    pub pilot: Option<PilotStart<'a>>,
}

/// Somebody's public key, and what they call it.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub name: &'a str,
    /// As in `authorized_keys`, without options: `ssh-ed25519 AAAA…`. Its comment makes way for the name.
    pub line: &'a str,
}

/// How the machine becomes a place where work is done.
#[derive(Clone, Copy)]
pub struct PilotStart<'a> {
    pub mark: &'a Mark,
    pub start: &'a Start,
    /// The gateway's address as the machine reaches it.
    pub gateway: &'a str,
    /// Certificates (PEM) of an authority that the gateway has its own from, when the image does not know it.
    pub authority: Option<&'a str>,
    pub patience: Duration,
    /// Where the program is fetched, and its digest in hexadecimal digits.
    pub program: &'a str,
    pub sha256: &'a str,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CloudInitError {
    #[error("what the machine is told at its first boot has {bytes} bytes in base64, and sites take {MOST_BASE64}")]
    TooLarge { bytes: usize },
    #[error("the file for cloud-init cannot be used: {0}")]
    BadOwnFile(String),
    #[error("the key {0:?} is no public key of SSH in one line, without options")]
    BadKey(String),
    #[error("{0:?} cannot be the name of a machine")]
    BadHostname(String),
    #[error("{0:?} cannot be the name of an account")]
    BadLogin(String),
    #[error("a pilot cannot be fetched from {0:?}: an address and a SHA-256 in hexadecimal digits are needed")]
    BadProgram(String),
}

/// The user data, to be sent in base64. A secret when a pilot starts: it has the enrolment code.
pub fn render(parts: &Parts<'_>) -> Result<Secret, CloudInitError> {
    let config = config::of(parts)?;
    let own = parts.own.map(|text| own::read(text, &config)).transpose()?.flatten();
    let ours = text::cloud_config(&config);
    // In the first bytes of anything this makes cloud-init take the whole for a message of several parts.
    let looks_like_parts = ours.to_ascii_lowercase().contains("mime-version:");
    let text = if own.is_none() && !looks_like_parts { ours } else { mime::message(own, &ours) };
    let bytes = text.len().div_ceil(3) * 4;
    if bytes > MOST_BASE64 { Err(CloudInitError::TooLarge { bytes }) } else { Ok(Secret::new(text)) }
}
