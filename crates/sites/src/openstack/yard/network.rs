//! What a machine needs of Neutron.

use model::mark::Mark;
use model::request::Opening;
use reqwest::Method;
use serde_json::{Value, json};

use super::shelf::{Found, shelf};
use super::{Denial, Fault, Yard};
use crate::driver::ThingKind;
use crate::openstack::Component;

/// Of a network that is made for one machine. It meets no other: what it is attached to is a router that nothing else is
/// attached to, or one that translates.
const RANGE: &str = "192.168.163.0/24";

impl Yard {
    /// A group that opens these ports, from everywhere, and nothing else.
    pub async fn make_group(&self, mark: &Mark, open: &[Opening]) -> Result<Found, Fault> {
        let made = self.make(ThingKind::Group, json!({"name": mark.name(), "description": mark.text()})).await?;
        self.open(&made.id, open).await?;
        Ok(made)
    }

    /// Opens what is not open yet: whoever did it before may have come only half way.
    pub async fn open(&self, group: &str, open: &[Opening]) -> Result<(), Fault> {
        if open.is_empty() {
            return Ok(());
        }
        let rules: Vec<Value> = open.iter().flat_map(|opening| rules(group, *opening)).collect();
        match self.add_rules(json!({"security_group_rules": rules})).await {
            // One of them is there already, and none was added.
            Err(Fault::Denied(denied)) if denied.status == 409 && denied.why != Denial::Quota => {
                for rule in rules {
                    match self.add_rules(json!({"security_group_rule": rule})).await {
                        Err(Fault::Denied(denied)) if denied.status == 409 && denied.why != Denial::Quota => {}
                        added => added?,
                    }
                }
                Ok(())
            }
            added => added,
        }
    }

    async fn add_rules(&self, body: Value) -> Result<(), Fault> {
        let about = "an open port";
        let answer = self.ask(Component::Network, Method::POST, about, "/security-group-rules", Some(&body)).await?;
        if answer.status == 404 {
            // The group is not there (any more, or yet): nothing was opened.
            return Err(Fault::Denied(super::Denied::of_answer(self.service(), about, &answer)));
        }
        Ok(())
    }

    /// Closes what was opened with [`Self::open`].
    pub async fn close(&self, group: &str, opening: Opening) -> Result<(), Fault> {
        let Some(found) = self.show(ThingKind::Group, group).await? else { return Ok(()) };
        let (first, last) = opening.ports();
        let is_it = |rule: &&Value| {
            rule["direction"] == "ingress"
                && rule["protocol"] == opening.protocol().as_str()
                && rule["port_range_min"] == first
                && rule["port_range_max"] == last
        };
        for rule in found.told["security_group_rules"].as_array().into_iter().flatten().filter(is_it) {
            let path = format!("/security-group-rules/{}", rule["id"].as_str().unwrap_or_default());
            self.ask(Component::Network, Method::DELETE, "a closed port", &path, None).await?;
        }
        Ok(())
    }

    /// Where the network guards its ports with groups; where it does not, it takes none, and nothing is closed there.
    pub async fn make_port(&self, mark: &Mark, network: &str, group: &str) -> Result<Found, Fault> {
        let bare = json!({"network_id": network, "name": mark.name(), "description": mark.text()});
        let mut guarded = bare.clone();
        guarded["security_groups"] = json!([group]);
        match self.make(ThingKind::Port, guarded).await {
            Err(Fault::Denied(denied)) if denied.why == Denial::PortSecurity => self.make(ThingKind::Port, bare).await,
            made => made,
        }
    }

    /// An address of the pool, bound from the beginning: it is nobody else's for a moment.
    pub async fn make_address(&self, mark: &Mark, pool: &str, port: &str) -> Result<Found, Fault> {
        let inside = json!({"floating_network_id": pool, "port_id": port, "description": mark.text()});
        self.make(ThingKind::Address, inside).await
    }

    /// With one range of addresses.
    pub async fn make_network(&self, mark: &Mark) -> Result<Found, Fault> {
        let made = self.make(ThingKind::Network, json!({"name": mark.name(), "description": mark.text()})).await?;
        self.furnish_network(&made, mark).await?;
        Ok(made)
    }

