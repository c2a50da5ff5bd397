//! A new run: checked, planned, and written down with the flow that carries it out, in one transaction.

use crate::quotas::Holder;
use crate::store::{self, NewAttempt};
use crate::{Runs, elements};
use db::{DbError, Tx, args, seed};
use identity::{Action, Caller, Idempotency, Refused, Resource, authorize};
use model::event::Happening;
use model::id::{AttemptId, RunId, TeamId};
use model::offer::{Plan, Reason, Rejection};
use model::problem::FieldProblem;
use model::request::{RunKind, RunRequest};
use model::run::{Counts, Run, State};
use model::{Code, Problem, Timestamp};

#[derive(Debug)]
pub struct Created {
    pub run: Run,
    /// False when it had been created by an earlier request with the same key.
    pub fresh: bool,
}

db::statements! {
    INSERT_RUN = "INSERT INTO run (id, person, name, state, doc, request, plan, changed, created_at, community, team)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10)";
    WAIT_FOR = "INSERT INTO waits_for (run, predecessor) VALUES ($1, $2)";
    DOC = "SELECT doc FROM run WHERE id = $1";
}

impl Runs {
    pub async fn create(&self, caller: &Caller, request: RunRequest, once: Option<Idempotency>) -> Result<Created, Problem> {
        db::again(|| self.create_once(caller, request.clone(), once.as_ref())).await
    }

    async fn create_once(
        &self,
        caller: &Caller,
        mut request: RunRequest,
        once: Option<&Idempotency>,
    ) -> Result<Created, Problem> {
        authorize(caller, Action::RunsCreate, Resource::Of(caller.person())).map_err(Problem::from)?;
        if let Some(once) = once
            && let Some(id) = once.look_up(&self.0.db, caller.person()).await?
        {
            let row = self.0.db.row(&DOC, args![id]).await?.ok_or(DbError::NoRow)?;
            return Ok(Created { run: row.json("doc")?, fresh: false });
        }
        request.spell_out();
        request.check()?;
        let community = request.place.community.clone();
        may_act_for(caller, community.as_deref())?;
        let team = match &request.share_with {
            Some(named) => Some(identity::team_to_share_with(&self.0.db, caller, named).await?),
            None => None,
        };
        self.name_kept(caller, &mut request).await?;
        let predecessors = self.resolve(caller, &mut request).await?;
        if request.kind == RunKind::Machine {
            return self.create_machine(caller, Order { request, community, team, predecessors }, once).await;
        }
        let plan = self.plan_checked(caller, &request, Some(request.kind), broker::KEPT).await?;
        let Some(offer) = plan.offers.first().cloned() else { return Err(no_offer(&plan)) };
        let Some(driver) = self.0.driver(&offer.service).await? else { return Err(Problem::internal()) };

        let now = self.0.now();
        let (id, attempt) = (RunId::new(seed(now)?), AttemptId::new(seed(now)?));
        let elements_total = request.elements();
        let run = new_run(id.clone(), caller, &request, community, team, now);
        let holders = Holder::of_run(caller.person(), run.community.as_deref());
        let size = driver.size().await;

        let mut tx = self.0.db.begin().await?;
        if let Some(once) = once
            && let Some(earlier) = once.claim(&mut tx, caller.person(), id.as_str(), now).await?
        {
            let run = tx.row(&DOC, args![earlier]).await?.ok_or(DbError::NoRow)?.json("doc")?;
            tx.commit().await?;
            return Ok(Created { run, fresh: false });
        }
        let width = self.0.width_within(&mut tx, &holders, &request, driver.width(&request)).await?;
        let new = NewAttempt { id: &attempt, run: &id, number: 1, offer: &offer, request: &request, width, now };
        insert_run(&mut tx, &run, &request, &plan).await?;
        tx.execute(&elements::INSERT_ALL, args![id.as_str(), elements_total]).await?;
        store::insert_attempt(&mut tx, &new).await?;
        for predecessor in &predecessors {
            tx.execute(&WAIT_FOR, args![id.as_str(), predecessor.as_str()]).await?;
        }
        if predecessors.is_empty() && self.0.token_issuers(&request).is_empty() {
            // Its place in the queue is the moment of its creation; often there is room at once.
            self.0.board(&mut tx, &attempt, &offer.service, &size).await?;
        }
        self.0.tell(&mut tx, &run, Happening::Created { name: run.name.clone(), elements: elements_total }).await?;
        self.0.start_attempt(&mut tx, &run, &attempt, &offer.service).await?;
        flow::fault::point("runs.before_create_commit");
        tx.commit().await?;
        flow::fault::point("runs.after_create_commit");
        Ok(Created { run, fresh: true })
    }
}

