//! Machines: one small federation in which everything has a reason, told with its figures.

use crate::NOW;
use crate::world::Asked;
use broker::{Access, Facts, Place, Question, Stock};
use model::id::{PlanId, Seed};
use model::offer::{
    Accelerator, AcceleratorKind, Attachment, Confidence, Downtime, Exclusion, Gap, Image, Named, Obstacle, Plan, Quantity,
    Quota, Quotas, Reach, Reason, Size, Snapshot, Standing, System,
};
use model::policy::Policy;
use model::request::{Machine, Resources, RunKind, Where};
use model::weather::{Failure, Weather};
use model::{ByteCount, Timestamp};
use std::sync::Arc;
use std::time::Duration;

fn named(name: &str) -> Named {
    Named { id: format!("{name}-id"), name: name.to_owned() }
}

fn size(name: &str, cores: u64, memory: u64, disk: u64) -> Size {
    let (memory, from_volume) = (ByteCount::gibi(memory), disk == 0);
    Size { name: name.to_owned(), cores: cores as f64, memory, disk: ByteCount::gibi(disk), from_volume, ..Size::default() }
}

fn with_gpus(size: Size, accelerators: u32, model: Option<&str>) -> Size {
    let accelerator = model.map(|model| Accelerator {
        kind: AcceleratorKind::Passthrough,
        vendor: Some("NVIDIA".to_owned()),
        model: Some(model.to_owned()),
        memory: Some(ByteCount::gibi(40)),
    });
    Size { accelerators, accelerator, ..size }
}

fn image(name: &str, version: &str, created: i64, min_disk: u64) -> Image {
    Image {
        id: format!("{name}-{version}-{created}"),
        name: format!("{name} {version}"),
        system: Some(System { name: name.to_owned(), version: Some(version.to_owned()) }),
        architecture: None,
        login_user: None,
        min_disk: ByteCount::new(min_disk),
        min_memory: ByteCount::new(0),
        bytes: None,
        community_image: None,
        created_at: Some(Timestamp::from_millis(created)),
        standing: Standing::Offered,
        facts: Vec::new(),
        conflicts: Vec::new(),
    }
}

const UBUNTU_DISK: u64 = 2_361_393_152;

/// Two sizes, one of them too small for any image but the smallest; Ubuntu twice and Debian; nothing public.
fn cloud(name: &str) -> Snapshot {
    Snapshot {
        service: name.to_owned(),
        site: format!("{name}-site"),
        project: named("project"),
        community: Some("vo.example".to_owned()),
        sizes: vec![size("small", 1, 2, 1), size("large", 8, 16, 80)],
        images: vec![
            image("ubuntu", "22.04", 5, UBUNTU_DISK),
            image("ubuntu", "22.04", 9, UBUNTU_DISK),
            image("ubuntu", "24.04", 7, UBUNTU_DISK),
            image("debian", "12", 1, 0),
        ],
        networks: Vec::new(),
        reach: Reach {
            public: Vec::new(),
            private: vec![Attachment::Outbound { network: named("inner") }],
            untried: Vec::new(),
            spare_addresses: Vec::new(),
            obstacles: vec![Obstacle::NoFloatingAddresses { used: 2, limit: 2 }],
            confidence: Confidence::Certain,
        },
        quotas: Quotas::default(),
        zones: Vec::new(),
        gaps: Vec::new(),
        seen_at: NOW,
        seen_with: "the operator's credentials".to_owned(),
    }
}

fn asked(machine: Machine) -> Asked {
    Asked { kind: Some(RunKind::Machine), machine: Some(machine), ..Asked::default() }
}

fn plan_with(asked: &Asked, places: &[Place], facts: &Facts<'_>) -> Plan {
    let id = PlanId::new(Seed { millis: 1, random: [7; 10] });
    broker::plan(Question { id, now: NOW, wish: asked.wish(), keep: broker::KEPT }, places, facts)
}

fn plan(asked: &Asked, clouds: &[Snapshot]) -> Plan {
    let places: Vec<Place> =
        clouds.iter().map(|cloud| Place::open(Arc::new(Stock::of_project(Arc::new(cloud.clone()))))).collect();
    plan_with(asked, &places, &Facts::default())
}

