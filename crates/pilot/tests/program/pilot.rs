//! A pilot in a process of its own: this test binary, started again.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

const ROLE: &str = "TEST_ROLE_PILOT";
/// How much it logs; everything, if nothing else is said.
pub const LEVEL: &str = "TEST_PILOT_LEVEL";

/// Not a test: the body of the process that [`Pilot::start`] starts.
#[test]
fn pilot_process() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let filter = tracing_subscriber::EnvFilter::new(std::env::var(LEVEL).unwrap_or_else(|_| "trace".to_owned()));
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).with_ansi(false).init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let recipe = match pilot::read_recipe(std::io::stdin()) {
        Ok(recipe) => recipe,
        Err(error) => {
            eprintln!("bad recipe: {error}");
            std::process::exit(2);
        }
    };
    match runtime.block_on(pilot::run(recipe)) {
        Ok(()) => std::process::exit(0),
        Err(error) => {
            eprintln!("ended: {error}");
            std::process::exit(1);
        }
    }
}

pub struct Pilot {
    child: Child,
    log: std::path::PathBuf,
}

impl Pilot {
    pub fn start(recipe: &str, log: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "pilot::pilot_process", "--nocapture"])
            .env(ROLE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(File::options().append(true).create(true).open(log).unwrap())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(recipe.as_bytes()).unwrap();
        Self { child, log: log.to_owned() }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_raw(self.id() as i32).unwrap(), signal).unwrap();
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub async fn ended(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the pilot does not end:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }

    /// Its last line on standard error.
    pub fn last_line(&self) -> String {
        self.log().lines().rfind(|line| line.starts_with("ended: ")).unwrap_or_default().to_owned()
    }

    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
