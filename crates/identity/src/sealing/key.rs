//! The key file: 64 hexadecimal digits on one line, readable by its owner alone. While the key is being changed it has a line
//! for each key, the newest last.

use super::KeyError;
use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use data_encoding::HEXLOWER;
use rustix::process::geteuid;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const BYTES: usize = 32;
const DIGITS: usize = 2 * BYTES;
/// Of changes that were interrupted, each leaves one behind.
const MOST_KEYS: usize = 32;

pub(super) struct Key {
    pub aead: RandomizedNonceKey,
    /// Says which key it is without saying what it is.
    pub id: String,
}

pub(super) fn load_or_create(path: &Path) -> Result<Vec<Key>, KeyError> {
    if let Some(keys) = load(path)? {
        return Ok(keys);
    }
    create(path).map_err(io(path))?;
    load(path)?.ok_or_else(|| KeyError::Lost { path: path.to_owned() })
}

/// None when there is no such file; otherwise at least one, the newest last.
pub(super) fn load(path: &Path) -> Result<Option<Vec<Key>>, KeyError> {
    let Some(text) = read(path)? else { return Ok(None) };
    let not_a_key = || KeyError::NotAKey { path: path.to_owned() };
    let key = |line: &[u8]| {
        let mut bytes = Zeroizing::new([0; BYTES]);
        if line.len() != DIGITS || HEXLOWER.decode_mut(line, bytes.as_mut()).is_err() {
            return Err(not_a_key());
        }
        let aead = RandomizedNonceKey::new(&AES_256_GCM, bytes.as_ref()).map_err(|_| not_a_key())?;
        Ok(Key { aead, id: id_of(&bytes) })
    };
    let keys = lines(&text).map(key).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() { Err(not_a_key()) } else { Ok(Some(keys)) }
}

/// The right to change the file, until it is dropped; none while somebody else has it. All gateways of the file see the lock.
pub(super) fn take_turn(path: &Path) -> Result<Option<File>, KeyError> {
    let lock = path.with_added_extension("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(lock).map_err(io(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(io(path)(error)),
    }
}

/// A new key, after those that are there. Returns its name.
pub(super) fn add(path: &Path) -> Result<String, KeyError> {
    let old = read(path)?.ok_or_else(|| KeyError::Lost { path: path.to_owned() })?;
    if lines(&old).count() >= MOST_KEYS {
        return Err(KeyError::TooMany { path: path.to_owned() });
    }
    let (line, id) = fresh().map_err(io(path))?;
    let mut text = Zeroizing::new(Vec::with_capacity(old.len() + DIGITS + 2));
    for line in lines(&old).chain([line.as_slice()]) {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    replace(path, &text).map_err(io(path))?;
    Ok(id)
}

/// Forgets every key but this one.
pub(super) fn keep_only(path: &Path, id: &str) -> Result<(), KeyError> {
    let old = read(path)?.ok_or_else(|| KeyError::Lost { path: path.to_owned() })?;
    let mut text = Zeroizing::new(Vec::with_capacity(old.len()));
    for line in lines(&old) {
        let mut bytes = Zeroizing::new([0; BYTES]);
        if line.len() == DIGITS && HEXLOWER.decode_mut(line, bytes.as_mut()).is_ok() && id_of(&bytes) == id {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
    }
    if text.is_empty() {
        return Err(KeyError::NotAKey { path: path.to_owned() });
    }
    replace(path, &text).map_err(io(path))
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
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
    let length = usize::try_from(metadata.len()).unwrap_or(0);
    if !metadata.is_file() || !(DIGITS..=MOST_KEYS * (DIGITS + 1)).contains(&length) {
        return Err(KeyError::NotAKey { path: path.to_owned() });
    }
    // All at once, in a buffer that need not grow.
    let mut text = Zeroizing::new(vec![0; length]);
    file.read_exact(text.as_mut()).map_err(io(path))?;
    Ok(Some(text))
}

/// Whole or not at all, and never over another: a link cannot be made to a name that exists. Two gateways that start
/// at once then read the same key.
fn create(path: &Path) -> std::io::Result<()> {
    let (line, _) = fresh()?;
    let unfinished = write_beside(path, line.as_ref())?;
    let linked = std::fs::hard_link(&unfinished, path);
    std::fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    sync_directory(path)
}

/// The old file or the new one is there, whole, whatever happens.
fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let unfinished = write_beside(path, text)?;
    std::fs::rename(&unfinished, path)?;
    sync_directory(path)
}

/// A new key as a line of the file, and its name.
fn fresh() -> std::io::Result<(Zeroizing<[u8; DIGITS]>, String)> {
    let random: Zeroizing<[u8; BYTES]> = Zeroizing::new(db::random_bytes().map_err(std::io::Error::other)?);
    let mut line = Zeroizing::new([0; DIGITS]);
    HEXLOWER.encode_mut(random.as_ref(), line.as_mut());
    Ok((line, id_of(&random)))
}

fn write_beside(path: &Path, text: &[u8]) -> std::io::Result<PathBuf> {
    // Not named by the process id, which comes back (in a container it is always the same) when this is cut short.
    let suffix = HEXLOWER.encode(&db::random_bytes::<8>().map_err(std::io::Error::other)?);
    let unfinished = path.with_added_extension(suffix);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    let written = file.write_all(text).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = std::fs::remove_file(&unfinished);
        return Err(error);
    }
    Ok(unfinished)
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
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