/// Why the first cloud is none, and how many sizes each reason rules out.
fn why(asked: &Asked, cloud: Snapshot) -> Vec<(Reason, u32)> {
    let plan = plan(asked, &[cloud]);
    plan.rejections.iter().flat_map(|one| &one.reasons).map(|cause| (cause.reason.clone(), cause.sizes)).collect()
}

fn wants(os: &str) -> Machine {
    Machine { os: Some(os.to_owned()), ..Machine::default() }
}

#[test]
fn the_image_is_the_wanted_version_the_newest_of_it_and_fits() {
    let offers = |os: &str| {
        let plan = plan(&asked(wants(os)), &[cloud("a")]);
        let image = |offer: &model::offer::Offer| offer.image.as_ref().map(|image| image.id.clone()).unwrap_or_default();
        plan.offers.iter().map(|offer| (offer.size.name.clone(), image(offer))).collect::<Vec<_>>()
    };
    let large = |image: &str| vec![("large".to_owned(), image.to_owned())];
    assert_eq!(offers("ubuntu:22.04"), large("ubuntu-22.04-9"));
    assert_eq!(offers("ubuntu"), large("ubuntu-24.04-7"));
    assert_eq!(offers("Ubuntu:22"), large("ubuntu-22.04-9"));
    assert_eq!(offers("debian").len(), 2, "it fits both");

    let small = plan(&asked(wants("ubuntu")), &[cloud("a")]);
    let text = small.rejections[0].reasons[0].to_string();
    assert_eq!(text, "image ubuntu 24.04 needs 2252MiB of disk, 1GiB is the most");
    assert_eq!((small.rejections[0].sizes, small.rejections[0].of), (1, 2));

    let has = vec!["ubuntu:22.04".to_owned(), "ubuntu:24.04".to_owned()];
    let expected = Reason::NoImage { wanted: "ubuntu:20.04".to_owned(), has };
    assert_eq!(why(&asked(wants("ubuntu:20.04")), cloud("a")), [(expected, 2)]);
    let older = plan(&asked(wants("ubuntu:20.04")), &[cloud("a")]);
    let changes: Vec<&str> = older.counterfactuals.iter().map(|one| one.change.as_str()).collect();
    assert_eq!(changes, ["with any ubuntu", "with any image"]);

    let mut odd = cloud("a");
    odd.images[0].standing = Standing::Hidden;
    odd.images[3].standing = Standing::Unusable { why: "deactivated".to_owned() };
    let by = |image: &str| asked(Machine { image: Some(image.to_owned()), ..Machine::default() });
    assert_eq!(plan(&by("ubuntu-22.04-5"), &[odd.clone()]).offers_total, 1, "its identifier is known");
    assert_eq!(
        plan(&by("ubuntu 22.04"), &[odd.clone()]).offers[0].image.as_ref().map(|one| one.id.as_str()),
        Some("ubuntu-22.04-9")
    );
    let unusable = Reason::ImageUnusable { image: "debian 12".to_owned(), why: "deactivated".to_owned() };
    assert_eq!(why(&by("debian-12-1"), odd.clone()), [(unusable, 2)]);
    odd.images.clear();
    odd.gaps.push(Gap { part: "images".to_owned(), why: "it did not answer".to_owned() });
    let missing = Reason::PartMissing { part: "images".to_owned(), why: "it did not answer".to_owned() };
    assert_eq!(why(&asked(wants("debian")), odd), [(missing, 2)]);
}

