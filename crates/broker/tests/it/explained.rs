use crate::world::Asked;
use crate::{NOW, service, size};
use model::ByteCount;
use model::offer::{Exclusion, Fact, Plan, Reason};
use model::request::{Resources, Where};
use std::time::Duration;

fn names(plan: &Plan) -> Vec<&str> {
    plan.offers.iter().map(|offer| offer.service.as_str()).collect()
}

fn reasons(plan: &Plan) -> Vec<Reason> {
    plan.rejections[0].reasons.iter().map(|cause| cause.reason.clone()).collect()
}

#[test]
fn a_rejection_gives_every_reason_at_once() {
    let mut small = service("small", vec![size("all", 4.0, 8, 0, true)]);
    small.facts.push(Fact {
        name: "containers".to_owned(),
        value: "podman is there but cannot start anything".to_owned(),
        source: "tried".to_owned(),
    });
    let disk = ByteCount::gibi(200);
    let resources = Resources {
        cores: 8.0,
        memory: ByteCount::gibi(16),
        disk,
        accelerators: 1,
        nodes: 2,
        tasks_per_node: 3,
        ..Resources::default()
    };
    let place = Where {
        site: Some("Mars".to_owned()),
        service: Some("rover".to_owned()),
        project: Some("p".to_owned()),
        community: Some("c".to_owned()),
    };
    let until = NOW.plus(Duration::from_millis(1));
    let current = Exclusion::of_service("small", "it lost a pilot", until);
    let over = Exclusion { until: NOW, cause: "long ago".to_owned(), ..current.clone() };
    let of_another = Exclusion { service: "large".to_owned(), ..current.clone() };
    let plan = Asked { resources, place, container: Some("image".to_owned()), ..Asked::default() }
        .plan(&[small], &[current, over, of_another]);
    assert!(plan.offers.is_empty());
    assert!(plan.rejections[0].is_whole() && plan.rejections[0].reasons.iter().all(|cause| cause.sizes == 1));
    assert_eq!(
        reasons(&plan),
        [
            Reason::OtherSite { wanted: "Mars".to_owned() },
            Reason::OtherService { wanted: "rover".to_owned() },
            Reason::OtherProject { wanted: "p".to_owned() },
            Reason::Excluded { cause: "it lost a pilot".to_owned(), until },
            Reason::NoContainerEngine { detail: "podman is there but cannot start anything".to_owned() },
            Reason::OneNodeOnly { nodes: 2, tasks_per_node: 3 },
            Reason::TooFewCores { wanted: 8.0, largest: 4.0 },
            Reason::TooLittleMemory { wanted: ByteCount::gibi(16), largest: ByteCount::gibi(8) },
            Reason::TooLittleDisk { wanted: disk, largest: ByteCount::gibi(100) },
            Reason::TooFewAccelerators { wanted: 1, largest: 0 },
        ]
    );
    assert!(plan.counterfactuals.is_empty(), "no single change helps: {:?}", plan.counterfactuals);
}

#[test]
fn a_size_is_cut_to_what_was_asked_or_comes_whole_and_then_the_one_that_wastes_least() {
    let sizes = vec![size("huge", 64.0, 256, 8, false), size("fair", 4.0, 8, 0, false), size("tiny", 1.0, 2, 0, false)];
    let cloud = service("cloud", sizes);
    let here = service("here", vec![size("all", 16.0, 64, 0, true)]);
    let resources = Resources { cores: 2.0, memory: ByteCount::gibi(4), ..Resources::default() };
    let asked = Asked { resources, ..Asked::default() };
    let plan = asked.plan(&[cloud.clone(), here.clone()], &[]);
    assert_eq!(names(&plan), ["here", "cloud", "cloud"], "all free and nothing wasted comes first");
    assert_eq!((plan.offers[0].size.cores, plan.offers[0].size.memory), (2.0, ByteCount::gibi(4)));
    assert_eq!(plan.offers[1].size, cloud.sizes[1], "a flavor comes whole");
    assert_eq!((plan.offers[2].size.name.as_str(), plan.offers_total), ("huge", 3), "and what is wasted counts");
    let rest = &plan.rejections[0];
    assert_eq!((rest.service.as_str(), rest.sizes, rest.of, rest.is_whole()), ("cloud", 1, 3, false));
    assert_eq!(rest.reasons.iter().map(|cause| cause.sizes).collect::<Vec<_>>(), [1, 1], "tiny has too little of two things");
    for offer in &plan.offers {
        let shown: f64 = offer.terms.iter().map(|term| term.points).sum();
        assert_eq!(offer.score, shown, "the score is what its terms say");
        assert!(offer.terms.iter().all(|term| !term.detail.is_empty()));
        assert!(offer.terms.iter().all(|term| term.points.is_sign_positive() || term.points < 0.0), "no \"-0 points\"");
    }

    let mut busy = here;
    busy.usage.cores_used = 15.0;
    busy.usage.memory_used = ByteCount::gibi(60);
    busy.usage.waiting = 5;
    assert_eq!(names(&asked.plan(&[cloud, busy], &[])), ["cloud", "cloud", "here"], "a full one with a queue comes last");
}

#[test]
fn sizes_that_have_everything_only_between_them_are_no_offer() {
    let sizes = vec![size("cores", 64.0, 256, 0, false), size("gpu", 4.0, 16, 2, false)];
    let resources = Resources { cores: 8.0, accelerators: 1, ..Resources::default() };
    let plan = Asked { resources, ..Asked::default() }.plan(&[service("cloud", sizes)], &[]);
    let cores = Reason::TooFewCores { wanted: 8.0, largest: 4.0 };
    assert_eq!(reasons(&plan), [Reason::NotInOneSize, cores, Reason::TooFewAccelerators { wanted: 1, largest: 0 }]);
    assert_eq!(plan.rejections[0].reasons.iter().map(|cause| cause.sizes).collect::<Vec<_>>(), [2, 1, 1]);
    let changes: Vec<&str> = plan.counterfactuals.iter().map(|counterfactual| counterfactual.change.as_str()).collect();
    assert_eq!(changes, ["without accelerators", "with 4 cores"]);
}

#[test]
fn counterfactuals_count_services_and_are_told_only_when_there_is_no_offer() {
    let services: Vec<_> = ["a", "b", "c"].into_iter().map(|name| service(name, vec![size("all", 8.0, 32, 0, true)])).collect();
    let resources = Resources { accelerators: 1, ..Resources::default() };
    let plan = Asked { resources: resources.clone(), ..Asked::default() }.plan(&services, &[]);
    assert_eq!(plan.counterfactuals.len(), 1, "{:?}", plan.counterfactuals);
    assert_eq!(plan.counterfactuals[0].change, "without accelerators");
    assert_eq!(plan.counterfactuals[0].services, 3);

    let place = Where { site: Some("b-site".to_owned()), ..Where::default() };
    let asked = Asked { place, ..Asked::default() };
    let plan = asked.plan(&services, &[]);
    assert_eq!(names(&plan), ["b"]);
    assert!(plan.counterfactuals.is_empty());
    let until = NOW.plus(Duration::from_secs(60));
    let lost = Exclusion::of_service("b", "lost", until);
    let plan = asked.plan(&services, &[lost]);
    assert_eq!((plan.counterfactuals[0].change.as_str(), plan.counterfactuals[0].services), ("at any site", 2));
}
