//! What killed gateways and pilots have left where nobody comes back for it.
//!
//! An attempt has a flow that comes back, and what was made for it goes with its directory. Three things have none: trials
//! of container engines; the state of engines, which is outside of the data directory, once that is gone; and control
//! groups, for the same reason. Each of them says by its name or by a mark to which attempt or process it belongs. It is
//! removed when it is ours, of some age, and no process of that attempt lives; a trial besides only when nobody holds its
//! lock; a control group only by the call that the kernel refuses as long as somebody is in it.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::getuid;

use super::container::{Nest, clear_trials, forgotten};
use super::{Limiter, Mark, cgroup, process};

/// Nothing that is only half made is as old as this.
pub(super) const AGE: Duration = Duration::from_secs(300);

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    pub trials: usize,
    pub states: usize,
    pub groups: usize,
    /// Something may have been left, but not long enough ago.
    pub too_young: bool,
}

impl Cleared {
    /// To look again when something was too young.
    pub const AFTER: Duration = AGE;

    pub fn is_nothing(self) -> bool {
        (self.trials, self.states, self.groups) == (0, 0, 0)
    }

    /// Whether it is of an age to be removed.
    pub(super) fn is_old(&mut self, path: &Path) -> bool {
        let modified = fs::symlink_metadata(path).and_then(|there| there.modified());
        // A time in the future is that of a clock that was put right.
        let old = modified.is_ok_and(|at| at.elapsed().unwrap_or_default() >= AGE);
        self.too_young |= !old;
        old
    }
}

/// `trials` is the directory in which engines are tried.
pub async fn clear_leftovers(limits: &Limiter, trials: &Path) -> Cleared {
    let mut cleared = Cleared::default();
    clear_trials(limits, trials, &mut cleared).await;
    let mut living = Living::default();
    for state in forgotten() {
        let gone = state.attempt.as_deref().is_none_or(|attempt| !living.has(attempt));
        if gone && cleared.is_old(&state.path) {
            match state.remove() {
                Ok(()) => cleared.states += 1,
                Err(error) => tracing::debug!(path = %state.path.display(), %error, "the state of an engine stays"),
            }
        }
    }
    for (group, attempt) in groups(limits) {
        if !living.has(&attempt) && cleared.is_old(&group) && cgroup::remove_tree(&group).is_ok() {
            cleared.groups += 1;
        }
    }
    cleared
}

/// Our groups with the attempt that each is of, wherever pilots that were started as this process was make theirs.
fn groups(limits: &Limiter) -> Vec<(PathBuf, String)> {
    let mut parents: BTreeSet<PathBuf> = Nest::parents(limits).into_iter().collect();
    parents.extend(cgroup::parents(limits).into_iter().map(Path::to_owned));
    let entries = parents.into_iter().filter_map(|parent| fs::read_dir(parent).ok()).flat_map(|entries| entries.flatten());
    let ours = entries.filter(|entry| entry.metadata().is_ok_and(|there| there.is_dir() && there.uid() == getuid().as_raw()));
    ours.filter_map(|entry| Some((entry.path(), attempt_of(entry.file_name().to_str()?)?))).collect()
}

/// `roadstead-<attempt>-<index>`, `roadstead-container-<attempt>-<index>`; of the trial of a group the index is its process.
fn attempt_of(group: &str) -> Option<String> {
    let name = group.strip_prefix(cgroup::PREFIX)?;
    let name = name.strip_prefix("container-").unwrap_or(name);
    let (attempt, index) = name.rsplit_once('-')?;
    index.parse::<u32>().ok()?;
    Some(if attempt == "trial" { name.to_owned() } else { attempt.to_owned() })
}

/// The attempts of which a process lives, looked for when first asked.
#[derive(Default)]
struct Living(Option<HashSet<Vec<u8>>>);

impl Living {
    fn has(&mut self, attempt: &str) -> bool {
        let all = || process::all().iter().filter_map(|process| process.variable(Mark::ATTEMPT)).collect();
        self.0.get_or_insert_with(all).contains(attempt.as_bytes()) || trier_lives(attempt)
    }
}

/// Trials are made by processes that are not marked: they name them.
pub(super) fn trier_lives(trial: &str) -> bool {
    let pid = trial.strip_prefix("trial-").and_then(|rest| rest.split('-').next()?.parse::<i32>().ok());
    pid.is_some_and(|pid| process::find(pid).is_some_and(|process| !process.zombie))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_say_whose_they_are() {
        let attempt = |group| attempt_of(group).unwrap_or_default();
        assert_eq!(attempt("roadstead-att-06gvu4-12"), "att-06gvu4");
        assert_eq!(attempt("roadstead-container-att-06gvu4-0"), "att-06gvu4");
        assert_eq!(attempt("roadstead-container-trial-8520-9-0"), "trial-8520-9");
        assert_eq!(attempt("roadstead-trial-8520"), "trial-8520");
        for foreign in ["roadstead", "roadstead-", "roadstead-service", "roadstead.service", "user-1", "roadstead-a-b"] {
            assert_eq!(attempt_of(foreign), None, "{foreign}");
        }
        let me = std::process::id();
        assert!(trier_lives(&format!("trial-{me}")) && trier_lives(&format!("trial-{me}-3")));
        assert!(!trier_lives("trial-x") && !trier_lives(&format!("att-{me}-3")) && !trier_lives("trial-999999999-1"));
    }
}
