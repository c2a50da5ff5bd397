//! The terms of use: a text with a version, which each person accepts once before they start anything.

use crate::{Action, Caller, Identity, Resource, authorize};
use db::{DbError, args};
use model::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A column for whoever reads a `person`: whether the version, a value of the statement, is still to be accepted. An empty
/// one stands for none.
macro_rules! column {
    ($version:literal) => {
        concat!(
            "CAST(CASE WHEN ",
            $version,
            " = '' OR EXISTS (SELECT 1 FROM acceptance WHERE acceptance.person = person.id AND acceptance.version = ",
            $version,
            ") THEN 0 ELSE 1 END AS BIGINT) AS owes_terms"
        )
    };
}
pub(crate) use column;

db::statements! {
    ACCEPT = "INSERT INTO acceptance (person, version, accepted_at) VALUES ($1, $2, $3) ON CONFLICT (person, version) DO NOTHING";
    ACCEPTED = "SELECT accepted_at FROM acceptance WHERE person = $1 AND version = $2";
}

/// What the administrator wants people to agree to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Names the text: whoever accepted another one is asked again.
    pub version: String,
    pub title: String,
    /// Markdown or plain text.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TermsView {
    pub version: String,
    pub title: String,
    /// Markdown or plain text.
    pub text: String,
    /// When you accepted this version; absent: not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
}

impl Identity {
    /// Asks everybody for these from now on.
    pub fn with_terms(mut self, terms: Option<Terms>) -> Self {
        self.terms = terms.map(Arc::new);
        self
    }

    /// Empty when nothing is asked.
    pub(crate) fn terms_version(&self) -> &str {
        self.terms.as_ref().map_or("", |terms| &terms.version)
    }

    /// The terms in force.
    pub async fn terms(&self, caller: &Caller) -> Result<TermsView, Problem> {
        authorize(caller, Action::TermsRead, Resource::Of(caller.person()))?;
        let terms = self.terms.as_deref().ok_or_else(none_here)?;
        let accepted = self.db.row(&ACCEPTED, args![caller.person().as_str(), terms.version.as_str()]).await?;
        let accepted_at = accepted.map(|row| row.get("accepted_at")).transpose()?;
        let Terms { version, title, text } = terms.clone();
        Ok(TermsView { version, title, text, accepted_at })
    }

    /// Accepts a version on behalf of the caller; the first time counts. One that is not in force cannot be accepted: nobody
    /// agrees to what they were not shown.
    pub async fn accept_terms(&self, caller: &Caller, version: &str) -> Result<TermsView, Problem> {
        authorize(caller, Action::TermsAccept, Resource::Of(caller.person()))?;
        let terms = self.terms.as_deref().ok_or_else(none_here)?;
        if terms.version != version {
            let detail = format!("The terms in force are version {}.", terms.version);
            return Err(Problem::new(Code::StateConflict, detail, "Read them with `roadstead terms`, then accept that version."));
        }
        let done: Result<_, DbError> = self.db.write(&ACCEPT, args![caller.person().as_str(), version, self.clock.now()]).await;
        done?;
        self.terms(caller).await
    }
}

fn none_here() -> Problem {
    Problem::new(Code::NotFound, "This gateway asks for no terms to be accepted.", "Nothing needs to be done.")
}
