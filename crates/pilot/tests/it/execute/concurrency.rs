use pilot::execute::{End, Mark, execute};

use super::bench::{Bench, modes, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn executions_at_once_do_not_disturb_each_other() {
    for (mode, host) in modes().await {
        let bench = Bench::new();
        let sleeper = bench.sleeper();
        // Hides all that it can: only its birth tells whose it is.
        let script = format!(
            "(setsid env -i PATH=$PATH sh -c 'cd /; exec <&- >&- 2>&-; {sleeper}; :' &) ; (setsid sh -c '{sleeper}; :' &) ; touch ready; \
             until [ -e go ]; do sleep 0.01; done; exit 5"
        );
        let wait = "touch ready; until [ -e go ]; do sleep 0.01; done; exit 6";
        let earlier = Bench::new();
        let first = tokio::spawn(execute(earlier.shell(&host, wait)));
        until("the first one runs", || earlier.work("ready").exists()).await;
        let long = tokio::spawn(execute(bench.shell(&host, &script)));
        let orphans = || bench.sleepers().len() >= 2;
        until("it runs", || bench.work("ready").exists() && orphans()).await;
        std::fs::write(earlier.work("go"), "").unwrap();
        assert_eq!(first.await.unwrap().unwrap().end, End::Exited { code: 6 }, "{mode}");
        assert!(orphans(), "{mode}: the first ended what may have been another's");
        let (others, results): (Vec<Bench>, Vec<_>) = (0..40)
            .map(|index| {
                let other = Bench::new();
                let script = format!("(setsid sh -c '{}; :' &) ; echo {index}; exit {index}", other.sleeper());
                let mut execution = other.shell(&host, &script);
                execution.command.mark = Mark::new(&other.attempt, index).unwrap();
                (other, (index as i32, tokio::spawn(execute(execution))))
            })
            .unzip();
        for ((index, result), other) in results.into_iter().zip(&others) {
            assert_eq!(result.await.unwrap().unwrap().end, End::Exited { code: index }, "{mode}");
            assert_eq!(other.stdout(), format!("{index}\n"), "{mode}");
            assert_eq!(other.sleepers(), [0; 0], "{mode}: something of {index} lives on");
        }
        assert!(!long.is_finished() && orphans(), "{mode}: someone ended another's processes");
        // Someone is always under way: a hidden orphan must not live for as long as that.
        let later = Bench::new();
        let next = tokio::spawn(execute(later.shell(&host, wait)));
        until("the next one runs", || later.work("ready").exists()).await;
        std::fs::write(bench.work("go"), "").unwrap();
        assert_eq!(long.await.unwrap().unwrap().end, End::Exited { code: 5 }, "{mode}");
        assert_eq!(bench.sleepers(), [0; 0], "{mode}");
        std::fs::write(later.work("go"), "").unwrap();
        assert_eq!(next.await.unwrap().unwrap().end, End::Exited { code: 6 }, "{mode}");
    }
}
