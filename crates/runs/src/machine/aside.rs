//! What is set aside because it failed: for how long, and for whom.

use crate::Inner;
use crate::store::AttemptRow;
use db::{DbError, Tx, args};
use model::id::PersonId;
use model::offer::Exclusion;
use model::{Code, Problem};
use sites::Aside;
use std::time::Duration;

db::statements! {
    /// One that fails again soon after it was tried again is set aside for longer.
    SET = "INSERT INTO exclusion (service, project, size, image, public, person, cause, times, until) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)
        ON CONFLICT (service, project, size, image, public, person) DO UPDATE SET cause = $7, times = exclusion.times + 1,
            until = $8 + ($8 - $9) * CASE WHEN exclusion.times < 4 THEN exclusion.times ELSE 4 END";
    /// Those that are over count against a place for some hours.
    KNOWN = "SELECT service, project, size, image, public, cause, until FROM exclusion
        WHERE until > $1 AND (person = '' OR person = $2) ORDER BY service, until";
    FORGIVE = "DELETE FROM exclusion WHERE service = $1 AND (project = $2 OR project = '') AND (size = $3 OR size = '') AND person IN ('', $4)";
    FORGET = "DELETE FROM exclusion WHERE until < $1";
}

const REMEMBERED: Duration = Duration::from_secs(86_400);

/// The first time; each further time makes it longer.
fn first(code: Code) -> Duration {
    Duration::from_secs(match code {
        // Others give back what they have at any time.
        Code::NoRoom => 120,
        Code::SiteUnreachable => 60,
        Code::SiteRefused | Code::MachineRejected => 1_800,
        _ => 300,
    })
}

impl Inner {
    pub(crate) async fn set_aside(
        &self,
        tx: &mut Tx,
        attempt: &AttemptRow,
        person: &PersonId,
        aside: Aside,
        problem: &Problem,
    ) -> Result<(), DbError> {
        let offer = &attempt.offer;
        let project = offer.project.as_deref().unwrap_or_default();
        let image = offer.image.as_ref().map_or("", |image| image.id.as_str());
        let (project, size, image, public, person) = match aside {
            Aside::Pool(one) => return self.note_pool(tx, &offer.service, &one.pool, &one.address).await,
            Aside::Service => ("", "", "", false, ""),
            Aside::Project => (project, "", "", false, ""),
            Aside::Size => (project, offer.size.name.as_str(), "", false, ""),
            Aside::Image => (project, "", image, false, ""),
            Aside::Public => (project, "", "", true, ""),
            Aside::Person => (project, "", "", false, person.as_str()),
        };
        let now = self.now();
        let until = now.plus(first(problem.code));
        let values = args![offer.service.as_str(), project, size, image, public, person, problem.detail.as_str(), until, now];
        tx.execute(&SET, values).await.map(|_| ())
    }

    /// It worked: what was held against it is over.
    pub(super) async fn forgive(&self, tx: &mut Tx, attempt: &AttemptRow, person: &PersonId) -> Result<(), DbError> {
        let (offer, project) = (&attempt.offer, attempt.offer.project.as_deref().unwrap_or_default());
        let values = args![offer.service.as_str(), project, offer.size.name.as_str(), person.as_str()];
        tx.execute(&FORGIVE, values).await.map(|_| ())
    }

    /// As far as it concerns this person.
    pub(crate) async fn exclusions(&self, person: &PersonId) -> Result<Vec<Exclusion>, DbError> {
        let rows = self.db.rows(&KNOWN, args![self.now().minus(REMEMBERED), person.as_str()]).await?;
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        rows.iter()
            .map(|row| {
                Ok(Exclusion {
                    service: row.get("service")?,
                    project: some(row.get("project")?),
                    size: some(row.get("size")?),
                    image: some(row.get("image")?),
                    public: row.get("public")?,
                    pool: None,
                    cause: row.get("cause")?,
                    until: row.get("until")?,
                })
            })
            .collect()
    }

    pub(crate) async fn forget_exclusions(&self) -> Result<(), DbError> {
        self.db.write(&FORGET, args![self.now().minus(REMEMBERED)]).await.map(|_| ())
    }
}
