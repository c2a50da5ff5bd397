//! Quotas as people see them, and as administrators decide them.

use super::{Holder, Quota};
use crate::{Inner, Runs};
use db::{DbError, Row, args};
use identity::{Action, Caller, Resource, authorize};
use model::problem::FieldProblem;
use model::run::{Waiting, WaitingReason};
use model::{Code, Problem};
use serde::{Deserialize, Serialize};

db::statements! {
    ONE = "SELECT runs, cores, accelerators, most_runs, most_cores, most_accelerators FROM quota WHERE holder = $1";
    WAITING = "SELECT count(*) AS waiting FROM attempt WHERE held_by = $1";
    PERSON = "SELECT 1 AS one FROM person WHERE id = $1";
    LIST = "SELECT quota.holder, person.name, runs, cores, accelerators, most_runs, most_cores, most_accelerators,
            (SELECT count(*) FROM attempt WHERE attempt.held_by = quota.holder) AS waiting
        FROM quota LEFT JOIN person ON quota.holder = 'person:' || person.id
        WHERE quota.holder > $1 AND (runs > 0 OR most_runs IS NOT NULL OR most_cores IS NOT NULL OR most_accelerators IS NOT NULL)
        ORDER BY quota.holder LIMIT $2";
    DECIDE = "INSERT INTO quota (holder, most_runs, most_cores, most_accelerators) VALUES ($1, $2, $3, $4)
        ON CONFLICT (holder) DO UPDATE SET most_runs = $2, most_cores = $3, most_accelerators = $4";
}

/// How much of something is in flight, and at most may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct InFlight<T> {
    pub used: T,
    /// Absent: not limited.
    #[serde(default = "nothing", skip_serializing_if = "Option::is_none")]
    pub most: Option<T>,
}

fn nothing<T>() -> Option<T> {
    None
}

/// What somebody has in flight of what they may have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QuotaView {
    pub runs: InFlight<u32>,
    pub cores: InFlight<f64>,
    pub accelerators: InFlight<u32>,
    /// Runs that wait for this quota.
    pub waiting: u32,
}

/// A quota as administrators see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Decided {
    /// The person's identifier, when it is a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The community, when it is one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    /// What an administrator decided for this one; the rest is as for all.
    pub decided: Quota,
    #[serde(flatten)]
    pub view: QuotaView,
}

impl std::fmt::Display for QuotaView {
    /// `runs=3/50, cores=12/64, accelerators=0`: what is not limited has no second number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        fn part<T: std::fmt::Display>(name: &str, part: &InFlight<T>) -> String {
            match &part.most {
                Some(most) => format!("{name}={}/{most}", part.used),
                None => format!("{name}={}", part.used),
            }
        }
        let (runs, cores) = (part("runs", &self.runs), part("cores", &self.cores));
        write!(f, "{runs}, {cores}, {}", part("accelerators", &self.accelerators))
    }
}

impl QuotaView {
    fn new(row: Option<&Row>, defaults: Quota, waiting: u32) -> Result<Self, DbError> {
        let decided = row.map_or(Ok(Quota::default()), Quota::of_row)?;
        let most = decided.over(defaults);
        let used = |column: &str| row.map_or(Ok(0), |row| row.get::<i64>(column));
        let count = |column: &str| Ok::<_, DbError>(u32::try_from(used(column)?).unwrap_or(0));
        Ok(Self {
            runs: InFlight { used: count("runs")?, most: most.runs },
            cores: InFlight { used: used("cores")? as f64 / 1_000.0, most: most.cores },
            accelerators: InFlight { used: count("accelerators")?, most: most.accelerators },
            waiting,
        })
    }
}

impl Runs {
    /// What the caller has in flight.
    pub async fn my_quota(&self, caller: &Caller) -> Result<QuotaView, Problem> {
        authorize(caller, Action::MeRead, Resource::Of(caller.person()))?;
        Ok(self.0.quota_view(&Holder::Person(caller.person().clone())).await?)
    }

    /// The same in short, without those that wait: it goes with each list of runs.
    pub async fn my_quota_in_short(&self, caller: &Caller) -> Result<String, DbError> {
        let holder = Holder::Person(caller.person().clone());
        let row = self.0.db.row(&ONE, args![holder.key()]).await?;
        Ok(QuotaView::new(row.as_ref(), self.0.settings.quotas.of(&holder), 0)?.to_string())
    }

