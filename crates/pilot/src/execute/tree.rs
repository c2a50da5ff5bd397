//! Telling whose processes are whose without control groups, by descent.
//!
//! A process that forks twice loses its parent. The pilot makes itself the *subreaper*, so that it then becomes the
//! child of the pilot instead of the system's first process, and is recognised by any of: having been seen below the
//! command before, the command's session, the mark in its environment, its current directory. One that hid all of these
//! can only be the child of an execution that was under way when it was first seen, and is ended with the last of those.
//!
//! The pilot itself may keep other children, but not in sessions of their own: these would be taken for strays.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, WaitId, WaitIdOptions, set_child_subreaper, waitid};

use super::Mark;
use super::process::{self, Process};

/// The children that this module must not reap, as someone waits for them.
pub(super) struct Awaited {
    /// One per execution, with its start.
    mains: BTreeMap<i32, u64>,
    /// The first processes of bwrap's namespaces, whose accounts are still to be read.
    inits: BTreeSet<i32>,
    /// Orphans that nothing tells the execution of, and the main processes of those that it may be of.
    strays: BTreeMap<(i32, u64), BTreeSet<i32>>,
}

static AWAITED: Mutex<Awaited> = Mutex::new(Awaited { mains: BTreeMap::new(), inits: BTreeSet::new(), strays: BTreeMap::new() });

pub(super) fn awaited() -> MutexGuard<'static, Awaited> {
    AWAITED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Awaited {
    fn contains(&self, pid: i32) -> bool {
        self.mains.contains_key(&pid) || self.inits.contains(&pid)
    }

    /// To be called while the lock is held over the start: the child could be taken for a stray between the two.
    pub fn enter_main(&mut self, pid: i32) {
        self.mains.insert(pid, process::find(pid).map_or(0, |process| process.start));
    }

    pub fn enter_init(&mut self, pid: i32) {
        self.inits.insert(pid);
    }

    pub fn leave(&mut self, pid: i32) {
        self.mains.remove(&pid);
        self.inits.remove(&pid);
        self.strays.values_mut().for_each(|suspects| {
            suspects.remove(&pid);
        });
    }

    /// Whether a stray can be of no other execution that is still under way.
    fn only_of(&mut self, main: i32, stray: &Process) -> bool {
        let older = |(pid, start): (&i32, &u64)| (*start <= stray.start).then_some(*pid);
        let suspects = self.strays.entry(stray.identity()).or_insert_with(|| self.mains.iter().filter_map(older).collect());
        suspects.len() == 1 && suspects.contains(&main)
    }

    fn forget_strays_except(&mut self, living: &[Process]) {
        if !self.strays.is_empty() {
            let living: HashSet<(i32, u64)> = living.iter().map(Process::identity).collect();
            self.strays.retain(|identity, _| living.contains(identity));
        }
    }
}

/// Orphans below this process become its children.
pub(super) fn adopt_orphans() -> std::io::Result<()> {
    // Any process id means yes; the kernel keeps no id.
    Ok(set_child_subreaper(Some(rustix::process::getpid()))?)
}

pub(super) struct Tree {
    main: i32,
    mark: Mark,
    work_dir: PathBuf,
    /// Of bwrap's namespace.
    pub init: Option<i32>,
    seen: HashSet<(i32, u64)>,
}

impl Tree {
    pub fn new(main: i32, mark: Mark, work_dir: PathBuf) -> Self {
        Self { main, mark, work_dir, init: None, seen: HashSet::new() }
    }

    /// The living members; zombies of this pilot's are reaped on the way.
    pub fn members(&mut self) -> Vec<Process> {
        let me = std::process::id() as i32;
        let all = process::all();
        // Not by getsid: in a container the session may be one from outside, which has no number here.
        let my_session = all.iter().find(|process| process.pid == me).map_or(0, |process| process.session);
        let mut awaited = awaited();
        awaited.forget_strays_except(&all);
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
                let exiting = foreign_session && process.exiting;
                if self.owns(process, foreign_session) || (foreign_session && !exiting && awaited.only_of(self.main, process)) {
                    roots.insert(process.pid);
                } else if exiting {
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
