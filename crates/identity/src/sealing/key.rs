//! The key file: 64 hexadecimal digits on one line, readable by its owner alone.

use super::KeyError;
use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use data_encoding::HEXLOWER;
use rustix::process::geteuid;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use zeroize::Zeroizing;

const BYTES: usize = 32;
const DIGITS: usize = 2 * BYTES;

pub(super) struct Key {
    pub aead: RandomizedNonceKey,
    /// Says which key it is without saying what it is.
    pub id: String,
}

pub(super) fn load_or_create(path: &Path) -> Result<Key, KeyError> {
    if let Some(key) = load(path)? {
        return Ok(key);
    }
    create(path).map_err(io(path))?;
    load(path)?.ok_or_else(|| KeyError::Lost { path: path.to_owned() })
}

/// None when there is no such file.
pub(super) fn load(path: &Path) -> Result<Option<Key>, KeyError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(path)(error)),
    };
    // The open file is asked, not the path: what is checked is what is read.
    let metadata = file.metadata().map_err(io(path))?;
    let (owner, us) = (metadata.uid(), geteuid().as_raw());
    if owner != us {
        return Err(KeyError::NotOurs { path: path.to_owned(), owner, us });
    }
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::NotPrivate { path: path.to_owned(), mode });
    }
    let not_a_key = || KeyError::NotAKey { path: path.to_owned() };
    if !metadata.is_file() || !(DIGITS..=DIGITS + 1).contains(&usize::try_from(metadata.len()).unwrap_or(0)) {
        return Err(not_a_key());
    }
    let mut text = Zeroizing::new([0; DIGITS]);
    file.read_exact(text.as_mut()).map_err(io(path))?;
    let mut bytes = Zeroizing::new([0; BYTES]);
    HEXLOWER.decode_mut(text.as_ref(), bytes.as_mut()).map_err(|_| not_a_key())?;
    let aead = RandomizedNonceKey::new(&AES_256_GCM, bytes.as_ref()).map_err(|_| not_a_key())?;
    Ok(Some(Key { aead, id: id_of(&bytes) }))
}

/// Whole or not at all, and never over another: a link cannot be made to a name that exists. Two gateways that start
/// at once then read the same key.
fn create(path: &Path) -> std::io::Result<()> {
    let random: Zeroizing<[u8; BYTES]> = Zeroizing::new(db::random_bytes().map_err(std::io::Error::other)?);
    let mut text = Zeroizing::new([b'\n'; DIGITS + 1]);
    HEXLOWER.encode_mut(random.as_ref(), &mut text[..DIGITS]);

    // Not named by the process id, which comes back (in a container it is always the same) when this is cut short.
    let suffix = HEXLOWER.encode(&db::random_bytes::<8>().map_err(std::io::Error::other)?);
    let unfinished = path.with_added_extension(suffix);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    let linked =
        file.write_all(text.as_ref()).and_then(|()| file.sync_all()).and_then(|()| std::fs::hard_link(&unfinished, path));
    std::fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

fn id_of(key: &[u8; BYTES]) -> String {
    let digest = db::sha256(&Zeroizing::new([b"roadstead sealing key ".as_slice(), key].concat()));
    digest.first_chunk::<8>().map(|bytes| HEXLOWER.encode(bytes)).unwrap_or_default()
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> KeyError {
    let path = path.to_owned();
    move |source| KeyError::Io { path, source }
}
