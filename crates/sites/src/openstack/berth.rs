//! The place of one machine: what it needs around it at an offer, made and removed in a [`Yard`].
//!
//! Everything around the machine is made for it alone, and goes with it; what was there before stays as it was. Removal
//! goes by the mark, and by the identifier that was remembered: a list alone may be late, or lie.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use model::Problem;
use model::machine::{Address, MachineStatus};
use model::mark::{Mark, Slot};
use model::offer::{Attachment, Named, Router, TenantNetwork};
use model::request::Opening;

use super::evidence::Hints;
use super::yard::{Fault, Found, NewServer, Root, VolumeState};
use super::{Yard, trouble};
use crate::driver::{Created, DriverError, Ground, Memory, Readiness, Removal, Sight, Start, Thing, ThingKind};

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Blueprint {
    pub attachment: Attachment,
    /// The site's identifiers.
    pub size: String,
    pub image: String,
    /// What it starts from is a volume of this length.
    pub volume_gibibytes: Option<u64>,
    pub open: Vec<Opening>,
    /// It is to have an address that is reached from outside.
    pub public: bool,
    /// Where an address comes from that was not asked for at the beginning.
    pub pool: Option<Named>,
    /// How long a volume for data is that was not asked for at the beginning.
    pub data_gibibytes: Option<u64>,
}

/// What a machine is told at its first boot: put together at the moment when it is asked for, and only then. A code in it,
/// which is good for one machine, is not spent on one that is there already.
#[async_trait]
pub trait FirstWords: Send + Sync {
    /// In base64.
    async fn write(&self) -> Result<String, Problem>;
}

pub struct Berth {
    yard: Yard,
    blueprint: Blueprint,
    /// What tells whether an address is reached from outside.
    hints: Hints,
    words: Option<Arc<dyn FirstWords>>,
    /// Identifiers of what is there.
    made: Mutex<BTreeMap<ThingKind, String>>,
}

/// What changes quickly.
const SOON: Duration = Duration::from_millis(250);
const LATER: Duration = Duration::from_secs(1);
/// Of a site that cannot be asked.
const MUCH_LATER: Duration = Duration::from_secs(15);

/// All that a machine attached like this needs, in the order of creation. None: it would have to change what is not ours.
pub fn things(attachment: &Attachment, from_volume: bool) -> Option<Vec<Thing>> {
    let mut kinds = vec![ThingKind::Group, ThingKind::Port, ThingKind::Server];
    kinds.extend(from_volume.then_some(ThingKind::Volume));
    match attachment {
        Attachment::Direct { .. } | Attachment::Outbound { .. } | Attachment::Isolated { .. } => {}
        Attachment::Floating { network, router, .. } => {
            kinds.push(ThingKind::Address);
            kinds.extend(ways(network, router)?);
        }
        Attachment::OutboundThrough { network, router, .. } => kinds.extend(ways(network, router)?),
    }
    kinds.sort();
    Some(kinds.into_iter().map(|kind| Thing { kind, slot: Slot::new(kind.as_str(), 0) }).collect())
}

fn ways(network: &TenantNetwork, router: &Router) -> Option<Vec<ThingKind>> {
    let network = matches!(network, TenantNetwork::ToCreate).then_some(ThingKind::Network);
    let router = match router {
        Router::Existing { .. } => None,
        Router::ToAttach { .. } => Some(ThingKind::Link),
        Router::ToCreate => Some(ThingKind::Router),
        Router::ToOpen { .. } => return None,
    };
    Some(network.into_iter().chain(router).collect())
}

impl Berth {
    /// `made`: what is there already.
    pub fn new(yard: Yard, blueprint: Blueprint, hints: Hints, made: BTreeMap<ThingKind, String>) -> Self {
        Self { yard, blueprint, hints, words: None, made: Mutex::new(made) }
    }

    pub fn told(self, words: Arc<dyn FirstWords>) -> Self {
        Self { words: Some(words), ..self }
    }

    /// Its address comes from there, and is to be reached from outside.
    pub fn with_pool(self, pool: &Named) -> Self {
        Self { blueprint: Blueprint { pool: Some(pool.clone()), public: true, ..self.blueprint }, ..self }
    }

