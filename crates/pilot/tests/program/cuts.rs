//! Losing the gateway, in every way.

use std::collections::VecDeque;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

use model::request::Output;
use model::run::Outcome;
use pilot::protocol::Held;
use pilot::recipe::Gateway as Way;
use rustix::fs::{FlockOperation, flock};

use crate::bench::{Bench, shell};

/// A fixed sequence (xorshift): a failure can be had again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[tokio::test]
async fn cut_connections_lose_and_double_nothing() {
    let script = "i=0; while [ $i -lt 2000 ]; do echo \"{index} line $i of some text that makes a log longer\"; i=$((i+1)); done; \
                  echo {index} >&2; echo {index} > result";
    let mut request = shell(20, script);
    request.outputs = vec![Output { path: "result".into(), to: None }];
    let bench = Bench::new(request).await;
    let mut dice = Dice(0x5eed_c0de_1234_5678);
    {
        let mut facts = bench.gateway.facts();
        facts.cuts = (0..20).map(|_| 1 + dice.below(9) as u32).collect::<VecDeque<_>>();
        facts.window = 48 * 1024;
    }
    bench.carry_out().await;
    let facts = bench.gateway.facts();
    assert!(facts.cuts.is_empty(), "{} cuts were left", facts.cuts.len());
    assert_eq!(facts.connections, 21);
    assert_eq!((facts.ended.len(), facts.returned.len()), (20, 0));
    for index in 0..20 {
        let held = Held { index, attempt: 1 };
        let lines = (0..2000).map(|i| format!("{index} line {i} of some text that makes a log longer\n"));
        assert!(facts.logs[&(held, false)] == lines.collect::<String>().into_bytes(), "the log of {index} differs");
        assert_eq!(facts.logs[&(held, true)], format!("{index}\n").into_bytes());
        assert_eq!(facts.ended[&held].outcome, Outcome::Done);
        assert_eq!(facts.outputs[&(index, "result".to_owned())], format!("{index}\n").into_bytes());
    }
}

