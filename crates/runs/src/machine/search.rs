//! The next offer for a machine: planned anew, with what is known by now; or waited for.

use super::row::{Edit, Parts, follow};
use crate::Inner;
use crate::places::{Planner, Roles};
use crate::store::{self, NewAttempt, edit_run, save_run};
use async_trait::async_trait;
use db::{DbError, Row, Tx, args, seed};
use flow::{Advance, Commit, Context, End, Flow, NewFlow, Step, StepError, Undone};
use futures_util::FutureExt;
use model::id::{AttemptId, FlowId, RunId};
use model::machine::Pilot;
use model::offer::{Offer, Plan};
use model::request::RunRequest;
use model::run::{Outcome, Run, WaitingReason};
use model::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

db::statements! {
    COUNT_ATTEMPTS = "SELECT count(*) AS number FROM attempt WHERE run = $1";
    CAUSES = "SELECT service, cause FROM attempt WHERE run = $1 AND cause IS NOT NULL ORDER BY number";
}

pub(crate) struct SearchFlow(pub Arc<Inner>);

const KIND: &str = "search";
const STEPS: &[Step] = &[Step { name: "find", timeout: Duration::from_secs(15), tries: 10 }];
/// What exclusions, quotas and other people leave changes within such a time.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// At most, before there is said to be nothing: less than the step has.
const LOOK_FOR: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Input {
    run: RunId,
}

impl Inner {
    pub(crate) async fn start_search(&self, tx: &mut Tx, run: &Run) -> Result<(), DbError> {
        let flow = NewFlow {
            id: FlowId::new(seed(self.now())?),
            kind: KIND,
            subject: run.id.to_string(),
            audience: run.person.to_string(),
            input: serde_json::to_value(Input { run: run.id.clone() }).unwrap_or_default(),
            runs_on: None,
        };
        self.engine()?.start(tx, flow).await
    }
}

impl Inner {
    /// And which of the offers can be built. Before there is said to be none, what was not looked at lately is: a gateway that
    /// has just started has looked at nothing yet.
    pub(super) async fn plan_machine(
        self: &Arc<Self>,
        planner: &Planner<'_>,
        request: &RunRequest,
        parts: &Parts,
    ) -> Result<(Plan, Vec<Offer>), DbError> {
        let suits = |offer: &&Offer| can_be_built(offer) && parts.suit(offer);
        let mut plan = self.plan_for(planner, request, Some(request.kind), broker::KEPT).await?;
        if !plan.offers.iter().any(|offer| suits(&offer))
            && let Some(survey) = self.sites.survey()
        {
            survey.look(&planner.visitor(), Some(LOOK_FOR)).await;
            plan = self.plan_for(planner, request, Some(request.kind), broker::KEPT).await?;
        }
        let offers = plan.offers.iter().filter(suits).cloned().collect();
        Ok((plan, offers))
    }

    /// The last attempt that a machine has failed: with all that was tried.
    pub(crate) async fn attempts_spent(&self, tx: &mut Tx, run: &RunId) -> Result<Problem, DbError> {
        let none = Problem::new(
            Code::NothingLeft,
            format!("A machine is tried for {} times at most.", self.settings.machines.attempts),
            "See what each attempt came to, ask for something else or somewhere else, and try again.",
        );
        after_all(tx.rows(&CAUSES, args![run.as_str()]).await?, none)
    }
}

/// That nothing is left, with all that was tried and what would help.
fn after_all(rows: Vec<Row>, none: Problem) -> Result<Problem, DbError> {
    let mut tried = Vec::new();
    for row in rows {
        let cause: Option<Problem> = row.json_or_null("cause")?;
        tried.extend(cause.map(|cause| cause.detail));
    }
    if tried.is_empty() {
        return Ok(none);
    }
    let detail = format!("Nothing is left to try. {} {}", tried.join(" "), none.detail);
    Ok(Problem::new(Code::NothingLeft, detail, none.remedy))
}

impl SearchFlow {
    async fn find(&self, input: &Input) -> Result<Advance, StepError> {
        let inner = &self.0;
        let run = inner.run_doc(&input.run).await?;
        let row = inner.db.row(&store::RUN_REQUEST, args![run.id.as_str()]).await?.ok_or(DbError::NoRow)?;
        let (request, person) = store::request_of(&row)?;
        let standing = inner.standing(&run.id).await?;
        let planner = Planner { person: &person, communities: standing.communities, roles: Roles::Then(standing.role) };
        let parts = inner.parts_of(&run.id).await?;
        let (plan, offers) = inner.plan_machine(&planner, &request, &parts).await?;
        let can_wait = looks_until(&run, &request).is_some_and(|until| until > inner.now());
        match inner.choose(&planner, &offers, can_wait).await? {
            Some(offer) => Ok(self.try_it(run, request, offer)),
            None => self.nothing(run, &request, &plan).await,
        }
    }

