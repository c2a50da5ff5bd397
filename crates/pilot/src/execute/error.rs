use std::path::PathBuf;

/// Why a command could not be executed, or not be ended. A command that ran and failed is no error but a
/// [`Report`](super::Report).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the command is empty")]
    Empty,
    #[error("the command, its environment or its directory contains a NUL byte")]
    Nul,
    #[error("`{0}` is not a name for an environment variable")]
    Variable(String),
    #[error("the environment variable `{0}` is set by the pilot")]
    Reserved(String),
    #[error("the directory {path} cannot be used: {reason}")]
    Directory { path: PathBuf, reason: String },
    #[error("this command must run isolated, and isolation does not work here: {0}")]
    NotIsolated(String),
    #[error("command not found: `{word}` ({reason})")]
    NotFound { word: String, reason: String },
    #[error("command cannot be executed: `{word}` ({reason})")]
    NotExecutable { word: String, reason: String },
    #[error("the sandbox could not be set up: {0}")]
    Sandbox(String),
    #[error("the control group {path} could not be used: {reason}")]
    Group { path: PathBuf, reason: String },
    #[error("the process could not be started: {0}")]
    Start(std::io::Error),
    #[error("the image {image} cannot be used: {reason}")]
    Image { image: String, reason: String },
    #[error("the container could not be started: {0}")]
    Container(String),
    #[error("it was stopped before it began")]
    Stopped,
    #[error("a log could not be written: {0}")]
    Log(std::io::Error),
    #[error("processes {0:?} do not end, although killed")]
    Unkillable(Vec<i32>),
    #[error("the execution was interrupted: {0}")]
    Interrupted(String),
}
