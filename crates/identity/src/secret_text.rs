//! What a secret looks like: `rst_` (a token), `rss_` (a session), `rsc_` (a sign-in code), `rsl_` (a browser's sign-in under way) or
//! `rsd_` (a command line's), 52 characters that carry 256
//! random bits, 8 that check the rest.
//!
//! The check tells a slip of the hand from a token that is not known, without asking the database, and lets scanners
//! of leaked secrets match `rst_[0-9a-v]{60}` without false alarms. It is computed from what it follows, so it says
//! nothing more about the secret.

use data_encoding::BASE32_DNSSEC as BASE32;
use db::DbError;
use model::Secret;
use zeroize::Zeroizing;

/// What the secret is good for: one kind is never taken for another.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Token,
    Session,
    Code,
    /// A browser on its way to an issuer and back.
    Login,
    /// A command line that waits for somebody at an issuer.
    Device,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Kind::Token => "rst_",
            Kind::Session => "rss_",
            Kind::Code => "rsc_",
            Kind::Login => "rsl_",
            Kind::Device => "rsd_",
        }
    }
}

const PREFIX: usize = 4;
const BODY: usize = 52;
const CHECK_BYTES: usize = 5;
const CHECK: usize = 8;
const LENGTH: usize = PREFIX + BODY + CHECK;

/// The text that is shown once.
pub(crate) fn fresh(kind: Kind) -> Result<Secret, DbError> {
    let random: Zeroizing<[u8; 32]> = Zeroizing::new(db::random_bytes()?);
    // With its final capacity from the start: a string that grows leaves unwiped pieces of itself behind.
    let mut text = String::with_capacity(LENGTH);
    text.push_str(kind.prefix());
    BASE32.encode_append(random.as_slice(), &mut text);
    let check = check_of(&text);
    text.push_str(&check);
    Ok(Secret::new(text))
}

/// What the database knows a token by; none when the text cannot be a token. One round of SHA-256 is enough: there is
/// no dictionary of 256 random bits.
pub(crate) fn hash_of(kind: Kind, text: &str) -> Option<[u8; 32]> {
    if text.len() != LENGTH || !text.starts_with(kind.prefix()) {
        return None;
    }
    let (checked, check) = text.split_at_checked(LENGTH - CHECK)?;
    (check == check_of(checked)).then(|| db::sha256(text.as_bytes()))
}

fn check_of(checked: &str) -> String {
    let digest = db::sha256(checked.as_bytes());
    digest.first_chunk::<CHECK_BYTES>().map(|bytes| BASE32.encode(bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_64_characters_and_every_slip_of_the_hand_is_noticed() {
        let secret = fresh(Kind::Token).expect("random numbers");
        let text = secret.expose();
        assert_eq!(text.len(), 64);
        assert!(text.strip_prefix("rst_").is_some_and(|rest| rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v'))));
        assert!(hash_of(Kind::Token, text).is_some());
        assert_ne!(hash_of(Kind::Token, text), hash_of(Kind::Token, fresh(Kind::Token).expect("random numbers").expose()));
        assert_eq!(hash_of(Kind::Session, text), None, "a token is no session");
        for at in 0..text.len() {
            let mut typed = text.as_bytes().to_vec();
            typed[at] = if typed[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(hash_of(Kind::Token, &String::from_utf8(typed).expect("ascii")), None, "character {at}");
        }
        let (shorter, longer) = (&text[..63], format!("{text}0"));
        for bad in ["", "rst_", shorter, &longer, &text.to_uppercase(), &format!(" {shorter}"), &"é".repeat(32)] {
            assert_eq!(hash_of(Kind::Token, bad), None, "{bad}");
        }
    }
}
