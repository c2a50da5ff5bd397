//! Processor time of plans over many unlike wishes. `bench/broker/run` builds, runs and judges this; it prints one line of
//! JSON for each federation.
//!
//! Snapshots are arranged once, as they are in the gateway when they were taken; that is measured too. Beside the
//! broker stands the second implementation of its rules that the tests compare it with.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a benchmark")]

#[path = "../tests/it/naive.rs"]
mod naive;
#[path = "../tests/it/world.rs"]
mod world;

use std::hint::black_box;
use std::time::Duration;

use broker::Question;
use model::id::{PlanId, Seed};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use world::{Asked, Dice, NOW, World};

const WISHES: usize = 400;
const ROUNDS: usize = 5;

fn main() {
    for (projects, sizes) in [(25, 200), (300, 500)] {
        let mut dice = Dice(7);
        let world = World::of(&mut dice, projects, sizes);
        let begun = processor_time();
        let places = world.places();
        let arranged = processor_time() - begun;
        let wishes: Vec<Asked> = (0..WISHES).map(|_| Asked::of(&mut dice)).collect();
        let plan = |asked: &Asked| {
            let id = PlanId::new(Seed { millis: 1, random: [7; 10] });
            let question = Question { id, now: NOW, wish: asked.wish(), keep: broker::KEPT };
            broker::plan(question, &places, &world.facts())
        };
        let with_offers = wishes.iter().filter(|asked| plan(asked).offers_total > 0).count();
        // Processor time, and the least of a few rounds: what others on the computer took is no property of a wish.
        let mut broker: Vec<Duration> = wishes.iter().map(|asked| least(ROUNDS, || drop(black_box(plan(asked))))).collect();
        // And with whatever else was in the caches.
        let mut first: Vec<Duration> = wishes.iter().map(|asked| least(1, || drop(black_box(plan(asked))))).collect();
        // As `GET /offers` answers: in JSON, for wishes whose page is full.
        let pages: Vec<&Asked> = wishes.iter().filter(|asked| plan(asked).offers.len() == broker::KEPT).collect();
        let page = |asked: &Asked| serde_json::to_vec(&plan(asked)).expect("JSON");
        let bytes = pages.iter().map(|asked| page(asked).len()).sum::<usize>() / pages.len().max(1);
        let mut answers: Vec<Duration> = pages.iter().map(|asked| least(ROUNDS, || drop(black_box(page(asked))))).collect();
        let some = &wishes[..WISHES / 8];
        let naive: Vec<Duration> = some.iter().map(|asked| least(1, || drop(black_box(naive::offers(&world, asked))))).collect();
        let same: Duration = broker[..some.len()].iter().sum();
        let ratio = naive.iter().sum::<Duration>().as_secs_f64() / same.as_secs_f64();
        let told = json!({
            "projects": projects, "sizes": sizes, "wishes": WISHES, "with_offers": with_offers, "ratio": ratio,
            "p50": part(&mut broker, 0.5), "p99": part(&mut broker, 0.99), "most": part(&mut broker, 1.0),
            "first_p99": part(&mut first, 0.99), "arranging": millis(arranged),
            "pages": pages.len(), "page_bytes": bytes, "page_p50": part(&mut answers, 0.5), "page_p99": part(&mut answers, 0.99),
        });
        println!("{told}");
    }
}

fn least(rounds: usize, mut work: impl FnMut()) -> Duration {
    let time = |()| {
        let begun = processor_time();
        work();
        processor_time() - begun
    };
    std::iter::repeat_n((), rounds).map(time).min().unwrap_or_default()
}

fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

fn part(times: &mut [Duration], part: f64) -> f64 {
    times.sort();
    let at = ((times.len() as f64 * part).ceil() as usize).clamp(1, times.len());
    millis(times[at - 1])
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
