//! What pools gave: whether addresses of a network are reached from outside is hidden at some sites, until one is had.

use crate::{Inner, Runs};
use db::{DbError, Tx, args};
use model::offer::{Attachment, Exclusion, Offer};
use model::{Timestamp, machine::Machine};
use sites::survey::Given;
use std::time::Duration;

db::statements! {
    GAVE = "INSERT INTO pool (service, network, address, public, given_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (service, network) DO UPDATE SET address = $3, public = $4, given_at = $5";
    GIVEN = "SELECT service, network, address, given_at FROM pool WHERE given_at > $1 ORDER BY service, network";
    NOT_REACHED = "SELECT service, network, address, given_at FROM pool WHERE public = 0 AND given_at > $1 ORDER BY service, network";
}

/// Centres change what they have, but not often.
const BELIEVED: Duration = Duration::from_secs(30 * 86_400);

impl Inner {
    pub(super) async fn note_pool(
        &self,
        tx: &mut Tx,
        offer: &Offer,
        pool: &str,
        address: &str,
        public: bool,
    ) -> Result<(), DbError> {
        tx.execute(&GAVE, args![offer.service.as_str(), pool, address, public, self.now()]).await.map(|_| ())
    }

    /// Its machine is there, with what the pool gave.
    pub(super) async fn note_pool_of(&self, tx: &mut Tx, offer: &Offer, machine: &Machine) -> Result<(), DbError> {
        let Some(Attachment::Floating { pool, .. }) = &offer.attachment else { return Ok(()) };
        match machine.addresses.iter().find(|one| one.floating) {
            Some(one) => self.note_pool(tx, offer, &pool.id, &one.address, one.public).await,
            None => Ok(()),
        }
    }

    /// Ways through pools that turned out not to lead to where machines are reached.
    pub(crate) async fn pools_aside(&self) -> Result<Vec<Exclusion>, DbError> {
        let rows = self.db.rows(&NOT_REACHED, args![self.now().minus(BELIEVED)]).await?;
        let exclusion = |row: &db::Row| {
            let (service, address): (String, String) = (row.get("service")?, row.get("address")?);
            let given_at: Timestamp = row.get("given_at")?;
            let cause = format!("{address}, which it gave, is not reached from outside");
            let until = given_at.plus(BELIEVED);
            Ok(Exclusion { pool: Some(row.get("network")?), ..Exclusion::of_service(service, cause, until) })
        };
        rows.iter().map(exclusion).collect()
    }
}

impl Runs {
    /// Whoever looks at networks from now on knows what any gateway learned of them.
    pub async fn recall_pools(&self) -> Result<(), DbError> {
        let Some(survey) = self.0.sites.survey() else { return Ok(()) };
        let rows = self.0.db.rows(&GIVEN, args![self.0.now().minus(BELIEVED)]).await?;
        let given = |row: &db::Row| {
            let (service, network, at) = (row.get("service")?, row.get("network")?, row.get("given_at")?);
            Ok(Given { service, network, address: row.parse("address")?, at })
        };
        survey.recall(rows.iter().map(given).collect::<Result<_, DbError>>()?);
        Ok(())
    }
}
