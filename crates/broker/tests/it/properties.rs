use crate::world::Asked;
use crate::{NOW, service};
use model::ByteCount;
use model::offer::{Exclusion, Service, Size};
use model::request::{Resources, Where};
use proptest::option::weighted;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

fn sizes() -> impl Strategy<Value = Vec<Size>> {
    let one = (0u32..6, 0u64..6, 0u64..4, 0u32..3, any::<bool>());
    let one = one.prop_map(|(cores, memory, disk, accelerators, divisible)| Size {
        name: format!("s{cores}{memory}{disk}{accelerators}"),
        cores: f64::from(cores) / 2.0,
        memory: ByteCount::gibi(memory),
        disk: ByteCount::gibi(disk),
        accelerators,
        divisible,
        ..Size::default()
    });
    proptest::collection::vec(one, 0..4)
}

fn services() -> impl Strategy<Value = Vec<Service>> {
    let one = (0u8..3, sizes(), any::<bool>(), any::<bool>(), (0.0f64..4.0, 0u64..6, 0u32..20));
    let one = one.prop_map(|(site, sizes, engine, multi_node, (cores_used, memory_used, waiting))| {
        let mut made = service("", sizes);
        made.site = format!("site{site}");
        made.multi_node = multi_node;
        if engine {
            made.container_engines.push("podman".to_owned());
        }
        made.usage.cores_used = cores_used;
        made.usage.memory_used = ByteCount::gibi(memory_used);
        made.usage.waiting = waiting;
        made
    });
    proptest::collection::vec(one, 0..8).prop_map(|mut services| {
        services.iter_mut().enumerate().for_each(|(index, service)| service.name = format!("service{index}"));
        services
    })
}

fn asked() -> impl Strategy<Value = Asked> {
    let resources = (0u32..5, 0u64..5, 0u64..3, 0u32..3, 1u32..3, 1u32..3);
    let place = (weighted(0.2, 0u8..4), weighted(0.2, 0u8..9), weighted(0.1, Just("p")), weighted(0.1, Just("c")));
    (resources, place, any::<bool>()).prop_map(|(resources, (site, service, project, community), container)| {
        let (cores, memory, disk, accelerators, nodes, tasks_per_node) = resources;
        let resources = Resources {
            cores: f64::from(cores) / 2.0,
            memory: ByteCount::gibi(memory),
            disk: ByteCount::gibi(disk),
            accelerators,
            nodes,
            tasks_per_node,
            ..Resources::default()
        };
        let place = Where {
            site: site.map(|site| format!("site{site}")),
            service: service.map(|service| format!("service{service}")),
            project: project.map(str::to_owned),
            community: community.map(str::to_owned),
        };
        let container = container.then(|| "image".to_owned());
        Asked { resources, place, container, ..Asked::default() }
    })
}

fn exclusions() -> impl Strategy<Value = Vec<Exclusion>> {
    let one = (0u8..9, 0u64..3).prop_map(|(service, after)| {
        Exclusion::of_service(format!("service{service}"), "it failed", NOW.plus(Duration::from_millis(after)))
    });
    proptest::collection::vec(one, 0..3)
}

/// The hard filters once more, as one plain condition.
fn acceptable(asked: &Asked, service: &Service, exclusions: &[Exclusion]) -> bool {
    let resources = &asked.resources;
    asked.place.site.as_ref().is_none_or(|site| *site == service.site)
        && asked.place.service.as_ref().is_none_or(|name| *name == service.name)
        && asked.place.project.is_none()
        && !(asked.container.is_some() && service.container_engines.is_empty())
        && (service.multi_node || resources.nodes == 1 && resources.tasks_per_node == 1)
        && !exclusions.iter().any(|exclusion| exclusion.service == service.name && exclusion.until > NOW)
        && service.sizes.iter().any(|size| {
            resources.cores <= size.cores
                && resources.memory <= size.memory
                && resources.disk <= size.disk
                && resources.accelerators <= size.accelerators
        })
}