#[test]
fn quotas_volumes_and_accelerators_are_told_with_their_figures() {
    let any = asked(Machine::default());
    let used = |used: u64, limit: u64| Some(Quota { used, limit: Some(limit) });
    let mut full = cloud("a");
    full.quotas.instances = used(20, 20);
    let none_left = Reason::OverQuota { of: Quantity::Instances, left: 0, limit: 20 };
    assert_eq!(why(&any, full.clone()), [(none_left.clone(), 2)]);
    assert_eq!(none_left.to_string(), "quota: 0 of 20 machines left");
    full.quotas = Quotas { cores: used(6, 10), memory: used(1 << 30, 4 << 30), ..Quotas::default() };
    let expected = [
        Reason::OverQuota { of: Quantity::Cores, left: 4, limit: 10 },
        Reason::OverQuota { of: Quantity::Memory, left: 3 << 30, limit: 4 << 30 },
    ];
    assert_eq!(why(&any, full.clone()), expected.map(|reason| (reason, 1)));
    let mut exact = full.clone();
    exact.quotas = Quotas { cores: used(2, 10), memory: used(1 << 30, 17 << 30), instances: used(0, 1), ..Quotas::default() };
    assert_eq!(plan(&any, &[exact]).offers_total, 2, "exactly enough is enough");
    assert!(plan(&any, &[full]).offers[0].terms[0].detail.contains("30% of the cores"));

    let mut diskless = cloud("a");
    diskless.sizes = vec![size("diskless", 2, 4, 0)];
    let hundred = Resources { disk: ByteCount::gibi(100), ..Resources::default() };
    let from_volume = Asked { resources: hundred, ..any.clone() };
    assert_eq!(why(&from_volume, diskless.clone()), [(Reason::NoVolumes, 1)]);
    diskless.quotas.volumes = used(0, 5);
    assert_eq!(plan(&from_volume, &[diskless.clone()]).offers[0].size.disk, ByteCount::gibi(100), "as long as it is asked for");
    diskless.quotas.volume_bytes = used(50 << 30, 100 << 30);
    let short = Reason::OverQuota { of: Quantity::VolumeBytes, left: 50 << 30, limit: 100 << 30 };
    assert_eq!(why(&from_volume, diskless.clone()), [(short, 1)]);
    diskless.quotas.volumes = used(5, 5);
    assert_eq!(why(&from_volume, diskless), [(Reason::OverQuota { of: Quantity::Volumes, left: 0, limit: 5 }, 1)]);

    // A disk that is too short becomes a volume where there are some; one that is long enough is better.
    let mut short = cloud("a");
    short.sizes = vec![size("long", 2, 4, 200), size("short", 2, 4, 20)];
    let names = |found: &Plan| found.offers.iter().map(|offer| offer.size.name.clone()).collect::<Vec<_>>();
    let too_short = Reason::TooLittleDisk { wanted: ByteCount::gibi(100), largest: ByteCount::gibi(20) };
    assert_eq!(why(&from_volume, short.clone()), [(too_short, 1)]);
    short.quotas.volumes = used(0, 5);
    let found = plan(&from_volume, &[short.clone()]);
    assert_eq!(names(&found), ["long", "short"]);
    assert_eq!((found.offers[0].size.from_volume, found.offers[0].size.disk), (false, ByteCount::gibi(200)));
    assert_eq!((found.offers[1].size.from_volume, found.offers[1].size.disk), (true, ByteCount::gibi(100)));
    let told = "it starts from a volume: the size's own disk has 20GiB, and 100GiB are wanted";
    assert!(found.offers[1].terms.iter().any(|term| term.detail == told), "{:?}", found.offers[1].terms);
    short.quotas.volumes = used(5, 5);
    assert_eq!(why(&from_volume, short), [(Reason::OverQuota { of: Quantity::Volumes, left: 0, limit: 5 }, 1)]);

    let mut gpus = cloud("a");
    let one_of_eight = with_gpus(size("eight", 8, 64, 80), 8, Some("A100"));
    gpus.sizes =
        vec![with_gpus(size("one", 8, 64, 80), 1, Some("A100")), one_of_eight, with_gpus(size("unknown", 8, 64, 80), 1, None)];
    gpus.sizes.push(size("none", 8, 64, 80));
    let resources = Resources { accelerators: 1, ..Resources::default() };
    let named = |text: &str| Machine { accelerator: Some(text.to_owned()), ..Machine::default() };
    let a100 = Asked { resources: resources.clone(), ..asked(named("nvidia a100")) };
    let found = plan(&a100, &[gpus.clone()]);
    let names: Vec<&str> = found.offers.iter().map(|offer| offer.size.name.as_str()).collect();
    assert_eq!(names, ["one", "eight"], "eight for one is waste");
    let has = vec!["NVIDIA A100".to_owned()];
    let v100 = Asked { resources: resources.clone(), ..asked(named("V100")) };
    let found = why(&v100, gpus.clone());
    assert_eq!(found[0], (Reason::NotInOneSize, 4));
    assert_eq!(found[1], (Reason::OtherAccelerator { wanted: "V100".to_owned(), has }, 3));
    assert_eq!(found[2], (Reason::TooFewAccelerators { wanted: 1, largest: 0 }, 1));
    let other = plan(&v100, &[gpus.clone()]).counterfactuals;
    let changes: Vec<&str> = other.iter().map(|one| one.change.as_str()).collect();
    assert_eq!(changes, ["without accelerators", "with any accelerators"]);
    let memory = Machine { accelerator_memory: Some(ByteCount::gibi(80)), ..Machine::default() };
    let large = Asked { resources, ..asked(memory) };
    let expected = Reason::TooLittleAcceleratorMemory { wanted: ByteCount::gibi(80), largest: ByteCount::gibi(40) };
    assert!(why(&large, gpus).contains(&(expected, 3)));
}

