//! What lists over the federation are narrowed by, and how long one waits for them.

use super::usual;
use crate::cli::session::Session;
use model::Problem;
use model::offer::Placed;
use serde::de::DeserializeOwned;

#[derive(Debug, clap::Args)]
pub struct Narrow {
    /// Only in projects of this community.
    #[arg(long, visible_alias = "vo", value_name = "COMMUNITY")]
    community: Option<String>,

    /// Only at this site.
    #[arg(long, value_name = "SITE")]
    site: Option<String>,

    /// Only at this service.
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,

    /// Only in this project, by its identifier or name.
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,

    /// How many seconds to wait at most for sites that were not looked at lately.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    wait: u32,

    /// Only what has this in its name.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Narrow {
    pub async fn list<T: DeserializeOwned>(
        self,
        session: &Session,
        what: &'static str,
        mut query: Vec<(&'static str, String)>,
    ) -> Result<Vec<Placed<T>>, Problem> {
        let Self { community, site, service, project, wait, name } = self;
        let given = [
            ("community", usual::community(community)),
            ("site", usual::site(site)),
            ("service", service),
            ("project", project),
            ("name", name),
            ("wait", Some(wait.to_string())),
        ];
        query.extend(given.into_iter().filter_map(|(name, value)| Some((name, value?))));
        query.push(("limit", "1000".to_owned()));
        session.client().await?.all(&[what], &query).await
    }
}

/// What is said instead of an empty table.
pub fn nothing(session: &Session, what: &str) {
    session.output.note(format!("No {what} that you may use is known. `roadstead sites` says how you stand at each site."));
}