    /// A volume for data is that long.
    pub fn with_data(self, gibibytes: u64) -> Self {
        Self { blueprint: Blueprint { data_gibibytes: Some(gibibytes), ..self.blueprint }, ..self }
    }

    pub fn yard(&self) -> &Yard {
        &self.yard
    }

    fn id_of(&self, kind: ThingKind) -> Option<String> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&kind).cloned()
    }

    fn network(&self) -> Option<String> {
        match &self.blueprint.attachment {
            Attachment::Direct { network, .. } | Attachment::Outbound { network } | Attachment::Isolated { network } => {
                Some(network.id.clone())
            }
            Attachment::Floating { network, .. } | Attachment::OutboundThrough { network, .. } => match network {
                TenantNetwork::Existing { id, .. } => Some(id.clone()),
                TenantNetwork::ToCreate => self.id_of(ThingKind::Network),
            },
        }
    }

    fn pool(&self) -> Option<&Named> {
        if let Some(pool) = &self.blueprint.pool {
            return Some(pool);
        }
        match &self.blueprint.attachment {
            Attachment::Floating { pool, .. } | Attachment::OutboundThrough { pool, .. } => Some(pool),
            _ => None,
        }
    }

    fn router(&self) -> Option<&str> {
        match &self.blueprint.attachment {
            Attachment::Floating { router: Router::ToAttach { id, .. }, .. }
            | Attachment::OutboundThrough { router: Router::ToAttach { id, .. }, .. } => Some(id),
            _ => None,
        }
    }

    fn root(&self) -> Root {
        let Blueprint { image, volume_gibibytes, .. } = self.blueprint.clone();
        match (volume_gibibytes, self.id_of(ThingKind::Volume)) {
            (None, _) => Root::Image(image),
            (Some(_), Some(volume)) => Root::Volume(volume),
            (Some(gibibytes), None) => Root::Unmarked { image, gibibytes },
        }
    }

    async fn make(&self, mark: &Mark, kind: ThingKind) -> Result<Found, Fault> {
        let yard = &self.yard;
        // What is missing here was to be made before; the site says what it makes of an empty identifier.
        let network = self.network().unwrap_or_default();
        let id = |kind| self.id_of(kind).unwrap_or_default();
        let pool = self.pool().map(|pool| pool.id.as_str()).unwrap_or_default();
        let router = self.router().unwrap_or_default();
        match kind {
            ThingKind::Group => yard.make_group(mark, &self.blueprint.open).await,
            ThingKind::Network => yard.make_network(mark).await,
            ThingKind::Router => yard.make_router(mark, pool, &network).await,
            ThingKind::Link => yard.make_link(mark, router, &network).await,
            ThingKind::Port => yard.make_port(mark, &network, &id(ThingKind::Group)).await,
            ThingKind::Address => yard.make_address(mark, pool, &id(ThingKind::Port)).await,
            ThingKind::Volume => {
                let Blueprint { image, volume_gibibytes, .. } = &self.blueprint;
                yard.make_volume(mark, volume_gibibytes.unwrap_or(1), Some(image)).await
            }
            ThingKind::Data => yard.make_volume(mark, self.blueprint.data_gibibytes.unwrap_or(1), None).await,
            ThingKind::Server | ThingKind::Directory | ThingKind::Pilot => {
                let size = self.blueprint.size.clone();
                let user_data = match &self.words {
                    Some(words) => Some(words.write().await.map_err(|problem| Fault::Wordless(Box::new(problem)))?),
                    None => None,
                };
                let port = id(ThingKind::Port);
                yard.make_server(mark, &NewServer { size, root: self.root(), port, user_data }).await
            }
        }
    }

    /// Whoever made it may have come only half way.
    async fn finish(&self, mark: &Mark, kind: ThingKind, found: &Found) -> Result<(), Fault> {
        match kind {
            ThingKind::Group => self.yard.open(&found.id, &self.blueprint.open).await,
            ThingKind::Network => self.yard.furnish_network(found, mark).await,
            ThingKind::Router => self.yard.attach_router(&found.id, &self.network().unwrap_or_default()).await,
            ThingKind::Link => self.yard.finish_link(found, self.router().unwrap_or_default()).await,
            _ => Ok(()),
        }
    }

    async fn find_or_make(&self, mark: &Mark, kind: ThingKind, memory: &Memory) -> Result<Option<Found>, Fault> {
        if memory.is_asked {
            // The oldest: were there more, all but that are removed with the attempt.
            if let Some(found) = self.yard.find(kind, mark).await?.into_iter().next() {
                self.finish(mark, kind, &found).await?;
                return Ok(Some(found));
            }
            if memory.is_recent {
                return Ok(None);
            }
        }
        self.make(mark, kind).await.map(Some)
    }

    /// The one from a pool; Nova learns of it some time after Neutron.
    async fn floating(&self) -> Result<Option<Address>, Fault> {
        let Some(id) = self.id_of(ThingKind::Address) else { return Ok(None) };
        let Some(shown) = self.yard.show(ThingKind::Address, &id).await? else { return Ok(None) };
        let told = |name: &str| shown.told[name].as_str().map(str::to_owned);
        let Some(address) = told("floating_ip_address") else { return Ok(None) };
        let network = told("floating_network_id").unwrap_or_default();
        // One that was asked for later may be of another pool than those on the way here.
        let pool = self.pool().filter(|pool| pool.id == network).cloned();
        let pool = pool.unwrap_or(Named { id: network, name: String::new() });
        let public = address.parse().is_ok_and(|address| self.hints.reaches(&pool, address));
        Ok(Some(Address { public, address, floating: true }))
    }

    /// Of some pools only their addresses tell whether they are reached from outside.
    pub async fn check_address(&self) -> Result<(), DriverError> {
        let floating = self.floating().await.map_err(|fault| trouble::at_creation(ThingKind::Address, fault))?;
        self.check(floating.as_slice())
    }

    fn check(&self, addresses: &[Address]) -> Result<(), DriverError> {
        let floating = addresses.iter().find(|one| one.floating).filter(|one| self.blueprint.public && !one.public);
        match (floating, self.pool()) {
            (Some(one), Some(pool)) => Err(trouble::unreached(self.yard.service(), pool, &one.address)),
            _ => Ok(()),
        }
    }

    async fn addresses(&self, server: Vec<String>) -> Result<Vec<Address>, Fault> {
        let floating = self.floating().await?;
        let reached: &[u8] = match &self.blueprint.attachment {
            Attachment::Direct { versions, .. } => versions,
            _ => &[],
        };
        let is_public = |address: &str| reached.contains(if address.contains(':') { &6 } else { &4 });
        let fixed = server.into_iter().filter(|address| floating.as_ref().is_none_or(|one| one.address != *address));
        let fixed = fixed.map(|address| Address { public: is_public(&address), address, floating: false });
        Ok(floating.clone().into_iter().chain(fixed).collect())
    }

    /// All that is there of the thing; with what is remembered and carries another mark by now, which is not ours.
    async fn left(&self, mark: &Mark, kind: ThingKind, memory: &Memory) -> Result<(Vec<Found>, Option<String>), Fault> {
        let mut found = self.yard.find(kind, mark).await?;
        let unlisted = memory.remote_id.as_ref().filter(|id| !found.iter().any(|one| one.id == **id));
        if let Some(id) = unlisted
            && let Some(shown) = self.yard.show(kind, id).await?
        {
            match Yard::mark_of(kind, &shown) {
                Some(its) if its == *mark => found.push(shown),
                _ => return Ok((found, Some(id.clone()))),
            }
        }
        Ok((found, None))
    }

    async fn remove_once(&self, mark: &Mark, kind: ThingKind, memory: &Memory) -> Result<Removal, Fault> {
        let (left, stranger) = self.left(mark, kind, memory).await?;
        if left.is_empty() {
            let is_doubtful = memory.is_asked && memory.remote_id.is_none() && memory.is_recent;
            return Ok(match (stranger, is_doubtful) {
                (_, true) => Removal::Going { look_again: LATER },
                (Some(id), _) => Removal::Gone { evidence: format!("{id} does not carry our mark any more, and was left alone") },
                (None, _) => Removal::Gone { evidence: evidence(self.yard.service(), kind, memory) },
            });
        }
        for found in &left {
            match self.yard.take_away(kind, found).await {
                // What hangs on it goes first, and takes its time.
                Err(Fault::Denied(denied)) if denied.status == 409 => return Ok(Removal::Going { look_again: LATER }),
                taken => taken?,
            }
        }
        Ok(Removal::Going { look_again: SOON })
    }
}