    /// What a community has in flight, for those who look after it.
    pub async fn quota_of_community(&self, caller: &Caller, community: &str) -> Result<QuotaView, Problem> {
        authorize(caller, Action::CommunitiesOversee, Resource::Community(community))
            .map_err(|refused| refused.about("community", community))?;
        Ok(self.0.quota_view(&Holder::Community(community.to_owned())).await?)
    }

    /// Everybody who has something in flight or for whom something was decided. `after` is the last key of the page before.
    pub async fn quotas(&self, caller: &Caller, after: &str, limit: u32) -> Result<(Vec<Decided>, Option<String>), Problem> {
        authorize(caller, Action::AdminQuotas, Resource::Deployment)?;
        let rows = self.0.db.rows(&LIST, args![after, limit]).await?;
        let full = rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let next = rows.last().filter(|_| full).map(|row| row.get::<String>("holder")).transpose()?;
        let decided = rows.iter().map(|row| self.0.decided_of(row)).collect::<Result<_, DbError>>()?;
        Ok((decided, next))
    }

    /// What holds for all.
    pub fn default_quotas(&self) -> super::Defaults {
        self.0.settings.quotas
    }

    /// Decides for one holder; what is left out is as for all. What is in flight goes on, also when it is more.
    pub async fn decide_quota(&self, caller: &Caller, holder: &Holder, quota: Quota) -> Result<QuotaView, Problem> {
        authorize(caller, Action::AdminQuotas, Resource::Deployment)?;
        if !quota.is_sound() {
            let detail = "must be a number from 0 to 1000000000".to_owned();
            let problem = Problem::new(Code::InvalidField, format!("cores: {detail}"), "Correct the field that is named.");
            return Err(problem.with_fields(vec![FieldProblem { field: "cores".to_owned(), detail }]));
        }
        if let Holder::Person(person) = holder
            && self.0.db.row(&PERSON, args![person.as_str()]).await?.is_none()
        {
            return Err(Problem::not_found("person", person.as_str()));
        }
        let millis = quota.cores.map(super::millis_of);
        let mut tx = self.0.db.begin().await?;
        tx.execute(&DECIDE, args![holder.key(), quota.runs, millis, quota.accelerators]).await?;
        self.0.wake_held(&mut tx, std::slice::from_ref(holder)).await?;
        tx.commit().await?;
        Ok(self.0.quota_view(holder).await?)
    }
}

impl Inner {
    async fn quota_view(&self, holder: &Holder) -> Result<QuotaView, DbError> {
        let row = self.db.row(&ONE, args![holder.key()]).await?;
        let waiting = self.db.row(&WAITING, args![holder.key()]).await?.ok_or(DbError::NoRow)?.get("waiting")?;
        QuotaView::new(row.as_ref(), self.settings.quotas.of(holder), waiting)
    }

    fn decided_of(&self, row: &Row) -> Result<Decided, DbError> {
        let key: String = row.get("holder")?;
        let (defaults, person, community) = match key.split_once(':') {
            Some(("person", id)) => (self.settings.quotas.person, Some(id.to_owned()), None),
            Some((_, name)) => (self.settings.quotas.community, None, Some(name.to_owned())),
            None => return Err(DbError::Unreadable { column: "holder".into(), detail: key }),
        };
        let (decided, view) = (Quota::of_row(row)?, QuotaView::new(Some(row), defaults, row.get("waiting")?)?);
        Ok(Decided { person, name: row.get("name")?, community, decided, view })
    }

    /// What a run that is held is shown to wait for. Of a community, members are told the limit and not the use.
    pub(crate) async fn waiting_for_quota(&self, holder: &Holder) -> Result<Waiting, DbError> {
        let quota = self.quota_of(holder).await?;
        let limits: Vec<String> = [
            quota.runs.map(|runs| format!("{runs} runs")),
            quota.cores.map(|cores| format!("{cores} cores")),
            quota.accelerators.map(|accelerators| format!("{accelerators} accelerators")),
        ]
        .into_iter()
        .flatten()
        .collect();
        let limits = limits.join(", ");
        let (detail, remedy) = match holder {
            Holder::Person(_) => (
                format!("You may have {limits} in flight at once, and others of your runs take that up or come before it."),
                "Nothing needs to be done: it starts when earlier runs of yours have ended. An administrator can give you a larger quota.",
            ),
            Holder::Community(name) => (
                format!(
                    "The community {name} may have {limits} in flight at once, and other runs take that up or come before it."
                ),
                "Nothing needs to be done: it starts when earlier runs of the community have ended. An administrator can give it a larger quota.",
            ),
        };
        Ok(self.waiting(WaitingReason::Quota, detail, remedy))
    }
}
