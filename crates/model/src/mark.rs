//! The ownership mark: what every remote thing of ours carries from the request that creates it.

use crate::id::{AttemptId, DeploymentId, RunId};
use serde::{Deserialize, Serialize};

/// Which part of an attempt a remote thing is: `pilot-0`, `work`. Short, so that names stay below 63 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(String);

impl Slot {
    pub fn new(kind: &str, number: u16) -> Self {
        Self(format!("{kind}-{number}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_text(text: &str) -> Option<Self> {
        let (kind, number) = text.rsplit_once('-')?;
        let plain = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase());
        plain.then(|| number.parse().ok().map(|number| Self::new(kind, number)))?
    }
}

/// Proof of ownership. A thing is ours only when all of it agrees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub deployment: DeploymentId,
    pub run: RunId,
    pub attempt: AttemptId,
    pub slot: Slot,
}

impl Mark {
    /// The name the remote thing gets: derived, so that looking for it needs no memory of having made it.
    pub fn name(&self) -> String {
        let id = self.attempt.as_str().trim_start_matches("att-");
        format!("rs-{id}-{}", self.slot.as_str())
    }

    /// All of it on one line, for services that keep a description with each thing.
    pub fn text(&self) -> String {
        let Self { deployment, run, attempt, slot } = self;
        format!("{WORD} {deployment} {run} {attempt} {}", slot.as_str())
    }

    /// The mark that a line is, if it is one.
    pub fn of_text(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        if parts.next() != Some(WORD) {
            return None;
        }
        let deployment = parts.next()?.parse().ok()?;
        let (run, attempt) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let slot = Slot::of_text(parts.next()?)?;
        parts.next().is_none().then_some(Self { deployment, run, attempt, slot })
    }
}

const WORD: &str = "roadstead";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Seed;

    #[test]
    fn a_mark_on_one_line_is_read_back_and_nothing_like_it_is() {
        let seed = || Seed { millis: 1_000, random: [7; 10] };
        let (deployment, run, attempt) = (DeploymentId::new(seed()), RunId::new(seed()), AttemptId::new(seed()));
        let mark = Mark { deployment, run, attempt, slot: Slot::new("port", 0) };
        let text = mark.text();
        assert!(text.len() < 255 && text.ends_with(" port-0"), "{text}");
        assert_eq!(Mark::of_text(&text), Some(mark));
        for other in
            [&format!("{text} "), &format!(" {text}"), &text.replace("port-0", "port"), &text.replace("roadstead ", ""), ""]
        {
            assert_eq!(Mark::of_text(other), None, "{other}");
        }
    }
}
