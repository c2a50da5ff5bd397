//! Randomness from the kernel. The cryptographic library has its own on top of it, which takes 30 ms to begin: longer
//! than everything else that a pilot does before its first word.

use std::io;

use rustix::rand::{GetRandomFlags, getrandom};

pub(crate) fn fill(bytes: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match getrandom(rest, GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}
