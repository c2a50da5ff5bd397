//! What nobody comes back for is removed; what is somebody's, or may be, is not touched.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, SystemTime};

use pilot::execute::{Host, Limiter, Mark, Settings, clear_leftovers};
use rustix::fs::{FlockOperation, flock};

fn age(path: &Path) {
    let long_ago = SystemTime::now() - Duration::from_secs(3_600);
    File::open(path).unwrap().set_modified(long_ago).unwrap();
}

/// Where engines' state is; see `container/state.rs`.
fn place_of_state() -> PathBuf {
    let own = if rustix::process::getuid().is_root() { Some("/run".into()) } else { std::env::var_os("XDG_RUNTIME_DIR") };
    own.map(PathBuf::from).filter(|place| place.as_os_str().len() <= 20).unwrap_or_else(|| "/tmp".into())
}

/// Removed with the test, also with one that fails.
struct Made(PathBuf);

impl Made {
    fn new(path: PathBuf) -> Self {
        fs::create_dir(&path).unwrap();
        rustix::fs::chmod(&path, 0o700.into()).unwrap();
        Self(path)
    }

    fn state(name: &str, attempt: &str, directory: &Path) -> Self {
        let state = Self::new(place_of_state().join(format!("roadstead-{name}")));
        let owner = serde_json::json!({ "attempt": attempt, "directory": directory });
        fs::write(state.0.join("owner.json"), owner.to_string()).unwrap();
        age(&state.0);
        state
    }

    fn group(parent: &Path, name: &str) -> Self {
        let group = Self::new(parent.join(format!("roadstead-{name}")));
        age(&group.0);
        group
    }

    fn exists(&self) -> bool {
        self.0.exists()
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0).or_else(|_| fs::remove_dir(&self.0));
    }
}

struct Bystander(Child);

impl Bystander {
    fn of(attempt: &str) -> Self {
        Self(Command::new("sleep").arg("1000").env(Mark::ATTEMPT, attempt).spawn().unwrap())
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn only_what_is_ours_and_old_and_of_nobody_alive_is_removed() {
    let me = std::process::id();
    let limits = Host::detect(&Settings::default()).await.limits;
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let [dead, lives] = ["dead", "lives"].map(|name| format!("att-{me}-{name}"));
    let _living = Bystander::of(&lives);

    // Trials: whose process is gone, by the lock; and, from before there were locks, by the process.
    let trial = |name: &str, locked: bool| {
        let trial = Made::new(place.path().join(name));
        let lock = locked.then(|| OpenOptions::new().write(true).create_new(true).open(trial.0.join("lock")).unwrap());
        age(&trial.0);
        (trial, lock)
    };
    let removed = [trial("trial-999999999-0", true), trial("trial-999999999-1", false), trial(&format!("trial-{me}-2"), true)];
    let held = trial("trial-999999999-3", true);
    flock(held.1.as_ref().unwrap(), FlockOperation::LockExclusive).unwrap();
    let kept = [held, trial(&format!("trial-{me}-4"), false), trial("other", true)];
    let (young, _) = trial("trial-999999999-5", true);
    File::open(&young.0).unwrap().set_modified(SystemTime::now()).unwrap();

    // States: one whose storage is gone; one whose attempt lives, one whose storage there is, and one of we know not whom.
    let gone = place.path().join("gone");
    let storage = place.path().join("other");
    let states = ["a", "b", "c", "d"].map(|name| format!("{name}{me}"));
    let [forgotten, busy, stored, foreign] = [
        Made::state(&states[0], &dead, &gone),
        Made::state(&states[1], &lives, &gone),
        Made::state(&states[2], &dead, &storage),
        Made::new(place_of_state().join(format!("roadstead-{}", states[3]))),
    ];
    let podman = serde_json::json!({
        "program": "/bin/podman", "version": "1", "runtime": "runc", "images": "/", "driver": "overlay",
        "mount_program": null, "environment": {}
    });
    fs::create_dir(storage.join("containers")).unwrap();
    let engine = serde_json::json!({ "podman": podman, "state": stored.0, "attempt": dead });
    fs::write(storage.join("containers/engine.json"), engine.to_string()).unwrap();
    fs::write(foreign.0.join("file"), "").unwrap();
    age(&foreign.0);

    let parent = match &limits {
        Limiter::CgroupV1 { memory, .. } => Some(memory.clone()),
        Limiter::CgroupV2 { parent } => Some(parent.clone()),
        Limiter::Sampling { .. } => None,
    };
    let groups = parent.map(|parent| {
        let group = |name: &str| Made::group(&parent, name);
        let empty = [group(&format!("{dead}-0")), group(&format!("container-{dead}-7")), group("trial-999999999")];
        let waiting = [group(&format!("{lives}-0")), group(&format!("trial-{me}")), group(&format!("of-somebody-{me}.else"))];
        let full = group(&format!("{dead}-1"));
        let member = Bystander::of("");
        fs::write(full.0.join("cgroup.procs"), member.0.id().to_string()).unwrap();
        age(&full.0);
        (empty, waiting, full, member)
    });

    let cleared = clear_leftovers(&limits, place.path()).await;
    assert!(removed.iter().all(|(trial, _)| !trial.exists()), "{cleared:?}");
    assert!(kept.iter().all(|(trial, _)| trial.exists()) && young.exists(), "{cleared:?}");
    assert!(cleared.trials == 3 && cleared.too_young, "{cleared:?}");
    assert!(!forgotten.exists() && busy.exists() && stored.exists() && foreign.exists(), "{cleared:?}");
    if let Some((empty, waiting, full, member)) = groups {
        assert!(empty.iter().all(|group| !group.exists()), "{cleared:?}");
        assert!(waiting.iter().all(Made::exists) && full.exists(), "{cleared:?}");
        drop(member);
    }
}
