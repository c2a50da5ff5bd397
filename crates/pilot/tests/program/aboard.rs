//! Who comes aboard, and how they leave.

use model::run::Outcome;
use pilot::protocol::{FromGateway, Held};
use pilot::recipe::Gateway as Way;
use rustix::process::Signal;

use crate::bench::{Bench, shell};

#[tokio::test]
async fn of_two_pilots_in_one_slot_one_works() {
    let bench = Bench::new(shell(1, "echo begun; while [ ! -e go ]; do sleep 0.01; done")).await;
    let door = bench.gateway.open().await;
    let mut first = bench.start_at(&door);
    bench.gateway.until("it works", |facts| !facts.logs.is_empty()).await;
    let aboard: serde_json::Value =
        serde_json::from_slice(&std::fs::read(bench.directory().join("pilot-0.json")).unwrap()).unwrap();
    assert_eq!(aboard["pid"], first.id());

    let mut second = bench.start_at(&door);
    assert_eq!(second.ended().await.code(), Some(1));
    assert!(second.last_line().contains("another pilot is aboard"), "{}", second.last_line());
    std::fs::write(bench.directory().join("elements/0-1/work/go"), "").unwrap();
    assert!(first.ended().await.success());
    bench.assert_whole();
    assert_eq!(bench.gateway.facts().connections, 1);

    // The lock ended with its holder; what was begun by somebody else is not begun again.
    std::fs::create_dir_all(bench.directory().join("elements/7-1")).unwrap();
    {
        let mut facts = bench.gateway.facts();
        facts.credential = None;
        facts.applied = 0;
        facts.queue.push_back(Held { index: 7, attempt: 1 });
    }
    let mut third = bench.start_at(&door);
    assert!(third.ended().await.success(), "{}", third.log());
    assert_eq!(bench.gateway.facts().returned, [Held { index: 7, attempt: 1 }]);
    std::fs::write(bench.directory().join("released"), "").unwrap();
    let mut late = bench.start_at(&door);
    assert_eq!(late.ended().await.code(), Some(1));
    assert!(late.last_line().contains("released"), "{}", late.last_line());
}

#[tokio::test]
async fn a_pilot_that_is_told_to_end_reports_first() {
    let mut bench = Bench::new(shell(2, "echo begun; sleep 1000")).await;
    bench.width = 1;
    let door = bench.gateway.open().await;
    let mut pilot = bench.start_at(&door);
    bench.gateway.until("the first runs", |facts| facts.logs.len() == 1).await;
    bench.gateway.facts().wanted = 1;
    bench.gateway.facts().say.push_back(FromGateway::Unknown);
    bench.gateway.until("one waits", |facts| facts.leased.len() == 2).await;
    // The grant has arrived when its directory is there.
    let waiting = bench.directory().join("elements/1-1/work");
    bench.gateway.until("its directory is made", |_| waiting.is_dir()).await;
    pilot.signal(Signal::TERM);
    assert!(pilot.ended().await.success(), "{}", pilot.log());
    bench.assert_whole();
    let facts = bench.gateway.facts();
    assert_eq!(facts.ended[&Held { index: 0, attempt: 1 }].outcome, Outcome::Cancelled);
    assert_eq!(facts.returned, [Held { index: 1, attempt: 1 }]);
    assert_eq!(bench.processes(), 0);
}

#[tokio::test]
async fn unknown_words_are_passed_over_and_another_version_is_not() {
    let bench = Bench::new(shell(3, "echo {index}")).await;
    bench.gateway.facts().noise = true;
    bench.carry_out().await;
    assert_eq!(bench.gateway.facts().ended.len(), 3);
    assert_eq!(bench.gateway.facts().connections, 1);

    let bench = Bench::new(shell(1, "true")).await;
    bench.gateway.facts().version = 2;
    let door = bench.gateway.open().await;
    let mut pilot = bench.start_at(&door);
    assert_eq!(pilot.ended().await.code(), Some(1));
    assert!(pilot.last_line().contains("speaks version 2 of the pilot protocol"), "{}", pilot.last_line());

    for (url, says) in [("ftp://example.org/", "is no address"), ("gateway", "is no address")] {
        let mut pilot = bench.start(&Way::Url(url.into()));
        assert_eq!(pilot.ended().await.code(), Some(1));
        assert!(pilot.last_line().contains(says), "{}", pilot.last_line());
    }
}

#[test]
fn recipes_are_bounded_and_their_mistakes_are_told_without_their_text() {
    let read = |text: &str| pilot::read_recipe(text.as_bytes()).err().unwrap().to_string();
    assert!(read(&" ".repeat((1 << 20) + 1)).contains("longer than 1 MiB"));
    let wrong = read(r#"{"enrolment":"rse_hush","width":"rse_hush"}"#);
    assert!(wrong.contains("line 1") && !wrong.contains("hush"), "{wrong}");
}
