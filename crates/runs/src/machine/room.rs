//! Room in the quotas of projects that is taken already: by machines that are on their way there.
//!
//! What a site shows of a project is some moments old. Whoever plans with it alone sends fifty machines that are asked for at
//! once to the one place that is best for each.

use crate::Inner;
use crate::places::Planner;
use db::{DbError, args};
use model::Timestamp;
use model::offer::{Attachment, Offer, Quota, Quotas};
use sites::lookout::Visitor;

db::statements! {
    /// Begun and not seen before a moment. `$2`: then.
    ON_THEIR_WAY = "SELECT a.offer FROM attempt a LEFT JOIN owned o ON o.attempt = a.id AND o.kind = 'server'
        WHERE a.service = $1 AND a.ended_at IS NULL AND o.released_at IS NULL AND (o.created_at IS NULL OR o.created_at >= $2)";
}

/// A project, as it was seen last.
struct Shown {
    service: String,
    project: String,
    quotas: Quotas,
    seen_at: Timestamp,
}

impl Inner {
    /// The best of the offers (the first) whose project has room for one more besides those on their way. Who can wait waits where
    /// there is none; who cannot tries the best: the site has the last word.
    pub(super) async fn choose(&self, planner: &Planner<'_>, offers: &[Offer], can_wait: bool) -> Result<Option<Offer>, DbError> {
        let found = self.first_with_room(&planner.visitor(), offers).await?;
        Ok(found.or_else(|| offers.first().filter(|_| !can_wait)).cloned())
    }

    async fn first_with_room<'a>(&self, visitor: &Visitor, offers: &'a [Offer]) -> Result<Option<&'a Offer>, DbError> {
        let snapshots = self.sites.survey().map(|survey| survey.snapshots(visitor)).unwrap_or_default();
        let shown = snapshots.iter().map(|snapshot| Shown {
            service: snapshot.service.clone(),
            project: snapshot.project.id.clone(),
            quotas: snapshot.quotas.clone(),
            seen_at: snapshot.seen_at,
        });
        let shown: Vec<Shown> = shown.collect();
        let mut counted: Vec<(&Shown, Vec<Offer>)> = Vec::new();
        for offer in offers {
            let is_its = |shown: &&Shown| shown.service == offer.service && Some(&shown.project) == offer.project.as_ref();
            // What was never seen has no offers; it may have gone out of sight since.
            let Some(shown) = shown.iter().find(is_its) else { return Ok(Some(offer)) };
            if !counted.iter().any(|(of, _)| std::ptr::eq(*of, shown)) {
                counted.push((shown, self.on_their_way(shown).await?));
            }
            let others = counted.iter().find(|(of, _)| std::ptr::eq(*of, shown));
            if others.is_some_and(|(_, others)| has_room(&shown.quotas, others, offer)) {
                return Ok(Some(offer));
            }
        }
        Ok(None)
    }

    async fn on_their_way(&self, shown: &Shown) -> Result<Vec<Offer>, DbError> {
        let rows = self.db.rows(&ON_THEIR_WAY, args![shown.service.as_str(), shown.seen_at]).await?;
        let offers = rows.iter().map(|row| row.json::<Offer>("offer")).collect::<Result<Vec<_>, _>>()?;
        Ok(offers.into_iter().filter(|offer| offer.project.as_ref() == Some(&shown.project)).collect())
    }
}

fn has_room(quotas: &Quotas, others: &[Offer], one: &Offer) -> bool {
    let all = || others.iter().chain([one]);
    let machines = others.len() as u64 + 1;
    let cores: f64 = all().map(|offer| offer.size.cores).sum();
    let memory = all().fold(0_u64, |sum, offer| sum.saturating_add(offer.size.memory.get()));
    let addresses = all().filter(|offer| takes_address(offer)).count() as u64;
    let volumes = || all().filter(|offer| offer.size.from_volume);
    let volume_bytes = volumes().fold(0_u64, |sum, offer| sum.saturating_add(offer.size.disk.get()));
    let fits = |quota: Option<Quota>, more: u64| quota.is_none_or(|quota| quota.allows(more));
    fits(quotas.instances, machines)
        && fits(quotas.ports, machines)
        // Whole numbers, as sites count cores.
        && fits(quotas.cores, cores.ceil() as u64)
        && fits(quotas.memory, memory)
        && (!takes_address(one) || fits(quotas.floating_addresses, addresses))
        && (!one.size.from_volume || (fits(quotas.volumes, volumes().count() as u64) && fits(quotas.volume_bytes, volume_bytes)))
}

fn takes_address(offer: &Offer) -> bool {
    matches!(offer.attachment, Some(Attachment::Floating { .. }))
}