fn evidence(service: &str, kind: ThingKind, memory: &Memory) -> String {
    let article = if kind == ThingKind::Address { "an" } else { "a" };
    let unlisted = format!("{service} does not list {article} {} with its mark", kind.as_str());
    match &memory.remote_id {
        Some(id) => format!("{unlisted}, and answers 404 for {id}"),
        None => unlisted,
    }
}

#[async_trait]
impl Ground for Berth {
    async fn create(&self, mark: &Mark, thing: &Thing, _: Option<Start>, memory: &Memory) -> Result<Created, DriverError> {
        let kind = thing.kind;
        let made = match self.find_or_make(mark, kind, memory).await {
            Ok(Some(found)) => found,
            Ok(None) => return Err(DriverError::NotYetSeen { look_again: LATER }),
            Err(fault) => return Err(trouble::at_creation(kind, fault)),
        };
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(kind, made.id.clone());
        if kind == ThingKind::Address {
            // As soon as it can be known: the machine is still booting.
            self.check_address().await?;
        }
        Ok(Created { remote_id: made.id })
    }

    async fn foundation(&self) -> Result<Readiness, DriverError> {
        let Some(id) = self.id_of(ThingKind::Volume) else { return Ok(Readiness::Ready(None)) };
        let shown = self.yard.show(ThingKind::Volume, &id).await;
        let Some(volume) = shown.map_err(|fault| trouble::at_creation(ThingKind::Volume, fault))? else {
            return Ok(Readiness::Unseen { look_again: LATER });
        };
        match VolumeState::of(&volume) {
            // A machine that has it is the one that is asked for.
            VolumeState::Free | VolumeState::Taken => Ok(Readiness::Ready(None)),
            VolumeState::Busy => Ok(Readiness::NotYet { look_again: SOON }),
            VolumeState::Going | VolumeState::Broken => Err(trouble::spoiled(self.yard.service())),
        }
    }

