//! The filters that hold for a place as a whole: whether anything of it can be an offer at all.

use model::offer::{Attachment, Confidence, Downtime, Exclusion, Quantity, Quota, Reason, Service, Snapshot};
use model::policy::{Policy, SizeRule};
use model::request::{Image, Machine, Resources, RunKind, with_index};
use model::{Timestamp, offer::Wish};

use crate::image::{self, Choice};
use crate::stock::Origin;
use crate::{Facts, Place};

/// A question, as it is put to each place.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub now: Timestamp,
    pub wish: &'a Wish<'a>,
    pub facts: &'a Facts<'a>,
    /// Reasons are wanted, and not only whether there are any.
    pub explain: bool,
}

/// A place that is open to the wish; its sizes are still to be looked at.
pub(crate) struct Opened<'a> {
    pub place: &'a Place,
    pub machine: Option<&'a Machine>,
    /// In whose name.
    pub community: Option<&'a str>,
    pub policy: Option<&'a Policy>,
    /// Sizes that not everybody may use.
    pub rules: Vec<(&'a SizeRule, bool)>,
    pub way: Way<'a>,
    /// Sizes that are set aside.
    pub sizes_aside: Vec<&'a Exclusion>,
}

/// What would be started there.
pub(crate) enum Way<'a> {
    Job(&'a Service),
    Machine { snapshot: &'a Snapshot, choice: Choice, attachment: &'a Attachment, reach: Option<Confidence> },
}

impl Opened<'_> {
    /// What machines here start from where their size's own disk does not do.
    pub fn roots(&self, asked: &Resources) -> Roots {
        Roots { has_volumes: self.place.stock.has_volumes(), disk: asked.disk.get() }
    }

    /// Of the cores that the service agreed to give to the community: how many are used, how many there are, and whether
    /// more are refused.
    pub fn share(&self) -> Option<(u64, u64, bool)> {
        let Way::Machine { snapshot, .. } = &self.way else { return None };
        let share = self.policy?.shares.iter().find(|share| share.service == snapshot.service)?;
        Some((snapshot.quotas.cores?.used, share.cores, share.binding))
    }
}

/// Which sizes start from a volume: those that have no disk of their own; and, where there are volumes, those whose disk is
/// shorter than what is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Roots {
    pub has_volumes: bool,
    disk: u64,
}

impl Roots {
    /// `disk` and `from_volume`: as the size says it.
    pub fn is_volume(self, disk: u64, from_volume: bool) -> bool {
        from_volume | (self.has_volumes & (disk < self.disk))
    }
}

/// A place that is not open to the wish.
pub(crate) struct Shut {
    /// Empty where nobody wants to be told.
    pub reasons: Vec<Reason>,
    /// The person is let in, and what is there is of the kind that is wanted.
    pub may_be_looked_at: bool,
}

/// All that rules the place out. Texts are only made when somebody will read them: looking for what would be possible
/// otherwise asks every place a dozen times.
struct Findings {
    explain: bool,
    shut: bool,
    told: Vec<Reason>,
}

impl Findings {
    fn unless(&mut self, right: bool, reason: impl FnOnce() -> Reason) {
        self.shut |= !right;
        if !right && self.explain {
            self.told.push(reason());
        }
    }
}

pub(crate) fn open<'a>(asked: Asked<'a>, place: &'a Place) -> Result<Opened<'a>, Shut> {
    let mut found = Findings { explain: asked.explain, shut: false, told: Vec::new() };
    wanted_here(asked.wish, place, &mut found);
    works_now(asked, place, &mut found);
    let roles = let_in(place, &mut found);
    let Some(roles) = roles.filter(|_| asked.explain || !found.shut) else {
        return Err(Shut { reasons: found.told, may_be_looked_at: false });
    };
    let community = place.stock.community.as_deref().or(asked.wish.place.community.as_deref());
    let policy = community.and_then(|name| asked.facts.policies.iter().find(|policy| policy.community == name));
    let rules = policy.map(|policy| rules(policy, &place.stock.service, roles)).unwrap_or_default();
    let way = match &place.stock.origin {
        Origin::Service(service) => job(asked.wish, service, policy, &mut found),
        Origin::Project(snapshot) => machine(asked, place, snapshot, policy, &mut found),
        Origin::Unseen { why } => {
            found.unless(false, || Reason::NotSeen { why: why.clone() });
            None
        }
    };
    match way {
        Some(way) if !found.shut => {
            let sizes_aside = excluded(asked, place).filter(|exclusion| exclusion.size.is_some()).collect();
            Ok(Opened { place, machine: asked.wish.machine, community, policy, rules, way, sizes_aside })
        }
        _ => Err(Shut { may_be_looked_at: is_of_kind(asked.wish, place), reasons: found.told }),
    }
}

fn is_of_kind(wish: &Wish<'_>, place: &Place) -> bool {
    match place.stock.origin {
        Origin::Service(_) => is_job(wish),
        Origin::Project(_) => is_machine(wish),
        Origin::Unseen { .. } => false,
    }
}

