//! One home with its gateways: started again when they died, woken when they froze, struck when it is time.

use crate::api::{Answer, Api, Question};
use crate::schedule::{Blow, Fault, Schedule, Whom};
use crate::witness::Witness;
use rustix::process::{Pid, kill_process};
use serde_json::Value;
use std::collections::VecDeque;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use testkit::{Home, Postgres, Program, Signal, processes_with_env, wait_until};

/// A step has two thirds of it for each try: no less than a busy machine needs to start a process.
const LEASE: Duration = Duration::from_millis(2_000);
/// Long enough for others to take over what it held and to bring it to its end.
const FROZEN: Duration = Duration::from_millis(4_000);
/// So long the other gateways are on their own.
const DEAD: Duration = Duration::from_millis(2_500);
/// More than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(90);
const STARTS: Duration = Duration::from_secs(30);

pub struct World {
    pub home: Home,
    pub data: PathBuf,
    pub witness: Witness,
    pub api: Api,
    pub database: Option<String>,
    gateways: Vec<Gateway>,
    faults: VecDeque<Fault>,
    blow: Option<Blow>,
    begun: Option<Instant>,
    pub struck: Struck,
}

/// What really happened: a point may never be passed so often.
#[derive(Default)]
pub struct Struck {
    pub kills: usize,
    pub freezes: usize,
    /// The attempts whose pilot was killed.
    pub attempts: Vec<String>,
}

impl Struck {
    pub fn anything(&self) -> bool {
        self.kills + self.freezes + self.attempts.len() > 0
    }
}

struct Gateway {
    program: Program,
    since: Since,
}

/// When something began that lasts a while.
enum Since {
    Alive,
    Frozen(Instant),
    Dead(Instant),
}

impl World {
    pub fn new(schedule: &Schedule, postgres: Option<&Postgres>) -> Self {
        let home = Home::new();
        let database = postgres.map(Postgres::database);
        if let Some(url) = &database {
            fs::write(home.path().join("database"), url).expect("write the database's address");
        }
        let mut world = Self {
            data: home.path().join("gateway"),
            home,
            witness: Witness::new(),
            api: Api::new(),
            database,
            gateways: Vec::new(),
            faults: schedule.faults.iter().cloned().collect(),
            blow: schedule.blow,
            begun: None,
            struck: Struck::default(),
        };
        for number in 0..schedule.setup.gateways() {
            let fault = if number == 0 { world.faults.pop_front() } else { None };
            let program = world.start(fault);
            world.gateways.push(Gateway { program, since: Since::Alive });
            // The first one makes the schema and the token.
            wait_until(STARTS, "a gateway", || world.base(number));
        }
        world
    }