    async fn readiness(&self, _: &Mark) -> Result<Readiness, DriverError> {
        let id = self.id_of(ThingKind::Server).unwrap_or_default();
        let shown = self.yard.server(&id).await.map_err(|fault| trouble::at_creation(ThingKind::Server, fault))?;
        let Some(server) = shown else { return Ok(Readiness::Unseen { look_again: LATER }) };
        match server.status {
            MachineStatus::Building => Ok(Readiness::NotYet { look_again: SOON }),
            MachineStatus::Error => Err(trouble::broken(self.yard.service(), server.fault.as_deref().unwrap_or_default())),
            status => {
                let addresses = self.addresses(server.addresses).await;
                let addresses = addresses.map_err(|fault| trouble::at_creation(ThingKind::Address, fault))?;
                // Whoever made it may have died before it looked.
                self.check(&addresses)?;
                Ok(Readiness::Ready(Some(Sight { status, addresses })))
            }
        }
    }

    async fn exists(&self, mark: &Mark, thing: &Thing) -> Result<bool, DriverError> {
        let memory = Memory { remote_id: self.id_of(thing.kind), ..Memory::default() };
        let (left, _) = self.left(mark, thing.kind, &memory).await.map_err(|fault| trouble::at_creation(thing.kind, fault))?;
        Ok(!left.is_empty())
    }

    async fn remove(&self, mark: &Mark, thing: &Thing, memory: &Memory) -> Result<Removal, DriverError> {
        if !memory.is_asked && memory.remote_id.is_none() {
            return Ok(Removal::Gone { evidence: "it was never asked for".to_owned() });
        }
        let removed = self.remove_once(mark, thing.kind, memory).await;
        Ok(removed
            .unwrap_or_else(|fault| Removal::Stuck { look_again: MUCH_LATER, why: trouble::at_removal(thing.kind, &fault) }))
    }
}
