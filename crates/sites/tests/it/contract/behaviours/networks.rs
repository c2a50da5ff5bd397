//! Networks, their subnets and their routers.

use serde_json::json;

use super::{address, machine, port};
use crate::contract::exchange::{Step, ask, find};

pub fn networks() -> Vec<Step> {
    let interface = json!({"subnet_id": "{subnet}"});
    vec![
        ask("a network", "POST network/networks").body(json!({"network": {"name": "{run}-n", "description": "{run} of n"}})).keep("network").show("name description status shared"),
        ask("networks of the description", "GET network/networks?description={run}%20of%20n").show("name"),
        ask("a machine without a subnet", "POST compute/servers").body(machine("m", "{ubuntu}", json!([{"uuid": "{network}"}]))),
        ask("a subnet", "POST network/subnets")
            .body(json!({"subnet": {"network_id": "{network}", "name": "{run}-s", "cidr": "10.77.0.0/30", "ip_version": 4}})).keep("subnet").show("cidr gateway_ip enable_dhcp"),
        ask("the same subnet", "POST network/subnets")
            .body(json!({"subnet": {"network_id": "{network}", "cidr": "10.77.0.0/30", "ip_version": 4}})),
        // Not 400.
        ask("a machine on any network, of two", "POST compute/servers").body(machine("m", "{ubuntu}", json!("auto"))),
        ask("a port on it", "POST network/ports").body(port("p", "{network}")).keep("port").show("status"),
        ask("a port too many on it", "POST network/ports").body(port("q", "{network}")),
        ask("a port at an address of elsewhere", "POST network/ports").body(json!({"port": {"network_id": "{network}", "fixed_ips": [{"ip_address": "10.88.0.1"}]}})),
        ask("a port nowhere", "POST network/ports").body(json!({"port": {}})),
        ask("a port on the pool", "POST network/ports").body(port("p", "{pool}")),
        ask("a port of no group", "POST network/ports").body(json!({"port": {"network_id": "{network}", "security_groups": ["{own}"]}})),
        ask("an address where no router leads", "POST network/floatingips").body(address("{port}".into())),
        ask("a router", "POST network/routers")
            .body(json!({"router": {"name": "{run}-r", "description": "{run} of r", "external_gateway_info": {"network_id": "{pool}"}}})).keep("router")
            .show("name description status external_gateway_info/network_id"),
        ask("its interface", "PUT network/routers/{router}/add_router_interface").body(interface.clone()).show("subnet_id"),
        ask("its interface twice", "PUT network/routers/{router}/add_router_interface").body(interface.clone()),
        find("other", "GET network/ports?device_id={router}", ""),
        ask("deleting its port", "DELETE network/ports/{other}"),
        ask("an address through it", "POST network/floatingips").body(address("{port}".into())).keep("floating").show("router_id port_id"),
        ask("deleting a router in use", "DELETE network/routers/{router}"),
        ask("taking its interface", "PUT network/routers/{router}/remove_router_interface").body(interface.clone()),
        ask("deleting a subnet in use", "DELETE network/subnets/{subnet}"),
        ask("the address for nothing", "PUT network/floatingips/{floating}").body(json!({"floatingip": {"port_id": null}})).show("port_id router_id status"),
        ask("the address for the port", "PUT network/floatingips/{floating}").body(json!({"floatingip": {"port_id": "{port}"}})).show("port_id router_id status"),
        ask("deleting the address", "DELETE network/floatingips/{floating}"),
        ask("taking its interface at last", "PUT network/routers/{router}/remove_router_interface").body(interface.clone()).show("subnet_id"),
        ask("taking its interface twice", "PUT network/routers/{router}/remove_router_interface").body(interface),
        ask("a port for a router", "POST network/ports")
            .body(json!({"port": {"network_id": "{network}", "name": "{run}-l", "description": "{run} of l", "fixed_ips": [{"ip_address": "10.77.0.1"}]}})).keep("link").show("status"),
        ask("an interface by a port", "PUT network/routers/{router}/add_router_interface").body(json!({"port_id": "{link}"})).show("port_id"),
        ask("the same again", "PUT network/routers/{router}/add_router_interface").body(json!({"port_id": "{link}"})),
        ask("the port of the router", "GET network/ports/{link}").show("name description device_id device_owner"),
        ask("taking the port from it", "PUT network/routers/{router}/remove_router_interface").body(json!({"port_id": "{link}"})).show("port_id"),
        ask("taking it twice", "PUT network/routers/{router}/remove_router_interface").body(json!({"port_id": "{link}"})),
        ask("the port of the router then", "GET network/ports/{link}"),
        ask("deleting the router", "DELETE network/routers/{router}"),
        ask("deleting the router twice", "DELETE network/routers/{router}"),
        ask("deleting a network in use", "DELETE network/networks/{network}"),
        ask("away", "DELETE network/ports/{port}"),
        // With its subnet.
        ask("deleting the network", "DELETE network/networks/{network}"),
        ask("deleting the network twice", "DELETE network/networks/{network}"),
        ask("its subnet", "GET network/subnets/{subnet}"),
    ]
}
