//! The best few of very many, without sorting the rest.

use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub score: f64,
    /// Where its place and its size stand in the order of their names, which decides between equal scores.
    pub place: usize,
    pub row: usize,
}

impl Candidate {
    fn order(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then_with(|| (self.place, self.row).cmp(&(other.place, other.row)))
    }
}

pub(crate) struct Best {
    keep: usize,
    found: Vec<Candidate>,
    /// What is not better than this cannot be among the best any more.
    bar: Option<Candidate>,
}

/// So many times more than are kept are collected before they are thinned out.
const SLACK: usize = 8;

impl Best {
    pub fn new(keep: usize) -> Self {
        Self { keep, found: Vec::new(), bar: None }
    }

    pub fn push(&mut self, candidate: Candidate) {
        if self.bar.is_some_and(|bar| candidate.order(&bar).is_gt()) {
            return;
        }
        self.found.push(candidate);
        if self.found.len() > self.keep.saturating_mul(SLACK) {
            self.thin_out();
        }
    }

    fn thin_out(&mut self) {
        if let Some(last) = self.keep.checked_sub(1).filter(|last| *last < self.found.len()) {
            let (_, worst, _) = self.found.select_nth_unstable_by(last, Candidate::order);
            self.bar = Some(*worst);
        }
        self.found.truncate(self.keep);
    }

    /// The best first.
    pub fn into_sorted(mut self) -> Vec<Candidate> {
        self.thin_out();
        self.found.sort_unstable_by(Candidate::order);
        self.found
    }
}
