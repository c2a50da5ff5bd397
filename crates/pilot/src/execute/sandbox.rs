//! The arguments for bubblewrap.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What one sandbox shows; all paths canonical.
pub(super) struct Sandbox<'a> {
    pub work_dir: &'a Path,
    pub temp_dir: &'a Path,
    pub hide: &'a [PathBuf],
    pub environment: &'a BTreeMap<String, String>,
}

/// As a program in the sandbox names its temporary directory.
pub(super) const TEMP: &str = "/tmp";

/// What comes first, since everything else is mounted on it.
pub(super) const ROOT: [&str; 3] = ["--ro-bind", "/", "/"];

enum Mount<'a> {
    Writable { from: &'a Path },
    Empty,
    EmptyFile,
}

impl Sandbox<'_> {
    /// To follow the [`ROOT`]. Only options that bubblewrap 0.4 knows, for the sake of old systems.
    ///
    /// The environment is part of the arguments on purpose: bwrap itself runs outside of the sandbox, and the payload's
    /// LD_PRELOAD must not be in *its* environment. The caller hands these arguments over by a descriptor, since a
    /// command line can be read by everybody.
    pub fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut add = |words: &[&std::ffi::OsStr]| arguments.extend(words.iter().map(|word| word.to_os_string()));
        add(&["--dev".as_ref(), "/dev".as_ref(), "--proc".as_ref(), "/proc".as_ref()]);
        let mounts = self.mounts();
        for (path, mount) in &mounts {
            let path = path.as_os_str();
            match mount {
                Mount::Writable { from } => add(&["--bind".as_ref(), from.as_os_str(), path]),
                Mount::Empty => add(&["--tmpfs".as_ref(), path]),
                Mount::EmptyFile => add(&["--ro-bind".as_ref(), "/dev/null".as_ref(), path]),
            }
        }
        // Last: until here bwrap had to make the mount points of what is inside.
        for (path, mount) in &mounts {
            if matches!(mount, Mount::Empty) {
                add(&["--remount-ro".as_ref(), path.as_os_str()]);
            }
        }
        for option in ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session"] {
            add(&[option.as_ref()]);
        }
        add(&["--cap-drop".as_ref(), "ALL".as_ref()]);
        for (name, value) in self.environment {
            add(&["--setenv".as_ref(), name.as_ref(), value.as_ref()]);
        }
        add(&["--chdir".as_ref(), self.work_dir.as_os_str()]);
        arguments
    }

    /// Outer mounts first, as a later one would cover what is inside it. A directory that is both writable and hidden is
    /// writable: the person's work wins over a mask that would only break it.
    fn mounts(&self) -> Vec<(&Path, Mount<'_>)> {
        let temp = Path::new(TEMP);
        let mut mounts: BTreeMap<(usize, &Path), Mount<'_>> = BTreeMap::new();
        let depth = |path: &Path| path.components().count();
        for path in self.hide {
            // The payload's own /tmp covers the computer's, with everything in it.
            if path.starts_with(temp) && !path.starts_with(self.work_dir) {
                continue;
            }
            let mask = if path.is_dir() { Mount::Empty } else { Mount::EmptyFile };
            mounts.insert((depth(path), path), mask);
        }
        mounts.insert((depth(temp), temp), Mount::Writable { from: self.temp_dir });
        mounts.insert((depth(self.work_dir), self.work_dir), Mount::Writable { from: self.work_dir });
        let mut needed: Vec<(&Path, Mount<'_>)> = Vec::new();
        for ((_, path), mount) in mounts {
            let around = needed.iter().rev().find(|(outer, _)| path.starts_with(outer));
            // What is hidden with all that is around it is not there at all, and every mount costs.
            if matches!((around, &mount), (Some((_, Mount::Empty)), Mount::Empty | Mount::EmptyFile)) {
                continue;
            }
            needed.push((path, mount));
        }
        needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_the_outer_before_the_inner() {
        let hide = ["/etc/ssl", "/etc", "/etc/passwd", "/tmp/other", "/etc/work/secret"].map(PathBuf::from);
        let environment = BTreeMap::from([("LD_PRELOAD".to_owned(), "/etc/work/evil.so".to_owned())]);
        let sandbox = Sandbox {
            work_dir: Path::new("/etc/work"),
            temp_dir: Path::new("/var/scratch"),
            hide: &hide,
            environment: &environment,
        };
        let words: Vec<String> = sandbox.arguments().into_iter().map(|word| word.into_string().unwrap()).collect();
        let line = words.join(" ");
        let position = |part: &str| line.find(part).unwrap_or_else(|| panic!("{part} is missing in {line}"));
        assert!(!line.contains("/etc/ssl") && !line.contains("/etc/passwd"));
        assert!(position("--tmpfs /etc ") < position("--bind /etc/work /etc/work"));
        assert!(position("--bind /etc/work /etc/work") < position("/etc/work/secret"));
        assert!(position("/etc/work/secret") < position("--remount-ro /etc "));
        assert!(position("--proc /proc") < position("--bind /var/scratch /tmp"));
        assert!(!line.contains("/tmp/other"));
        position("--setenv LD_PRELOAD /etc/work/evil.so");
    }
}