/// Whoever says how a machine is to be wants one.
fn is_job(wish: &Wish<'_>) -> bool {
    wish.kind != Some(RunKind::Machine) && wish.machine.is_none_or(|machine| *machine == Machine::default())
}

fn is_machine(wish: &Wish<'_>) -> bool {
    wish.kind != Some(RunKind::Batch) && wish.container.is_none()
}

fn wanted_here(wish: &Wish<'_>, place: &Place, found: &mut Findings) {
    let (wanted, stock) = (wish.place, &place.stock);
    let is = |wanted: &Option<String>, has: &str| wanted.as_deref().is_none_or(|wanted| wanted == has);
    let told = |wanted: &Option<String>| wanted.clone().unwrap_or_default();
    found.unless(is(&wanted.site, &stock.site), || Reason::OtherSite { wanted: told(&wanted.site) });
    found.unless(is(&wanted.service, &stock.service), || Reason::OtherService { wanted: told(&wanted.service) });
    let project = wanted
        .project
        .as_deref()
        .is_none_or(|wanted| stock.project.as_ref().is_some_and(|project| wanted == project.id || wanted == project.name));
    found.unless(project, || Reason::OtherProject { wanted: told(&wanted.project) });
    // A service without projects serves every community: who may ask in the name of one was decided before.
    let community = stock.project.is_none() || wanted.community.is_none() || wanted.community == stock.community;
    found.unless(community, || Reason::OtherCommunity { wanted: told(&wanted.community) });
}

fn works_now(asked: Asked<'_>, place: &Place, found: &mut Findings) {
    let stock = &place.stock;
    let end = asked.now.plus(asked.wish.resources.walltime.duration());
    let concerns = |downtime: &&Downtime| {
        let here = downtime.site == stock.site && downtime.service.as_ref().is_none_or(|service| *service == stock.service);
        here && downtime.from < end && downtime.until > asked.now
    };
    for Downtime { from, until, why, .. } in asked.facts.downtimes.iter().filter(concerns) {
        found.unless(false, || Reason::Downtime { from: *from, until: *until, why: why.clone() });
    }
    let wants_public = asked.wish.machine.is_some_and(|machine| machine.public);
    let is_whole = |exclusion: &&Exclusion| {
        let is_part = exclusion.size.is_some() || exclusion.image.is_some() || exclusion.pool.is_some();
        !is_part && (wants_public || !exclusion.public)
    };
    for exclusion in excluded(asked, place).filter(is_whole) {
        found.unless(false, || Reason::of_exclusion(exclusion));
    }
}

/// What is set aside now of a place: all of it, or sizes and images.
fn excluded<'a>(asked: Asked<'a>, place: &Place) -> impl Iterator<Item = &'a Exclusion> {
    let (service, project) = (&place.stock.service, place.stock.project.as_ref().map(|project| &project.id));
    asked.facts.exclusions.iter().filter(move |exclusion| {
        exclusion.service == *service
            && exclusion.until > asked.now
            && exclusion.project.as_ref().is_none_or(|wanted| Some(wanted) == project)
    })
}

/// The caller's roles there; none: not let in.
fn let_in<'a>(place: &'a Place, found: &mut Findings) -> Option<&'a [String]> {
    use crate::Access;
    match &place.access {
        Access::Granted { roles } => return Some(roles),
        Access::Refused { why, remedy } => found.unless(false, || Reason::NotLetIn { why: why.clone(), remedy: remedy.clone() }),
        Access::Unknown { why } => found.unless(false, || Reason::AccessNotKnown { why: why.clone() }),
    }
    None
}

fn rules<'a>(policy: &'a Policy, service: &str, roles: &[String]) -> Vec<(&'a SizeRule, bool)> {
    let here = |rule: &&SizeRule| rule.services.as_ref().is_none_or(|services| services.matches(service));
    let has_one = |rule: &SizeRule| rule.roles.iter().any(|role| roles.contains(role));
    policy.sizes.iter().filter(here).map(|rule| (rule, has_one(rule))).collect()
}

fn job<'a>(wish: &Wish<'_>, service: &'a Service, policy: Option<&Policy>, found: &mut Findings) -> Option<Way<'a>> {
    if !is_job(wish) {
        found.unless(false, || Reason::OtherKind { wanted: RunKind::Machine });
        return None;
    }
    if let Some(image) = wish.container {
        // What is no image was refused with the request.
        let able = with_index(image, 0).parse().map_or(&[][..], |image: Image| image.engines());
        let one = service.container_engines.iter().any(|engine| able.contains(&engine.as_str()));
        found.unless(one, || no_engine(service, image, able));
        let allowed = policy.and_then(|policy| policy.software.as_ref());
        let allowed = allowed.is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(image)));
        let community = policy.map(|policy| policy.community.clone()).unwrap_or_default();
        found.unless(allowed, || Reason::SoftwareNotAllowed { community, image: image.to_owned() });
    }
    let Resources { nodes, tasks_per_node, .. } = *wish.resources;
    let one = nodes <= 1 && tasks_per_node <= 1;
    found.unless(one || service.multi_node, || Reason::OneNodeOnly { nodes, tasks_per_node });
    found.unless(!service.sizes.is_empty(), || Reason::NoSizes);
    Some(Way::Job(service))
}

