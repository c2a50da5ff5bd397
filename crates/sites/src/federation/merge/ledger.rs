use std::fmt::Display;

use model::offer::{Conflict, Fact};

/// Who says what, and who says otherwise.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) facts: Vec<Fact>,
    pub(super) conflicts: Vec<Conflict>,
}

impl Ledger {
    /// What the first says is believed. Each is a source with its word.
    pub(super) fn settle<'a, T>(&mut self, about: &str, told: impl IntoIterator<Item = (&'a str, T)>) -> Option<T>
    where
        T: Display + PartialEq,
    {
        let mut believed: Option<(T, Fact)> = None;
        for (source, value) in told {
            let fact = Fact { name: about.to_owned(), value: value.to_string(), source: source.to_owned() };
            match &believed {
                None => {
                    self.facts.push(fact.clone());
                    believed = Some((value, fact));
                }
                Some((best, _)) if *best == value => self.note(fact),
                Some((_, best)) => {
                    let conflict = Conflict { about: about.to_owned(), believed: best.clone(), refuted: fact };
                    if !self.conflicts.contains(&conflict) {
                        self.conflicts.push(conflict);
                    }
                }
            }
        }
        believed.map(|(value, _)| value)
    }

    pub(super) fn note(&mut self, fact: Fact) {
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
    }
}