/// Writes what a living gateway does: locked before it can be found by its name, until the file is dropped.
fn announce(path: &Path, url: &str) -> File {
    let new = path.with_extension("new");
    std::fs::write(&new, format!(r#"{{"url":"{url}"}}"#)).unwrap();
    let file = File::open(&new).unwrap();
    flock(&file, FlockOperation::NonBlockingLockExclusive).unwrap();
    std::fs::rename(&new, path).unwrap();
    file
}

#[tokio::test]
async fn the_work_goes_on_while_the_gateway_is_away_and_is_told_at_its_new_address() {
    let bench = Bench::new(shell(2, "echo begun; while [ ! -e go-{index} ]; do sleep 0.01; done; echo ended; : > done")).await;
    let mut request = bench.gateway.request();
    request.outputs = vec![Output { path: "done".into(), to: None }];
    bench.gateway.facts().assignment.request = request;
    let runtime = bench.path("runtime");
    std::fs::create_dir(&runtime).unwrap();
    std::fs::write(runtime.join("dead.json"), r#"{"url":"http://127.0.0.1:9/killed"}"#).unwrap();

    let door = bench.gateway.open().await;
    let alive = announce(&runtime.join("first.json"), &door.url);
    let mut pilot = bench.start(&Way::Directory(runtime.clone()));
    bench.gateway.until("both have begun", |facts| facts.logs.values().filter(|log| *log == b"begun\n").count() == 2).await;
    drop(door);
    // As it is when a gateway is killed: the file stays, the lock does not.
    drop(alive);
    for index in 0..2 {
        std::fs::write(bench.directory().join(format!("elements/{index}-1/work/go-{index}")), "").unwrap();
    }
    for index in 0..2 {
        let log = bench.directory().join(format!("elements/{index}-1/logs/stdout"));
        bench.gateway.until("both end by themselves", |_| std::fs::read(&log).is_ok_and(|log| log.ends_with(b"ended\n"))).await;
    }
    assert!(!pilot.has_ended());
    let door = bench.gateway.open().await;
    let _alive = announce(&runtime.join("second.json"), &door.url);
    assert!(pilot.ended().await.success(), "{}", pilot.log());
    bench.assert_whole();
    let facts = bench.gateway.facts();
    let both = [0, 1].map(|index| Held { index, attempt: 1 }).to_vec();
    assert_eq!(facts.held, [vec![], both]);
    for index in 0..2 {
        let held = Held { index, attempt: 1 };
        assert_eq!(facts.ended[&held].outcome, Outcome::Done);
        assert_eq!(facts.logs[&(held, false)], b"begun\nended\n");
    }
}

#[tokio::test]
async fn whoever_has_the_port_of_a_killed_gateway_is_never_dialled() {
    let bench = Bench::new(shell(1, ":")).await;
    let runtime = bench.path("runtime");
    std::fs::create_dir(&runtime).unwrap();
    let stranger = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    stranger.set_nonblocking(true).unwrap();
    let stale = announce(&runtime.join("stale.json"), &format!("http://{}", stranger.local_addr().unwrap()));
    // It would be the first to be tried.
    stale.set_modified(SystemTime::now() + Duration::from_secs(60)).unwrap();
    drop(stale);
    let door = bench.gateway.open().await;
    let _alive = announce(&runtime.join("alive.json"), &door.url);
    let mut pilot = bench.start(&Way::Directory(runtime));
    assert!(pilot.ended().await.success(), "{}", pilot.log());
    bench.assert_whole();
    assert_eq!(bench.gateway.facts().connections, 1);
    let dialled = stranger.accept().map(|(_, from)| from);
    assert_eq!(dialled.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn patience_ends_and_everything_with_it() {
    let mut bench = Bench::new(shell(1, "echo $$; exec sleep 1000")).await;
    bench.patience_seconds = 1;
    let door = bench.gateway.open().await;
    let mut pilot = bench.start_at(&door);
    bench.gateway.until("it runs", |facts| !facts.logs.is_empty()).await;
    drop(door);
    assert_eq!(pilot.ended().await.code(), Some(1));
    assert!(pilot.last_line().starts_with("ended: no gateway was reached for 1 s"), "{}", pilot.last_line());
    assert_eq!(bench.processes(), 0);
}

#[tokio::test]
async fn an_attempt_that_is_over_ends_the_pilot_and_its_children() {
    for status in [401, 410] {
        let bench = Bench::new(shell(1, "echo begun; sleep 1000 & setsid sleep 1000 & wait")).await;
        let door = bench.gateway.open().await;
        let mut pilot = bench.start_at(&door);
        bench.gateway.until("it runs", |facts| !facts.logs.is_empty()).await;
        assert!(bench.processes() >= 2);
        bench.gateway.facts().refuse = Some(status);
        bench.gateway.facts().close = true;
        assert_eq!(pilot.ended().await.code(), Some(1));
        assert_eq!(pilot.last_line(), "ended: the gateway says that this attempt is over: the run has ended");
        assert_eq!(bench.processes(), 0);
        assert!(bench.gateway.facts().ended.is_empty());
        drop(door);
    }
}

#[tokio::test]
async fn a_pilot_whose_directory_was_removed_ends_though_nobody_says_so() {
    let bench = Bench::new(shell(1, "echo begun; sleep 1000")).await;
    let door = bench.gateway.open().await;
    let mut pilot = bench.start_at(&door);
    bench.gateway.until("it runs", |facts| !facts.logs.is_empty()).await;
    drop(door);
    std::fs::remove_dir_all(bench.directory()).expect("the directory is removed");
    assert_eq!(pilot.ended().await.code(), Some(1));
    assert_eq!(bench.processes(), 0);
}

#[tokio::test]
async fn a_log_waits_in_its_file_for_credit_and_not_in_memory() {
    let bench = Bench::new(shell(1, "head -c 100000000 /dev/zero; echo end")).await;
    bench.gateway.facts().credit_limit = 64 * 1024;
    let door = bench.gateway.open().await;
    let mut pilot = bench.start_at(&door);
    let log = bench.directory().join("elements/0-1/logs/stdout");
    bench.gateway.until("the first credit is used", |facts| facts.logs.values().any(|log| log.len() == 64 * 1024)).await;
    bench.gateway.until("the command ends", |_| std::fs::metadata(&log).is_ok_and(|log| log.len() == 100_000_004)).await;
    let before = pilot.resident_kib();
    bench.gateway.facts().credit_limit = 60_000_000;
    bench.gateway.until("more", |facts| facts.logs.values().any(|log| log.len() == 60_000_000)).await;
    let after = pilot.resident_kib();
    assert!(after < before + 8 * 1024 && after < 64 * 1024, "{before} KiB, then {after} KiB");
    assert!(bench.gateway.facts().ended.is_empty());
    bench.gateway.facts().credit_limit = u64::MAX;
    assert!(pilot.ended().await.success());
    bench.assert_whole();
    assert_eq!(bench.gateway.facts().logs[&(Held { index: 0, attempt: 1 }, false)].len(), 100_000_004);
}
