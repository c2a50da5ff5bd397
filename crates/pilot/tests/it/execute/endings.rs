use std::time::{Duration, Instant};

use pilot::execute::{End, Error, execute};

use super::bench::{Bench, is_grouped, modes, until};

#[tokio::test]
async fn tells_how_a_command_ended() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        for (script, end) in [
            ("exit 0", End::Exited { code: 0 }),
            ("exit 1", End::Exited { code: 1 }),
            ("echo 'bwrap: execvp nonsense: No such file or directory' >&2; exit 1", End::Exited { code: 1 }),
            ("exit 125", End::Exited { code: 125 }),
            ("nonsense; exit 127", End::Exited { code: 127 }),
            ("exit 255", End::Exited { code: 255 }),
            ("kill -9 $$", End::Signalled { signal: 9 }),
            ("kill -SEGV $$", End::Signalled { signal: 11 }),
        ] {
            let report = bench.run(&host, script).await.unwrap_or_else(|error| panic!("{mode}: {script}: {error}"));
            assert_eq!(report.end, end, "{mode}: {script}");
            assert_eq!(report.isolated, mode.starts_with("bubblewrap"), "{mode}");
        }
        assert!(!bench.path("hidden/temp").exists() && !bench.path("hidden/logs/.status").exists(), "{mode}: something is left");
    }
}

#[tokio::test]
async fn tells_a_command_that_cannot_be_executed() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        std::fs::write(bench.work("data"), "no program").unwrap();
        for word in ["nonsense", "./nonsense", "/nonsense/nonsense"] {
            let error = execute(bench.execution(&host, &[word, "an argument"])).await.unwrap_err();
            assert!(matches!(&error, Error::NotFound { word: w, .. } if w == word), "{mode}: {error}");
        }
        for word in ["./data", "/"] {
            let error = execute(bench.execution(&host, &[word])).await.unwrap_err();
            assert!(matches!(&error, Error::NotExecutable { word: w, .. } if w == word), "{mode}: {error}");
            assert!(error.to_string().to_lowercase().contains("permission denied"), "{mode}: {error}");
        }
        let mut broken = bench.shell(&host, "true");
        broken.command.env.insert("A-B".into(), String::new());
        assert!(matches!(execute(broken).await, Err(Error::Variable(name)) if name == "A-B"));
        let mut broken = bench.shell(&host, "true");
        broken.command.work_dir = bench.path("nowhere");
        assert!(matches!(execute(broken).await, Err(Error::Directory { .. })));
        assert!(matches!(execute(bench.execution(&host, &[])).await, Err(Error::Empty)));
    }
}

#[tokio::test]
async fn ends_everything_that_the_command_left_behind() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let sleeper = bench.sleeper();
        // Orphaned, in sessions of their own; the second also without our environment, directory and streams.
        let script = format!(
            "(setsid sh -c 'touch one; {sleeper}; :' &) ; \
             (setsid env -i PATH=$PATH sh -c 'touch two; cd /; exec <&- >&- 2>&-; {sleeper}; :' &) ; \
             until [ -e one ] && [ -e two ]; do sleep 0.01; done; exit 4"
        );
        let begun = Instant::now();
        let report = bench.run(&host, &script).await.unwrap();
        assert_eq!(report.end, End::Exited { code: 4 }, "{mode}");
        assert!(bench.work("one").exists() && bench.work("two").exists(), "{mode}");
        assert_eq!(bench.sleepers(), [0; 0], "{mode}: something lives on");
        assert!(begun.elapsed() < Duration::from_secs(5), "{mode}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn ends_at_the_wall_time() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let mut execution = bench.shell(&host, "trap 'echo saved; exit 0' TERM; while :; do sleep 0.01; done");
        execution.limits.walltime = Some(Duration::from_millis(900));
        let report = execute(execution).await.unwrap();
        assert_eq!((report.end, bench.stdout().as_str()), (End::Walltime, "saved\n"), "{mode}");
        assert!(report.elapsed >= Duration::from_millis(900), "{mode}");
        assert!(report.elapsed < Duration::from_secs(10), "{mode}: the grace was waited for");
    }
}

#[tokio::test]
async fn cancels_what_ignores_the_request_to_end() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let script = format!("trap '' TERM; sh -c '{}; :' & touch ready; wait; while :; do sleep 1; done", bench.sleeper());
        let mut execution = bench.shell(&host, &script);
        execution.grace = Duration::from_millis(200);
        let cancel = execution.cancel.clone();
        let running = tokio::spawn(execute(execution));
        until("it runs", || bench.work("ready").exists()).await;
        assert_ne!(bench.sleepers(), [0; 0], "{mode}");
        cancel.cancel();
        let report = running.await.unwrap().unwrap();
        assert_eq!(report.end, End::Cancelled, "{mode}");
        assert_eq!(bench.sleepers(), [0; 0], "{mode}");
    }
}

#[tokio::test]
async fn ends_what_nobody_waits_for_any_more() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let running = tokio::spawn(execute(bench.shell(&host, &format!("touch ready; {}; :", bench.sleeper()))));
        until("it runs", || bench.work("ready").exists()).await;
        running.abort();
        // The last that is cleaned up.
        until(&format!("{mode}: it ends"), || !bench.path("hidden/temp").exists()).await;
        assert_eq!(bench.sleepers(), [0; 0], "{mode}");
    }
}

#[tokio::test]
async fn ends_above_the_memory_limit() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let limit_bytes = Some(64 << 20);
        // Without a newline, tail keeps everything. It is a child, and the shell around it goes on to succeed.
        for script in ["tail -n 1 /dev/zero", "tail -n 1 /dev/zero; exit 0"] {
            let mut execution = bench.shell(&host, script);
            execution.limits.memory_bytes = limit_bytes;
            let report = execute(execution).await.unwrap();
            assert_eq!(report.end, End::OutOfMemory { limit_bytes }, "{mode}: {script}");
            let peak = report.usage.memory_peak_bytes.unwrap().value;
            assert!(peak > 48 << 20, "{mode}: {peak}");
            assert!(!is_grouped(&host) || peak <= 64 << 20, "{mode}: {peak}");
        }
        let mut modest = bench.shell(&host, "kill -9 $$");
        modest.limits.memory_bytes = limit_bytes;
        assert_eq!(execute(modest).await.unwrap().end, End::Signalled { signal: 9 }, "{mode}");
    }
}
