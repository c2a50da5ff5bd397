//! How much is allowed: by the configuration, and by what administrators decided for one holder.

use super::{Holder, millis_of};
use crate::Inner;
use db::{DbError, Row, Tx, args};
use model::request::RunRequest;
use model::{Code, Problem};
use serde::{Deserialize, Serialize};

db::statements! {
    DECIDED = "SELECT most_runs, most_cores, most_accelerators FROM quota WHERE holder = $1";
}

/// The most that may be in flight at once. What is left out is not limited; of what was decided for one holder, it is what
/// holds for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quota {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub cores: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accelerators: Option<u32>,
}

/// What holds for everybody about whom nothing else was decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// For each person.
    pub person: Quota,
    /// For each community.
    pub community: Quota,
}

impl Defaults {
    pub(crate) fn of(&self, holder: &Holder) -> Quota {
        match holder {
            Holder::Person(_) => self.person,
            Holder::Community(_) => self.community,
        }
    }
}

/// As the database compares it: without a limit, the largest number there is.
pub(super) struct Most {
    pub runs: i64,
    pub cores: i64,
    pub accelerators: i64,
}

/// More than anybody has, in cores.
const LARGEST: f64 = 1e9;

impl Quota {
    pub(super) fn most(&self) -> Most {
        Most {
            runs: self.runs.map_or(i64::MAX, i64::from),
            cores: self.cores.map_or(i64::MAX, millis_of),
            accelerators: self.accelerators.map_or(i64::MAX, i64::from),
        }
    }

    /// What was decided, and for the rest what holds for all.
    pub(super) fn over(self, defaults: Quota) -> Quota {
        Quota {
            runs: self.runs.or(defaults.runs),
            cores: self.cores.or(defaults.cores),
            accelerators: self.accelerators.or(defaults.accelerators),
        }
    }

    /// Numbers that can be counted with.
    pub fn is_sound(&self) -> bool {
        self.cores.is_none_or(|cores| (0.0..=LARGEST).contains(&cores))
    }

    pub(super) fn of_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            runs: row.get("most_runs")?,
            cores: row.get::<Option<i64>>("most_cores")?.map(|millis| millis as f64 / 1_000.0),
            accelerators: row.get("most_accelerators")?,
        })
    }

    /// How many elements that take so much each may be executed at once; or what there is too little of even for one.
    fn width(&self, (cores, accelerators): (i64, i64), wanted: u32) -> Result<u32, String> {
        let most = self.most();
        if most.runs < 1 {
            return Err("no runs".to_owned());
        }
        if cores > most.cores {
            return Err(format!("{} cores", self.cores.unwrap_or_default()));
        }
        if accelerators > most.accelerators {
            return Err(format!("{} accelerators", most.accelerators));
        }
        // What it asks nothing of does not make it narrower.
        let fits = |most: i64, each: i64| most.checked_div(each).unwrap_or(i64::MAX);
        let fitting = fits(most.cores, cores).min(fits(most.accelerators, accelerators));
        Ok(wanted.min(u32::try_from(fitting).unwrap_or(u32::MAX)).max(1))
    }
}

impl Inner {
    /// The limits that hold for somebody now.
    pub(crate) async fn quota_of(&self, holder: &Holder) -> Result<Quota, DbError> {
        let row = self.db.row(&DECIDED, args![holder.key()]).await?;
        self.in_force(holder, row.as_ref())
    }

    /// The same inside a transaction: whoever holds a connection never waits for another one.
    async fn quota_within(&self, tx: &mut Tx, holder: &Holder) -> Result<Quota, DbError> {
        let row = tx.row(&DECIDED, args![holder.key()]).await?;
        self.in_force(holder, row.as_ref())
    }

    fn in_force(&self, holder: &Holder, row: Option<&Row>) -> Result<Quota, DbError> {
        Ok(row.map_or(Ok(Quota::default()), Quota::of_row)?.over(self.settings.quotas.of(holder)))
    }

    /// How many elements of a run may be executed at once, of those that the place could. A run that could never begin is
    /// refused now, instead of waiting for ever.
    pub(crate) async fn width_within(
        &self,
        tx: &mut Tx,
        holders: &[Holder],
        request: &RunRequest,
        width: u32,
    ) -> Result<u32, Problem> {
        let fitting = self.width_for(tx, holders, super::taken_by(request, 1), width).await?;
        fitting.map_err(|problem| *problem)
    }

    /// The same for elements that take so much each.
    pub(super) async fn width_for(
        &self,
        tx: &mut Tx,
        holders: &[Holder],
        each: (i64, i64),
        width: u32,
    ) -> Result<Result<u32, Box<Problem>>, DbError> {
        let mut fitting = width;
        for holder in holders {
            match self.quota_within(tx, holder).await?.width(each, fitting) {
                Ok(width) => fitting = width,
                Err(most) => return Ok(Err(Box::new(too_large(holder, each, &most)))),
            }
        }
        Ok(Ok(fitting))
    }
}

fn too_large(holder: &Holder, (millis, accelerators): (i64, i64), most: &str) -> Problem {
    let whose = match holder {
        Holder::Person(_) => "You may".to_owned(),
        Holder::Community(name) => format!("The community {name} may"),
    };
    let cores = millis as f64 / 1_000.0;
    let asked =
        if accelerators > 0 { format!("{cores} cores and {accelerators} accelerators") } else { format!("{cores} cores") };
    Problem::new(
        Code::OverQuota,
        format!("{whose} have {most} in flight at once, and one element of this run asks for {asked}."),
        "Ask for less, or ask an administrator of this gateway for a larger quota; `roadstead quotas` shows yours.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_as_wide_as_its_quota_and_one_element_must_fit() {
        let each = |cores, accelerators| (millis_of(cores), accelerators);
        let quota = Quota { runs: Some(1), cores: Some(8.0), accelerators: Some(2) };
        assert_eq!(quota.width(each(2.5, 0), 64), Ok(3));
        assert_eq!(quota.width(each(0.1, 1), 64), Ok(2));
        assert_eq!(quota.width(each(1.0, 0), 4), Ok(4), "no wider than the place");
        assert_eq!(Quota::default().width(each(1e6, 7), 9), Ok(9), "nothing is limited");
        assert!(quota.width(each(8.5, 0), 1).is_err_and(|most| most == "8 cores"));
        assert!(quota.width(each(1.0, 3), 1).is_err_and(|most| most == "2 accelerators"));
        assert!(Quota { runs: Some(0), ..quota }.width(each(1.0, 0), 1).is_err());
        assert_eq!(Quota { runs: Some(5), ..Quota::default() }.over(quota), Quota { runs: Some(5), ..quota });
        for cores in [-1.0, f64::NAN, f64::INFINITY, 1e12] {
            assert!(!Quota { cores: Some(cores), ..quota }.is_sound(), "{cores}");
        }
        // Tenths come back to nothing, which they would not as they are.
        assert_eq!((0..10).map(|_| millis_of(0.1)).sum::<i64>(), millis_of(1.0));
    }
}
