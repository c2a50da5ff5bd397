//! Figures, to be asked for: `cargo test --release -p pilot --test program -- --ignored --nocapture`.

use std::time::Instant;

use model::request::RunRequest;

use crate::bench::{Bench, shell};

/// Milliseconds that all living threads of a process computed, and that they waited for a processor. Unlike the clock the
/// first does not show what else the computer does.
fn cpu_and_wait(pid: u32) -> (f64, f64) {
    let mut sum = (0.0, 0.0);
    for thread in std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten() {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        let mut fields = text.split_whitespace().map(|field| field.parse::<f64>().unwrap() / 1e6);
        sum = (sum.0 + fields.next().unwrap_or(0.0), sum.1 + fields.next().unwrap_or(0.0));
    }
    sum
}

/// Of the ended children of a process, in milliseconds.
fn children_cpu(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[13..15].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    ticks as f64 * 1000.0 / rustix::param::clock_ticks_per_second() as f64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn trivial_elements_per_second() {
    const COUNT: u32 = 2_000;
    let request = RunRequest { command: Some(vec!["/bin/true".into()]), ..shell(COUNT, "") };
    let mut bench = Bench::new(request).await;
    // What a sandbox costs is mostly waiting for the kernel, so that more of them than processors are faster.
    bench.width = std::env::var("WIDTH").map_or(2, |width| width.parse().unwrap());
    bench.gateway.facts().finish = false;
    let door = bench.gateway.open().await;
    let begun = Instant::now();
    let mut pilot = bench.start_at(&door);
    bench.gateway.until("all have ended", |facts| facts.all_ended()).await;
    let rate = f64::from(COUNT) / begun.elapsed().as_secs_f64();
    let (own, _) = cpu_and_wait(pilot.id());
    let (own, children) = (own / f64::from(COUNT), children_cpu(pilot.id()) / f64::from(COUNT));
    bench.gateway.facts().finish = true;
    assert!(pilot.ended().await.success());
    let facts = bench.gateway.facts();
    println!(
        "{rate:.0} elements/s; each {own:.2} ms of the pilot and {children:.2} ms of its children; {} message frames, {} steps told",
        facts.message_frames,
        facts.states.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn from_start_to_first_frame() {
    for _ in 0..10 {
        let bench = Bench::new(shell(1, "true")).await;
        let door = bench.gateway.open().await;
        let begun = Instant::now();
        let mut pilot = bench.start_at(&door);
        bench.gateway.until("the first frame", |facts| facts.first_frame.is_some()).await;
        let (cpu, wait) = cpu_and_wait(pilot.id());
        assert!(pilot.ended().await.success());
        let first = bench.gateway.facts().first_frame.unwrap() - begun;
        println!(
            "first frame after {first:.1?} ({cpu:.1} ms computing, {wait:.1} ms waiting for a processor), ended after {:.1?}",
            begun.elapsed()
        );
    }
}
