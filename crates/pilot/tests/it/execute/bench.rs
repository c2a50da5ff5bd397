//! A place to execute in, and the modes to execute with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pilot::execute::{
    Command, Confinement, Error, Execution, Host, Isolation, Limiter, Limits, Mark, Need, Progress, Report, Settings, execute,
};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

/// Each with its name. Isolation must work where tests run; where no control group can be made, those modes are left out.
///
/// Held by one test at a time, as what an execution may do to another of the same process is for one test to find out.
pub async fn modes() -> impl Iterator<Item = (&'static str, Host)> {
    static TURN: Mutex<()> = Mutex::const_new(());
    let turn = TURN.lock().await;
    let detect =
        async |use_bubblewrap, use_cgroups| Host::detect(&Settings { use_bubblewrap, use_cgroups, ..Settings::default() }).await;
    let best = detect(true, true).await;
    assert!(matches!(best.isolation, Confinement::Bubblewrap { .. }), "these tests need bubblewrap: {:?}", best.isolation);
    let mut modes = vec![("bubblewrap+sampling", detect(true, false).await), ("none+sampling", detect(false, false).await)];
    if let Limiter::Sampling { reason } = &best.limits {
        eprintln!("no control groups here: {reason}");
    } else {
        modes.push(("bubblewrap+cgroup", best));
        modes.push(("none+cgroup", detect(false, true).await));
    }
    modes.into_iter().inspect(move |_| {
        let _until_the_last = &turn;
    })
}

pub fn is_grouped(host: &Host) -> bool {
    !matches!(host.limits, Limiter::Sampling { .. })
}

/// Directories of one execution, below a directory that is hidden from it.
pub struct Bench {
    root: tempfile::TempDir,
    pub attempt: String,
}

impl Bench {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        for directory in ["hidden/work", "hidden/logs"] {
            std::fs::create_dir_all(root.path().join(directory)).unwrap();
        }
        let attempt = format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self { root, attempt }
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join(below)
    }

    pub fn work(&self, below: &str) -> PathBuf {
        self.path("hidden/work").join(below)
    }

    pub fn log(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path("hidden/logs").join(name)).unwrap()
    }

    pub fn stdout(&self) -> String {
        String::from_utf8(self.log("stdout")).unwrap()
    }

    pub fn execution(&self, host: &Host, argv: &[&str]) -> Execution {
        Execution {
            host: host.clone(),
            command: Command {
                argv: argv.iter().map(|word| (*word).to_owned()).collect(),
                env: BTreeMap::new(),
                work_dir: self.work(""),
                temp_dir: self.path("hidden/temp"),
                mark: Mark::new(&self.attempt, 0).unwrap(),
            },
            container: None,
            limits: Limits::default(),
            isolation: Isolation { need: Need::WhenAvailable, hide: vec![self.path("hidden"), self.path("not there")] },
            logs: self.path("hidden/logs"),
            progress: watch::Sender::new(Progress::default()),
            cancel: CancellationToken::new(),
            grace: Duration::from_secs(20),
        }
    }

    pub fn shell(&self, host: &Host, script: &str) -> Execution {
        self.execution(host, &["/bin/sh", "-c", script])
    }

    pub async fn run(&self, host: &Host, script: &str) -> Result<Report, Error> {
        execute(self.shell(host, script)).await
    }

    /// A process that does nothing but can be found by its arguments, from outside of its namespace too.
    pub fn sleeper(&self) -> String {
        format!("sleep 1000 # {}.", self.attempt)
    }

    pub fn sleepers(&self) -> Vec<i32> {
        processes_with_argument(&format!("# {}.", self.attempt))
    }
}

/// The living processes one of whose arguments contains `text`; not those of this test.
pub fn processes_with_argument(text: &str) -> Vec<i32> {
    let me = std::process::id() as i32;
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|pid| *pid != me);
    let contains = |pid: &i32| {
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        arguments.split(|byte| *byte == 0).any(|argument| argument.windows(text.len()).any(|part| part == text.as_bytes()))
    };
    pids.filter(contains).collect()
}

pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
