//! The control groups of one container: `engine`, which the engine joins, and `payload`, below which it puts the
//! container. Apart, since the memory of the engine is not the payload's, and so that either can be ended alone.
//!
//! Engines take one path for all hierarchies. Where a computer still has version 1, the pilot may be somewhere else in
//! each of its trees; the path then is the memory's, as no tree may be left by going outside of the pilot's own group.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use tokio::time::{Duration, Instant};

use crate::execute::cgroup::{Group, Killed, directories, remove_tree};
use crate::execute::{Error, Limiter, Limits, Mark, hierarchy, process};

/// After this the engine is ended as well.
const PATIENCE: Duration = Duration::from_secs(10);

pub(in crate::execute) struct Nest {
    /// One directory in each hierarchy.
    tops: Vec<PathBuf>,
    /// In the hierarchy that tells who belongs to what: the memory's, or the only one.
    main: PathBuf,
    payload: Group,
    /// As the engine takes it.
    argument: String,
    killed_first: Option<Instant>,
}

/// Where nests are made in each hierarchy: `(mount, below it)`.
struct Ground {
    mounts: Vec<PathBuf>,
    main: PathBuf,
    below: PathBuf,
}

impl Ground {
    fn of(limiter: &Limiter) -> Result<Self, String> {
        let (parent, version_2) = match limiter {
            Limiter::CgroupV1 { memory, .. } => (memory, false),
            Limiter::CgroupV2 { parent } => (parent, true),
            Limiter::Sampling { reason } => return Err(format!("no control groups can be made: {reason}")),
        };
        let mounted = hierarchy::mounted();
        let holds = |found: &&hierarchy::Mounted| parent.starts_with(&found.mount) && found.is_version_2 == version_2;
        let main = mounted.iter().find(holds).ok_or_else(|| format!("{} is in no hierarchy", parent.display()))?;
        let below = parent.strip_prefix(&main.mount).unwrap_or(parent).to_owned();
        let concerned = mounted.iter().filter(|found| !version_2 || found.mount == main.mount);
        let mut mounts = BTreeSet::new();
        for found in concerned {
            if !found.mount.join(&below).starts_with(&found.own) {
                let where_ = found.own.display();
                return Err(format!("the control groups of this process are in different places ({where_})"));
            }
            mounts.insert(found.mount.clone());
        }
        Ok(Self { main: main.mount.clone(), mounts: mounts.into_iter().collect(), below })
    }

    fn top(&self, mount: &Path, name: &str) -> PathBuf {
        mount.join(&self.below).join(name)
    }
}

fn prefix(attempt: &str) -> String {
    // Unlike the name of an execution without a container, which is removed in another way.
    format!("roadstead-container-{attempt}-")
}

impl Nest {
    fn at(limiter: &Limiter, ground: &Ground, name: &str) -> Result<Self, String> {
        let main = ground.top(&ground.main, name);
        let in_payload = |group: &Option<PathBuf>| {
            let mount = group.as_ref().and_then(|group| ground.mounts.iter().find(|mount| group.starts_with(mount)))?;
            Some(ground.top(mount, name).join("payload"))
        };
        let payload = match limiter {
            Limiter::CgroupV1 { cpu, cpuacct, pids, .. } => Group::V1 {
                memory: main.join("payload"),
                cpu: in_payload(cpu),
                cpuacct: in_payload(cpuacct),
                pids: in_payload(pids),
            },
            Limiter::CgroupV2 { .. } => Group::V2(main.join("payload")),
            Limiter::Sampling { reason } => return Err(reason.clone()),
        };
        let tops = ground.mounts.iter().map(|mount| ground.top(mount, name)).collect();
        let argument = Path::new("/").join(&ground.below).join(name).join("payload").to_string_lossy().into_owned();
        Ok(Self { tops, main, payload, argument, killed_first: None })
    }

    pub fn create(limiter: &Limiter, mark: &Mark, limits: &Limits) -> Result<Self, Error> {
        let ground = Ground::of(limiter).map_err(Error::Container)?;
        let name = format!("{}{}", prefix(mark.attempt()), mark.index());
        let nest = Self::at(limiter, &ground, &name).map_err(Error::Container)?;
        // Left by an earlier execution of the same name: its counters are not ours.
        if !nest.remove()? {
            return Err(Error::Group { path: nest.main, reason: "an earlier one has not ended".into() });
        }
        let made = nest.make(limits);
        if made.is_err() {
            // Already failing: what could not be removed now is found by a sweep.
            let _ = nest.remove();
        }
        made.map(|()| nest)
    }

