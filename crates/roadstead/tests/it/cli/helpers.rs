//! Typing commands in a throw-away home.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use testkit::{Home, Program};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_roadstead");
/// More than any command here takes, on a machine that is busy with other tests.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A home, and the gateway that the first command starts in it.
pub struct Desk {
    pub home: Home,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Typed {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Desk {
    pub fn new() -> Self {
        Self { home: Home::new() }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(PROGRAM);
        command.args(arguments);
        command
    }

    pub fn start(&self, arguments: &[&str]) -> Program {
        self.home.start(self.command(arguments))
    }

    #[track_caller]
    pub fn type_in(&self, arguments: &[&str]) -> Typed {
        finish(self.start(arguments))
    }

    /// Types a command that must succeed and returns what it printed, without the end of the line.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let typed = self.type_in(arguments);
        assert_eq!(typed.code, 0, "{arguments:?}: {typed:?}");
        typed.out.trim_end().to_owned()
    }

    /// The same with `--json`.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let typed = self.type_in(&[&["--json"], arguments].concat());
        serde_json::from_str(&typed.out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {typed:?}"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("make directories");
        std::fs::write(&path, content).expect("write a file");
        path
    }
}

#[track_caller]
pub fn finish(mut program: Program) -> Typed {
    let status = program.wait(LIMIT);
    Typed { code: status.code().unwrap_or(-1), out: program.stdout(), err: program.stderr() }
}

pub fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the gateway that the commands of this home started says of itself.
pub fn announcement(desk: &Desk) -> Value {
    let mut files = std::fs::read_dir(desk.path("runtime/roadstead")).expect("the runtime directory");
    let file = files.next().expect("an address file").expect("readable").path();
    serde_json::from_str(&text_of(&file)).expect("JSON")
}
