//! Reading what is known of runs.

use crate::{Inner, Runs, elements, report};
use db::{DbError, Statement, args};
use identity::{Action, Caller, Resource, authorize};
use model::id::{PersonId, RunId, TeamId};
use model::offer::Plan;
use model::request::RunRequest;
use model::run::{Attempt, Element, Owned, Run, Using};
use model::{Code, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The page is put together by the database: reading a hundred rows one by one costs four times as much.
macro_rules! page {
    ($whose:literal) => {
        concat!(
            "SELECT coalesce(string_agg(doc, ',' ORDER BY id DESC), '') AS items, coalesce(min(id), '') AS last, count(*) AS number FROM (
            SELECT id, doc FROM run WHERE ",
            $whose,
            " AND ($2 = '' OR id < $2) AND ($3 = '' OR state = $3) AND ($4 = '' OR outcome = $4)
                AND ($5 = '' OR name = $5) AND ($6 = 0 OR state <> 'ended') AND ($8 = '' OR lower(name) LIKE lower($8) ESCAPE '!')
                AND ($9 = '' OR community = $9) ORDER BY id DESC LIMIT $7) AS page"
        )
    };
}

db::statements! {
    DOC_AND_OWNER = "SELECT doc, person, community, team FROM run WHERE id = $1";
    DETAIL = "SELECT doc, request, plan FROM run WHERE id = $1";
    DOC = "SELECT doc FROM run WHERE id = $1";
    /// By their flows: a run that only an administrator can help does not keep a gateway busy.
    ANY_ACTIVE = "SELECT 1 AS one FROM flow WHERE status = 'running' LIMIT 1";
    PAGE = page!("person = $1");
    PAGE_OF_COMMUNITY = page!("community = $1");
    PAGE_OF_TEAM = page!("team = $1");
    ELEMENTS = "SELECT idx, state, outcome, cause, tries, report, started_at, ended_at FROM element
        WHERE run = $1 AND idx > $2 AND ($3 = '' OR state = $3 OR outcome = $3) ORDER BY idx LIMIT $4";
    ELEMENT = "SELECT idx, state, outcome, cause, tries, report, started_at, ended_at FROM element WHERE run = $1 AND idx = $2";
    BY_STATE = "SELECT state, count(*) AS number FROM run GROUP BY state";
    ATTEMPTS = "SELECT id, number, service, started_at, ended_at, cause FROM attempt WHERE run = $1 ORDER BY number";
    OWNED = "SELECT owned.attempt AS attempt, owned.service AS service, kind, name, remote_id, intent_at, asked_at, created_at, released_at, evidence
        FROM owned JOIN attempt ON attempt.id = owned.attempt WHERE attempt.run = $1 ORDER BY attempt.number, name";
}

/// Which runs: the caller's, or those that somebody else let them see.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Continues a listing: only runs older than this.
    pub before: Option<RunId>,
    pub state: Option<String>,
    pub outcome: Option<String>,
    pub name: Option<String>,
    /// A part of the name, in upper or lower case.
    pub name_contains: Option<String>,
    /// Only what has not ended.
    pub active: bool,
    /// In the name of this community: everybody's for those who manage it, otherwise the caller's.
    pub community: Option<String>,
    /// Everything that is shared with this team.
    pub team: Option<TeamId>,
    pub limit: u32,
}

#[derive(Clone, Debug, Default)]
pub struct ElementFilter {
    /// Only elements after this index.
    pub after: Option<u32>,
    /// A state or an outcome.
    pub is: Option<String>,
    pub limit: u32,
}

/// One page: JSON that was put together by the database.
#[derive(Debug)]
pub struct Page {
    /// The objects of the page, separated by commas.
    pub items: String,
    /// Where the next page begins, when this one is full.
    pub next: Option<String>,
}

/// One run with what belongs to it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RunDetail {
    #[serde(flatten)]
    pub run: Run,
    /// While something of it runs: all elements together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<Using>,
    pub request: RunRequest,
    pub attempts: Vec<Attempt>,
}

impl Inner {
    pub(crate) async fn run_doc(&self, id: &RunId) -> Result<Run, DbError> {
        self.db.row(&DOC, args![id.as_str()]).await?.ok_or(DbError::NoRow)?.json("doc")
    }
}

