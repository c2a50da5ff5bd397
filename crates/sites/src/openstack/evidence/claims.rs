//! Several sources speak of one thing; the best is believed, and whoever contradicts it is shown.

use std::borrow::Cow;
use std::fmt::Display;

use model::offer::{Conflict, Fact};

use super::fact;

/// What is said of one thing. Whoever speaks first is believed: callers ask the best source first.
pub(super) struct Claims<T> {
    about: &'static str,
    said: Vec<(T, Cow<'static, str>)>,
}

impl<T: Display> Claims<T> {
    pub fn new(about: &'static str) -> Self {
        Self { about, said: Vec::new() }
    }

    pub fn say(&mut self, value: T, source: impl Into<Cow<'static, str>>) {
        self.said.push((value, source.into()));
    }

    pub fn believed(&self) -> Option<&T> {
        self.said.first().map(|(value, _)| value)
    }

    /// The end of the discussion. `agree` says whether two values may both be true.
    pub fn settle(self, facts: &mut Vec<Fact>, conflicts: &mut Vec<Conflict>, agree: impl Fn(&T, &T) -> bool) -> Option<T> {
        let about = self.about;
        let mut said = self.said.into_iter();
        let (value, source) = said.next()?;
        let believed = fact(about, value.to_string(), source);
        for (other, source) in said.filter(|(other, _)| !agree(&value, other)) {
            let refuted = fact(about, other.to_string(), source);
            conflicts.push(Conflict { about: about.to_owned(), believed: believed.clone(), refuted });
        }
        facts.push(believed);
        Some(value)
    }
}

pub(super) fn same<T: PartialEq>(one: &T, other: &T) -> bool {
    one == other
}
