//! Randomness and hashes.

use crate::DbError;
use model::Timestamp;
use model::id::Seed;

pub fn random_bytes<const N: usize>() -> Result<[u8; N], DbError> {
    let mut bytes = [0; N];
    // From the kernel: the library's own generator takes 30 ms of processor time for its first byte, at every start.
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Err(DbError::NoRandomness),
        }
    }
    Ok(bytes)
}

/// What a new identifier is made from.
pub fn seed(now: Timestamp) -> Result<Seed, DbError> {
    Ok(Seed { millis: u64::try_from(now.millis()).unwrap_or(0), random: random_bytes()? })
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    digest
}
