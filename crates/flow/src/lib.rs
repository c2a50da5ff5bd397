//! Durable steps with undo, on the database. Knows no cloud, no run, no person.
//!
//! A flow is one row: which step, in which direction, until when someone holds it. Any gateway may claim a row whose
//! lease ran out; claiming raises `epoch`, and everything a step decides is committed together with a check of that
//! epoch. A gateway that was asleep finds zero rows changed, and drops its work.
//!
//! A step is find-or-create: it may be executed again after a crash, and must then find what it made. A step that has
//! to wait says *pending, look again in n seconds*: waiting for a machine is many short claims, never a long one. When a
//! step fails, it and the steps before it are undone (the failed one too, since it may have half happened). An undo
//! that cannot be done is a state that people can see, never silence.
//!
//! What a crash at any point must not break is tried by [`fault`] points, which exist in debug builds only.

mod engine;
pub mod fault;
mod flow;
mod overview;
mod store;
pub mod timeline;

pub use engine::{Engine, Options};
pub use flow::{Advance, Commit, Context, Direction, End, Flow, NewFlow, Step, StepError, Undone, Whereabouts};
pub use overview::{FlowCounts, FlowRow, counts, list};
pub use timeline::Timeline;

/// Every statement of this crate, for the test that prepares each on both engines.
pub fn all_statements() -> Vec<db::Statement> {
    [store::STATEMENTS, timeline::STATEMENTS, overview::STATEMENTS].concat()
}