    fn make(&self, limits: &Limits) -> Result<(), Error> {
        let failed = |path: &Path, error: &std::io::Error| Error::Group { path: path.to_owned(), reason: error.to_string() };
        fs::create_dir(&self.main).map_err(|error| failed(&self.main, &error))?;
        if matches!(self.payload, Group::V2(_)) {
            for controller in ["+memory", "+cpu", "+pids"] {
                let control = self.main.join("cgroup.subtree_control");
                let handed_on = fs::write(&control, controller);
                // Only what the parent has can be handed on; without the others nothing but a limit is lost.
                handed_on.or_else(|error| if controller == "+memory" { Err(failed(&control, &error)) } else { Ok(()) })?;
            }
        }
        let engine = self.engine();
        fs::create_dir(&engine).map_err(|error| failed(&engine, &error))?;
        for directory in self.payload.directories() {
            fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
        }
        self.payload.limit(limits)
    }

    /// Where nests are made.
    pub fn parents(limiter: &Limiter) -> Vec<PathBuf> {
        Ground::of(limiter)
            .map_or_else(|_| Vec::new(), |ground| ground.mounts.iter().map(|mount| mount.join(&ground.below)).collect())
    }

    /// The nests that executions of an attempt left behind.
    pub fn left_behind(limiter: &Limiter, attempt: &str) -> Vec<Self> {
        let Ok(ground) = Ground::of(limiter) else { return Vec::new() };
        let prefix = prefix(attempt);
        let is_index = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
        let names: BTreeSet<String> = ground
            .mounts
            .iter()
            .filter_map(|mount| fs::read_dir(mount.join(&ground.below)).ok())
            .flat_map(|entries| entries.flatten())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.strip_prefix(&prefix).is_some_and(is_index))
            .collect();
        names.iter().filter_map(|name| Self::at(limiter, &ground, name).ok()).collect()
    }

    fn engine(&self) -> PathBuf {
        self.main.join("engine")
    }

    /// Where the engine writes its id to become a member.
    pub fn doors(&self) -> Vec<PathBuf> {
        vec![self.engine().join("cgroup.procs")]
    }

    pub fn argument(&self) -> &str {
        &self.argument
    }

    pub fn payload(&self) -> &Group {
        &self.payload
    }

    pub fn payload_members(&self) -> BTreeSet<i32> {
        members(&self.main.join("payload"))
    }

    pub fn members(&self) -> BTreeSet<i32> {
        members(&self.main)
    }

    /// The payload, so that the engine can put everything away; the engine too when it does not.
    pub fn kill(&mut self) {
        let first = *self.killed_first.get_or_insert_with(Instant::now);
        self.payload.forbid_forks();
        let payload = self.payload_members();
        let hung = payload.is_empty() && first.elapsed() > PATIENCE;
        signal(if hung { self.members() } else { payload }, Signal::KILL);
    }

    pub fn kill_all(&self) {
        self.payload.forbid_forks();
        signal(self.members(), Signal::KILL);
    }

    pub fn terminate(&self) {
        let payload = self.payload_members();
        if payload.is_empty() {
            // Not begun: there is nobody who could end well.
            self.kill_all();
        } else {
            signal(payload, Signal::TERM);
        }
    }

    /// Whether nothing is left. The kernel refuses to remove a group that has a member.
    pub fn remove(&self) -> Result<bool, Error> {
        for top in &self.tops {
            match remove_tree(top) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::ResourceBusy => return Ok(false),
                Err(error) => return Err(Error::Group { path: top.clone(), reason: error.to_string() }),
            }
        }
        Ok(true)
    }

    /// Version 1 counts a kill in the group of the victim alone, which the engine makes and soon removes.
    pub fn killed(&self) -> Option<Killed> {
        let container = |group: &Path| Group::V1 { memory: group.to_owned(), cpu: None, cpuacct: None, pids: None };
        let below = match &self.payload {
            Group::V1 { memory, .. } => directories(memory).iter().find_map(|group| container(group).killed()),
            Group::V2(_) => None,
        };
        below.or_else(|| self.payload.killed())
    }
}

fn signal(pids: BTreeSet<i32>, signal: Signal) {
    for process in pids.into_iter().filter_map(process::find) {
        process.signal(signal);
    }
}

/// A payload may make groups of its own, to any depth, where the engine lets it.
fn members(group: &Path) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let mut left = vec![group.to_owned()];
    while let Some(group) = left.pop() {
        let text = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
        found.extend(text.lines().filter_map(|line| line.parse::<i32>().ok()));
        left.extend(directories(&group));
    }
    found
}
