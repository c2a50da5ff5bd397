//! Who held an address when: for whoever is asked, months later, what it was that an address did.

use crate::Runs;
use db::args;
use identity::{Action, Caller, Resource, authorize};
use model::machine::HeldAddress;
use model::{Problem, Timestamp};
use std::net::IpAddr;

db::statements! {
    ALL = "SELECT service, run, person, held_from, held_until FROM address WHERE address = $1
        ORDER BY held_from DESC, run LIMIT 1000";
    THEN = "SELECT service, run, person, held_from, held_until FROM address
        WHERE address = $1 AND held_from <= $2 AND (held_until IS NULL OR held_until > $2) ORDER BY held_from DESC, run LIMIT 1000";
}

impl Runs {
    /// The latest first; of one moment all that held it then: sites may have the same private addresses.
    pub async fn holders(&self, caller: &Caller, address: IpAddr, at: Option<Timestamp>) -> Result<Vec<HeldAddress>, Problem> {
        authorize(caller, Action::AdminAudit, Resource::Deployment).map_err(Problem::from)?;
        let name = address.to_string();
        let rows = match at {
            Some(at) => self.0.db.rows(&THEN, args![name.as_str(), at]).await?,
            None => self.0.db.rows(&ALL, args![name.as_str()]).await?,
        };
        let federation = self.0.sites.survey().map(sites::Survey::federation);
        let site_of = |service: &str| {
            let mut sites = federation.iter().flat_map(|federation| federation.sites());
            sites.find(|site| site.services.iter().any(|one| one.name == service)).map(|site| site.name.clone())
        };
        let held = rows.into_iter().map(|row| {
            let service: String = row.get("service")?;
            Ok(HeldAddress {
                address: name.clone(),
                site: site_of(&service),
                service,
                run: row.parse("run")?,
                person: row.parse("person")?,
                held_from: row.get("held_from")?,
                held_until: row.get("held_until")?,
            })
        });
        Ok(held.collect::<Result<_, db::DbError>>()?)
    }
}
