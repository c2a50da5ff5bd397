//! Cleaning up behind a pilot that was killed.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use super::cgroup::Group;
use super::container::{Nest, Store};
use super::process::{self, Process};
use super::{Host, Mark};

/// What a sweep found, and what it could not end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub processes: usize,
    pub groups: usize,
    /// Processes still there when the time was over. Empty is the proof that the attempt has ended.
    pub left: Vec<i32>,
    /// Groups still there, with the reason.
    pub stuck: Vec<String>,
}

impl Swept {
    pub fn is_clean(&self) -> bool {
        self.left.is_empty() && self.stuck.is_empty()
    }
}

/// Ends every process that still belongs to `attempt` and removes its control groups, within `time`.
///
/// `host` must be the one that the attempt was executed with: its groups are where those facts say. A process belongs
/// to the attempt when it is in one of its groups, carries its mark in the environment, works (without a terminal, as a
/// person's shell would have) in `directory`, or descends from one of these. It never belongs to it when it carries the
/// mark of another attempt, and neither do the caller and those who started it. Containers that the attempt ran are removed
/// with their storage.
pub async fn sweep(host: &Host, attempt: &str, directory: &Path, time: Duration) -> Swept {
    let deadline = Instant::now() + time;
    let directory = directory.canonicalize().ok();
    let mut ended = HashSet::new();
    let mut swept = Swept::default();
    let mut pause = Duration::from_millis(1);
    let mut contained = false;
    loop {
        let groups = Group::left_behind(&host.limits, attempt);
        let stored = directory.as_deref().map_or(Ok(None), Store::find);
        // Looked for only where containers were run: it takes longer than all the rest.
        let nests = if matches!(stored, Ok(None)) { Vec::new() } else { Nest::left_behind(&host.limits, attempt) };
        let grouped = groups.iter().flat_map(Group::members).chain(nests.iter().flat_map(Nest::members));
        let grouped: HashSet<i32> = grouped.collect();
        let left = belonging(attempt, directory.as_deref(), &grouped);
        for process in &left {
            ended.insert(process.identity());
            process.signal(Signal::KILL);
        }
        let mut stuck = Vec::new();
        for group in groups {
            match group.remove() {
                Ok(true) => swept.groups += 1,
                Ok(false) => {
                    group.kill();
                    stuck.push(format!("{:?} has members", group.doors()));
                }
                Err(error) => stuck.push(error.to_string()),
            }
        }
        for nest in nests {
            match nest.remove() {
                Ok(true) => swept.groups += 1,
                Ok(false) => {
                    nest.kill_all();
                    stuck.push(format!("{:?} has members", nest.doors()));
                }
                Err(error) => stuck.push(error.to_string()),
            }
        }
        // Last: an engine that is still at work would stand in the way.
        if left.is_empty() && stuck.is_empty() && !contained {
            match remove_containers(stored, deadline).await {
                Ok(()) => contained = true,
                Err(reason) => stuck.push(format!("containers: {reason}")),
            }
        }
        let clean = left.is_empty() && stuck.is_empty();
        if clean || Instant::now() >= deadline {
            let left = left.iter().map(|process| process.pid).collect();
            return Swept { processes: ended.len(), left, stuck, ..swept };
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

async fn remove_containers(stored: std::io::Result<Option<Store>>, deadline: Instant) -> Result<(), String> {
    match stored {
        Ok(None) => Ok(()),
        Err(error) => Err(error.to_string()),
        Ok(Some(store)) => store.close(deadline.saturating_duration_since(Instant::now())).await,
    }
}

fn belonging(attempt: &str, directory: Option<&Path>, grouped: &HashSet<i32>) -> Vec<Process> {
    let all = process::all();
    let ours = lineage(&all);
    let marked = |process: &Process| match process.variable(Mark::ATTEMPT) {
        Some(mark) => mark == attempt.as_bytes(),
        None => !process.terminal && directory.is_some_and(|directory| process.works_in(directory)),
    };
    let roots = all
        .iter()
        .filter(|process| !ours.contains(&process.pid))
        .filter(|process| grouped.contains(&process.pid) || marked(process))
        .map(|process| process.pid)
        .collect();
    let mut found = process::with_descendants(&all, roots);
    // A zombie has ended; reaping it is its parent's business.
    found.retain(|process| !process.zombie && !ours.contains(&process.pid));
    found
}

/// The caller and those above it.
fn lineage(all: &[Process]) -> HashSet<i32> {
    let mut pid = std::process::id() as i32;
    let mut lineage = HashSet::new();
    while lineage.insert(pid) {
        if let Some(process) = all.iter().find(|process| process.pid == pid) {
            pid = process.parent;
        }
    }
    lineage
}
