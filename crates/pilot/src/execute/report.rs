use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ImageUsed;

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "end")]
pub enum End {
    Exited {
        code: i32,
    },
    /// Killed by a signal that was not ours. bwrap passes a signal on as exit code 128 + n like every shell, so that a
    /// confined command that itself exits with such a code is told as signalled.
    Signalled {
        signal: i32,
    },
    Walltime,
    /// Killed for its memory: above its own limit, or (`limit_bytes` is none) because the computer ran out of it.
    /// Also when only a child was killed and the command itself went on to succeed, as its result cannot be trusted.
    OutOfMemory {
        limit_bytes: Option<u64>,
    },
    Cancelled,
}

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Counted by the kernel for the control group. Memory then includes the file cache that the command caused.
    Cgroup,
    /// Counted by the kernel for the process and all descendants that were waited for.
    Accounting,
    /// Added up over the living processes now and then: a lower bound.
    Sampled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    pub value: u64,
    pub source: Source,
}

/// What was used so far. A figure that could not be measured is none, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub cpu_ms: Option<Figure>,
    pub memory_peak_bytes: Option<Figure>,
    /// Bytes asked for by read and write calls, cached or not, files and pipes alike; memory maps are not seen. The kernel
    /// shows them after the end to root only, so that a short command of an ordinary user has none.
    pub read_bytes: Option<Figure>,
    pub written_bytes: Option<Figure>,
}

/// One of the two logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// In the file.
    pub bytes: u64,
    /// Some more was written by the command and dropped.
    pub truncated: bool,
}

/// What is known while the command runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub stdout: Stream,
    pub stderr: Stream,
    /// None until the first measurement, half a second after the start.
    pub usage: Option<Usage>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    #[serde(flatten)]
    pub end: End,
    pub elapsed: Duration,
    pub usage: Usage,
    pub stdout: Stream,
    pub stderr: Stream,
    pub isolated: bool,
    /// The image, when it ran in a container.
    pub image: Option<ImageUsed>,
}
