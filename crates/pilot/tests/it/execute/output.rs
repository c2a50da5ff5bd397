use pilot::execute::{End, execute};

use super::bench::{Bench, modes};

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * rustix::param::page_size()
}

#[tokio::test]
async fn drops_what_is_above_the_cap_without_holding_the_command_up() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let mut execution = bench.shell(&host, "head -c 100000000 /dev/zero; echo all >&2; printf 12345678901 >&2");
        execution.limits.stream_cap_bytes = 1_000_003;
        let progress = execution.progress.subscribe();
        let before = resident_bytes();
        let report = execute(execution).await.unwrap();
        assert!(resident_bytes() < before + (20 << 20), "{mode}: memory grew");
        assert_eq!(report.end, End::Exited { code: 0 }, "{mode}");
        assert_eq!((report.stdout.bytes, report.stdout.truncated), (1_000_003, true), "{mode}");
        assert_eq!((report.stderr.bytes, report.stderr.truncated), (15, false), "{mode}");
        assert_eq!((progress.borrow().stdout, progress.borrow().stderr), (report.stdout, report.stderr), "{mode}");
        assert_eq!(bench.log("stdout").len(), 1_000_003, "{mode}");
        assert_eq!(bench.log("stderr"), b"all\n12345678901", "{mode}");
    }
}

#[tokio::test]
async fn keeps_every_byte_and_tells_when_a_log_grew() {
    let mut noise = 88_172_645_463_325_252_u64;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        noise as u8
    })
    .take(3_000_001)
    .collect();
    for (mode, host) in modes().await {
        let bench = Bench::new();
        std::fs::write(bench.work("noise"), &bytes).unwrap();
        let execution = bench.shell(&host, "printf first; until [ -e go ]; do sleep 0.01; done; cat noise; cat noise >&2");
        let mut progress = execution.progress.subscribe();
        let running = tokio::spawn(execute(execution));
        progress.wait_for(|progress| progress.stdout.bytes == 5).await.unwrap();
        assert_eq!(bench.log("stdout"), b"first", "{mode}: told before it was written");
        std::fs::write(bench.work("go"), "").unwrap();
        let report = running.await.unwrap().unwrap();
        assert_eq!((report.stdout.bytes, report.stderr.bytes), (3_000_006, 3_000_001), "{mode}");
        assert!(bench.log("stdout")[5..] == bytes && bench.log("stderr") == bytes, "{mode}: bytes changed");
    }
}