    fn start(&self, fault: Option<Fault>) -> Program {
        let mut command = self.home.command(env!("CARGO_BIN_EXE_roadstead"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&self.data);
        // Room for every run at once; and no pilot outlives a test that is killed for long.
        command.env("ROADSTEAD_LOCAL_CORES", "16").env("ROADSTEAD_LOCAL_MEMORY", "4GiB");
        // Fewer than a load has: some wait for a quota, and whoever is killed must have woken them or still do it.
        command.env("ROADSTEAD_QUOTAS_PERSON", "{ runs = 3 }");
        command.env("ROADSTEAD_LOCAL_PATIENCE", "120s");
        if self.database.is_some() {
            command.env("ROADSTEAD_DATABASE_URL_FILE", self.home.path().join("database"));
            command.env("ROADSTEAD_FLOW_LEASE_MS", LEASE.as_millis().to_string());
        }
        if let Some(fault) = fault {
            command.env("ROADSTEAD_FAULT", fault.to_string());
        }
        self.home.start(command)
    }

    /// The moment from which blows are counted.
    pub fn begin(&mut self) {
        self.begun = Some(Instant::now());
    }

    fn base(&self, number: usize) -> Option<String> {
        let line = self.gateways.get(number)?.program.find_line(|line| line.starts_with("Roadstead serves at "))?;
        line.split(' ').nth(3).map(str::to_owned)
    }

    /// Asks one gateway after the other until one answers.
    #[track_caller]
    pub fn ask(&mut self, question: &Question<'_>) -> Answer {
        let begun = Instant::now();
        loop {
            self.tend();
            for number in 0..self.gateways.len() {
                if matches!(self.gateways[number].since, Since::Frozen(_)) {
                    continue;
                }
                let Some(base) = self.base(number) else { continue };
                let token = fs::read_to_string(self.data.join("token")).unwrap_or_default();
                if let Some(answer) = self.api.try_ask(&base, token.trim(), question) {
                    return answer;
                }
            }
            assert!(begun.elapsed() < LIMIT, "no gateway answered {} within {LIMIT:?}", question.path);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[track_caller]
    pub fn get(&mut self, path: &str) -> Answer {
        self.ask(&Question { path, ..Question::default() })
    }

    /// Starts who died, wakes who froze, strikes when it is time.
    pub fn tend(&mut self) {
        self.strike();
        for number in 0..self.gateways.len() {
            match self.gateways[number].since {
                Since::Alive => self.look_at(number),
                Since::Frozen(at) if at.elapsed() > FROZEN => {
                    self.gateways[number].program.kill(Signal::CONT);
                    self.gateways[number].since = Since::Alive;
                }
                Since::Dead(at) if self.gateways.len() == 1 || at.elapsed() > DEAD => {
                    let fault = if number == 0 { self.faults.pop_front() } else { None };
                    self.gateways[number] = Gateway { program: self.start(fault), since: Since::Alive };
                }
                Since::Frozen(_) | Since::Dead(_) => {}
            }
        }
    }

    fn look_at(&mut self, number: usize) {
        let gateway = &mut self.gateways[number];
        if let Some(status) = gateway.program.try_wait() {
            assert_eq!(status.signal(), Some(9), "a gateway ended by itself: {}", gateway.program.stderr());
            self.struck.kills += 1;
            gateway.since = Since::Dead(Instant::now());
        } else if is_stopped(gateway.program.id()) {
            self.struck.freezes += 1;
            gateway.since = Since::Frozen(Instant::now());
        }
    }

    fn strike(&mut self) {
        let (Some(blow), Some(begun)) = (self.blow, self.begun) else { return };
        if begun.elapsed() < Duration::from_millis(blow.after_ms) {
            return;
        }
        let pilots = pilots(&self.data.join("local"));
        if pilots.is_empty() {
            return;
        }
        let (attempt, pid) = &pilots[blow.after_ms as usize % pilots.len()];
        let Some(target) = i32::try_from(*pid).ok().and_then(Pid::from_raw) else { return };
        if !processes_with_env("RS_ATTEMPT", attempt).contains(pid) || kill_process(target, Signal::KILL).is_err() {
            return;
        }
        self.struck.attempts.push(attempt.clone());
        self.blow = None;
        if blow.whom == Whom::Both && matches!(self.gateways[0].since, Since::Alive) {
            self.look_at(0);
            if matches!(self.gateways[0].since, Since::Alive) {
                self.gateways[0].program.kill(Signal::KILL);
            }
        }
    }

    /// Until everyone is awake again and has had the time to do what it was about to do when it froze.
    pub fn settle(&mut self) {
        wait_until(LIMIT, "all gateways awake", || {
            self.tend();
            let awake = self.gateways.iter().all(|gateway| matches!(gateway.since, Since::Alive));
            (awake && (0..self.gateways.len()).all(|number| self.base(number).is_some())).then_some(())
        });
        if self.struck.freezes > 0 {
            std::thread::sleep(LEASE);
        }
    }

    pub fn stop(&mut self) {
        for gateway in &mut self.gateways {
            let status = gateway.program.stop();
            let fine = status.success() || status.signal() == Some(9);
            assert!(fine, "a gateway ended with {status}: {}", gateway.program.stderr());
        }
    }
}

impl Drop for World {
    /// Pilots carry no mark of the home: after a failure they are found by their attempts.
    fn drop(&mut self) {
        self.gateways.clear();
        for attempt in entries(&self.data.join("local")) {
            for id in processes_with_env("RS_ATTEMPT", &attempt) {
                if let Some(id) = i32::try_from(id).ok().and_then(Pid::from_raw) {
                    let _ = kill_process(id, Signal::KILL);
                }
            }
        }
    }
}

/// Attempts and the process ids of their pilots.
fn pilots(root: &Path) -> Vec<(String, u32)> {
    let pid = |attempt: &str| {
        let text = fs::read(root.join(attempt).join("pilot-0.json")).ok()?;
        u32::try_from(serde_json::from_slice::<Value>(&text).ok()?["pid"].as_i64()?).ok()
    };
    let found = entries(root).into_iter().filter_map(|attempt| pid(&attempt).map(|pid| (attempt, pid)));
    found.collect()
}

/// The names in a directory, in order; none when there is none.
pub fn entries(directory: &Path) -> Vec<String> {
    let found = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = found.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn is_stopped(id: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, fields)| fields.starts_with('T'))
}
