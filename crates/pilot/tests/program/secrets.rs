//! The credential and the code are in the pilot's memory and nowhere else.

use std::path::Path;

use pilot::protocol::Held;

use crate::bench::{Bench, ENROLMENT, shell};

fn files(directory: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![std::fs::read(entry.path()).unwrap()] })
        .collect()
}

#[tokio::test]
async fn no_payload_and_no_file_sees_a_secret() {
    let script = "cat /proc/self/environ /proc/$PPID/environ /proc/$PPID/cmdline /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; \
                  ls -l /proc/self/fd; echo; env; cat ../../../* 2>/dev/null; ls -A ../.. ../../..; echo end; while [ ! -e go ]; do sleep 0.01; done";
    let bench = Bench::new(shell(1, script)).await;
    let door = bench.gateway.open().await;
    let mut pilot = bench.start_at(&door);
    let held = Held { index: 0, attempt: 1 };
    bench.gateway.until("it looked", |facts| facts.logs.get(&(held, false)).is_some_and(|log| log.ends_with(b"end\n"))).await;
    let credential = bench.gateway.facts().credential.clone().unwrap();
    let digits = credential.strip_prefix("rsp_").unwrap().to_owned();
    let process = |name: &str| std::fs::read(format!("/proc/{}/{name}", pilot.id())).unwrap();
    let mut places = files(&bench.directory());
    places.extend([process("environ"), process("cmdline")]);
    places.push(bench.gateway.facts().logs[&(held, false)].clone());
    assert!(places.len() >= 7);
    for place in &places {
        for secret in [ENROLMENT, &digits] {
            let at = place.windows(secret.len()).position(|part| part == secret.as_bytes());
            assert_eq!(at, None, "{}", String::from_utf8_lossy(place));
        }
    }
    // The canary sings when there is something to sing about.
    let log = String::from_utf8_lossy(places.last().unwrap()).into_owned();
    assert!(log.contains("RS_ATTEMPT=att-") && log.contains("RS_RUN=run-"), "{log}");
    assert!(!log.contains("pilot-0.lock") && !log.contains("pilot.log"), "{log}");
    std::fs::write(bench.directory().join("elements/0-1/work/go"), "").unwrap();
    assert!(pilot.ended().await.success());
    bench.assert_whole();
}
