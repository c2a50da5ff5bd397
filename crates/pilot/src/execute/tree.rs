//! Telling whose processes are whose without control groups, by descent.
//!
//! A process that forks twice loses its parent. The pilot makes itself the *subreaper*, so that it then becomes the
//! child of the pilot instead of the system's first process, and is recognised by any of: having been seen below the
//! command before, the command's session, the mark in its environment, its current directory. One that hid all of these
//! belongs to the only execution that is under way; while several are, it is left alone until the last of them ends.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, WaitId, WaitIdOptions, getsid, set_child_subreaper, waitid};

use super::Mark;
use super::process::{self, Process};

/// The children that this module must not reap, as someone waits for them.
pub(super) struct Awaited {
    /// One per execution. Entered while the lock is held over the start: the child could otherwise be taken for a stray
    /// between the two.
    pub mains: BTreeSet<i32>,
    /// The first processes of bwrap's namespaces, whose accounts are still to be read.
    pub inits: BTreeSet<i32>,
}

static AWAITED: Mutex<Awaited> = Mutex::new(Awaited { mains: BTreeSet::new(), inits: BTreeSet::new() });

pub(super) fn awaited() -> MutexGuard<'static, Awaited> {
    AWAITED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Awaited {
    fn contains(&self, pid: i32) -> bool {
        self.mains.contains(&pid) || self.inits.contains(&pid)
    }

    fn only(&self, main: i32) -> bool {
        self.mains.len() == 1 && self.mains.contains(&main)
    }
}

/// Orphans below this process become its children.
pub(super) fn adopt_orphans() -> std::io::Result<()> {
    // Any process id means yes; the kernel keeps no id.
    Ok(set_child_subreaper(Some(rustix::process::getpid()))?)
}

pub(super) struct Tree {
    main: i32,
    main_start: u64,
    mark: Mark,
    work_dir: PathBuf,
    /// Of bwrap's namespace.
    pub init: Option<i32>,
    seen: HashSet<(i32, u64)>,
}

impl Tree {
    pub fn new(main: i32, mark: Mark, work_dir: PathBuf) -> Self {
        let main_start = process::find(main).map_or(0, |process| process.start);
        Self { main, main_start, mark, work_dir, init: None, seen: HashSet::new() }
    }

    /// The living members; zombies of this pilot's are reaped on the way.
    pub fn members(&mut self) -> Vec<Process> {
        let me = std::process::id() as i32;
        let my_session = getsid(None).map_or(0, |session| session.as_raw_nonzero().get());
        let all = process::all();
        let awaited = awaited();
        let mut roots: HashSet<i32> = self.init.into_iter().chain([self.main]).collect();
        let mut unknown = Vec::new();
        for process in &all {
            if self.seen.contains(&process.identity()) {
                roots.insert(process.pid);
            } else if process.parent == me && !awaited.contains(process.pid) {
                let foreign_session = process.session != my_session;
                if process.zombie && foreign_session {
                    reap(process.pid);
                    continue;
                }
                let nobody_else_s = foreign_session && awaited.only(self.main) && process.start >= self.main_start;
                if nobody_else_s || self.owns(process, foreign_session) {
                    roots.insert(process.pid);
                } else if process.exiting && foreign_session {
                    unknown.push(process.clone());
                }
            }
        }
        let mut members = process::with_descendants(&all, roots);
        self.seen = members.iter().map(Process::identity).collect();
        members.retain(|process| {
            if process.zombie && process.parent == me && !awaited.contains(process.pid) {
                reap(process.pid);
            }
            !process.zombie
        });
        // Whose they were can no longer be told. Their children will be the pilot's in a moment and can be, so that
        // nobody may call the tree empty before.
        members.append(&mut unknown);
        members
    }

    /// A child in the pilot's own session may be one of its tools at work in that directory.
    fn owns(&self, process: &Process, foreign_session: bool) -> bool {
        if process.session == self.main {
            return true;
        }
        match process.variable(Mark::ATTEMPT) {
            Some(attempt) => {
                attempt == self.mark.attempt().as_bytes() && process.has_variable(Mark::INDEX, &self.mark.index().to_string())
            }
            None => foreign_session && process.works_in(&self.work_dir),
        }
    }
}

fn reap(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _gone_is_fine = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
    }
}
