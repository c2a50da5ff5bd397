//! Randomness and hashes, from one audited library.

use crate::DbError;
use model::Timestamp;
use model::id::Seed;

pub fn random_bytes<const N: usize>() -> Result<[u8; N], DbError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| DbError::NoRandomness)?;
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