    /// Its range, unless it has one.
    pub async fn furnish_network(&self, network: &Found, mark: &Mark) -> Result<(), Fault> {
        if self.subnet_of(&network.id).await?.is_some() {
            return Ok(());
        }
        let inside =
            json!({"network_id": network.id, "ip_version": 4, "cidr": RANGE, "name": mark.name(), "description": mark.text()});
        let body = json!({ "subnet": inside });
        self.ask(Component::Network, Method::POST, "a range of addresses", "/subnets", Some(&body)).await.map(|_| ())
    }

    /// The first range of a network.
    pub async fn subnet_of(&self, network: &str) -> Result<Option<String>, Fault> {
        let found = self.show(ThingKind::Network, network).await?;
        Ok(found.and_then(|found| found.told["subnets"][0].as_str().map(str::to_owned)))
    }

    /// With its gateway in the pool, and the network attached.
    pub async fn make_router(&self, mark: &Mark, pool: &str, network: &str) -> Result<Found, Fault> {
        let gateway = json!({"network_id": pool});
        let inside = json!({"name": mark.name(), "description": mark.text(), "external_gateway_info": gateway});
        let made = self.make(ThingKind::Router, inside).await?;
        self.attach_router(&made.id, network).await?;
        Ok(made)
    }

    /// Attaches the network, unless it is.
    pub async fn attach_router(&self, router: &str, network: &str) -> Result<(), Fault> {
        if !self.interfaces(router).await?.is_empty() {
            return Ok(());
        }
        let subnet = self.subnet_of(network).await?.unwrap_or_default();
        self.interface(router, "add_router_interface", json!({"subnet_id": subnet})).await
    }

    /// Attaches a network to a router that is not ours, by a port that says whose it is.
    pub async fn make_link(&self, mark: &Mark, router: &str, network: &str) -> Result<Found, Fault> {
        let port = json!({"network_id": network, "name": mark.name(), "description": mark.text()});
        let made = self.make(ThingKind::Link, port).await?;
        self.finish_link(&made, router).await?;
        Ok(made)
    }

    pub async fn finish_link(&self, link: &Found, router: &str) -> Result<(), Fault> {
        if link.told["device_id"] == router {
            return Ok(());
        }
        self.interface(router, "add_router_interface", json!({"port_id": link.id})).await
    }

    /// With it, its port goes.
    pub async fn remove_link(&self, link: &Found) -> Result<(), Fault> {
        match link.told["device_id"].as_str() {
            Some(router) if !router.is_empty() => {
                self.interface(router, "remove_router_interface", json!({"port_id": link.id})).await
            }
            _ => self.delete(ThingKind::Link, &link.id).await,
        }
    }

    /// What is attached to it goes first.
    pub async fn remove_router(&self, router: &str) -> Result<(), Fault> {
        for port in self.interfaces(router).await? {
            self.interface(router, "remove_router_interface", json!({ "port_id": port })).await?;
        }
        self.delete(ThingKind::Router, router).await
    }

    async fn interface(&self, router: &str, verb: &str, body: Value) -> Result<(), Fault> {
        let path = format!("/routers/{router}/{verb}");
        let answer = self.ask(Component::Network, Method::PUT, "a router's interface", &path, Some(&body)).await?;
        if answer.status == 404 && verb.starts_with("add") {
            return Err(Fault::Denied(super::Denied::of_answer(self.service(), "a router's interface", &answer)));
        }
        Ok(())
    }

    async fn interfaces(&self, router: &str) -> Result<Vec<String>, Fault> {
        let Some(ports) = shelf(ThingKind::Port) else { return Ok(Vec::new()) };
        let found = self.on(&ports, &format!("device_id={router}")).await?;
        let is_interface =
            |port: &&Found| port.told["device_owner"].as_str().is_some_and(|owner| owner.contains("router_interface"));
        Ok(found.iter().filter(is_interface).map(|port| port.id.clone()).collect())
    }
}

/// For both versions of IP: which of them the machine has, its network decides.
fn rules(group: &str, opening: Opening) -> [Value; 2] {
    let (first, last) = opening.ports();
    ["IPv4", "IPv6"].map(|version| {
        json!({"security_group_id": group, "direction": "ingress", "ethertype": version,
            "protocol": opening.protocol().as_str(), "port_range_min": first, "port_range_max": last})
    })
}
