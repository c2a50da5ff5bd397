use pilot::execute::{End, Source, execute};

use super::bench::{Bench, is_grouped, modes};

/// Half a second of work, 30 MB of memory, 5 MB written.
const WORK: &str = "head -c 5000000 /dev/zero >file; \
    head -c 30000000 /dev/zero | tail -c 30000000 | { head -c 1 >/dev/null; sleep 0.3; cat >/dev/null; }; \
    i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; sleep 0.7";

#[tokio::test]
async fn measures_what_was_used() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let execution = bench.shell(&host, WORK);
        let mut progress = execution.progress.subscribe();
        let mut running = tokio::spawn(execute(execution));
        let live = tokio::select! {
            seen = progress.wait_for(|progress| progress.usage.is_some()) => seen.unwrap().usage.unwrap(),
            ended = &mut running => panic!("{mode}: nothing was told while it ran: {ended:?}"),
        };
        assert!(live.cpu_ms.is_some() && live.memory_peak_bytes.is_some(), "{mode}: {live:?}");
        let report = running.await.unwrap().unwrap();
        let usage = report.usage;
        assert_eq!(report.end, End::Exited { code: 0 }, "{mode}");
        let (cpu, memory) = (usage.cpu_ms.unwrap(), usage.memory_peak_bytes.unwrap());
        let elapsed = report.elapsed.as_millis() as u64;
        assert!((50..elapsed * 2).contains(&cpu.value), "{mode}: {cpu:?} in {elapsed} ms");
        assert!((1 << 20..512 << 20).contains(&memory.value), "{mode}: {memory:?}");
        let (read, written) = (usage.read_bytes.unwrap(), usage.written_bytes.unwrap());
        assert!((35_000_000..200_000_000).contains(&read.value), "{mode}: {read:?}");
        assert!((35_000_000..200_000_000).contains(&written.value), "{mode}: {written:?}");
        let sources = if is_grouped(&host) { (Source::Cgroup, Source::Cgroup) } else { (Source::Accounting, Source::Sampled) };
        assert_eq!((cpu.source, memory.source), sources, "{mode}");
        let source = if rustix::process::geteuid().is_root() { Source::Accounting } else { Source::Sampled };
        assert_eq!(written.source, source, "{mode}");
    }
}

#[tokio::test]
async fn says_nothing_of_use_while_a_short_command_runs() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let execution = bench.shell(&host, "true");
        let progress = execution.progress.subscribe();
        let report = execute(execution).await.unwrap();
        assert_eq!(progress.borrow().usage, None, "{mode}");
        assert!(
            report.usage.cpu_ms.is_some() && report.usage.read_bytes.is_some() == rustix::process::geteuid().is_root(),
            "{mode}: {report:?}"
        );
    }
}

/// `cargo nextest run -p pilot --release --run-ignored only --no-capture cost`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn cost_of_a_trivial_command() {
    const TIMES: u32 = 500;
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let mut counted = 0;
        let begun = std::time::Instant::now();
        let own_before = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        for _ in 0..TIMES {
            counted += execute(bench.execution(&host, &["/bin/true"])).await.unwrap().usage.cpu_ms.unwrap().value;
        }
        let own_after = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        let own = (own_after.tv_sec - own_before.tv_sec) as f64 * 1e3 + (own_after.tv_nsec - own_before.tv_nsec) as f64 / 1e6;
        let each = f64::from(TIMES);
        println!(
            "{mode:20} {:.2} ms elapsed, {:.2} ms of the pilot's processor time, {:.2} ms of the command's (whole milliseconds)",
            begun.elapsed().as_secs_f64() * 1e3 / each,
            own / each,
            counted as f64 / each,
        );
    }
}
