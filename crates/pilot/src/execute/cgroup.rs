//! One control group per execution, version 1 or 2: made, joined, read, killed, removed.
//!
//! Version 1 is several trees, each with a part of the whole (memory, cpu, ...), some of them possibly mounted
//! together. A group is then one directory of the same name in each.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use super::{Error, Limiter, Limits, Mark};

pub(super) const PREFIX: &str = "roadstead-";
const CPU_PERIOD_US: u64 = 100_000;
/// The kernel gives memory out in lots and kills when the next lot does not fit.
pub(super) const NEARLY: u64 = 1 << 20;

pub(super) enum Group {
    V1 { memory: PathBuf, cpu: Option<PathBuf>, cpuacct: Option<PathBuf>, pids: Option<PathBuf> },
    V2(PathBuf),
}

/// What the kernel's killer did in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Killed {
    /// The group was at its own limit; else the computer was short of memory.
    pub at_limit: bool,
}

impl Group {
    fn at(limiter: &Limiter, name: &str) -> Option<Self> {
        let below = |parent: &Option<PathBuf>| parent.as_ref().map(|path| path.join(name));
        match limiter {
            Limiter::CgroupV1 { memory, cpu, cpuacct, pids } => {
                Some(Self::V1 { memory: memory.join(name), cpu: below(cpu), cpuacct: below(cpuacct), pids: below(pids) })
            }
            Limiter::CgroupV2 { parent } => Some(Self::V2(parent.join(name))),
            Limiter::Sampling { .. } => None,
        }
    }

    /// Makes the group with its limits; none when the host has no groups.
    pub fn create(limiter: &Limiter, mark: &Mark, limits: &Limits) -> Result<Option<Self>, Error> {
        let Some(group) = Self::at(limiter, &format!("{PREFIX}{mark}")) else { return Ok(None) };
        let made = group.make().and_then(|()| group.limit(limits));
        if made.is_err() {
            // Already failing: what could not be removed now is found by a sweep.
            let _ = group.remove();
        }
        made.map(|()| Some(group))
    }

