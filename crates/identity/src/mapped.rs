//! The mapping of this gateway: what groups give, as administrators last wrote it.

use crate::groups::{Granted, Mapping, Table};
use crate::{Action, Caller, Identity, Resource, authorize, issued};
use db::{DbError, args};
use model::problem::FieldProblem;
use model::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// At a time; each is a few rows.
const PAGE: u32 = 500;

db::statements! {
    LAST = "SELECT version, document, made_by, made_at FROM mapping ORDER BY version DESC LIMIT 1";
    ADD = "INSERT INTO mapping (version, document, made_by, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT (version) DO NOTHING";
    SAID = "SELECT issuer, subject, claims FROM identity WHERE claims IS NOT NULL AND (issuer > $1 OR (issuer = $1 AND subject > $2))
        ORDER BY issuer, subject LIMIT $3";
    GRANT = "UPDATE identity SET granted = $3, administrator = $4 WHERE issuer = $1 AND subject = $2";
}

/// The mapping, and who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MappingView {
    /// Grows with every change; 0: nobody wrote one yet.
    pub version: i64,
    pub table: Table,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
}

/// "What would this token get?"
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// The issuer's address.
    pub issuer: String,
    /// The claims of a token, or what userinfo says.
    #[schema(value_type = Object)]
    pub claims: Map<String, Value>,
    /// Another mapping than the one in force.
    #[serde(default)]
    pub table: Option<Table>,
}

impl Identity {
    pub async fn show_mapping(&self, caller: &Caller) -> Result<MappingView, Problem> {
        authorize(caller, Action::AdminMapping, Resource::Deployment)?;
        Ok(self.mapping_view().await?)
    }

    /// Takes the place of version `over`. Whoever has signed in gets what it gives them at once, from what their issuers
    /// last said.
    pub async fn set_mapping(&self, caller: &Caller, over: i64, table: Table) -> Result<MappingView, Problem> {
        authorize(caller, Action::AdminMapping, Resource::Deployment)?;
        let mapping = checked(table)?;
        let document = serde_json::to_string(mapping.table()).map_err(|_| Problem::internal())?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let last = tx.row(&LAST, args![]).await?.map_or(Ok(0), |row| row.get::<i64>("version"))?;
        let added = match last == over {
            true => tx.execute(&ADD, args![over + 1, document, caller.name(), now]).await?,
            false => 0,
        };
        if added == 0 {
            let detail = format!("The mapping is at version {last}; yours was made from version {over}.");
            return Err(Problem::new(Code::StateConflict, detail, "Look at the new one, and make your change in it."));
        }
        let (mut issuer, mut subject) = (String::new(), String::new());
        loop {
            let rows = tx.rows(&SAID, args![issuer.as_str(), subject.as_str(), PAGE]).await?;
            for row in &rows {
                (issuer, subject) = (row.get("issuer")?, row.get("subject")?);
                let claims: Map<String, Value> = row.json("claims")?;
                let granted = mapping.apply(&issuer, &claims);
                let because = serde_json::to_string(&granted).map_err(|_| Problem::internal())?;
                tx.execute(&GRANT, args![issuer.as_str(), subject.as_str(), because, granted.administrator]).await?;
                issued::join(&mut tx, &issuer, &subject, &granted, now).await?;
            }
            if rows.len() < PAGE as usize {
                break;
            }
        }
        tx.commit().await?;
        Ok(self.mapping_view().await?)
    }

    /// What claims would give, and why.
    pub async fn preview(&self, caller: &Caller, asked: Preview) -> Result<Granted, Problem> {
        authorize(caller, Action::AdminMapping, Resource::Deployment)?;
        let mapping = match asked.table {
            Some(table) => checked(table)?,
            None => self.mapping_now().await?,
        };
        Ok(mapping.apply(&asked.issuer, &asked.claims))
    }

    pub(crate) async fn mapping_now(&self) -> Result<Mapping, DbError> {
        let view = self.mapping_view().await?;
        // It was checked when it was written; one that a later version finds wrong gives nothing rather than too much.
        view.table.check().map_err(|wrong| DbError::Unreadable { column: "mapping".into(), detail: format!("{wrong:?}") })
    }

    async fn mapping_view(&self) -> Result<MappingView, DbError> {
        Ok(match self.db.row(&LAST, args![]).await? {
            None => MappingView { version: 0, table: Table::default(), made_by: None, made_at: None },
            Some(row) => MappingView {
                version: row.get("version")?,
                table: row.json("document")?,
                made_by: row.get("made_by")?,
                made_at: row.get("made_at")?,
            },
        })
    }
}

fn checked(table: Table) -> Result<Mapping, Problem> {
    table.check().map_err(|wrong: Vec<FieldProblem>| {
        let detail = format!("The mapping has {} mistakes.", wrong.len());
        Problem::new(Code::InvalidField, detail, "Correct the fields that are named.").with_fields(wrong)
    })
}
