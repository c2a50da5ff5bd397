//! How looks went: each is a probe of its service, and costs nothing more.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use model::Timestamp;

use super::lock;

/// What was tried at a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Glance {
    /// Signing in, and asking which projects there are.
    SignIn,
    /// Reading what a project has.
    List,
}

/// One look, as it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    pub service: String,
    pub glance: Glance,
    pub at: Timestamp,
    pub took: Duration,
    /// Why nothing was seen. A service that knows who asks and says no is none: it answered.
    pub trouble: Option<String>,
}

/// Of a service that many people look at, this often is enough.
const NOTED_EVERY: Duration = Duration::from_secs(60);
/// What nobody takes is not kept.
const MOST: usize = 2_000;

#[derive(Default)]
pub(super) struct Diary(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    written: Vec<Looked>,
    /// When each kind of news was last written: of a service, of what was tried, and whether it went well.
    last: HashMap<(String, Glance, bool), Timestamp>,
}

impl Diary {
    pub fn note(&self, looked: Looked) {
        let mut pages = lock(&self.0);
        let key = (looked.service.clone(), looked.glance, looked.trouble.is_none());
        let is_news = pages.last.get(&key).is_none_or(|last| looked.at.since(*last) >= NOTED_EVERY);
        if is_news && pages.written.len() < MOST {
            pages.last.insert(key, looked.at);
            pages.written.push(looked);
        }
    }

    /// All that was written since the last time.
    pub fn take(&self) -> Vec<Looked> {
        std::mem::take(&mut lock(&self.0).written)
    }

    pub fn forget(&self, is_watched: impl Fn(&str) -> bool) {
        lock(&self.0).last.retain(|(service, ..), _| is_watched(service));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_looks_make_few_lines_and_none_is_told_twice() {
        let diary = Diary::default();
        let at = |seconds: i64| Timestamp::from_millis(1_000_000 + seconds * 1_000);
        let looked = |seconds, trouble: Option<&str>| Looked {
            service: "one".into(),
            glance: Glance::List,
            at: at(seconds),
            took: Duration::from_millis(5),
            trouble: trouble.map(str::to_owned),
        };
        for second in 0..150 {
            diary.note(looked(second, None));
        }
        diary.note(looked(150, Some("down")));
        let taken = diary.take();
        assert_eq!(taken.iter().map(|one| one.at).collect::<Vec<_>>(), [at(0), at(60), at(120), at(150)]);
        assert_eq!(taken.last().and_then(|one| one.trouble.as_deref()), Some("down"));
        diary.note(looked(151, None));
        assert!(diary.take().is_empty(), "what went well is no news yet");
        diary.forget(|_| false);
        diary.note(looked(152, None));
        assert_eq!(diary.take().len(), 1);
    }
}
