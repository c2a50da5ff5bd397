//! One look at a project: everything at once, until one deadline, each part with its own fate.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::time::Clock;
use tokio::time::Instant;

use super::component::place;
use super::inventory::{ComputeLimits, Flavor, Image, Part, VolumeLimits, Zone};
use super::neutron::Networking;
use super::nova::Agreed;
use super::reader::Reader;
use super::{Account, Component, Error, Http, Inventory, Lie, Session, cinder, glance, neutron, nova};

/// What a service's components can be asked for. A trait for the sake of those who refresh and remember: their tests decide
/// what there is to be seen.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// The session's project. It never fails as a whole, and takes no longer than it may; what did not come within that
    /// time says so.
    async fn inventory(&self, session: &Session, within: Duration) -> Inventory;
}

/// One service, asked by HTTP.
pub struct HttpCloud {
    account: Account,
    http: Http,
    clock: Arc<dyn Clock>,
    agreed: Agreed,
}

impl HttpCloud {
    /// `http` is to be shared with the service's Keystone, and with all services that have no authority of their own.
    pub fn new(account: Account, http: Http, clock: Arc<dyn Clock>) -> Self {
        Self { account, http, clock, agreed: Agreed::default() }
    }

    /// `Ok(None)`: there is no such component.
    fn reader<'a>(
        &'a self,
        component: Component,
        session: &'a Session,
        within: Duration,
        until: Instant,
    ) -> Part<Option<Reader<'a>>> {
        let place = place(component, &self.account, session)?;
        let (http, service, token) = (&self.http, self.account.service.as_str(), &session.token);
        Ok(place.map(|place| Reader { http, service, component, place, token, within, until }))
    }

    /// No project is without it.
    fn needed<'a>(&self, component: Component, reader: Part<Option<Reader<'a>>>) -> Part<Reader<'a>> {
        let lie = Lie::NoEndpoint { component, region: self.account.region.clone() };
        reader?.ok_or_else(|| Error::Lie { service: self.account.service.clone(), lie })
    }
}

#[async_trait]
impl Cloud for HttpCloud {
    async fn inventory(&self, session: &Session, within: Duration) -> Inventory {
        let (seen_at, until) = (self.clock.now(), Instant::now() + within);
        let reader = |component| self.reader(component, session, within, until);
        let needed = |component| self.needed(component, reader(component));
        let (compute, images, network) = (needed(Component::Compute), needed(Component::Image), needed(Component::Network));
        let project = session.project.id.as_str();
        let ((flavors, compute_limits, zones), images, networking, volume_limits) = tokio::join!(
            self.computing(&compute),
            imaging(&images),
            networking(&network, project),
            volumes(reader(Component::Volume)),
        );
        let Networking { networks, subnets, routers, ports, floating_ips, security_groups, quotas } = networking;
        Inventory {
            project: project.to_owned(),
            flavors,
            images,
            networks,
            subnets,
            routers,
            ports,
            floating_ips,
            security_groups,
            compute_limits,
            network_quotas: quotas,
            volume_limits,
            zones,
            seen_at,
        }
    }
}

impl HttpCloud {
    async fn computing(&self, reader: &Part<Reader<'_>>) -> (Part<Vec<Flavor>>, Part<ComputeLimits>, Part<Vec<Zone>>) {
        match reader {
            Ok(reader) => tokio::join!(nova::flavors(reader, &self.agreed), nova::limits(reader), nova::zones(reader)),
            Err(error) => (Err(error.clone()), Err(error.clone()), Err(error.clone())),
        }
    }
}

async fn imaging(reader: &Part<Reader<'_>>) -> Part<Vec<Image>> {
    glance::images(reader.as_ref().map_err(Error::clone)?).await
}

async fn networking(reader: &Part<Reader<'_>>, project: &str) -> Networking {
    match reader {
        Ok(reader) => neutron::networking(reader, project).await,
        Err(error) => Networking {
            networks: Err(error.clone()),
            subnets: Err(error.clone()),
            routers: Err(error.clone()),
            ports: Err(error.clone()),
            floating_ips: Err(error.clone()),
            security_groups: Err(error.clone()),
            quotas: Err(error.clone()),
        },
    }
}

async fn volumes(reader: Part<Option<Reader<'_>>>) -> Part<Option<VolumeLimits>> {
    match reader? {
        Some(reader) => cinder::limits(&reader).await.map(Some),
        None => Ok(None),
    }
}
