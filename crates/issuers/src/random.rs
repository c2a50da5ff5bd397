//! Text that nobody can guess.

use data_encoding::BASE64URL_NOPAD as BASE64URL;
use model::Secret;

use crate::Error;

/// 256 random bits, as 43 characters that need no encoding in an address.
pub(crate) fn text() -> Result<Secret, Error> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
    Ok(Secret::new(BASE64URL.encode(&bytes)))
}