    fn try_it(&self, run: Run, request: RunRequest, offer: Offer) -> Advance {
        let inner = self.0.clone();
        let commit = Commit::new(move |tx| {
            async move {
                let mut run = edit_run(tx, &run.id).await?;
                let now = inner.now();
                let row = tx.row(&COUNT_ATTEMPTS, args![run.id.as_str()]).await?.ok_or(DbError::NoRow)?;
                let id = AttemptId::new(seed(now)?);
                let number = row.get::<u32>("number")? + 1;
                let next = NewAttempt { id: &id, run: &run.id, number, offer: &offer, request: &request, width: 1, now };
                store::insert_attempt(tx, &next).await?;
                if let Some(mut edit) = Edit::begin(tx, &run.id).await? {
                    follow(&mut edit.machine, &offer);
                    edit.machine.pilot = edit.machine.pilot.map(|_| Pilot::expected(now));
                    edit.save(tx).await?;
                }
                inner.wait_for(tx, &mut run, None).await?;
                save_run(tx, &run).await?;
                inner.start_attempt(tx, &run, &id, &offer.service).await
            }
            .boxed()
        });
        Advance::Done { output: serde_json::Value::Null, commit }
    }

    async fn nothing(&self, run: Run, request: &RunRequest, plan: &Plan) -> Result<Advance, StepError> {
        let inner = self.0.clone();
        let Some(until) = looks_until(&run, request).filter(|until| *until > inner.now()) else {
            return Err(StepError::Final(self.nothing_left(&run, plan).await?));
        };
        let mut waiting = inner.waiting(
            WaitingReason::Offer,
            "No service can give this machine now.",
            "Nothing needs to be done: it is looked for again and again. Asking for less may succeed sooner.",
        );
        waiting.until = Some(until);
        let commit = Commit::new(move |tx| {
            async move {
                let mut run = edit_run(tx, &run.id).await?;
                inner.wait_for(tx, &mut run, Some(waiting)).await?;
                save_run(tx, &run).await
            }
            .boxed()
        });
        Ok(Advance::Pending { after: LOOK_AGAIN, commit })
    }

    async fn nothing_left(&self, run: &Run, plan: &Plan) -> Result<Problem, DbError> {
        let none = crate::create::no_offer(plan);
        after_all(self.0.db.rows(&CAUSES, args![run.id.as_str()]).await?, none)
    }
}

/// So long an offer is waited for, if at all.
fn looks_until(run: &Run, request: &RunRequest) -> Option<Timestamp> {
    let patience = request.machine.as_ref()?.wait_for_offer?;
    Some(run.created_at.plus(patience.duration()))
}

/// Not every way can be built: one leads through a router of others that would have to be changed.
fn can_be_built(offer: &Offer) -> bool {
    let things = |attachment| sites::openstack::things(attachment, offer.size.from_volume);
    offer.attachment.as_ref().and_then(things).is_some()
}

#[async_trait]
impl Flow for SearchFlow {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn version(&self) -> i64 {
        1
    }

    fn steps(&self) -> &'static [Step] {
        STEPS
    }

    async fn forward(&self, _: &str, context: &Context) -> Result<Advance, StepError> {
        if context.cancel {
            return Err(StepError::Final(crate::life::cancelled()));
        }
        let input: Input = serde_json::from_value(context.input.clone()).map_err(|_| StepError::Final(Problem::internal()))?;
        self.find(&input).await
    }

    async fn undo(&self, _: &str, _: &Context) -> Result<Undone, StepError> {
        Ok(Undone::Done { commit: Commit::nothing() })
    }

    async fn turned(&self, context: &Context, cause: &Problem, tx: &mut Tx) -> Result<(), DbError> {
        let Ok(input) = serde_json::from_value::<Input>(context.input.clone()) else { return Ok(()) };
        let mut run = edit_run(tx, &input.run).await?;
        let outcome = if cause.code == Code::Cancelled { Outcome::Cancelled } else { Outcome::Failed };
        crate::elements::end_rest(tx, &run.id, outcome, cause, self.0.now()).await?;
        run.elements = crate::elements::count(tx, &run.id).await?;
        self.0.decide(tx, &mut run, outcome, Some(cause.clone())).await?;
        self.0.step(tx, &mut run, model::run::Step::Release).await?;
        save_run(tx, &run).await
    }

    async fn ended(&self, context: &Context, end: End, tx: &mut Tx) -> Result<(), DbError> {
        let Ok(input) = serde_json::from_value::<Input>(context.input.clone()) else { return Ok(()) };
        if end == End::Done {
            return Ok(());
        }
        let mut run = edit_run(tx, &input.run).await?;
        self.0.end_unless_others(tx, &mut run, context).await?;
        save_run(tx, &run).await
    }
}