#[test]
fn a_public_address_is_had_by_evidence_and_a_machine_is_never_left_alone() {
    let public = asked(Machine { public: true, ..Machine::default() });
    let closed = cloud("closed");
    let mut open = cloud("open");
    let way = Attachment::Direct { network: named("outer"), versions: vec![4, 6] };
    open.reach.public = vec![way.clone()];
    let mut guessed = open.clone();
    guessed.service = "guessed".to_owned();
    guessed.reach.confidence = Confidence::Guessed;
    let found = plan(&public, &[closed.clone(), guessed, open.clone()]);
    assert_eq!((found.offers[0].service.as_str(), found.offers[0].attachment.as_ref()), ("open", Some(&way)));
    assert_eq!(
        found.offers[0].score - found.offers.iter().find(|one| one.service == "guessed").map_or(0.0, |one| one.score),
        10.0
    );
    let mut hidden = cloud("hidden");
    hidden.reach.untried = vec![way.clone()];
    let tried = plan(&public, &[hidden]);
    assert_eq!(tried.offers[0].attachment, Some(way.clone()), "only trying tells: better than nothing");
    assert!(tried.offers[0].terms.iter().any(|term| term.name == "reach" && term.points == 0.0), "{:?}", tried.offers[0].terms);
    let refused = found.rejections.iter().find(|one| one.service == "closed").expect("rejected");
    assert_eq!(refused.reasons[0].to_string(), "no public address can be had: all floating addresses are taken (2 of 2)");

    let alone = Attachment::Isolated { network: named("alone") };
    let any = asked(Machine::default());
    assert_eq!(plan(&any, &[open.clone()]).offers[0].attachment, Some(Attachment::Outbound { network: named("inner") }));
    open.reach.private = vec![alone.clone()];
    assert_eq!(plan(&any, &[open]).offers[0].attachment, Some(way));
    let mut lonely = closed.clone();
    lonely.reach.private = vec![alone];
    assert!(matches!(why(&any, lonely)[0], (Reason::NoWayOut { .. }, 2)));
    let none = plan(&public, &[closed]);
    assert_eq!((none.counterfactuals[0].change.as_str(), none.counterfactuals[0].services), ("without a public address", 1));
}

