//! What a kind of flow is made of.

use async_trait::async_trait;
use db::{DbError, Tx};
use futures_util::future::BoxFuture;
use model::id::FlowId;
use model::{Problem, Timestamp};
use serde_json::Value;
use std::time::Duration;

/// A kind of flow, in one version. Rows of other versions are left to gateways that know them.
#[async_trait]
pub trait Flow: Send + Sync + 'static {
    fn kind(&self) -> &'static str;
    fn version(&self) -> i64;
    /// In order. They are stored by name, so that a later version may insert some.
    fn steps(&self) -> &'static [Step];

    async fn forward(&self, step: &str, context: &Context) -> Result<Advance, StepError>;

    async fn undo(&self, step: &str, context: &Context) -> Result<Undone, StepError>;

    /// Inside the commit that turns the flow back because of `cause`.
    async fn turned(&self, context: &Context, cause: &Problem, tx: &mut Tx) -> Result<(), DbError>;

    /// Inside the commit that ends the flow.
    async fn ended(&self, context: &Context, end: End, tx: &mut Tx) -> Result<(), DbError>;

    /// A step ran here while another gateway had the flow already, and its result is dropped. Where the flow is now says
    /// whether what the step may have made will still be found: when all was removed before, nobody looks again.
    async fn overtaken(&self, _context: &Context, _now: Whereabouts) {}
}

/// Where another gateway has brought a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    pub step: String,
    pub direction: Direction,
    pub ended: bool,
}

#[derive(Debug)]
pub struct Step {
    pub name: &'static str,
    /// Longer than any healthy effect takes, shorter than the lease.
    pub timeout: Duration,
    /// How often a failure in passing is tried again before the flow turns back.
    pub tries: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Undo,
}

impl Direction {
    pub(crate) fn as_number(self) -> i8 {
        match self {
            Direction::Forward => 1,
            Direction::Undo => -1,
        }
    }

    pub(crate) fn of_number(number: i64) -> Self {
        if number < 0 { Direction::Undo } else { Direction::Forward }
    }
}

/// What a step is told.
#[derive(Clone, Debug)]
pub struct Context {
    pub id: FlowId,
    pub subject: String,
    pub audience: String,
    pub input: Value,
    /// What earlier steps left, by name of the step.
    pub outputs: serde_json::Map<String, Value>,
    pub tries: u32,
    /// Somebody wants it to end early. A step that can do so well looks at it; others go on.
    pub cancel: bool,
    /// When the flow turned back: why.
    pub error: Option<Problem>,
    pub created_at: Timestamp,
}

/// Changes of the database that belong to a step's result: committed with it, or not at all. They are also made, and
/// then undone, by a gateway that has lost the flow: nothing outside the transaction may happen in here.
pub struct Commit(pub(crate) Write);

type Write = Box<dyn for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<(), DbError>> + Send>;

impl Commit {
    pub fn nothing() -> Self {
        Self(Box::new(|_| Box::pin(async { Ok(()) })))
    }

    pub fn new(write: impl for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<(), DbError>> + Send + 'static) -> Self {
        Self(Box::new(write))
    }
}

pub enum Advance {
    Done {
        output: Value,
        commit: Commit,
    },
    /// Not yet: look again after a while, or when woken.
    Pending {
        after: Duration,
        commit: Commit,
    },
}

impl Advance {
    pub fn done() -> Self {
        Self::Done { output: Value::Null, commit: Commit::nothing() }
    }

    pub fn pending(after: Duration) -> Self {
        Self::Pending { after, commit: Commit::nothing() }
    }
}

pub enum Undone {
    Done { commit: Commit },
    Pending { after: Duration, commit: Commit },
}

#[derive(Debug)]
pub enum StepError {
    /// May succeed when tried again.
    Passing(Problem),
    /// Will not.
    Final(Problem),
}

impl From<DbError> for StepError {
    fn from(error: DbError) -> Self {
        tracing::warn!(%error, "a step met a database error");
        StepError::Passing(error.into())
    }
}

/// How a flow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    Undone,
    /// An undo failed for good. Somebody has to look.
    UndoFailed,
}

/// A flow to be started.
pub struct NewFlow {
    pub id: FlowId,
    pub kind: &'static str,
    /// What it is about; events are counted per subject.
    pub subject: String,
    /// Whose stream shows its events.
    pub audience: String,
    pub input: Value,
    /// Only gateways on this host carry it out.
    pub runs_on: Option<String>,
}
