//! Where the program's own messages go: to standard error, for people or (behind a service manager) as JSON.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// `ROADSTEAD_LOG` takes the usual filters (`debug`, `runs=trace`).
pub fn start(default: &str) {
    let filter = EnvFilter::try_from_env("ROADSTEAD_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(true);
    // A second start within one process (tests) keeps the first.
    let _ = if std::env::var_os("ROADSTEAD_LOG_JSON").is_some() {
        builder.json().try_init()
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).try_init()
    };
}
