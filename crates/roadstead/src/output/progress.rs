//! Bars for long work, on a terminal only.

use super::text::clean;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Bytes,
    Elements,
}

/// Removed from the screen when it is dropped.
pub struct Progress {
    bar: ProgressBar,
    title: String,
}

impl Progress {
    pub(super) fn bar(visible: bool, title: &str, total: u64, unit: Unit) -> Self {
        let template = match unit {
            Unit::Bytes => "{msg} [{wide_bar}] {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}",
            Unit::Elements => "{msg} [{wide_bar}] {pos}/{len}",
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self::begin(visible, title, Some(total), style.progress_chars("=> "))
    }

    pub(super) fn spinner(visible: bool, title: &str) -> Self {
        let style =
            ProgressStyle::with_template("{spinner} {msg}, {elapsed}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        Self::begin(visible, title, None, style.tick_chars("|/-\\ "))
    }

    fn begin(visible: bool, title: &str, total: Option<u64>, style: ProgressStyle) -> Self {
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total, target).with_style(style);
        let title = clean(title).into_owned();
        bar.set_message(title.clone());
        if visible {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, title }
    }

    pub fn set(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// What stands before the bar, beside the title.
    pub fn say(&self, more: &str) {
        self.bar.set_message(format!("{} {}", self.title, clean(more)));
    }

    /// Makes way for something else to be written.
    pub fn aside<R>(&self, write: impl FnOnce() -> R) -> R {
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
