use std::collections::HashSet;
use std::fmt::Display;

use model::offer::{Conflict, Fact};

/// Who says what, and who says otherwise.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) facts: Vec<Fact>,
    pub(super) conflicts: Vec<Conflict>,
}

impl Ledger {
    /// What the first says is believed. Each is a source with its word; what one says again adds nothing.
    pub(super) fn settle<'a, T>(&mut self, about: &str, told: impl IntoIterator<Item = (&'a str, T)>) -> Option<T>
    where
        T: Display + PartialEq,
    {
        let mut believed: Option<(T, Fact)> = None;
        let mut heard = HashSet::new();
        for (source, value) in told.into_iter().filter(|(source, _)| heard.insert(*source)) {
            let fact = Fact { name: about.to_owned(), value: value.to_string(), source: source.to_owned() };
            match &believed {
                None => {
                    self.facts.push(fact.clone());
                    believed = Some((value, fact));
                }
                Some((best, _)) if *best == value => self.facts.push(fact),
                Some((_, best)) => {
                    self.conflicts.push(Conflict { about: about.to_owned(), believed: best.clone(), refuted: fact });
                }
            }
        }
        believed.map(|(value, _)| value)
    }
}