    /// The groups that executions of an attempt left behind.
    pub fn left_behind(limiter: &Limiter, attempt: &str) -> Vec<Self> {
        let prefix = format!("{PREFIX}{attempt}-");
        let is_index = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
        // Whoever made a group may have died between two of its directories, so every tree is asked.
        let names: BTreeSet<String> = parents(limiter)
            .into_iter()
            .filter_map(|parent| fs::read_dir(parent).ok())
            .flat_map(|entries| entries.flatten())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.strip_prefix(&prefix).is_some_and(is_index))
            .collect();
        names.iter().filter_map(|name| Self::at(limiter, name)).collect()
    }

    pub fn directories(&self) -> BTreeSet<&Path> {
        match self {
            Self::V1 { memory, cpu, cpuacct, pids } => [Some(memory), cpu.as_ref(), cpuacct.as_ref(), pids.as_ref()]
                .into_iter()
                .flatten()
                .map(PathBuf::as_path)
                .collect(),
            Self::V2(directory) => BTreeSet::from([directory.as_path()]),
        }
    }

    fn make(&self) -> Result<(), Error> {
        for directory in self.directories() {
            let made = match fs::create_dir(directory) {
                // Left by an earlier execution of the same name: its counters are not ours, so it is made anew.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    fs::remove_dir(directory).and_then(|()| fs::create_dir(directory))
                }
                made => made,
            };
            made.map_err(|error| failed(directory, &error))?;
        }
        Ok(())
    }

    pub fn limit(&self, limits: &Limits) -> Result<(), Error> {
        let quota = limits.cores.map(|cores| u64::from(cores.max(1)) * CPU_PERIOD_US);
        match self {
            Self::V1 { memory, cpu, .. } => {
                if let Some(bytes) = limits.memory_bytes {
                    set(&memory.join("memory.limit_in_bytes"), &bytes.to_string())?;
                    // Memory and swap together; the file is missing when swap is not accounted.
                    set_if_there(&memory.join("memory.memsw.limit_in_bytes"), &bytes.to_string())?;
                }
                if let (Some(cpu), Some(quota)) = (cpu, quota) {
                    set(&cpu.join("cpu.cfs_period_us"), &CPU_PERIOD_US.to_string())?;
                    set(&cpu.join("cpu.cfs_quota_us"), &quota.to_string())?;
                }
            }
            Self::V2(directory) => {
                if let Some(bytes) = limits.memory_bytes {
                    set(&directory.join("memory.max"), &bytes.to_string())?;
                    set_if_there(&directory.join("memory.swap.max"), "0")?;
                }
                set_if_there(&directory.join("memory.oom.group"), "1")?;
                if let Some(quota) = quota {
                    set_if_there(&directory.join("cpu.max"), &format!("{quota} {CPU_PERIOD_US}"))?;
                }
            }
        }
        Ok(())
    }

    /// Where a process writes its id to become a member.
    pub fn doors(&self) -> Vec<PathBuf> {
        self.directories().into_iter().map(|directory| directory.join("cgroup.procs")).collect()
    }

    pub fn members(&self) -> BTreeSet<i32> {
        let texts = self.doors().into_iter().filter_map(|door| fs::read_to_string(door).ok());
        texts.flat_map(|text| text.lines().filter_map(|line| line.parse().ok()).collect::<Vec<i32>>()).collect()
    }

    /// Without new processes a round of kills is the last one, even for a fork bomb.
    pub fn forbid_forks(&self) {
        match self {
            Self::V1 { pids: Some(pids), .. } => ignore(fs::write(pids.join("pids.max"), "0")),
            Self::V2(directory) => ignore(fs::write(directory.join("pids.max"), "0")),
            Self::V1 { pids: None, .. } => {}
        }
    }

    pub fn kill(&self) {
        if let Self::V2(directory) = self
            && fs::write(directory.join("cgroup.kill"), "1").is_ok()
        {
            return;
        }
        self.forbid_forks();
        for pid in self.members().into_iter().filter_map(Pid::from_raw) {
            let _gone_is_fine = kill_process(pid, Signal::KILL);
        }
    }

    /// Whether nothing of the group is left. The kernel refuses to remove a group that has a member, so that success
    /// is the proof that all have ended.
    pub fn remove(&self) -> Result<bool, Error> {
        for directory in self.directories() {
            match fs::remove_dir(directory) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) if error.kind() == ErrorKind::ResourceBusy => return Ok(false),
                Err(error) => return Err(failed(directory, &error)),
            }
        }
        Ok(true)
    }

    pub fn cpu_ms(&self) -> Option<u64> {
        match self {
            Self::V1 { cpuacct, .. } => Some(number(&cpuacct.as_ref()?.join("cpuacct.usage"))? / 1_000_000),
            Self::V2(directory) => Some(entry(&directory.join("cpu.stat"), "usage_usec")? / 1000),
        }
    }

    pub fn memory_peak(&self) -> Option<u64> {
        match self {
            Self::V1 { memory, .. } => number(&memory.join("memory.max_usage_in_bytes")),
            // Since Linux 5.19.
            Self::V2(directory) => number(&directory.join("memory.peak")),
        }
    }

    pub fn killed(&self) -> Option<Killed> {
        let (kills, at_limit) = match self {
            Self::V1 { memory, .. } => {
                // First, as for nearly all there is nothing more to read.
                let kills = entry(&memory.join("memory.oom_control"), "oom_kill").filter(|kills| *kills > 0)?;
                let limit = number(&memory.join("memory.limit_in_bytes"))?;
                // memory.failcnt would say it, but newer kernels leave it at zero.
                (kills, self.memory_peak()?.saturating_add(NEARLY) >= limit)
            }
            Self::V2(directory) => {
                let events = directory.join("memory.events");
                (entry(&events, "oom_kill")?, entry(&events, "oom")? > 0)
            }
        };
        (kills > 0).then_some(Killed { at_limit })
    }
}

/// Where groups are made.
pub(super) fn parents(limiter: &Limiter) -> Vec<&Path> {
    match limiter {
        Limiter::CgroupV1 { memory, cpu, cpuacct, pids } => {
            [Some(memory), cpu.as_ref(), cpuacct.as_ref(), pids.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect()
        }
        Limiter::CgroupV2 { parent } => vec![parent],
        Limiter::Sampling { .. } => Vec::new(),
    }
}

/// A group with those below it. The kernel refuses to remove one that has a member.
pub(super) fn remove_tree(top: &Path) -> io::Result<()> {
    let mut all = vec![top.to_owned()];
    let mut next = 0;
    while let Some(group) = all.get(next) {
        let below = directories(group);
        all.extend(below);
        next += 1;
    }
    for group in all.iter().rev() {
        match fs::remove_dir(group) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn directories(group: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(group) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn ignore(_best_effort: io::Result<()>) {}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Group { path: path.to_owned(), reason: error.to_string() }
}

fn set(file: &Path, value: &str) -> Result<(), Error> {
    fs::write(file, value).map_err(|error| failed(file, &error))
}

fn set_if_there(file: &Path, value: &str) -> Result<(), Error> {
    if file.exists() { set(file, value) } else { Ok(()) }
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The value of `name` in a file of lines "name value".
fn entry(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}