/// All that is known of a run that may be made.
pub(crate) struct Order {
    pub request: RunRequest,
    pub community: Option<String>,
    pub team: Option<TeamId>,
    pub predecessors: Vec<RunId>,
}

pub(crate) fn new_run(
    id: RunId,
    caller: &Caller,
    request: &RunRequest,
    community: Option<String>,
    team: Option<TeamId>,
    now: Timestamp,
) -> Run {
    Run {
        id,
        name: request.display_name(),
        kind: request.kind,
        person: caller.person().clone(),
        community,
        team,
        state: State::Planned,
        outcome: None,
        cause: None,
        waiting_for: None,
        attention: None,
        service: None,
        cancelling: false,
        elements: Counts::queued(request.elements()),
        created_at: now,
        started_at: None,
        ended_at: None,
    }
}

pub(crate) async fn insert_run(tx: &mut Tx, run: &Run, request: &RunRequest, plan: &Plan) -> Result<(), DbError> {
    let unreadable = |error: serde_json::Error| DbError::Unreadable { column: "run".into(), detail: error.to_string() };
    let values = args![
        run.id.as_str(),
        run.person.as_str(),
        run.name.as_str(),
        run.state.as_str(),
        serde_json::to_string(run).map_err(unreadable)?,
        serde_json::to_string(request).map_err(unreadable)?,
        serde_json::to_string(plan).map_err(unreadable)?,
        run.created_at,
        run.community.as_deref(),
        run.team.as_ref().map(TeamId::as_str),
    ];
    tx.execute(&INSERT_RUN, values).await.map(|_| ())
}

/// In the name of a community acts who is in it. To others it makes no difference whether there is one.
pub(crate) fn may_act_for(caller: &Caller, community: Option<&str>) -> Result<(), Problem> {
    let Some(name) = community else { return Ok(()) };
    authorize(caller, Action::RunsCreateIn, Resource::Community(name)).map_err(|refused| match refused {
        Refused::NotFound => {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
            let detail = format!("needs the role `member` in the community `{shown}`, and you have none there that this gateway knows of");
            let remedy = "`roadstead communities` lists yours, and what you were nearly given; managers of a community put people into its group at the login service.";
            Problem::new(Code::NotAMember, format!("where.community: {detail}."), remedy)
                .with_fields(vec![FieldProblem { field: "where.community".to_owned(), detail }])
        }
        other => other.into(),
    })
}

/// A problem is read whole; the plan has the rest.
const MOST_TOLD: usize = 20;

pub(crate) fn no_offer(plan: &Plan) -> Problem {
    // Services that never run what is asked for are many in a federation, and no help.
    let other_kind =
        |rejection: &&Rejection| rejection.reasons.iter().any(|cause| matches!(cause.reason, Reason::OtherKind { .. }));
    let told = |rejection: &Rejection| {
        let why: Vec<String> = rejection.reasons.iter().map(ToString::to_string).collect();
        format!("{}: {}", rejection.service, why.join(", "))
    };
    let mut reasons: Vec<String> = plan.rejections.iter().filter(|one| !other_kind(one)).map(told).collect();
    let more = reasons.len().saturating_sub(MOST_TOLD);
    reasons.truncate(MOST_TOLD);
    if more > 0 {
        reasons.push(format!("and {more} more"));
    }
    let remedy = match plan.counterfactuals.first() {
        Some(change) => format!("{}: {} service(s) could run it.", change.change, change.services),
        None => "Ask for less, or have the administrator add a service.".to_owned(),
    };
    Problem::new(Code::NoOffer, format!("No service can run this. {}", reasons.join("; ")), remedy)
}