fn no_engine(service: &Service, image: &str, able: &[&str]) -> Reason {
    if !service.container_engines.is_empty() {
        let there = service.container_engines.join(", ");
        return Reason::NoContainerEngine { detail: format!("{image} needs {}, and there is {there}", able.join(" or ")) };
    }
    let about = service.facts.iter().filter(|fact| fact.name.starts_with("container"));
    let told: Vec<&str> = about.map(|fact| fact.value.as_str()).collect();
    Reason::NoContainerEngine { detail: if told.is_empty() { "none was found".to_owned() } else { told.join("; ") } }
}

fn machine<'a>(
    asked: Asked<'_>,
    place: &Place,
    snapshot: &'a Snapshot,
    policy: Option<&Policy>,
    found: &mut Findings,
) -> Option<Way<'a>> {
    let wish = asked.wish;
    if !is_machine(wish) {
        found.unless(false, || Reason::OtherKind { wanted: RunKind::Batch });
        return None;
    }
    let Resources { nodes, tasks_per_node, .. } = *wish.resources;
    found.unless(nodes <= 1 && tasks_per_node <= 1, || Reason::OneNodeOnly { nodes, tasks_per_node });
    let quotas = &snapshot.quotas;
    for (of, quota) in [(Quantity::Instances, quotas.instances), (Quantity::Ports, quotas.ports)] {
        found.unless(quota.is_none_or(|quota| quota.allows(1)), || over(of, quota));
    }
    found.unless(!snapshot.sizes.is_empty(), || missing(snapshot, "sizes").unwrap_or(Reason::NoSizes));
    let wants_public = wish.machine.is_some_and(|machine| machine.public);
    let pools_aside: Vec<&Exclusion> = excluded(asked, place).filter(|exclusion| exclusion.pool.is_some()).collect();
    let attachment = attachment(snapshot, wants_public, &pools_aside);
    found.unless(attachment.is_some(), || {
        let obstacles = snapshot.reach.obstacles.clone();
        let none = || match (wants_public, pools_aside.first()) {
            (true, Some(exclusion)) => Reason::of_exclusion(exclusion),
            (true, _) => Reason::NoPublicAddress { obstacles },
            (false, _) => Reason::NoWayOut { obstacles },
        };
        missing(snapshot, "networks").unwrap_or_else(none)
    });
    if found.shut && !found.explain {
        return None;
    }
    let aside: Vec<&Exclusion> = excluded(asked, place).filter(|exclusion| exclusion.image.is_some()).collect();
    let choice = Choice::of(&place.stock, snapshot, wish.machine, policy, &aside);
    if let Err(lack) = &choice {
        let community = policy.map(|policy| policy.community.as_str()).unwrap_or_default();
        found.unless(false, || image::reason(lack, snapshot, wish.machine, community));
    }
    // What only trying tells is a guess, however sure the rest is.
    let known = if snapshot.reach.public.is_empty() { Confidence::Guessed } else { snapshot.reach.confidence };
    let reach = wants_public.then_some(known);
    Some(Way::Machine { snapshot, choice: choice.ok()?, attachment: attachment?, reach })
}

/// A way of which only trying tells is better than none: the site hides what would tell.
/// Whether a floating address is free, or may still be had, is part of what the way is known by: where there is none,
/// the way is not among those to public addresses.
fn attachment<'a>(snapshot: &'a Snapshot, wants_public: bool, aside: &[&Exclusion]) -> Option<&'a Attachment> {
    let leads_out = |attachment: &&Attachment| !matches!(attachment, Attachment::Isolated { .. });
    let is_aside = |attachment: &&Attachment| {
        let Attachment::Floating { pool, .. } = attachment else { return false };
        aside.iter().any(|exclusion| exclusion.pool.as_ref() == Some(&pool.id))
    };
    let public =
        snapshot.reach.public.iter().chain(&snapshot.reach.untried).find(|attachment| !wants_public || !is_aside(attachment));
    if wants_public { public } else { snapshot.reach.private.iter().find(leads_out).or(public) }
}

/// What is not there because that part of the service did not answer.
fn missing(snapshot: &Snapshot, part: &str) -> Option<Reason> {
    let gap = snapshot.gaps.iter().find(|gap| gap.part == part)?;
    Some(Reason::PartMissing { part: gap.part.clone(), why: gap.why.clone() })
}

pub(crate) fn over(of: Quantity, quota: Option<Quota>) -> Reason {
    let left = quota.and_then(|quota| quota.left()).unwrap_or_default();
    Reason::OverQuota { of, left, limit: quota.and_then(|quota| quota.limit).unwrap_or_default() }
}
