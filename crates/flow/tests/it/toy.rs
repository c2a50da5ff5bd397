//! A flow of three steps, each of which makes one file. What else happens in a step is the test's script.

use async_trait::async_trait;
use db::{DbError, Statement, Tx, args};
use flow::{Advance, Commit, Context, Direction, End, Flow, Step, StepError, Undone};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::event::Happening;
use model::id::FlowId;
use model::{Code, Problem};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const STEPS: &[Step] = &[
    Step { name: "a", timeout: Duration::from_secs(10), tries: 3 },
    Step { name: "b", timeout: Duration::from_secs(10), tries: 3 },
    Step { name: "c", timeout: Duration::from_secs(10), tries: 3 },
];

const INSERT_MADE: Statement = Statement { name: "made", sql: "INSERT INTO made (flow, step, host) VALUES ($1, $2, $3)" };
const DELETE_MADE: Statement = Statement { name: "unmade", sql: "DELETE FROM made WHERE flow = $1 AND step = $2" };
const INSERT_TURNED: Statement = Statement { name: "turned", sql: "INSERT INTO turned (flow, cause) VALUES ($1, $2)" };
const INSERT_ENDED: Statement = Statement { name: "ended", sql: "INSERT INTO ended (flow, ending) VALUES ($1, $2)" };

/// As [`flow::Engine::wake`] does it.
const WAKE: Statement = Statement { name: "wake", sql: "UPDATE flow SET wakes = wakes + 1 WHERE subject = $1" };

const TOUCH: Statement = Statement { name: "touch", sql: "UPDATE touched SET times = times + 1 WHERE subject = $1" };

/// What a step is asked.
pub struct Call {
    pub step: String,
    pub direction: Direction,
    pub context: Context,
}

impl Call {
    pub fn is(&self, step: &str, direction: Direction) -> bool {
        self.step == step && self.direction == direction
    }
}

pub enum Answer {
    Done,
    Pending(Duration),
    Passing,
    Final,
    /// The effect happened all the same.
    FinalAfterEffect,
}

pub type Script = Arc<dyn Fn(Call) -> BoxFuture<'static, Answer> + Send + Sync>;

pub fn script<F: Future<Output = Answer> + Send + 'static>(answer: impl Fn(Call) -> F + Send + Sync + 'static) -> Script {
    Arc::new(move |call| answer(call).boxed())
}

pub fn all_done() -> Script {
    script(|_| async { Answer::Done })
}

pub struct Toy {
    pub world: World,
    pub host: String,
    pub version: i64,
    pub script: Script,
}

fn problem() -> Problem {
    Problem::new(Code::ProvisionFailed, "The script says so.", "Change the script.")
}

#[async_trait]
impl Flow for Toy {
    fn kind(&self) -> &'static str {
        "toy"
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn steps(&self) -> &'static [Step] {
        STEPS
    }

    async fn forward(&self, step: &str, context: &Context) -> Result<Advance, StepError> {
        let call = Call { step: step.to_owned(), direction: Direction::Forward, context: context.clone() };
        match (self.script)(call).await {
            Answer::Done => {}
            Answer::Pending(after) => return Ok(Advance::pending(after)),
            Answer::Passing => return Err(StepError::Passing(problem())),
            Answer::Final => return Err(StepError::Final(problem())),
            Answer::FinalAfterEffect => {
                self.world.make(&context.id, step);
                return Err(StepError::Final(problem()));
            }
        }
        self.world.make(&context.id, step);
        let values = args![context.id.as_str(), step, self.host.as_str()];
        let subject = context.subject.clone();
        let write = async move |tx: &mut Tx| {
            tx.execute(&TOUCH, args![subject]).await?;
            tx.execute(&INSERT_MADE, values).await.map(drop)
        };
        let commit = Commit::new(move |tx| write(tx).boxed());
        Ok(Advance::Done { output: serde_json::json!({ "made": step }), commit })
    }

    async fn undo(&self, step: &str, context: &Context) -> Result<Undone, StepError> {
        let call = Call { step: step.to_owned(), direction: Direction::Undo, context: context.clone() };
        match (self.script)(call).await {
            Answer::Done => {}
            Answer::Pending(after) => return Ok(Undone::Pending { after, commit: Commit::nothing() }),
            Answer::Passing => return Err(StepError::Passing(problem())),
            Answer::Final | Answer::FinalAfterEffect => return Err(StepError::Final(problem())),
        }
        self.world.remove(&context.id, step);
        let values = args![context.id.as_str(), step];
        let commit = Commit::new(move |tx| async move { tx.execute(&DELETE_MADE, values).await.map(drop) }.boxed());
        Ok(Undone::Done { commit })
    }

    async fn turned(&self, context: &Context, cause: &Problem, tx: &mut Tx) -> Result<(), DbError> {
        tx.execute(&INSERT_TURNED, args![context.id.as_str(), cause.detail.as_str()]).await.map(drop)
    }

    async fn ended(&self, context: &Context, end: End, tx: &mut Tx) -> Result<(), DbError> {
        if let Some(subject) = context.input["wakes"].as_str() {
            tx.execute(&WAKE, args![subject]).await?;
        }
        tx.execute(&INSERT_ENDED, args![context.id.as_str(), format!("{end:?}")]).await.map(drop)
    }
}

/// A directory of files, and a list of everything that was ever done to it.
#[derive(Clone)]
pub struct World(PathBuf);

impl World {
    pub fn at(path: PathBuf) -> Self {
        std::fs::create_dir_all(&path).expect("make the world");
        Self(path)
    }

    /// Find or create.
    fn make(&self, flow: &FlowId, step: &str) {
        let made = OpenOptions::new().write(true).create_new(true).open(self.0.join(format!("{flow}.{step}")));
        if made.is_ok() {
            self.note(flow, step, '+');
        }
    }

    fn remove(&self, flow: &FlowId, step: &str) {
        if std::fs::remove_file(self.0.join(format!("{flow}.{step}"))).is_ok() {
            self.note(flow, step, '-');
        }
    }

    fn note(&self, flow: &FlowId, step: &str, what: char) {
        let history = OpenOptions::new().create(true).append(true).open(self.0.join("history"));
        history.and_then(|mut file| file.write_all(format!("{flow} {step}{what}\n").as_bytes())).expect("write history");
    }

    /// What was done for a flow, in order: `a+`, `b+`, `b-`.
    pub fn history(&self, flow: &FlowId) -> Vec<String> {
        let text = std::fs::read_to_string(self.0.join("history")).unwrap_or_default();
        let of_flow = text.lines().filter_map(|line| line.strip_prefix(flow.as_str()));
        of_flow.map(|entry| entry.trim().to_owned()).collect()
    }

    /// The steps of a flow whose files are there.
    pub fn files(&self, flow: &FlowId) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("list the world");
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
        let mut files: Vec<String> = names.filter_map(|name| Some(name.strip_prefix(&format!("{flow}."))?.to_owned())).collect();
        files.sort();
        files
    }
}

pub fn text_of(what: &Happening) -> String {
    let Happening::Step { step, direction, error } = what else { panic!("not a step: {what:?}") };
    let sign = if *direction > 0 { '+' } else { '-' };
    let failed = if error.is_some() { "!" } else { "" };
    format!("{step}{sign}{failed}")
}
