//! Who belongs to an execution, what they use, and the end of them all.

use std::time::Duration;

use rustix::process::Signal;
use tokio::signal::unix::Signal as Endings;
use tokio::time::{Instant, timeout};

use super::cgroup::{self, Group, Killed};
use super::container::Nest;
use super::process::{self, Process};
use super::tree::Tree;
use super::verdict::Exit;
use super::{Error, Figure, Limits, Source, Usage};

/// A killed process ends at once unless the kernel waits for a device or a network file system.
const UNKILLABLE: Duration = Duration::from_secs(30);

pub(super) enum Keeper {
    Group(Group),
    Tree(Tree),
    Nest(Nest),
}

impl Keeper {
    /// Of a container the payload: the engine around it is nobody's.
    fn members(&mut self) -> Vec<Process> {
        let pids = match self {
            Self::Tree(tree) => return tree.members(),
            Self::Group(group) => group.members(),
            Self::Nest(nest) => nest.payload_members(),
        };
        pids.into_iter().filter_map(process::find).filter(|process| !process.zombie).collect()
    }

    /// Asks everybody to end; `spared` is bwrap outside of the sandbox, whose end would be everyone's at once.
    pub fn terminate(&mut self, spared: Option<i32>) {
        if let Self::Nest(nest) = self {
            return nest.terminate();
        }
        for member in self.members() {
            if Some(member.pid) != spared {
                member.signal(Signal::TERM);
            }
        }
    }

    pub fn kill(&mut self) {
        match self {
            Self::Group(group) => group.kill(),
            Self::Nest(nest) => nest.kill(),
            Self::Tree(tree) => tree.members().iter().for_each(|member| member.signal(Signal::KILL)),
        }
    }

    /// Returns when nobody is left. The main process must have ended, but not been reaped: its id may not be given to
    /// another process as long as descent from it decides who is killed.
    ///
    /// `init` is the first process of bwrap's namespace: it ends only after all others in there.
    pub async fn end(&mut self, init: Option<i32>, endings: &mut Endings) -> Result<(), Error> {
        if let Self::Tree(tree) = self {
            tree.init = init;
        }
        let deadline = Instant::now() + UNKILLABLE;
        let mut pause = Duration::from_millis(2);
        loop {
            let empty = match self {
                Self::Group(group) => group.remove()?,
                Self::Nest(nest) => nest.remove()?,
                Self::Tree(tree) => tree.members().is_empty(),
            };
            if empty {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Error::Unkillable(self.members().iter().map(|member| member.pid).collect()));
            }
            match self {
                Self::Nest(nest) => nest.kill_all(),
                _ => self.kill(),
            }
            // Orphans are children of the pilot, so that the news of their end comes at once; mostly.
            let _ = timeout(pause, endings.recv()).await;
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }

    /// A container that was ended by KILL, though not by us, with its memory used up: its control group may have been
    /// removed before it could be asked.
    pub fn was_full(&self, usage: &Usage, exit: &Exit, limits: &Limits) -> Option<Killed> {
        let (Self::Nest(_), Exit::Code(137)) = (self, exit) else { return None };
        let full = usage.memory_peak_bytes?.value.saturating_add(cgroup::NEARLY) >= limits.memory_bytes?;
        full.then_some(Killed { at_limit: true })
    }

    pub fn killed_for_memory(&self) -> Option<Killed> {
        match self {
            Self::Group(group) => group.killed(),
            Self::Nest(nest) => nest.killed(),
            Self::Tree(_) => None,
        }
    }
}

/// Measures one execution. Figures never go down.
#[derive(Default)]
pub(super) struct Meter {
    usage: Usage,
}

impl Meter {
    /// Adds up the living. Also tells whether they are above `memory_limit`, when no group enforces it.
    pub fn sample(&mut self, keeper: &mut Keeper, memory_limit: Option<u64>) -> (Usage, bool) {
        let members = keeper.members();
        let resident: u64 = members.iter().map(|member| member.resident_pages * rustix::param::page_size() as u64).sum();
        raise(&mut self.usage.cpu_ms, members.iter().map(cpu_ms).sum(), Source::Sampled);
        raise(&mut self.usage.memory_peak_bytes, resident, Source::Sampled);
        let (read, written) = members
            .iter()
            .filter_map(|member| process::bytes(member.pid))
            .fold((0, 0), |sum, bytes| (sum.0 + bytes.0, sum.1 + bytes.1));
        raise(&mut self.usage.read_bytes, read, Source::Sampled);
        raise(&mut self.usage.written_bytes, written, Source::Sampled);
        self.count(keeper);
        let above = |limit| resident > limit && shared_once(&members).unwrap_or(resident) > limit;
        (self.usage, matches!(keeper, Keeper::Tree(_)) && memory_limit.is_some_and(above))
    }

    /// The last word, from processes that have ended and were not reaped yet: each holds the accounts of those that it
    /// waited for. The group is gone by then and was counted before.
    pub fn finish(&mut self, ended: &[Process]) -> Usage {
        if !matches!(self.usage.cpu_ms, Some(Figure { source: Source::Cgroup, .. })) {
            raise(&mut self.usage.cpu_ms, ended.iter().map(cpu_ms).sum(), Source::Accounting);
        }
        let bytes: Option<Vec<(u64, u64)>> = ended.iter().map(|process| process::bytes(process.pid)).collect();
        if let Some(bytes) = bytes {
            raise(&mut self.usage.read_bytes, bytes.iter().map(|both| both.0).sum(), Source::Accounting);
            raise(&mut self.usage.written_bytes, bytes.iter().map(|both| both.1).sum(), Source::Accounting);
        }
        self.usage
    }

    /// A group's own counters replace what was added up.
    pub fn count(&mut self, keeper: &Keeper) {
        let group = match keeper {
            Keeper::Group(group) => group,
            Keeper::Nest(nest) => nest.payload(),
            Keeper::Tree(_) => return,
        };
        let counted = |value| Figure { value, source: Source::Cgroup };
        if let Some(value) = group.cpu_ms() {
            self.usage.cpu_ms = Some(counted(value));
        }
        if let Some(value) = group.memory_peak() {
            self.usage.memory_peak_bytes = Some(counted(value));
        }
    }
}

fn raise(figure: &mut Option<Figure>, value: u64, source: Source) {
    if figure.is_none_or(|before| before.value <= value) {
        *figure = Some(Figure { value, source });
    }
}

fn cpu_ms(process: &Process) -> u64 {
    process.cpu_ticks * 1000 / rustix::param::clock_ticks_per_second().max(1)
}

/// Resident memory counts a page that forked workers share once for each of them, so that a breach is confirmed with
/// this slower figure before anyone is killed.
fn shared_once(members: &[Process]) -> Option<u64> {
    members.iter().map(|member| process::proportional_bytes(member.pid)).sum()
}
