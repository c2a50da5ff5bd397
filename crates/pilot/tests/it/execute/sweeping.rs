use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use pilot::execute::{Host, Mark, execute, sweep};

use super::bench::{Bench, is_grouped, modes, processes_with_argument, until};

const HOST: &str = "SWEEPING_HOST";
const PLACE: &str = "SWEEPING_PLACE";
const ATTEMPT: &str = "SWEEPING_ATTEMPT";

/// The pilot of the test below: this very program, started again to be killed.
#[tokio::test]
#[ignore = "started by the test below"]
async fn a_pilot_to_be_killed() {
    let host: Host = serde_json::from_str(&std::env::var(HOST).unwrap()).unwrap();
    let place = std::env::var(PLACE).unwrap();
    let place = Path::new(&place);
    let bench = Bench::new();
    let attempt = std::env::var(ATTEMPT).unwrap();
    let sleeper = format!("sleep 1000 # {attempt}.");
    let script = format!(
        "(setsid sh -c '{sleeper}; :' &) ; (setsid env -i PATH=$PATH sh -c '{sleeper}; :' &) ; touch ready; {sleeper}; :"
    );
    let mut execution = bench.shell(&host, &script);
    execution.command.work_dir = place.join("work");
    execution.logs = place.join("logs");
    execution.command.temp_dir = place.join("temp");
    execution.command.mark = Mark::new(&attempt, 7).unwrap();
    execute(execution).await.unwrap();
}

/// A process of somebody else, ended with the test.
struct Bystander(std::process::Child);

impl Bystander {
    fn start(attempt: Option<&str>, directory: &Path) -> Self {
        let mut command = Command::new("sleep");
        command.arg("1000").current_dir(directory).env_remove(Mark::ATTEMPT);
        command.envs(attempt.map(|attempt| (Mark::ATTEMPT, attempt)));
        Self(command.spawn().unwrap())
    }

    fn lives(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn ends_what_a_killed_pilot_left() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let mut pilot = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "execute::sweeping::a_pilot_to_be_killed", "--ignored"])
            .env(HOST, serde_json::to_string(&host).unwrap())
            .env(PLACE, bench.path("hidden"))
            .env(ATTEMPT, &bench.attempt)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        until("it runs", || bench.work("ready").exists() && bench.sleepers().len() >= 3).await;
        // Another attempt's, also when its name begins alike or it looks at this one's files; and someone passing by.
        let similar = format!("{}0", bench.attempt);
        let mut others = [
            Bystander::start(Some(&similar), Path::new("/")),
            Bystander::start(Some("someone-else"), &bench.work("")),
            Bystander::start(None, &bench.path("")),
        ];
        pilot.kill().unwrap();
        pilot.wait().unwrap();

        let swept = sweep(&host, &bench.attempt, &bench.path("hidden"), Duration::from_secs(20)).await;
        assert!(swept.is_clean(), "{mode}: {swept:?}");
        assert_eq!(swept.groups > 0, is_grouped(&host), "{mode}: {swept:?}");
        assert!(mode.starts_with("bubblewrap") || swept.processes >= 3, "{mode}: {swept:?}");
        assert_eq!(bench.sleepers(), [0; 0], "{mode}: something lives on");
        assert_eq!(processes_with_argument(&format!("{}-7", bench.attempt)), [0; 0], "{mode}");
        for other in &mut others {
            assert!(other.lives(), "{mode}: ended somebody else's process");
        }
        let again = sweep(&host, &bench.attempt, &bench.path("hidden"), Duration::from_secs(20)).await;
        assert!(again.is_clean() && again.processes == 0 && again.groups == 0, "{mode}: {again:?}");
    }
}
