//! Places at which tests kill or stop the process, to see that nothing is lost.
//!
//! `ROADSTEAD_FAULT=name:n` acts when the point is passed for the n-th time; `name:n:stop` stops the process (as
//! `SIGSTOP` does) instead of killing it. Release builds have none of it.

#[cfg(debug_assertions)]
pub fn point(name: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{LazyLock, OnceLock};

    struct Fault {
        name: String,
        nth: u32,
        stop: bool,
    }
    static FAULT: LazyLock<Option<Fault>> = LazyLock::new(|| {
        let text = std::env::var("ROADSTEAD_FAULT").ok()?;
        let mut parts = text.split(':');
        let name = parts.next()?.to_owned();
        let nth = parts.next().and_then(|nth| nth.parse().ok()).unwrap_or(1);
        Some(Fault { name, nth, stop: parts.next() == Some("stop") })
    });
    static PASSED: OnceLock<AtomicU32> = OnceLock::new();

    let Some(fault) = FAULT.as_ref() else { return };
    if fault.name != name {
        return;
    }
    let passed = PASSED.get_or_init(AtomicU32::default).fetch_add(1, Ordering::SeqCst) + 1;
    if passed == fault.nth {
        let signal = if fault.stop { rustix::process::Signal::STOP } else { rustix::process::Signal::KILL };
        let _ = rustix::process::kill_process(rustix::process::getpid(), signal);
    }
}

#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn point(_name: &str) {}