impl Runs {
    /// The run, if the caller may do this with it.
    pub(crate) async fn authorized(&self, caller: &Caller, action: Action, id: &RunId) -> Result<Run, Problem> {
        let row = self.0.db.row(&DOC_AND_OWNER, args![id.as_str()]).await?;
        let Some(row) = row else { return Err(Problem::not_found("run", id.as_str())) };
        let owner: PersonId = row.parse("person")?;
        let (community, team): (Option<String>, Option<TeamId>) = (row.get("community")?, row.parse_optional("team")?);
        let resource = Resource::Run { owner: &owner, community: community.as_deref(), team: team.as_ref() };
        authorize(caller, action, resource).map_err(|refused| refused.about("run", id.as_str()))?;
        Ok(row.json("doc")?)
    }

    /// Newest first.
    pub async fn list(&self, caller: &Caller, filter: &RunFilter) -> Result<Page, Problem> {
        let (statement, whose) = whose(caller, filter)?;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let before = filter.before.as_ref().map_or("", RunId::as_str);
        let values = args![
            whose,
            before,
            text(&filter.state),
            text(&filter.outcome),
            text(&filter.name),
            filter.active,
            filter.limit,
            filter.name_contains.as_deref().map_or_else(String::new, pattern),
            text(&filter.community)
        ];
        let row = self.0.db.row(statement, values).await?.ok_or(DbError::NoRow)?;
        let number: u32 = row.get("number")?;
        let last: String = row.get("last")?;
        Ok(Page { items: row.get("items")?, next: (number == filter.limit).then_some(last) })
    }

    pub async fn get(&self, caller: &Caller, id: &RunId) -> Result<RunDetail, Problem> {
        self.authorized(caller, Action::RunsRead, id).await?;
        let row = self.0.db.row(&DETAIL, args![id.as_str()]).await?.ok_or(DbError::NoRow)?;
        let attempts = self.0.db.rows(&ATTEMPTS, args![id.as_str()]).await?;
        let attempts = attempts.iter().map(attempt_of).collect::<Result<_, DbError>>()?;
        let run: Run = row.json("doc")?;
        let using = if run.outcome.is_none() { self.0.using(id).await? } else { None };
        Ok(RunDetail { run, using, request: row.json("request")?, attempts })
    }

    /// The plan that the run was made from.
    pub async fn plan_of(&self, caller: &Caller, id: &RunId) -> Result<Plan, Problem> {
        self.authorized(caller, Action::RunsRead, id).await?;
        let row = self.0.db.row(&DETAIL, args![id.as_str()]).await?.ok_or(DbError::NoRow)?;
        Ok(row.json("plan")?)
    }

    pub async fn elements(&self, caller: &Caller, id: &RunId, filter: &ElementFilter) -> Result<Vec<Element>, Problem> {
        self.authorized(caller, Action::RunsRead, id).await?;
        let mut elements = self.page_of_elements(id, filter).await?;
        // What the run made is not for everybody who sees that it does.
        if self.authorized(caller, Action::RunsOutputs, id).await.is_err() {
            elements.iter_mut().for_each(leave_out_results);
        }
        Ok(elements)
    }

    /// The same, for those who may see what came of it.
    pub async fn elements_with_outputs(
        &self,
        caller: &Caller,
        id: &RunId,
        filter: &ElementFilter,
    ) -> Result<Vec<Element>, Problem> {
        self.authorized(caller, Action::RunsOutputs, id).await?;
        self.page_of_elements(id, filter).await
    }

    async fn page_of_elements(&self, id: &RunId, filter: &ElementFilter) -> Result<Vec<Element>, Problem> {
        let after = filter.after.map_or(-1, i64::from);
        let values = args![id.as_str(), after, filter.is.clone().unwrap_or_default(), filter.limit];
        let rows = self.0.db.rows(&ELEMENTS, values).await?;
        let whole = |row| report::complete(&self.0.blobs, id, elements::of_row(row)?);
        let mut elements = rows.iter().map(whole).collect::<Result<Vec<_>, DbError>>()?;
        self.0.add_using(id, &mut elements).await?;
        Ok(elements)
    }

    pub async fn element(&self, caller: &Caller, id: &RunId, index: u32) -> Result<Element, Problem> {
        self.authorized(caller, Action::RunsRead, id).await?;
        let mut element = self.find_element(id, index).await?;
        if self.authorized(caller, Action::RunsOutputs, id).await.is_err() {
            leave_out_results(&mut element);
        }
        self.0.add_using(id, std::slice::from_mut(&mut element)).await?;
        Ok(element)
    }

