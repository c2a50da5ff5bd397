//! Mounts of others that vanish while a sandbox is set up.
//!
//! bwrap shows all of the computer, read-only: it copies the mounts and then makes each one read-only by its name. When
//! somebody else unmounts one in between (a container that ends, an automounter), bwrap gives up. The command has not
//! begun then, and the next try sees the mounts as they are now. What bwrap said of it must not become the first line of
//! the command's own log, so it is held back until it is known to be the command's.

use std::time::Duration;

/// Each fails only when a mount vanishes within the milliseconds that it takes.
pub(super) const TRIES: u32 = 8;
pub(super) const PAUSE: Duration = Duration::from_millis(20);

const SAID: &[u8] = b"bwrap: Can't bind mount /oldroot/ on /newroot/: ";
/// bwrap names one path at most.
const LONGEST: usize = 8 * 1024;

/// Whether this, the beginning of what was written to standard error, is or may become what bwrap says of it.
pub(super) fn may_be(beginning: &[u8]) -> bool {
    beginning.len() < LONGEST && (beginning.starts_with(SAID) || SAID.starts_with(beginning))
}

pub(super) fn is_said(text: &[u8]) -> bool {
    text.len() < LONGEST && text.starts_with(SAID)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_told_from_what_commands_say() {
        let said =
            b"bwrap: Can't bind mount /oldroot/ on /newroot/: Unable to apply mount flags: remount: No such file or directory\n";
        assert!((0..said.len()).all(|length| may_be(&said[..length])));
        assert!(is_said(said) && !is_said(b"bwrap: ") && !is_said(b""));
        assert!(!may_be(b"bwrap: execvp nonsense: No such file or directory\n") && !may_be(b"\n"));
        assert!(!may_be(&[said.as_slice(), &vec![b'x'; LONGEST]].concat()));
    }
}
