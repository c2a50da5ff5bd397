//! All elements of a run at a glance: where each is, and why those that did not succeed did not.

use crate::Runs;
use db::{DbError, Row, args};
use identity::{Action, Caller};
use model::id::RunId;
use model::{Code, Problem};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

db::statements! {
    /// One letter for each element, in the order of their indices: the database hands over one short text instead of
    /// ten thousand rows.
    LETTERS = "SELECT coalesce(string_agg(CASE
            WHEN outcome = 'done' THEN 'd' WHEN outcome = 'failed' THEN 'f' WHEN outcome = 'cancelled' THEN 'c'
            WHEN state = 'queued' THEN 'q' WHEN state = 'leased' THEN 'l' WHEN state = 'staging' THEN 's'
            WHEN state = 'running' THEN 'r' ELSE 'b' END, '' ORDER BY idx), '') AS letters FROM element WHERE run = $1";
    /// Each cause with how often it occurs, at the first elements that it concerns.
    CAUSES = "SELECT idx, cause, number, place FROM (SELECT idx, cause, count(*) OVER (PARTITION BY cause) AS number,
            row_number() OVER (PARTITION BY cause ORDER BY idx) AS place
            FROM element WHERE run = $1 AND state = 'ended' AND cause IS NOT NULL) AS numbered WHERE place <= 20 ORDER BY idx";
}

/// How many elements of a cause are named.
const NAMED: usize = 20;
/// How many causes are told; the rest is counted.
const MOST_CAUSES: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Overview {
    pub total: u32,
    /// Where the elements are, in the order of their indices: a word and how many elements in a row it is true of.
    pub states: Vec<(Word, u32)>,
    /// Why elements failed or were cancelled, the most frequent cause first.
    pub causes: Vec<CauseGroup>,
    /// How many elements have a cause that is not among the first hundred.
    pub other_causes: u32,
}

/// The state of an element, or its outcome once it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    Queued,
    Leased,
    Staging,
    Running,
    Collecting,
    Done,
    Failed,
    Cancelled,
}

/// Elements that ended for the same cause; numbers in its words may differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CauseGroup {
    pub code: Code,
    /// In the words of the first of them.
    pub cause: String,
    pub remedy: String,
    pub count: u32,
    /// The first of them, at most 20.
    pub first: Vec<u32>,
}

impl Runs {
    /// What is known of all elements of a run, in a few hundred bytes however many there are.
    pub async fn overview(&self, caller: &Caller, id: &RunId) -> Result<Overview, Problem> {
        self.authorized(caller, Action::RunsRead, id).await?;
        let row = self.0.db.row(&LETTERS, args![id.as_str()]).await?.ok_or(DbError::NoRow)?;
        let states = in_runs(&row.get::<String>("letters")?);
        let rows = self.0.db.rows(&CAUSES, args![id.as_str()]).await?;
        let with_lines = self.authorized(caller, Action::RunsOutputs, id).await.is_ok();
        let mut causes = grouped(&rows, with_lines)?;
        causes.sort_by_key(|group| std::cmp::Reverse(group.count));
        let rest = causes.split_off(causes.len().min(MOST_CAUSES));
        Ok(Overview {
            total: states.iter().map(|(_, number)| number).sum(),
            states,
            causes,
            other_causes: rest.iter().map(|group| group.count).sum(),
        })
    }
}

fn in_runs(letters: &str) -> Vec<(Word, u32)> {
    let mut states: Vec<(Word, u32)> = Vec::new();
    for letter in letters.bytes() {
        let word = match letter {
            b'd' => Word::Done,
            b'f' => Word::Failed,
            b'c' => Word::Cancelled,
            b'q' => Word::Queued,
            b'l' => Word::Leased,
            b's' => Word::Staging,
            b'r' => Word::Running,
            _ => Word::Collecting,
        };
        match states.last_mut() {
            Some((last, number)) if *last == word => *number += 1,
            _ => states.push((word, 1)),
        }
    }
    states
}

/// The rows come in the order of their elements, so the first of each group are met first.
fn grouped(rows: &[Row], with_lines: bool) -> Result<Vec<CauseGroup>, DbError> {
    let mut groups: Vec<CauseGroup> = Vec::new();
    let mut places: HashMap<(Code, String), usize> = HashMap::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let text: String = row.get("cause")?;
        let place = match known.get(&text) {
            Some(place) => *place,
            None => {
                let mut cause: Problem = row.json("cause")?;
                if !with_lines {
                    cause.leave_out_lines();
                }
                let place = *places.entry((cause.code, without_numbers(&cause.detail))).or_insert(groups.len());
                if place == groups.len() {
                    let Problem { code, detail, remedy, .. } = cause;
                    groups.push(CauseGroup { code, cause: detail, remedy, count: 0, first: Vec::new() });
                }
                known.insert(text, place);
                place
            }
        };
        let Some(group) = groups.get_mut(place) else { continue };
        if row.get::<u32>("place")? == 1 {
            group.count += row.get::<u32>("number")?;
        }
        if group.first.len() < NAMED {
            group.first.push(row.get("idx")?);
        }
    }
    Ok(groups)
}

/// "Output `part-17.fits` does not exist." and the same of 18 have one cause.
fn without_numbers(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' if plain.ends_with('#') => {}
            '0'..='9' => plain.push('#'),
            c => plain.push(c),
        }
    }
    plain
}
