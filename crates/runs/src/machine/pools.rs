//! What pools gave: whether addresses of a network are reached from outside is hidden at some sites, until one is had.

use crate::{Inner, Runs};
use db::{DbError, Tx, args};
use model::machine::Machine;
use model::offer::{Attachment, Exclusion, Named, Offer};
use sites::survey::Given;
use std::time::Duration;

db::statements! {
    GAVE = "INSERT INTO pool (service, network, name, address, given_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (service, network) DO UPDATE SET name = $3, address = $4, given_at = $5";
    GIVEN = "SELECT service, network, name, address, given_at FROM pool WHERE given_at > $1 ORDER BY service, network";
}

/// Centres change what they have, but not often.
const BELIEVED: Duration = Duration::from_secs(30 * 86_400);

impl Inner {
    pub(super) async fn note_pool(&self, tx: &mut Tx, service: &str, pool: &Named, address: &str) -> Result<(), DbError> {
        tx.execute(&GAVE, args![service, pool.id.as_str(), pool.name.as_str(), address, self.now()]).await.map(|_| ())
    }

    /// Its machine is there, with what the pool gave.
    pub(super) async fn note_pool_of(&self, tx: &mut Tx, offer: &Offer, machine: &Machine) -> Result<(), DbError> {
        let Some(Attachment::Floating { pool, .. }) = &offer.attachment else { return Ok(()) };
        match machine.addresses.iter().find(|one| one.floating) {
            Some(one) => self.note_pool(tx, &offer.service, pool, &one.address).await,
            None => Ok(()),
        }
    }

    async fn given(&self) -> Result<Vec<Given>, DbError> {
        let rows = self.db.rows(&GIVEN, args![self.now().minus(BELIEVED)]).await?;
        let given = |row: &db::Row| {
            let network = Named { id: row.get("network")?, name: row.get("name")? };
            Ok(Given { service: row.get("service")?, network, address: row.parse("address")?, at: row.get("given_at")? })
        };
        rows.iter().map(given).collect()
    }

    /// Ways through pools that do not lead to where machines are reached, as far as is known and declared now.
    pub(crate) async fn pools_aside(&self) -> Result<Vec<Exclusion>, DbError> {
        let Some(survey) = self.sites.survey() else { return Ok(Vec::new()) };
        let mut given = self.given().await?;
        given.retain(|one| !survey.hints(&one.service).reaches(&one.network, one.address));
        let exclusion = |one: Given| {
            let cause = format!("{} gave the address {}, which is not reached from outside", one.network.name, one.address);
            let of_service = Exclusion::of_service(one.service, cause, one.at.plus(BELIEVED));
            Exclusion { pool: Some(one.network.id), ..of_service }
        };
        Ok(given.into_iter().map(exclusion).collect())
    }
}

impl Runs {
    /// Whoever looks at networks from now on knows what any gateway learned of them.
    pub async fn recall_pools(&self) -> Result<(), DbError> {
        if let Some(survey) = self.0.sites.survey() {
            survey.recall(self.0.given().await?);
        }
        Ok(())
    }
}
