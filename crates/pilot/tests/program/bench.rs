//! A place for one attempt: its directory, its gateway, its recipe.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use model::id::{AttemptId, DeploymentId, PilotId, RunId, Seed};
use model::request::{Array, RunRequest};
use pilot::execute::{Host, Settings};
use pilot::protocol::Assignment;
use pilot::recipe::{Gateway as Way, RecipeText};

use crate::gateway::{Door, Gateway};
use crate::pilot::Pilot;

pub const ENROLMENT: &str = "rse_enrolment-code-of-this-test";

pub struct Bench {
    root: tempfile::TempDir,
    pub gateway: Gateway,
    run: RunId,
    attempt: AttemptId,
    pilot: PilotId,
    host: Host,
    pub width: u32,
    pub patience_seconds: u64,
}

/// A request that runs a shell script `count` times.
pub fn shell(count: u32, script: &str) -> RunRequest {
    RunRequest {
        command: Some(["/bin/sh", "-c", script].map(str::to_owned).to_vec()),
        array: Some(Array { count }),
        ..RunRequest::default()
    }
}

impl Bench {
    pub async fn new(request: RunRequest) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut random = [0; 10];
        random[..4].copy_from_slice(&std::process::id().to_be_bytes());
        random[4..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes()[2..]);
        let seed = Seed { millis: 1_795_247_000_000, random };
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        std::fs::create_dir_all(root.path().join("attempt")).unwrap();
        let (run, attempt) = (RunId::new(seed), AttemptId::new(seed));
        let assignment = Assignment {
            run: run.clone(),
            attempt: attempt.clone(),
            request,
            allowed_hosts: vec![],
            token_hosts: Vec::new(),
            file_roots: vec![],
            hide: vec![],
            isolation_required: false,
            stream_cap_bytes: 1 << 30,
            input_cap_bytes: 1 << 30,
            output_cap_bytes: 1 << 30,
        };
        let gateway = Gateway::new(assignment, ENROLMENT);
        let host = Host::detect(&Settings::default()).await;
        Self { root, gateway, run, attempt, pilot: PilotId::new(seed), host, width: 2, patience_seconds: 60 }
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join(below)
    }

    pub fn directory(&self) -> PathBuf {
        self.path("attempt")
    }

    pub fn recipe(&self, way: &Way) -> String {
        let recipe = RecipeText {
            deployment: &DeploymentId::new(Seed { millis: 1, random: [1; 10] }),
            run: &self.run,
            attempt: &self.attempt,
            pilot: &self.pilot,
            slot: "pilot-0",
            directory: &self.directory(),
            width: self.width,
            enrolment: ENROLMENT,
            gateway: way,
            patience_seconds: self.patience_seconds,
            role: pilot::recipe::Role::Work,
            host: Some(&self.host),
        };
        serde_json::to_string(&recipe).unwrap()
    }

    pub fn start(&self, way: &Way) -> Pilot {
        Pilot::start(&self.recipe(way), &self.directory().join("pilot.log"))
    }

    pub fn start_at(&self, door: &Door) -> Pilot {
        self.start(&Way::Url(door.url.clone()))
    }

    /// How many processes carry the attempt's mark.
    pub fn processes(&self) -> usize {
        let mark = format!("RS_ATTEMPT={}", self.attempt).into_bytes();
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let environments = processes.filter_map(|process| std::fs::read(process.path().join("environ")).ok());
        environments.filter(|variables| variables.split(|byte| *byte == 0).any(|variable| variable == mark)).count()
    }

    /// From a start to a good end, with nothing left over.
    pub async fn carry_out(&self) {
        let door = self.gateway.open().await;
        let mut pilot = self.start_at(&door);
        let status = pilot.ended().await;
        assert!(status.success(), "{status}:\n{}", pilot.log());
        self.assert_whole();
    }

    pub fn assert_whole(&self) {
        let facts = self.gateway.facts();
        assert_eq!(facts.violations, Vec::<String>::new());
        assert!(facts.all_ended());
        let left: Vec<_> = std::fs::read_dir(self.directory().join("elements")).into_iter().flatten().flatten().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
