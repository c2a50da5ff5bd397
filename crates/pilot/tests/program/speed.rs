//! Figures, to be asked for: `cargo test --release -p pilot --test program -- --ignored --nocapture`.

use std::time::Instant;

use model::request::RunRequest;

use crate::bench::{Bench, shell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn trivial_elements_per_second() {
    const COUNT: u32 = 2_000;
    let request = RunRequest { command: Some(vec!["/bin/true".into()]), ..shell(COUNT, "") };
    let bench = Bench::new(request).await;
    let begun = Instant::now();
    bench.carry_out().await;
    let rate = f64::from(COUNT) / begun.elapsed().as_secs_f64();
    let facts = bench.gateway.facts();
    println!("{rate:.0} elements/s in {} message frames, {} steps told", facts.message_frames, facts.states.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn from_start_to_first_frame() {
    for _ in 0..5 {
        let bench = Bench::new(shell(1, "true")).await;
        let door = bench.gateway.open().await;
        let begun = Instant::now();
        let mut pilot = bench.start_at(&door);
        assert!(pilot.ended().await.success());
        let first = bench.gateway.facts().first_frame.unwrap() - begun;
        println!("first frame after {first:.1?}, ended after {:.1?}", begun.elapsed());
    }
}
