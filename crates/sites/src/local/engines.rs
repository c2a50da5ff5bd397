//! Which container engines work here: tried when first asked, remembered over restarts for as long as the answer is
//! likely to be the same.

use model::Timestamp;
use model::time::{Clock, SystemClock};
use pilot::execute::{Cleared, Containers, Host, Limiter, clear_leftovers};
use serde::{Deserialize, Serialize};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A trial takes about a second, and engines seldom stop to work.
const WORKS_FOR: Duration = Duration::from_secs(3_600);
/// Somebody may be repairing it at this moment.
const FAILS_FOR: Duration = Duration::from_secs(60);

pub(super) struct Engines {
    /// Where trials are made; the answer is kept there too.
    place: PathBuf,
    known: Mutex<Option<Known>>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Known {
    at: Timestamp,
    /// Of the computer and of this program: another start or another version may find something else.
    boot: String,
    version: String,
    pub(super) containers: Containers,
}

impl Known {
    fn just_now(containers: Containers) -> Self {
        Self { at: SystemClock.now(), boot: boot(), version: env!("CARGO_PKG_VERSION").into(), containers }
    }

    fn is_fresh(&self) -> bool {
        let good_for = if self.containers.engines.is_empty() { FAILS_FOR } else { WORKS_FOR };
        self.boot == boot() && self.version == env!("CARGO_PKG_VERSION") && self.age() < good_for
    }

    /// Those that work.
    pub(super) fn names(&self) -> Vec<String> {
        self.containers.engines.iter().map(|engine| engine.name().to_owned()).collect()
    }

    fn age(&self) -> Duration {
        Duration::from_millis(u64::try_from(SystemClock.now().millis() - self.at.millis()).unwrap_or(u64::MAX))
    }

    /// Each engine with what became of its trial, and when that was.
    pub(super) fn told(&self) -> Vec<String> {
        let ago = match self.age().as_secs() {
            0 => "tried just now".to_owned(),
            seconds @ 1..=119 => format!("tried {seconds} s ago"),
            seconds => format!("tried {} min ago", seconds / 60),
        };
        self.containers.tried.iter().map(|tried| format!("{}: {} ({ago})", tried.engine, tried.detail)).collect()
    }
}

impl Engines {
    pub(super) fn remembered_beside(root: &Path) -> Self {
        Self { place: root.with_file_name("engines"), known: Mutex::new(None) }
    }

    /// What an earlier trial found out. During one nobody is kept waiting.
    pub(super) fn remembered(&self) -> Option<Known> {
        self.fresh(&mut *self.known.try_lock().ok()?)
    }

    fn fresh(&self, known: &mut Option<Known>) -> Option<Known> {
        if known.is_none() {
            *known = std::fs::read(self.file()).ok().and_then(|text| serde_json::from_slice(&text).ok());
        }
        known.clone().filter(Known::is_fresh)
    }

    /// Whoever asks first waits for the trial, and so do all who ask meanwhile. It is made to its end also when nobody
    /// waits any more: half a trial leaves a container behind, and is of no use to the next who asks.
    pub(super) async fn get(self: &Arc<Self>, host: &Host) -> Known {
        let (engines, host) = (Arc::clone(self), host.clone());
        let found = tokio::spawn(async move { engines.find_out(&host).await }).await;
        found.unwrap_or_else(|lost| {
            tracing::warn!(%lost, "the trial of container engines was lost");
            Known::just_now(Containers::default())
        })
    }

    async fn find_out(&self, host: &Host) -> Known {
        let mut known = self.known.lock().await;
        if let Some(fresh) = self.fresh(&mut known) {
            return fresh;
        }
        if let Err(error) = DirBuilder::new().recursive(true).mode(0o700).create(&self.place) {
            tracing::warn!(%error, "no directory for trials of container engines");
        }
        let containers = Containers::detect(host, &self.place).await;
        let found = Known::just_now(containers);
        if let Err(error) = self.remember(&found) {
            tracing::debug!(%error, "what was found out of container engines is not remembered");
        }
        known.insert(found).clone()
    }

    pub(super) async fn clear_leftovers(&self, limits: &Limiter) -> Cleared {
        clear_leftovers(limits, &self.place).await
    }

    fn file(&self) -> PathBuf {
        self.place.join("tried.json")
    }

    fn remember(&self, known: &Known) -> std::io::Result<()> {
        let new = self.file().with_extension("new");
        std::fs::write(&new, serde_json::to_vec(known)?)?;
        std::fs::rename(new, self.file())
    }
}

fn boot() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pilot::execute::Settings;

    #[tokio::test]
    async fn a_trial_that_nobody_waits_for_any_more_leaves_nothing_but_its_result() {
        let root = tempfile::tempdir().expect("a directory");
        let engines = Arc::new(Engines::remembered_beside(&root.path().join("attempts")));
        let host = Host::detect(&Settings::default()).await;
        let trials = || {
            let names = std::fs::read_dir(&engines.place).into_iter().flatten().flatten().map(|entry| entry.file_name());
            names.filter(|name| name.to_string_lossy().starts_with("trial-")).count()
        };
        let begun = async {
            while trials() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        // Without an engine there is no trial to go away from.
        tokio::select! { _ = engines.get(&host) => {}, () = begun => {} }
        let limit = std::time::Instant::now() + Duration::from_secs(60);
        while engines.remembered().is_none() {
            assert!(std::time::Instant::now() < limit, "the trial was not made to its end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(trials(), 0);
    }
}
