//! Every way an element can end, in words.

use model::Code;
use model::request::{Input, Output, RunRequest};
use model::run::Outcome;
use model::{ByteCount, Span};
use pilot::protocol::{FromGateway, Held};

use crate::bench::{Bench, shell};
use crate::gateway::Ended;

/// Carries out one element and tells how it ended.
async fn end_of(request: RunRequest, prepare: impl FnOnce(&Bench)) -> (Ended, Vec<String>) {
    let bench = Bench::new(request).await;
    prepare(&bench);
    bench.carry_out().await;
    let facts = bench.gateway.facts();
    let outputs = facts.outputs.keys().map(|(_, path)| path.clone()).collect();
    (facts.ended[&Held { index: 0, attempt: 1 }].clone(), outputs)
}

async fn assert_fails(request: RunRequest, code: Code, says: &str) -> (Ended, Vec<String>) {
    let (ended, outputs) = end_of(request, |_| {}).await;
    assert_cause(&ended, code, says);
    (ended, outputs)
}

fn assert_cause(ended: &Ended, code: Code, says: &str) {
    let cause = ended.cause.as_ref().unwrap();
    assert_eq!((ended.outcome, cause.code), (Outcome::Failed, code), "{cause:?}");
    assert!(cause.detail.contains(says), "{:?} does not say {says:?}", cause.detail);
    assert!(cause.remedy.len() > 20);
}

#[tokio::test]
async fn a_command_that_fails_says_how() {
    let absent = RunRequest { command: Some(vec!["no-such-program".into()]), ..RunRequest::default() };
    let (ended, _) = assert_fails(absent, Code::CommandNotFound, "`no-such-program`").await;
    assert_eq!(ended.report.exit_code, None);

    let failing = shell(1, "echo fine; echo 'line one' >&2; printf 'line \\033[1mtwo' >&2; : > partial; exit 3");
    let outputs = ["partial", "never"].map(|path| Output { path: path.into(), to: None }).to_vec();
    let failing = RunRequest { outputs, ..failing };
    let (ended, outputs) =
        assert_fails(failing, Code::CommandFailed, "exit status 3; last lines of stderr:\nline one\nline [1mtwo").await;
    assert_eq!((ended.report.exit_code, ended.report.stderr.bytes), (Some(3), 9 + 12));
    // What it did write may say why it failed.
    assert_eq!(outputs, ["partial"]);

    let (ended, _) = assert_fails(shell(1, "kill -SEGV $$"), Code::CommandKilled, "signal 11").await;
    assert_eq!(ended.report.signal, Some(11));

    let mut slow = shell(1, "sleep 1000");
    slow.resources.walltime = Span::seconds(1);
    assert_fails(slow, Code::WalltimeExceeded, "1s").await;

    let mut greedy = shell(1, "x=0123456789abcdef; while :; do x=$x$x; done");
    greedy.resources.memory = ByteCount::mebi(32);
    assert_fails(greedy, Code::MemoryExceeded, "32MiB").await;
}

#[tokio::test]
async fn more_disk_than_was_asked_for_ends_a_command() {
    let with_disk = |disk, script: &str| {
        let mut request = shell(1, script);
        request.resources.disk = disk;
        request
    };
    // It would go on for ever.
    let script = "mkdir a; while :; do head -c 4000000 /dev/zero >> a/large; sleep 0.02; done";
    let (ended, _) = assert_fails(with_disk(ByteCount::mebi(32), script), Code::DiskExceeded, "32MiB").await;
    let report = &ended.report;
    assert_eq!((report.exit_code, report.signal), (None, None));
    assert!(report.usage.disk_peak_bytes.unwrap() > 32 << 20, "{:?}", report.usage);
    // What is in /tmp is on the disk as well.
    let (ended, _) = assert_fails(
        with_disk(ByteCount::mebi(8), "head -c 20000000 /dev/zero > /tmp/large; sleep 1000"),
        Code::DiskExceeded,
        "/tmp",
    )
    .await;
    assert!(ended.report.usage.disk_peak_bytes.unwrap() >= 20_000_000);
    // Too short to be looked at while it runs.
    let short = with_disk(ByteCount::mebi(1), "head -c 4000000 /dev/zero > large");
    assert_fails(short, Code::DiskExceeded, "4 MiB").await;
    // What takes no room does not count.
    let sparse = with_disk(ByteCount::mebi(1), "truncate -s 100G sparse; sleep 2; truncate -s 200G sparse");
    let (ended, _) = end_of(sparse, |_| {}).await;
    assert_eq!(ended.outcome, Outcome::Done, "{:?}", ended.cause);
    assert!(ended.report.usage.disk_peak_bytes.unwrap() < 1 << 20);
}