#[test]
fn who_may_where_and_when_decides_before_anything_else() {
    let stock = Arc::new(Stock::of_project(Arc::new(cloud("a"))));
    let any = asked(Machine::default());
    let of = |access: Access, facts: &Facts<'_>| {
        let place = Place { stock: stock.clone(), access };
        let plan = plan_with(&any, &[place], facts);
        let reasons = plan.rejections.iter().flat_map(|one| &one.reasons).map(|cause| cause.reason.clone());
        (plan.offers_total, reasons.collect::<Vec<_>>())
    };
    let granted = |roles: &[&str]| Access::Granted { roles: roles.iter().map(|role| (*role).to_owned()).collect() };
    let (why, remedy) = ("your token says member.".to_owned(), "Ask for vm_operator.".to_owned());
    let refused = Access::Refused { why: why.clone(), remedy: remedy.clone() };
    assert_eq!(of(refused, &Facts::default()), (0, vec![Reason::NotLetIn { why, remedy }]));

    let hour = Duration::from_secs(3_600);
    let (from, until) = (NOW.plus(hour / 2), NOW.plus(2 * hour));
    let downtime = Downtime { site: "a-site".to_owned(), service: None, from, until, why: "power".to_owned() };
    let elsewhere = Downtime { service: Some("b".to_owned()), ..downtime.clone() };
    let later = Downtime { from: NOW.plus(hour), ..downtime.clone() };
    let facts = |downtimes: &[Downtime]| of(granted(&[]), &Facts { downtimes, ..Facts::default() });
    assert_eq!(facts(&[elsewhere, later]).0, 2, "it would have ended by then");
    assert_eq!(facts(&[downtime]), (0, vec![Reason::Downtime { from, until, why: "power".to_owned() }]));

    let policy = |text: &str| toml::from_str::<Policy>(&format!("community = 'vo.example'\n{text}")).expect("a policy");
    let ruled = |roles: &[&str], text: &str| of(granted(roles), &Facts { policies: &[policy(text)], ..Facts::default() });
    let community = "vo.example".to_owned();
    let rule = "[[sizes]]\nsizes = 'L*'\nroles = ['gpu']";
    let kept = Reason::SizeNotForYou { community: community.clone(), roles: vec!["gpu".to_owned()] };
    assert_eq!(ruled(&["member"], rule), (1, vec![kept]));
    assert_eq!(ruled(&["gpu"], rule).0, 2);
    assert_eq!(ruled(&[], "images = ['debian:*']").0, 2);
    let (none, reasons) = ruled(&[], "images = ['windows*']");
    assert_eq!(
        (none, &reasons[0]),
        (0, &Reason::ImageNotAllowed { community: community.clone(), image: "ubuntu 22.04".to_owned() })
    );

    let exclusion = |until: Timestamp| [Exclusion::of_service("a", "it failed", until)];
    let excluded = of(granted(&[]), &Facts { exclusions: &exclusion(until), ..Facts::default() });
    assert_eq!(excluded, (0, vec![Reason::Excluded { cause: "it failed".to_owned(), until }]));
    let place = [Place { stock: stock.clone(), access: granted(&[]) }];
    let six_hours_ago = exclusion(NOW.minus(6 * hour));
    let forgiven = plan_with(&any, &place, &Facts { exclusions: &six_hours_ago, ..Facts::default() });
    let term = forgiven.offers[0].terms.iter().find(|term| term.name == "failures").expect("shown");
    assert_eq!(term.points, -10.0, "half is forgiven");

    // How machines fared there: shown with its evidence, and nothing where none was asked for.
    let weather = |operation: &str, tries, successes| Weather {
        tries,
        successes,
        p50_millis: Some(40_000),
        p95_millis: Some(120_000),
        last_failure: Some(Failure { at: NOW, cause: "no room".to_owned() }),
        ..Weather::none("a", operation)
    };
    let fared = |weather: &[Weather]| {
        let plan = plan_with(&any, &place, &Facts { weather, ..Facts::default() });
        plan.offers[0].terms.iter().find(|term| term.name == "weather").map(|term| (term.points, term.detail.clone()))
    };
    assert_eq!(fared(&[]), None);
    assert_eq!(fared(&[Weather { service: "b".to_owned(), ..weather("boot", 9, 0) }, weather("list", 9, 0)]), None);
    let (points, detail) = fared(&[weather("boot", 10, 8), weather("create", 9, 8)]).expect("shown");
    // Three of eleven failed, half of those that came up took a third of what costs half.
    assert!((points - (-20.0 * 3.0 / 13.0 - 6.0 * 0.25)).abs() < 1e-9, "{points}");
    let told = "8 of the last 11 machines asked for here came up, half of them within 40 s, nearly all within 120 s; \
         the last failure: no room";
    assert_eq!(detail, told);
    let (always, _) = fared(&[weather("boot", 50, 50)]).expect("shown");
    let (never, _) = fared(&[weather("create", 50, 0)]).expect("shown");
    assert!(never < points && points < always && always > -2.0 && never > -20.0, "{never} {points} {always}");

    // What is named of a service is set aside alone.
    let aside = |exclusion: Exclusion| of(granted(&[]), &Facts { exclusions: &[exclusion], ..Facts::default() });
    let base = Exclusion::of_service("a", "no room", until);
    let reason = || vec![Reason::Excluded { cause: "no room".to_owned(), until }];
    assert_eq!(aside(Exclusion { size: Some("large".to_owned()), ..base.clone() }), (1, reason()));
    assert_eq!(aside(Exclusion { project: Some("another".to_owned()), ..base.clone() }).0, 2);
    assert_eq!(aside(Exclusion { public: true, ..base.clone() }).0, 2, "no public address is wanted");
    let image = |exclusions: &[Exclusion]| {
        let plan = plan_with(&any, &place, &Facts { exclusions, ..Facts::default() });
        plan.offers[0].image.as_ref().map(|image| image.id.clone()).expect("an image")
    };
    let usual = image(&[]);
    assert_ne!(image(&[Exclusion { image: Some(usual.clone()), ..base }]), usual, "another one is left");

    let mut shared = cloud("a");
    shared.quotas.cores = Some(Quota { used: 96, limit: None });
    let stock = Arc::new(Stock::of_project(Arc::new(shared)));
    let place = [Place { stock, access: granted(&[]) }];
    let share = policy(
        "[[shares]]\nservice = 'a'\ncores = 100\nbinding = true\n[[preferences]]\nservices = '*'\npoints = 7\nwhy = 'near'",
    );
    let plan = plan_with(&any, &place, &Facts { policies: &[share], ..Facts::default() });
    assert_eq!(plan.rejections[0].reasons[0].reason, Reason::ShareUsedUp { community, used: 96, agreed: 100 });
    let names: Vec<&str> = plan.offers[0].terms.iter().map(|term| term.name.as_str()).collect();
    assert_eq!(names, ["headroom", "waste", "share", "preference"]);
}

