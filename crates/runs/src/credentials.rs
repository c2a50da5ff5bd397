//! The ledger: every credential that runs of a person hold, to be seen and to be taken from them.
//!
//! There are two kinds: what a pilot proves its identity to this gateway with, and the tokens of the owner that it got
//! for the servers of inputs. The texts of neither are known here.

use crate::Runs;
use db::{DbError, Row, args};
use identity::{Action, Caller, Resource, authorize};
use model::id::{BadId, CredentialId, PersonId, PilotId, RunId};
use model::{Problem, Timestamp};
use serde::Serialize;
use std::fmt::{Display, Formatter};
use std::str::FromStr;

db::statements! {
    /// Both kinds by the time in their identifiers, which begins after a prefix of four.
    LIST = "SELECT id, run, run_name, service, issuer, audience, scopes, made_at, used_at, uses, expires_at, ended_at FROM (
            SELECT credential.id AS id, credential.run AS run, run.name AS run_name, credential.service AS service,
                credential.issuer AS issuer, credential.audience AS audience, credential.scopes AS scopes, credential.made_at AS made_at,
                credential.used_at AS used_at, credential.uses AS uses, credential.expires_at AS expires_at, credential.revoked_at AS ended_at
            FROM run JOIN credential ON credential.run = run.id WHERE run.person = $1 AND ($2 = '' OR run.id = $2)
            UNION ALL
            SELECT pilot.id, attempt.run, run.name, attempt.service, '', '', '', attempt.started_at, pilot.seen_at,
                CAST(NULL AS BIGINT), pilot.expires_at, pilot.gone_at
            FROM run JOIN attempt ON attempt.run = run.id JOIN pilot ON pilot.attempt = attempt.id
            WHERE run.person = $1 AND ($2 = '' OR run.id = $2) AND pilot.credential IS NOT NULL) AS ledger
        WHERE ($3 = 0 OR (ended_at IS NULL AND expires_at > $4)) AND ($5 = '' OR substr(id, 5) < $5)
        ORDER BY substr(id, 5) DESC LIMIT $6";
    OWNER = "SELECT run.person AS person, run.id AS run FROM credential JOIN run ON run.id = credential.run WHERE credential.id = $1";
    OWNER_OF_PILOT = "SELECT run.person AS person, run.id AS run FROM pilot JOIN attempt ON attempt.id = pilot.attempt
        JOIN run ON run.id = attempt.run WHERE pilot.id = $1";
    REVOKE = "UPDATE credential SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1";
    REVOKE_PILOT = "UPDATE pilot SET expires_at = $2 WHERE id = $1 AND expires_at > $2";
}

/// Names an entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Held {
    /// A token of the owner's, for a server.
    Token(CredentialId),
    /// What a pilot is known by here.
    Pilot(PilotId),
}

/// One entry of the ledger.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Credential {
    #[schema(value_type = String)]
    pub id: Held,
    pub run: RunId,
    pub run_name: String,
    /// Where the run is that holds it.
    pub service: String,
    /// Who issued it: the name of a login service; none for what the run's own pilot works with at this gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Whom it is meant for; none when its issuer gives the same token for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    pub scopes: Vec<String>,
    pub made_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// How often a token was handed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<i64>,
    pub expires_at: Timestamp,
    /// When it was revoked, or given back at the end of its work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
pub struct CredentialFilter {
    pub run: Option<RunId>,
    /// Only what still works.
    pub held: bool,
    /// Continues a listing.
    pub before: Option<Held>,
    pub limit: u32,
}

impl Runs {
    /// The caller's, newest first.
    pub async fn credentials(&self, caller: &Caller, filter: &CredentialFilter) -> Result<Vec<Credential>, Problem> {
        authorize(caller, Action::CredentialsList, Resource::Of(caller.person())).map_err(Problem::from)?;
        let run = filter.run.as_ref().map_or("", RunId::as_str);
        let before = filter.before.as_ref().and_then(|held| held.as_str().get(4..)).unwrap_or_default();
        let values = args![caller.person().as_str(), run, filter.held, self.0.now(), before, filter.limit];
        let rows = self.0.db.rows(&LIST, values).await?;
        Ok(rows.iter().map(Credential::of_row).collect::<Result<_, _>>()?)
    }

    /// From now on it is refused. A run cannot go on without its pilot's, so that revoking it ends the run.
    pub async fn revoke_credential(&self, caller: &Caller, held: &Held) -> Result<(), Problem> {
        let inner = &self.0;
        let owner = match held {
            Held::Token(_) => &OWNER,
            Held::Pilot(_) => &OWNER_OF_PILOT,
        };
        let not_there = || Problem::not_found("credential", held.as_str());
        let row = inner.db.row(owner, args![held.as_str()]).await?.ok_or_else(not_there)?;
        let (person, run): (PersonId, RunId) = (row.parse("person")?, row.parse("run")?);
        authorize(caller, Action::CredentialsRevoke, Resource::Of(&person))
            .map_err(|refused| refused.about("credential", held.as_str()))?;
        let statement = match held {
            Held::Token(_) => &REVOKE,
            Held::Pilot(_) => &REVOKE_PILOT,
        };
        inner.db.write(statement, args![held.as_str(), inner.now()]).await?;
        if matches!(held, Held::Pilot(_)) {
            db::again(|| self.end_run(&run, caller.name())).await?;
        }
        Ok(())
    }
}

impl Credential {
    fn of_row(row: &Row) -> Result<Self, DbError> {
        let text = |name| Ok::<_, DbError>(Some(row.get::<String>(name)?).filter(|text| !text.is_empty()));
        Ok(Self {
            id: row.parse("id")?,
            run: row.parse("run")?,
            run_name: row.get("run_name")?,
            service: row.get("service")?,
            issuer: text("issuer")?,
            audience: text("audience")?,
            scopes: row.get::<String>("scopes")?.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            made_at: row.get("made_at")?,
            used_at: row.get("used_at")?,
            uses: row.get("uses")?,
            expires_at: row.get("expires_at")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

impl Held {
    pub fn as_str(&self) -> &str {
        match self {
            Held::Token(id) => id.as_str(),
            Held::Pilot(id) => id.as_str(),
        }
    }
}

impl Display for Held {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Held {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        match text.parse() {
            Ok(pilot) => Ok(Held::Pilot(pilot)),
            Err(_) => text.parse().map(Held::Token),
        }
    }
}