fn each_constraint_dropped(asked: &Asked) -> Vec<Asked> {
    let of_resources = |change: fn(&mut Resources)| {
        let mut asked = asked.clone();
        change(&mut asked.resources);
        asked
    };
    let of_place = |change: fn(&mut Where)| {
        let mut asked = asked.clone();
        change(&mut asked.place);
        asked
    };
    vec![
        of_resources(|resources| resources.cores = 0.0),
        of_resources(|resources| resources.memory = ByteCount::new(0)),
        of_resources(|resources| resources.disk = ByteCount::new(0)),
        of_resources(|resources| resources.accelerators = 0),
        of_resources(|resources| (resources.nodes, resources.tasks_per_node) = (1, 1)),
        of_place(|place| place.site = None),
        of_place(|place| place.service = None),
        of_place(|place| place.project = None),
        Asked { container: None, ..asked.clone() },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_service_is_offered_or_rejected_rightly(asked in asked(), services in services(), exclusions in exclusions()) {
        let plan = asked.plan(&services, &exclusions);
        let mut verdicts = BTreeMap::new();
        for offer in &plan.offers {
            verdicts.insert(offer.service.clone(), true);
            prop_assert!(offer.score.is_finite());
            let wanted = &asked.resources;
            prop_assert!(offer.size.cores >= wanted.cores && offer.size.memory >= wanted.memory);
            prop_assert!(offer.size.disk >= wanted.disk && offer.size.accelerators >= wanted.accelerators);
        }
        for rejection in &plan.rejections {
            prop_assert_eq!(verdicts.insert(rejection.service.clone(), !rejection.is_whole()), (!rejection.is_whole()).then_some(true));
            prop_assert!(!rejection.reasons.is_empty());
        }
        let expected: BTreeMap<String, bool> =
            services.iter().map(|service| (service.name.clone(), acceptable(&asked, service, &exclusions))).collect();
        prop_assert_eq!(verdicts, expected);
        prop_assert!(plan.offers.is_sorted_by(|a, b| a.score >= b.score));
    }

    #[test]
    fn the_same_question_in_any_order_has_the_same_answer(asked in asked(), services in services(), exclusions in exclusions()) {
        let plan = asked.plan(&services, &exclusions);
        let reversed: Vec<Service> = services.iter().rev().cloned().collect();
        prop_assert_eq!(plan, asked.plan(&reversed, &exclusions));
    }

    #[test]
    fn dropping_a_constraint_never_takes_an_offer_away_and_counterfactuals_tell_the_truth(
        asked in asked(), services in services(), exclusions in exclusions()
    ) {
        let plan = asked.plan(&services, &exclusions);
        let relaxed: Vec<_> = each_constraint_dropped(&asked).iter().map(|asked| asked.plan(&services, &exclusions)).collect();
        for more in &relaxed {
            prop_assert!(more.offers.len() >= plan.offers.len());
        }
        let helps = relaxed.iter().any(|more| !more.offers.is_empty());
        if plan.offers.is_empty() {
            // Fewer cores, less memory or disk help only if something of them is left.
            prop_assert!(helps || plan.counterfactuals.is_empty());
            let told = |change: &str| plan.counterfactuals.iter().find(|found| found.change == change).map(|found| found.services);
            let without = |index: usize| {
                let services = relaxed[index].offers.iter().map(|offer| &offer.service).collect::<BTreeSet<_>>().len() as u32;
                (services > 0).then_some(services)
            };
            prop_assert_eq!(told("without accelerators"), without(3));
            prop_assert_eq!(told("at any site"), without(5));
            prop_assert_eq!(told("at any service"), without(6));
            prop_assert_eq!(told("without a container"), without(8));
        } else {
            prop_assert!(plan.counterfactuals.is_empty());
        }
        prop_assert!(plan.counterfactuals.iter().all(|found| found.services > 0));
    }
}