#[tokio::test]
async fn outputs_that_cannot_be_collected_are_named() {
    let with = |script: &str, outputs: &[(&str, Option<&str>)]| {
        let output = |(path, to): &(&str, Option<&str>)| Output { path: (*path).into(), to: to.map(Into::into) };
        RunRequest { outputs: outputs.iter().map(output).collect(), ..shell(1, script) }
    };
    let (_, outputs) = assert_fails(with(": > a", &[("*.csv", None), ("a", None)]), Code::OutputMissing, "*.csv").await;
    assert_eq!(outputs, ["a"]);
    let link = with("mkdir out; : > out/a; ln -s /etc/passwd out/b", &[("out/**", None)]);
    let (_, outputs) = assert_fails(link, Code::OutputRefused, "out/b: a symbolic link").await;
    assert_eq!(outputs, <[&str; 0]>::default());
    assert_fails(with("mkdir out", &[("out", None)]), Code::OutputRefused, "out: a directory").await;
    let twice = with("mkdir x y; : > x/a; : > y/a", &[("x/*", Some("all")), ("y/*", Some("all"))]);
    assert_fails(twice, Code::OutputRefused, "all/a").await;

    let large = with("head -c 2000 /dev/zero > large", &[("large", None)]);
    let (ended, _) = end_of(large, |bench| bench.gateway.facts().assignment.output_cap_bytes = 1000).await;
    assert_cause(&ended, Code::OutputTooLarge, "1000");
}

#[tokio::test]
async fn inputs_that_cannot_be_had_are_named_and_nothing_runs() {
    let with = |from: &str, checksum: Option<&str>| {
        let inputs = vec![Input { from: from.into(), to: "in/put".into(), checksum: checksum.map(Into::into) }];
        RunRequest { inputs, ..shell(1, "echo ran") }
    };
    let nothing = format!("sha256:{}", "0".repeat(64));
    let upload = "upload:upl-00000000000000000000000000";
    let mut ends = Vec::new();
    for (from, checksum, code, says) in [
        (upload, None, Code::InputMissing, "upload:upl-"),
        ("file:/etc/hostname", None, Code::FileNotAllowed, "/etc/hostname"),
        ("http://127.0.0.1:9/x?signature=secret", None, Code::InputRefused, "127.0.0.1"),
        ("ftp://a/b", None, Code::InputRefused, "ftp"),
    ] {
        let (ended, _) = assert_fails(with(from, checksum), code, says).await;
        assert!(!ended.cause.as_ref().unwrap().detail.contains("signature"));
        ends.push(ended);
    }
    let hide = |bench: &Bench| {
        std::fs::write(bench.path("token"), "secret").unwrap();
        std::os::unix::fs::symlink("token", bench.path("in0")).unwrap();
        let mut facts = bench.gateway.facts();
        facts.assignment.file_roots = vec!["/".to_owned()];
        facts.assignment.hide = vec![bench.path("token").display().to_string()];
        facts.assignment.request.inputs[0].from = format!("file:{}", bench.path("in{index}").display());
    };
    let (ended, _) = end_of(with(upload, None), hide).await;
    assert_cause(&ended, Code::FileNotAllowed, "in0");
    ends.push(ended);
    let held = |bench: &Bench| {
        bench.gateway.facts().inputs.insert((0, 0), vec![1; 2000]);
    };
    let (ended, _) = end_of(with(upload, Some(&nothing)), held).await;
    assert_cause(&ended, Code::ChecksumMismatch, &"0".repeat(64));
    ends.push(ended);
    let (ended, _) = end_of(with(upload, None), |bench| {
        held(bench);
        bench.gateway.facts().assignment.input_cap_bytes = 1024;
    })
    .await;
    assert_cause(&ended, Code::InputTooLarge, "1KiB");
    ends.push(ended);
    for ended in ends {
        assert_eq!((ended.started_at, ended.report.stdout.bytes, ended.report.exit_code), (None, 0, None));
    }
}

#[tokio::test]
async fn stopping_ends_what_runs_and_what_waits() {
    let mut bench = Bench::new(shell(3, "echo begun; sleep 1000")).await;
    bench.width = 1;
    let door = bench.gateway.open().await;
    let mut pilot = bench.start_at(&door);
    bench.gateway.until("the first runs", |facts| facts.logs.len() == 1).await;
    // More than was asked for: it waits for its turn.
    let (running, waiting, last) = {
        let mut facts = bench.gateway.facts();
        let running = *facts.leased.first().unwrap();
        facts.wanted = 1;
        (running, facts.queue[0], facts.queue[1])
    };
    bench.gateway.until("one waits", |facts| facts.leased.len() == 2).await;
    bench.gateway.facts().say.push_back(FromGateway::Stop { elements: vec![waiting] });
    bench.gateway.until("the waiting one ends", |facts| facts.ended.contains_key(&waiting)).await;
    assert!(!bench.gateway.facts().ended.contains_key(&running));
    bench.gateway.facts().say.push_back(FromGateway::Stop { elements: vec![] });
    bench.gateway.until("the last one runs", |facts| facts.logs.contains_key(&(last, false))).await;
    bench.gateway.facts().say.push_back(FromGateway::Stop { elements: vec![] });
    assert!(pilot.ended().await.success(), "{}", pilot.log());
    bench.assert_whole();
    let facts = bench.gateway.facts();
    for held in [running, waiting, last] {
        let ended = &facts.ended[&held];
        assert_eq!((ended.outcome, ended.cause.as_ref().unwrap().code), (Outcome::Cancelled, Code::Cancelled));
        assert_eq!(ended.started_at.is_none(), held == waiting);
    }
}
