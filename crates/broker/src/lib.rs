//! Which offer: from a wish and what exists now to a plan that says why.
//!
//! Pure functions: no clock, no I/O, no randomness. The same arguments give the same plan, byte for byte, so a plan
//! can be kept, shown and argued about. Every service goes through the hard filters of `fit` and leaves them either as
//! a rejection with *all* its reasons or with the size that suits best; `score` ranks what is left, each term shown;
//! `counterfactual` says what would have been possible when nothing is. Nothing here knows how a service is spoken to.

mod counterfactual;
mod fit;
mod score;

use model::Timestamp;
use model::id::PlanId;
use model::offer::{Exclusion, Offer, Plan, Rejection, Service, Wish};

/// Every service appears in the plan exactly once: as an offer, the best first, or as a rejection.
pub fn plan(id: PlanId, now: Timestamp, wish: &Wish<'_>, services: &[Service], exclusions: &[Exclusion]) -> Plan {
    let mut offers = Vec::new();
    let mut rejections = Vec::new();
    for service in services {
        match judge(now, wish, service, exclusions) {
            Ok(offer) => offers.push(offer),
            Err(rejection) => rejections.push(rejection),
        }
    }
    offers.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| (&a.service, &a.site).cmp(&(&b.service, &b.site))));
    rejections.sort_by(|a, b| (&a.service, &a.site).cmp(&(&b.service, &b.site)));
    let counterfactuals = if offers.is_empty() { counterfactual::find(now, wish, services, exclusions) } else { Vec::new() };
    Plan { id, created_at: now, offers, rejections, counterfactuals }
}

fn judge(now: Timestamp, wish: &Wish<'_>, service: &Service, exclusions: &[Exclusion]) -> Result<Offer, Rejection> {
    let (name, site) = (service.name.clone(), service.site.clone());
    match fit::best_size(now, wish, service, exclusions) {
        Ok(size) => {
            let terms = score::terms(wish.resources, service, size);
            let score = terms.iter().map(|term| term.points).sum();
            let size = fit::as_offered(wish.resources, size);
            Ok(Offer { service: name, site, project: None, size, score, terms })
        }
        Err(reasons) => Err(Rejection { service: name, site, project: None, reasons }),
    }
}
