//! Processes as /proc shows them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub pid: i32,
    pub parent: i32,
    pub session: i32,
    pub terminal: bool,
    /// Ended, in all its threads. A process whose first thread alone has ended looks like a zombie, too.
    pub zombie: bool,
    /// On its way to the end, with its environment and directory already gone.
    pub exiting: bool,
    /// In ticks since boot. With the pid it names a process for good: pids are used again.
    pub start: u64,
    /// Ticks of itself and of the children it waited for.
    pub cpu_ticks: u64,
    pub resident_pages: u64,
}

/// In the flags of proc(5), from the kernel's sched.h.
const PF_EXITING: u64 = 4;

pub(super) fn find(pid: i32) -> Option<Process> {
    parse(pid, &std::fs::read(format!("/proc/{pid}/stat")).ok()?)
}

pub(super) fn all() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| find(entry.file_name().to_str()?.parse().ok()?)).collect()
}

fn parse(pid: i32, stat: &[u8]) -> Option<Process> {
    // The name is in parentheses and may itself hold parentheses and blanks.
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let text = std::str::from_utf8(stat.get(after_name..)?).ok()?;
    // proc(5) counts from 1 and the name is field 2.
    let fields: Vec<&str> = [""; 3].into_iter().chain(text.split_ascii_whitespace()).collect();
    let number = |field: usize| fields.get(field)?.parse::<u64>().ok();
    let id = |field: usize| fields.get(field)?.parse::<i32>().ok();
    Some(Process {
        pid,
        parent: id(4)?,
        session: id(6)?,
        terminal: id(7)? != 0,
        zombie: matches!(*fields.get(3)?, "Z" | "X") && number(20)? <= 1,
        exiting: number(9)? & PF_EXITING != 0,
        start: number(22)?,
        cpu_ticks: number(14)? + number(15)? + number(16)? + number(17)?,
        resident_pages: number(24)?,
    })
}

impl Process {
    pub fn identity(&self) -> (i32, u64) {
        (self.pid, self.start)
    }

    /// Signals this very process, never a later one that was given the same pid.
    pub fn signal(&self, signal: Signal) {
        let Some(pid) = Pid::from_raw(self.pid) else { return };
        let handle = pidfd_open(pid, PidfdFlags::empty());
        if find(self.pid).is_none_or(|now| now.start != self.start) {
            return;
        }
        let _gone_is_fine = match handle {
            Ok(handle) => pidfd_send_signal(handle, signal),
            // Before Linux 5.3: a window of microseconds after the check.
            Err(_) => kill_process(pid, signal),
        };
    }

    pub fn has_variable(&self, name: &str, value: &str) -> bool {
        self.variable(name).is_some_and(|found| found == value.as_bytes())
    }

    pub fn variable(&self, name: &str) -> Option<Vec<u8>> {
        let environment = std::fs::read(format!("/proc/{}/environ", self.pid)).ok()?;
        let prefix = format!("{name}=");
        environment.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(prefix.as_bytes()).map(<[u8]>::to_vec))
    }

    /// Whether its current directory is `directory` (already canonical) or below it.
    pub fn works_in(&self, directory: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        let link = PathBuf::from(format!("/proc/{}/cwd", self.pid));
        let Ok(path) = std::fs::read_link(&link) else { return false };
        if !path.starts_with(directory) {
            return false;
        }
        // The text is relative to the process's own root: in a container the same path is another directory.
        match (std::fs::metadata(&link), std::fs::metadata(&path)) {
            (Ok(its), Ok(ours)) => (its.dev(), its.ino()) == (ours.dev(), ours.ino()),
            _ => false,
        }
    }
}

/// Bytes read and written by the process and by the children it waited for.
pub(super) fn bytes(pid: i32) -> Option<(u64, u64)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    Some((field("rchar:")?, field("wchar:")?))
}

/// Memory with shared pages divided among those who share them. Slow: the kernel walks every page.
pub(super) fn proportional_bytes(pid: i32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let kib = text.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())?;
    Some(kib * 1024)
}

/// `roots` and everything below them.
pub(super) fn with_descendants(all: &[Process], roots: HashSet<i32>) -> Vec<Process> {
    let mut inside = roots;
    loop {
        let before = inside.len();
        inside
            .extend(all.iter().filter(|process| inside.contains(&process.parent)).map(|process| process.pid).collect::<Vec<_>>());
        if inside.len() == before {
            return all.iter().filter(|process| inside.contains(&process.pid)).cloned().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stat_with_a_hostile_name() {
        let line = b"42 (a) R 1 (b c) S 7 8 9 0 -1 4194560 1 2 3 4 11 12 13 14 20 0 1 0 777 8192 55 18446744073709551615";
        let process = parse(42, line).unwrap();
        assert_eq!((process.parent, process.session, process.terminal), (7, 9, false));
        assert_eq!((process.cpu_ticks, process.start, process.resident_pages), (50, 777, 55));
        assert_eq!(parse(42, b"42 (x) S 1 2"), None);
        assert_eq!(parse(42, b""), None);
    }

    #[test]
    fn finds_itself_and_its_descendants() {
        let me = std::process::id() as i32;
        let all = all();
        assert!(all.iter().any(|process| process.pid == me && !process.zombie));
        let chain = [(1, 0), (10, 1), (30, 20), (20, 10), (40, 1)].map(|(pid, parent)| Process {
            pid,
            parent,
            session: pid,
            terminal: false,
            zombie: false,
            exiting: false,
            start: 0,
            cpu_ticks: 0,
            resident_pages: 0,
        });
        let below: Vec<i32> = with_descendants(&chain, HashSet::from([10])).iter().map(|process| process.pid).collect();
        assert_eq!(below, [10, 30, 20]);
    }
}
