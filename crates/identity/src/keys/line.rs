//! A public key as OpenSSH writes it in one line.

use super::BadKey;
use super::blob::{Blob, bits, is_odd};
use data_encoding::{BASE64, BASE64_NOPAD};
use model::request::valid_name;
use std::fmt;

/// More than the longest RSA key that there is takes, with a comment.
const LONGEST: usize = 8 * 1024;
pub(super) const LEAST_RSA: usize = 2048;
pub(super) const MOST_RSA: usize = 16_384;
const LONGEST_APPLICATION: usize = 255;
const BLANKS: [char; 2] = [' ', '\t'];
/// PEM, what ssh.com wrote, PuTTY, and how the base64 of OpenSSH's own format begins, should what stands around it be missing.
const PRIVATE_MARKS: [&str; 4] = ["PRIVATE KEY-", "PRIVATE KEY -", "PuTTY-User-Key-File-", "b3BlbnNzaC1rZXktdjE"];

/// What a line can begin with, and what the key then is made of.
const ALGORITHMS: [(&str, Holds); 7] = [
    ("ssh-ed25519", Holds::Ed25519),
    ("ecdsa-sha2-nistp256", Holds::Ecdsa { curve: "nistp256", bytes: 32 }),
    ("ecdsa-sha2-nistp384", Holds::Ecdsa { curve: "nistp384", bytes: 48 }),
    ("ecdsa-sha2-nistp521", Holds::Ecdsa { curve: "nistp521", bytes: 66 }),
    ("sk-ssh-ed25519@openssh.com", Holds::HardwareEd25519),
    ("sk-ecdsa-sha2-nistp256@openssh.com", Holds::HardwareEcdsa),
    ("ssh-rsa", Holds::Rsa),
];

#[derive(Clone, Copy)]
enum Holds {
    Ed25519,
    Ecdsa { curve: &'static str, bytes: usize },
    HardwareEd25519,
    HardwareEcdsa,
    Rsa,
}

/// A public key that is what it says: machines will let in whoever has its other half.
///
/// It was read by ourselves and strictly. What the key says of itself is what stands before it, nothing is missing and nothing follows;
/// so it has one spelling, and no line of a file that it is written into can become two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: &'static str,
    encoded: String,
    comment: Option<String>,
    fingerprint: String,
}

impl PublicKey {
    /// Reads `algorithm key comment`. The comment is kept if it can be shown, and is nothing that the key depends on.
    pub fn read(text: &str) -> Result<Self, BadKey> {
        if is_private(text) {
            return Err(BadKey::Private);
        }
        if text.len() > LONGEST {
            return Err(BadKey::TooLong);
        }
        let line = text.trim_matches(|c: char| c.is_ascii_whitespace());
        if line.is_empty() {
            return Err(BadKey::Empty);
        }
        if line.starts_with("-----BEGIN ") || line.starts_with("---- BEGIN ") {
            return Err(BadKey::OtherFormat);
        }
        if line.contains(['\n', '\r']) {
            return Err(BadKey::SeveralLines);
        }
        let (word, rest) = first_word(line);
        let (algorithm, holds) = known(word).ok_or_else(|| why_not(line, word))?;
        let (encoded, comment) = first_word(rest);
        let blob = BASE64.decode(encoded.as_bytes()).map_err(|_| BadKey::Damaged)?;
        check(Blob(&blob), algorithm, holds)?;
        let fingerprint = format!("SHA256:{}", BASE64_NOPAD.encode(&db::sha256(&blob)));
        let comment = Some(comment.trim_end_matches(BLANKS)).filter(|comment| valid_name(comment)).map(str::to_owned);
        Ok(Self { algorithm, encoded: encoded.to_owned(), comment, fingerprint })
    }

    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// As `ssh-keygen -l` shows it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm, self.encoded)?;
        self.comment.as_ref().map_or(Ok(()), |comment| write!(f, " {comment}"))
    }
}

fn first_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(BLANKS).unwrap_or((text, ""));
    (word, rest.trim_start_matches(BLANKS))
}

fn known(word: &str) -> Option<(&'static str, Holds)> {
    ALGORITHMS.into_iter().find(|(algorithm, _)| *algorithm == word)
}

/// In any of the formats that programs write.
fn is_private(text: &str) -> bool {
    PRIVATE_MARKS.iter().any(|mark| text.contains(mark))
}

fn why_not(line: &str, word: &str) -> BadKey {
    let is_certificate = |word: &str| word.ends_with("-cert-v01@openssh.com");
    match word {
        "ssh-dss" => BadKey::Dsa,
        word if is_certificate(word) => BadKey::Certificate,
        _ if line.split(BLANKS).any(|word| known(word).is_some() || word == "ssh-dss" || is_certificate(word)) => BadKey::Options,
        _ => BadKey::NotAKey,
    }
}

fn check(mut blob: Blob<'_>, algorithm: &str, holds: Holds) -> Result<(), BadKey> {
    if blob.string()? != algorithm.as_bytes() {
        return Err(BadKey::OtherAlgorithm);
    }
    match holds {
        Holds::Ed25519 => blob.string_of(32).map(drop)?,
        Holds::Ecdsa { curve, bytes } => blob.point(curve, bytes)?,
        Holds::HardwareEd25519 => {
            blob.string_of(32)?;
            application(&mut blob)?;
        }
        Holds::HardwareEcdsa => {
            blob.point("nistp256", 32)?;
            application(&mut blob)?;
        }
        Holds::Rsa => rsa(&mut blob)?,
    }
    blob.end()
}

/// What a key in a piece of hardware was made for: `ssh:`.
fn application(blob: &mut Blob<'_>) -> Result<(), BadKey> {
    let name = blob.string()?;
    let is_shown = (1..=LONGEST_APPLICATION).contains(&name.len()) && name.iter().all(u8::is_ascii_graphic);
    if is_shown { Ok(()) } else { Err(BadKey::Damaged) }
}

fn rsa(blob: &mut Blob<'_>) -> Result<(), BadKey> {
    let (exponent, modulus) = (blob.number()?, blob.number()?);
    match bits(modulus) {
        bits @ ..LEAST_RSA => Err(BadKey::ShortRsa { bits }),
        bits if bits > MOST_RSA => Err(BadKey::LongRsa { bits }),
        // An even number would be no product of two large primes, and 1 as the exponent encrypts nothing.
        _ if !is_odd(modulus) || !is_odd(exponent) || bits(exponent) < 2 || exponent.len() > 8 => Err(BadKey::Damaged),
        _ => Ok(()),
    }
}