    pub(crate) async fn find_element(&self, id: &RunId, index: u32) -> Result<Element, Problem> {
        let row = self.0.db.row(&ELEMENT, args![id.as_str(), index]).await?;
        let row = row.ok_or_else(|| Problem::not_found("element", &format!("{id}/{index}")))?;
        Ok(report::complete(&self.0.blobs, id, elements::of_row(&row)?)?)
    }

    /// How many runs of all people there are in each state: for those who watch over the gateway.
    pub async fn counts(&self) -> Result<BTreeMap<String, u64>, DbError> {
        let rows = self.0.db.rows(&BY_STATE, args![]).await?;
        rows.iter().map(|row| Ok((row.get("state")?, u64::from(row.get::<u32>("number")?)))).collect()
    }

    /// What the run created, and what is confirmed gone.
    pub async fn receipt(&self, caller: &Caller, id: &RunId) -> Result<Vec<Owned>, Problem> {
        self.authorized(caller, Action::RunsReceipt, id).await?;
        let rows = self.0.db.rows(&OWNED, args![id.as_str()]).await?;
        Ok(rows.iter().map(owned_of).collect::<Result<_, DbError>>()?)
    }

    /// Whether anything is still to be done for any run.
    pub async fn any_active(&self) -> Result<bool, DbError> {
        Ok(self.0.db.row(&ANY_ACTIVE, args![]).await?.is_some())
    }

    /// Whether the caller may follow the run's events.
    pub async fn may_follow(&self, caller: &Caller, id: &RunId) -> Result<Run, Problem> {
        self.authorized(caller, Action::RunsEvents, id).await
    }

    /// The run, once it has ended; its results are not final before.
    pub(crate) async fn ended(&self, caller: &Caller, id: &RunId) -> Result<Run, Problem> {
        let run = self.authorized(caller, Action::RunsOutputs, id).await?;
        if run.outcome.is_some() {
            return Ok(run);
        }
        let detail = format!("The run is {}.", run.state.as_str());
        Err(Problem::new(Code::NotEndedYet, detail, format!("Wait for it with `roadstead logs -f {id}`.")))
    }
}

/// Among whose runs a list looks.
fn whose<'f>(caller: &'f Caller, filter: &'f RunFilter) -> Result<(&'static Statement, &'f str), Problem> {
    if let Some(team) = &filter.team {
        authorize(caller, Action::RunsListOf, Resource::Team { id: team, community: None })
            .map_err(|refused| refused.about("team", team.as_str()))?;
        return Ok((&PAGE_OF_TEAM, team.as_str()));
    }
    if let Some(community) = &filter.community
        && authorize(caller, Action::RunsListOf, Resource::Community(community)).is_ok()
    {
        return Ok((&PAGE_OF_COMMUNITY, community));
    }
    // Of a community that they do not manage, or that does not exist, people find what is theirs.
    authorize(caller, Action::RunsList, Resource::Of(caller.person())).map_err(Problem::from)?;
    Ok((&PAGE, caller.person().as_str()))
}

/// For LIKE: whatever has this in it, where nothing of it stands for anything else.
fn pattern(part: &str) -> String {
    format!("%{}%", part.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

fn attempt_of(row: &db::Row) -> Result<Attempt, DbError> {
    Ok(Attempt {
        id: row.parse("id")?,
        number: row.get("number")?,
        service: row.get("service")?,
        started_at: row.get("started_at")?,
        ended_at: row.get("ended_at")?,
        cause: row.json_or_null("cause")?,
    })
}

fn owned_of(row: &db::Row) -> Result<Owned, DbError> {
    Ok(Owned {
        attempt: row.parse("attempt")?,
        service: row.get("service")?,
        kind: row.get("kind")?,
        name: row.get("name")?,
        remote_id: row.get("remote_id")?,
        intent_at: row.get("intent_at")?,
        asked_at: row.get("asked_at")?,
        created_at: row.get("created_at")?,
        released_at: row.get("released_at")?,
        evidence: row.get("evidence")?,
    })
}

/// What an element made and wrote.
fn leave_out_results(element: &mut Element) {
    if let Some(report) = &mut element.report {
        report.outputs.clear();
    }
    if let Some(cause) = &mut element.cause {
        cause.leave_out_lines();
    }
}