#[test]
fn jobs_and_machines_are_planned_together_or_apart() {
    let mut local = crate::service("local", vec![Size { divisible: true, ..size("all", 8, 16, 100) }]);
    local.container_engines.push("podman".to_owned());
    let stock = Stock::unseen("dark", "dark-site", None, Some("vo.example".to_owned()), "nobody signed in there yet");
    let places = [
        Place::open(Arc::new(Stock::of_service(local))),
        Place::open(Arc::new(Stock::of_project(Arc::new(cloud("a"))))),
        Place::open(Arc::new(stock)),
    ];
    let services = |asked: &Asked| {
        let plan = plan_with(asked, &places, &Facts::default());
        let mut services: Vec<String> = plan.offers.iter().map(|offer| offer.service.clone()).collect();
        services.sort();
        services.dedup();
        (services, plan.rejections)
    };
    let any = Asked::default();
    assert_eq!(services(&any).0, ["a", "local"]);
    assert!(matches!(services(&any).1[0].reasons[0].reason, Reason::NotSeen { .. }));
    let machine = Asked { kind: Some(RunKind::Machine), ..Asked::default() };
    assert_eq!(services(&machine).0, ["a"]);
    assert_eq!(services(&Asked { kind: Some(RunKind::Batch), ..Asked::default() }).0, ["local"]);
    assert_eq!(
        services(&Asked { machine: Some(wants("debian")), ..Asked::default() }).0,
        ["a"],
        "jobs have no system of their own"
    );
    assert_eq!(services(&Asked { container: Some("x".to_owned()), ..Asked::default() }).0, ["local"]);
    let place = Where { community: Some("other".to_owned()), ..Where::default() };
    let (found, rejected) = services(&Asked { place, ..Asked::default() });
    assert_eq!(found, ["local"], "a service without projects serves every community");
    assert_eq!(rejected[0].reasons[0].reason, Reason::OtherCommunity { wanted: "other".to_owned() });
}
