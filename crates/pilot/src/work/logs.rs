//! The two output streams of an execution, from their files to the gateway, while they grow.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::execute::Progress;
use crate::link::{Link, Outgoing};
use crate::protocol::{Held, Opened};

pub(super) struct Logs {
    stdout: Log,
    stderr: Log,
}

struct Log {
    link: Arc<Link>,
    path: PathBuf,
    opened: Opened,
    /// An empty stream is never opened.
    outgoing: Option<Outgoing>,
}

impl Logs {
    pub fn new(link: &Arc<Link>, directory: &Path, held: Held) -> Self {
        let log = |name, opened| Log { link: Arc::clone(link), path: directory.join(name), opened, outgoing: None };
        Self { stdout: log("stdout", Opened::Stdout { held }), stderr: log("stderr", Opened::Stderr { held }) }
    }

    pub fn grow(&mut self, progress: &Progress) {
        self.stdout.grow(progress.stdout.bytes);
        self.stderr.grow(progress.stderr.bytes);
    }

    /// Returns when the gateway has stored both.
    pub async fn finish(self) {
        for log in [self.stdout, self.stderr] {
            if let Some(outgoing) = log.outgoing {
                outgoing.finish().await;
            }
        }
    }
}

impl Log {
    fn grow(&mut self, bytes: u64) {
        if bytes == 0 {
            return;
        }
        match &self.outgoing {
            Some(outgoing) => outgoing.grow(bytes),
            None => match File::open(&self.path) {
                Ok(file) => {
                    let outgoing = self.link.open_stream(self.opened.clone(), file);
                    outgoing.grow(bytes);
                    self.outgoing = Some(outgoing);
                }
                Err(error) => tracing::warn!(path = %self.path.display(), %error, "a log cannot be read"),
            },
        }
    }
}
