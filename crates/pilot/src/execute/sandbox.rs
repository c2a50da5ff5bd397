//! The arguments for bubblewrap.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustix::process::getuid;

/// What one sandbox shows; all paths canonical.
pub(super) struct Sandbox<'a> {
    pub work_dir: &'a Path,
    pub temp_dir: &'a Path,
    pub hide: &'a [PathBuf],
    pub environment: &'a BTreeMap<String, String>,
    /// Readable, although what is around it is hidden.
    pub shown: &'a [PathBuf],
    /// Has no network but its own loopback.
    pub offline: bool,
    pub root: Root,
}

/// What becomes of the pilot's user in the sandbox when that is root. Others are what they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// Root of its own files only, without any privilege.
    Powerless,
    /// May besides make namespaces of users that root is in, which the kernel demands this privilege for.
    Mapped,
    /// Looks like somebody else to programs that would do more as root, such as giving files away.
    Unseen,
}

/// As a program in the sandbox names its temporary directory.
pub(super) const TEMP: &str = "/tmp";

/// What comes first, since everything else is mounted on it.
pub(super) const ROOT: [&str; 3] = ["--ro-bind", "/", "/"];

enum Mount<'a> {
    Writable { from: &'a Path },
    Readable,
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
        let root = getuid().is_root();
        if root {
            // The kernel lets root's user id, without any capability, change what is said here for the whole computer.
            for path in ["/proc/sys", "/proc/sysrq-trigger"] {
                add(&["--ro-bind-try".as_ref(), path.as_ref(), path.as_ref()]);
            }
        }
        let mounts = self.mounts();
        for (path, mount) in &mounts {
            let path = path.as_os_str();
            match mount {
                Mount::Writable { from } => add(&["--bind".as_ref(), from.as_os_str(), path]),
                Mount::Readable => add(&["--ro-bind".as_ref(), path, path]),
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
        if self.offline {
            add(&["--unshare-net".as_ref()]);
        }
        if root && self.root == Root::Unseen {
            for word in ["--unshare-user", "--uid", "1000", "--gid", "1000"] {
                add(&[word.as_ref()]);
            }
        }
        add(&["--cap-drop".as_ref(), "ALL".as_ref()]);
        if root && self.root == Root::Mapped {
            add(&["--cap-add".as_ref(), "CAP_SETFCAP".as_ref()]);
        }
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
        mounts.extend(self.shown.iter().map(|path| ((depth(path), path.as_path()), Mount::Readable)));
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
            shown: &["/etc/ssl/shown".into()],
            offline: true,
            root: Root::Powerless,
        };
        let words: Vec<String> = sandbox.arguments().into_iter().map(|word| word.into_string().unwrap()).collect();
        let line = words.join(" ");
        let position = |part: &str| line.find(part).unwrap_or_else(|| panic!("{part} is missing in {line}"));
        assert!(!line.contains("/etc/ssl ") && !line.contains("/etc/passwd"));
        assert!(position("--tmpfs /etc ") < position("--ro-bind /etc/ssl/shown /etc/ssl/shown"));
        position("--unshare-net");
        assert_eq!(line.contains("--ro-bind-try /proc/sys /proc/sys"), getuid().is_root());
        assert!(position("--tmpfs /etc ") < position("--bind /etc/work /etc/work"));
        assert!(position("--bind /etc/work /etc/work") < position("/etc/work/secret"));
        assert!(position("/etc/work/secret") < position("--remount-ro /etc "));
        assert!(position("--proc /proc") < position("--bind /var/scratch /tmp"));
        assert!(!line.contains("/tmp/other"));
        position("--setenv LD_PRELOAD /etc/work/evil.so");
    }
}
