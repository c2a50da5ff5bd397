//! Why a text is not taken for a public key.

use model::problem::FieldProblem;
use model::{Code, Problem};

/// None of these holds any of the text, which may be a secret that was taken for its public half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    #[error("is empty")]
    Empty,
    #[error(
        "is a private key, which nobody but its owner may ever see: it was not kept here, but whatever it went through on its way may have kept it, so it must be considered compromised"
    )]
    Private,
    #[error("is longer than any public key")]
    TooLong,
    #[error("has more than one line, and a key has one")]
    SeveralLines,
    #[error("is a public key in another format than OpenSSH's")]
    OtherFormat,
    #[error("has options before the key, which are for a file of a server's")]
    Options,
    #[error("is a certificate and not a key")]
    Certificate,
    #[error("is a DSA key: these are too weak, and servers do not take them any more")]
    Dsa,
    #[error("is an RSA key of {bits} bits: fewer than {least} are too weak", least = super::line::LEAST_RSA)]
    ShortRsa { bits: usize },
    #[error("is an RSA key of {bits} bits: OpenSSH takes at most {most}", most = super::line::MOST_RSA)]
    LongRsa { bits: usize },
    #[error("is not a public key as OpenSSH writes it")]
    NotAKey,
    #[error("says that it is of one algorithm, and the key in it is of another")]
    OtherAlgorithm,
    #[error("is damaged: something of the key is missing, or does not belong to it")]
    Damaged,
}

impl BadKey {
    fn remedy(self) -> &'static str {
        match self {
            Self::Private => {
                "Use that key pair nowhere any more. Make a new one with `ssh-keygen -t ed25519` and add the file whose name ends in `.pub`."
            }
            Self::Dsa | Self::ShortRsa { .. } | Self::LongRsa { .. } => {
                "Make a new key pair with `ssh-keygen -t ed25519` and add the file whose name ends in `.pub`."
            }
            Self::SeveralLines => "Add one key at a time: one line, as in the file whose name ends in `.pub`.",
            Self::OtherFormat => "Convert it with `ssh-keygen -i -f FILE`, and add the line which that prints.",
            Self::Options => "Leave out what stands before the name of the algorithm: begin with `ssh-ed25519` or the like.",
            Self::Certificate => "Add the key that it was made for: the file whose name ends in `.pub` and not in `-cert.pub`.",
            Self::Empty | Self::TooLong | Self::NotAKey | Self::OtherAlgorithm | Self::Damaged => {
                "Copy the whole line of the file whose name ends in `.pub`, like `~/.ssh/id_ed25519.pub`; `ssh-keygen -t ed25519` makes one."
            }
        }
    }
}

impl From<BadKey> for Problem {
    fn from(bad: BadKey) -> Self {
        let detail = bad.to_string();
        Problem::new(Code::InvalidField, format!("public_key: {detail}."), bad.remedy())
            .with_fields(vec![FieldProblem { field: "public_key".to_owned(), detail }])
    }
}
