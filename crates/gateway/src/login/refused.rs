//! What went wrong at an issuer, as people are told.

use issuers::{Denied, Error};
use model::{Code, Problem};

/// Somebody signs in.
pub(crate) fn of_issuer(error: &Error, title: &str) -> Problem {
    let again = "Sign in again. If it happens again, tell the administrator of this gateway what is said here.";
    match error {
        Error::Unreachable { why, .. } => Problem::new(
            Code::IssuerUnreachable,
            format!("{title} does not answer: {why}."),
            "Try again in some minutes. Whoever is signed in already stays so, and runs go on.",
        ),
        Error::Denied { denial, .. } if denial.what == Denied::AccessDenied => Problem::new(
            Code::SignInRefused,
            format!("{title} did not let you in, or you declined."),
            "Sign in again, and agree there.",
        ),
        Error::Denied { denial, .. } => {
            Problem::new(Code::SignInRefused, format!("{title} refused the sign-in: {denial}."), again)
        }
        Error::Lie { lie, .. } => Problem::new(
            Code::SignInRefused,
            format!("The answer of {title} cannot be trusted: {lie}."),
            "Tell the administrator of this gateway; do not try to get around it.",
        ),
        Error::NotOffered { what, .. } => Problem::new(
            Code::SignInRefused,
            format!("{title} does not offer {what}."),
            "Choose another way to sign in, or ask the administrator of this gateway.",
        ),
        Error::Token(why) => Problem::new(Code::SignInRefused, format!("What {title} said of you is refused: {why}."), again),
        Error::SignIn(why) => Problem::new(Code::SignInRefused, format!("The sign-in cannot be used: {why}."), again),
        Error::NoRandomness => Problem::internal(),
    }
}

/// A program came with a token of an issuer's.
pub(crate) fn of_bearer(error: &Error) -> Problem {
    match error {
        Error::Unreachable { issuer, why } => Problem::new(
            Code::IssuerUnreachable,
            format!("The token cannot be judged, since its issuer {issuer} does not answer: {why}."),
            "Try again in a minute, or use a token of this gateway's (`roadstead tokens create`).",
        ),
        Error::NoRandomness => Problem::internal(),
        refused => Problem::new(
            Code::BadCredential,
            format!("The bearer is refused: {refused}."),
            "Get a new token from your login service, meant for this gateway; or make one here with `roadstead tokens create`.",
        ),
    }
}
