use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Error;

/// Whose processes these are: element `index` of `attempt`. The mark is in the name of the control group and in the
/// environment of every process, so that [`sweep`](super::sweep) finds them without the pilot that started them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    attempt: String,
    index: u32,
}

impl Mark {
    pub const ATTEMPT: &str = "RS_ATTEMPT";
    pub const INDEX: &str = "RS_INDEX";

    /// `None` when `attempt` could not be part of a file's name: 1 to 63 of a-z, A-Z, 0-9 and inner hyphens.
    pub fn new(attempt: &str, index: u32) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let hyphen_outside = attempt.starts_with('-') || attempt.ends_with('-');
        if !(1..=63).contains(&attempt.len()) || hyphen_outside || !attempt.bytes().all(plain) {
            return None;
        }
        Some(Self { attempt: attempt.to_owned(), index })
    }

    pub fn attempt(&self) -> &str {
        &self.attempt
    }

    pub fn index(&self) -> u32 {
        self.index
    }

    /// The mark as variables of an environment.
    pub(super) fn variables(&self) -> [(String, String); 2] {
        [(Self::ATTEMPT.into(), self.attempt.clone()), (Self::INDEX.into(), self.index.to_string())]
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.attempt, self.index)
    }
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Command {
    pub argv: Vec<String>,
    /// Added to an otherwise empty environment. PATH, HOME, TMPDIR, PWD and LANG have defaults; the mark is added.
    pub env: BTreeMap<String, String>,
    /// The only directory that an isolated command can write to, apart from `temp_dir` and its own /dev.
    pub work_dir: PathBuf,
    /// Becomes /tmp of an isolated command; on disk, since a tmpfs would count as memory. Made when missing, removed
    /// in the end.
    pub temp_dir: PathBuf,
    pub mark: Mark,
}

impl Command {
    pub(super) fn word(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }

    /// Refuses what a shell or bwrap between us and the payload would change on the way.
    /// In a container no command means the image's own.
    pub(super) fn check(&self, contained: bool) -> Result<(), Error> {
        if self.word().is_empty() && !(contained && self.argv.is_empty()) {
            return Err(Error::Empty);
        }
        let directories = [&self.work_dir, &self.temp_dir];
        let texts = self.argv.iter().chain(self.env.values()).map(String::as_bytes);
        let paths = directories.iter().map(|path| path.as_os_str().as_encoded_bytes());
        if texts.chain(paths).any(|text| text.contains(&0)) {
            return Err(Error::Nul);
        }
        for name in self.env.keys() {
            let mut bytes = name.bytes();
            // dash silently drops variables whose names it could not itself assign.
            let good = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
                && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !good {
                return Err(Error::Variable(name.clone()));
            }
            if name == Mark::ATTEMPT || name == Mark::INDEX {
                return Err(Error::Reserved(name.clone()));
            }
        }
        for path in directories {
            if !path.is_absolute() {
                return Err(Error::Directory { path: path.clone(), reason: "it is not absolute".into() });
            }
        }
        Ok(())
    }

    /// The payload's whole environment.
    pub(super) fn environment(&self, work_dir: &Path, temp_dir: &Path) -> BTreeMap<String, String> {
        let work_dir = work_dir.to_string_lossy().into_owned();
        let mut all = BTreeMap::from([
            ("PATH".to_owned(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
            ("HOME".to_owned(), work_dir.clone()),
            ("TMPDIR".to_owned(), temp_dir.to_string_lossy().into_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("PWD".to_owned(), work_dir),
        ]);
        all.extend(self.env.clone());
        all.extend(self.mark.variables());
        all
    }
}

/// What the command may use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Processor time per time. Enforced by control groups only; sampling does not limit it.
    pub cores: Option<u32>,
    pub memory_bytes: Option<u64>,
    pub walltime: Option<Duration>,
    /// For each of stdout and stderr. What comes after is read and dropped.
    pub stream_cap_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cores: None, memory_bytes: None, walltime: None, stream_cap_bytes: 1 << 30 }
    }
}

/// How much isolation is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Without isolation the command is not run.
    Required,
    WhenAvailable,
    Off,
}

/// What an isolated command must not see.
#[derive(Clone, Debug)]
pub struct Isolation {
    pub need: Need,
    /// Files and directories that look empty from inside; what does not exist is passed over.
    pub hide: Vec<PathBuf>,
}
