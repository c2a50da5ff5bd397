use crate::naive::{self, Found};
use crate::world::{Asked, Dice, NOW, World};
use broker::{Access, Place, Question};
use model::id::{PlanId, Seed};
use model::offer::{Plan, Snapshot};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn plan(world: &World, asked: &Asked, places: &[Place], keep: usize) -> Plan {
    let id = PlanId::new(Seed { millis: 1, random: [7; 10] });
    broker::plan(Question { id, now: NOW, wish: asked.wish(), keep }, places, &world.facts())
}

fn found(plan: &Plan) -> Vec<Found> {
    let offers = plan.offers.iter();
    offers
        .map(|offer| Found {
            score: offer.score,
            service: offer.service.clone(),
            project: offer.project.clone(),
            size: offer.size.name.clone(),
            image: offer.image.as_ref().map(|image| image.id.clone()),
        })
        .collect()
}

/// The two add up in different orders: what differs in the last digit only is equal, and may stand either way round.
fn rounded(found: &[Found]) -> Vec<Found> {
    let mut all: Vec<Found> = found.iter().map(|one| Found { score: (one.score * 1e6).round() / 1e6, ..one.clone() }).collect();
    let name = |found: &Found| (found.service.clone(), found.project.clone(), found.size.clone());
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| name(a).cmp(&name(b))));
    all
}

/// The same world under other names, which sort the other way round.
fn renamed(world: &World) -> World {
    let mut other = world.clone();
    for (snapshot, _) in &mut other.projects {
        let mut renamed: Snapshot = Snapshot::clone(snapshot);
        for size in &mut renamed.sizes {
            let turned: String = size.name.chars().rev().collect();
            size.name = format!("z{turned}");
        }
        for network in renamed.networks.iter_mut() {
            network.name = "public".to_owned();
        }
        *snapshot = Arc::new(renamed);
    }
    other
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn it_is_never_worse_than_trying_everything(seed in any::<u64>(), projects in 0u64..12, sizes in 0u64..24) {
        let mut dice = Dice(seed);
        let world = World::of(&mut dice, projects, sizes);
        let places = world.places();
        for _ in 0..6 {
            let asked = Asked::of(&mut dice);
            let all = naive::offers(&world, &asked);
            let whole = plan(&world, &asked, &places, usize::MAX);
            prop_assert_eq!(rounded(&found(&whole)), rounded(&all), "{:?}", asked);
            prop_assert_eq!(whole.offers_total as usize, all.len());
            let few = plan(&world, &asked, &places, 3);
            prop_assert_eq!(&few.offers[..], &whole.offers[..whole.offers.len().min(3)], "the best, in their order");
            prop_assert_eq!((few.offers_total, &few.rejections), (whole.offers_total, &whole.rejections));
            for offer in &few.offers {
                prop_assert_eq!(offer.score, offer.terms.iter().map(|term| term.points).sum::<f64>());
                prop_assert_eq!(offer.image.is_some(), offer.attachment.is_some());
            }
        }
    }

    #[test]
    fn every_size_is_accounted_for_and_no_order_or_name_matters(seed in any::<u64>(), projects in 1u64..12, sizes in 0u64..24) {
        let mut dice = Dice(seed);
        let mut world = World::of(&mut dice, projects, sizes);
        // Rules by name would be another matter.
        world.policies.iter_mut().for_each(|policy| policy.sizes.clear());
        let mut places = world.places();
        let asked = Asked::of(&mut dice);
        let before = plan(&world, &asked, &places, 10);

        let mut offered: BTreeMap<(String, Option<String>), u32> = BTreeMap::new();
        for offer in plan(&world, &asked, &places, usize::MAX).offers {
            *offered.entry((offer.service, offer.project)).or_default() += 1;
        }
        let rejected: BTreeMap<_, _> =
            before.rejections.iter().map(|one| ((one.service.clone(), one.project.clone()), one)).collect();
        prop_assert_eq!(rejected.len(), before.rejections.len(), "one rejection a place");
        let entitled = world.projects.iter().filter(|(_, access)| matches!(access, Access::Granted { .. }));
        let mut of = entitled.map(|(one, _)| ((one.service.clone(), Some(one.project.id.clone())), one.sizes.len())).collect::<Vec<_>>();
        of.extend(world.services.iter().map(|service| ((service.name.clone(), None), service.sizes.len())));
        for (key, sizes) in of {
            let rejection = rejected.get(&key);
            let accounted = offered.get(&key).copied().unwrap_or_default() + rejection.map_or(0, |one| one.sizes);
            prop_assert_eq!(accounted as usize, sizes, "{:?}", key);
            if let Some(rejection) = rejection {
                prop_assert_eq!(rejection.of as usize, sizes);
                prop_assert!(!rejection.reasons.is_empty());
                prop_assert!(rejection.reasons.iter().all(|cause| cause.sizes <= rejection.sizes));
                let told: u32 = rejection.reasons.iter().map(|cause| cause.sizes).sum();
                prop_assert!(told >= rejection.sizes, "each has a reason: {:?}", rejection);
            }
        }

        places.reverse();
        prop_assert_eq!(&plan(&world, &asked, &places, 10), &before);
        let other = renamed(&world);
        let after = plan(&other, &asked, &other.places(), 10);
        let scores = |plan: &Plan| plan.offers.iter().map(|offer| offer.score).collect::<Vec<_>>();
        prop_assert_eq!(scores(&after), scores(&before));
        prop_assert_eq!((after.offers_total, &after.rejections), (before.offers_total, &before.rejections));
        prop_assert_eq!(&after.counterfactuals, &before.counterfactuals);
    }

    #[test]
    fn who_is_not_let_in_learns_nothing_of_what_is_there(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let mut world = World::of(&mut dice, 4, 8);
        for (_, access) in &mut world.projects {
            *access = Access::Refused { why: "no.".to_owned(), remedy: "Ask.".to_owned() };
        }
        let asked = Asked::of(&mut dice);
        let one = plan(&world, &asked, &world.places(), 100);
        // Other sizes, images, quotas and networks: the same answer.
        for (snapshot, _) in &mut world.projects {
            let (service, site, project) = (snapshot.service.clone(), snapshot.site.clone(), snapshot.project.clone());
            let community = snapshot.community.clone();
            let other = World::of(&mut dice, 1, 3).projects.remove(0).0;
            *snapshot = Arc::new(Snapshot { service, site, project, community, ..Snapshot::clone(&other) });
        }
        prop_assert_eq!(plan(&world, &asked, &world.places(), 100), one);
    }
}
