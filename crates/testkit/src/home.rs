//! A throw-away home for a program under test.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::watchdog::Watchdog;
use crate::{Program, processes_with_env, short_dir};

const MARK: &str = "TESTKIT_HOME";

// Everything that carries the home's mark ends. A process may fork between the look and the kill, and shows no
// environment in the midst of `execve`: only when three looks in a row find nothing is nothing left.
const CLEAN_UP: &str = r#"
read -r _
empty=0 looks=0
while [ $empty -lt 3 ] && [ $looks -lt 500 ]; do
    left=$(grep -lzxF "TESTKIT_HOME=$1" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3)
    if [ -n "$left" ]; then
        kill -KILL $left
        empty=0
    else
        empty=$((empty + 1))
    fi
    looks=$((looks + 1))
    sleep 0.01
done
rm -rf "$1"
"#;

/// A home directory with the XDG directories in it. It outlives the programs started in it, so that a test can kill
/// one and start the next on what was left. On drop every process that carries its mark is killed, then it is removed.
pub struct Home {
    path: PathBuf,
    _watchdog: Watchdog,
}

impl Home {
    pub fn new() -> Self {
        let path = short_dir().keep();
        let watchdog = Watchdog::start(CLEAN_UP, &[path.to_str().expect("a path in UTF-8")], |_| ());
        for (_, directory) in XDG {
            DirBuilder::new().mode(0o700).create(path.join(directory)).expect("make a directory in the home");
        }
        fs::create_dir(path.join("output")).expect("make the directory for output");
        Self { path, _watchdog: watchdog }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A command with this home, the home's mark and `PATH` as its whole environment: settings of whoever runs the
    /// tests do not reach it.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().env("HOME", &self.path).env(MARK, &self.path).current_dir(&self.path);
        for (variable, directory) in XDG {
            command.env(variable, self.path.join(directory));
        }
        for variable in ["PATH", "RUST_BACKTRACE", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(variable) {
                command.env(variable, value);
            }
        }
        command
    }

    /// Starts a [`command`](Self::command) of this home. Its output goes to files in the home.
    pub fn start(&self, command: Command) -> Program {
        Program::start(command, &self.path.join("output"))
    }

    /// The processes started in this home, by whatever descent, that still run.
    pub fn processes(&self) -> Vec<u32> {
        processes_with_env(MARK, self.path.to_str().expect("a path in UTF-8"))
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

const XDG: [(&str, &str); 5] = [
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_DATA_HOME", "data"),
    ("XDG_STATE_HOME", "state"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_RUNTIME_DIR", "runtime"),
];
