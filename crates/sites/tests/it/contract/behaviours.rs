//! What is asked. Where a real site does otherwise than one would think, a comment says so.

mod networks;
mod volumes;

use serde_json::{Value, json};

use super::exchange::{Step, Who, ask, find};

const GONE: &[&str] = &["gone"];
const SETTLED: &[&str] = &["ACTIVE", "ERROR"];

fn machine(name: &str, image: &str, networks: Value) -> Value {
    machine_of("{tiny}", name, image, networks)
}

fn machine_of(flavor: &str, name: &str, image: &str, networks: Value) -> Value {
    let metadata = json!({"roadstead_run": name});
    json!({"server": {"name": format!("{{run}}-{name}"), "flavorRef": flavor, "imageRef": image, "networks": networks, "metadata": metadata}})
}

fn group(name: &str, description: &str) -> Value {
    json!({"security_group": {"name": format!("{{run}}-{name}"), "description": description}})
}

fn rule(port: u16) -> Value {
    json!({"security_group_rule": {
        "security_group_id": "{group}", "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": port,
        "port_range_max": port, "remote_ip_prefix": "0.0.0.0/0",
    }})
}

fn port(name: &str, network: &str) -> Value {
    json!({"port": {"network_id": network, "name": format!("{{run}}-{name}"), "description": format!("{{run}} {name}")}})
}

fn port_of_group() -> Value {
    json!({"port": {
        "network_id": "{own}", "name": "{run}-p", "description": "{run} of p", "security_groups": ["{group}"],
    }})
}

fn address(port: Value) -> Value {
    json!({"floatingip": {"floating_network_id": "{pool}", "port_id": port, "description": "{run} of f"}})
}

/// Site a, in a project with small quotas.
pub fn life_of_a_machine() -> Vec<Step> {
    let mut steps = vec![
        find("own", "GET network/networks", "ops-net"),
        find("pool", "GET network/networks", "public-net"),
        find("tiny", "GET compute/flavors", "m1.tiny"),
        find("small", "GET compute/flavors", "m1.small"),
        find("large", "GET compute/flavors", "m1.large"),
        find("xlarge", "GET compute/flavors", "m1.xlarge"),
        find("ubuntu", "GET image/images", "EGI Image for Ubuntu 22.04 [Ubuntu/22.04/KVM]"),
        find("docker", "GET image/images", "EGI Docker"),
        find("broken", "GET image/images", "fault-spawn-error"),
        find("slow", "GET image/images", "slow-boot"),
    ];
    for part in [
        entering(),
        groups(),
        ports_and_machines(),
        addresses(),
        quotas(),
        failures(),
        actions(),
        networks::networks(),
        volumes::volumes(),
        nothing(),
    ] {
        steps.extend(part);
    }
    steps
}

fn entering() -> Vec<Step> {
    let scope = |project: &str| json!({"auth": {"identity": {"methods": ["token"], "token": {"id": "{login}"}}, "scope": {"project": {"id": project}}}});
    let door = |provider: &str, protocol: &str| {
        format!("POST identity/OS-FEDERATION/identity_providers/{provider}/protocols/{protocol}/auth")
    };
    vec![
        ask("Keystone's version", "GET identity/").by(Who::Nobody).show("status"),
        ask("another protocol", &door("egi.eu", "nonsense")).by(Who::Nobody),
        ask("another provider", &door("nonsense", "openid")).by(Who::Nobody),
        ask("a project that is not mine", "POST identity/auth/tokens").by(Who::Nobody).body(scope("nonsense")),
        ask("my project", "POST identity/auth/tokens").by(Who::Nobody).body(scope("{project}")).show("project/name methods"),
        ask("machines without a token", "GET compute/servers").by(Who::Nobody),
        ask("ports without a token", "GET network/ports").by(Who::Nobody),
        ask("machines with a token for no project", "GET compute/servers").by(Who::Entered),
        ask("a version that is too new", "GET compute/servers").version("2.200"),
        ask("a version that is none", "GET compute/servers").version("nonsense"),
        ask("the versions of Nova", "GET compute/").show("id version min_version"),
    ]
}

fn groups() -> Vec<Step> {
    vec![
        ask("a group", "POST network/security-groups")
            .body(group("g", "{run} one"))
            .keep("group")
            .show("name description stateful"),
        // Neutron has nothing against it: a name proves nothing.
        ask("another of the same name", "POST network/security-groups").body(group("g", "{run} two")).keep("twin").show("name"),
        ask("groups of the name", "GET network/security-groups?name={run}-g").show("name"),
        ask("the same on pages", "GET network/security-groups?limit=1&name={run}-g&fields=name").paged(),
        ask("the same on longer pages", "GET network/security-groups?limit=3&name={run}-g&fields=name").paged(),
        ask("groups of the description", "GET network/security-groups?description={run}%20one&fields=id").show("id"),
        ask("groups of a description of nobody", "GET network/security-groups?description=nonsense&fields=id").show("id"),
        // What is no field is not looked at, instead of refused.
        ask("groups of nonsense", "GET network/security-groups?nonsense=1&name={run}-g&fields=name").show("name"),
        ask("a rule", "POST network/security-group-rules").body(rule(22)).keep("rule").show("direction protocol port_range_min"),
        ask("the same rule", "POST network/security-group-rules").body(rule(22)),
        ask("another rule", "POST network/security-group-rules").body(rule(443)).show("port_range_max remote_ip_prefix"),
        ask("a group called default", "POST network/security-groups").body(json!({"security_group": {"name": "default"}})),
        ask("deleting a group", "DELETE network/security-groups/{twin}"),
        ask("deleting it twice", "DELETE network/security-groups/{twin}"),
        ask("showing it then", "GET network/security-groups/{twin}"),
        ask("a rule for it", "POST network/security-group-rules")
            .body(json!({"security_group_rule": {"security_group_id": "{twin}", "direction": "ingress"}})),
    ]
}

fn ports_and_machines() -> Vec<Step> {
    let on_port = json!([{"port": "{port}"}]);
    vec![
        ask("a port", "POST network/ports").body(port_of_group()).keep("port")
            .show("name description status device_id device_owner security_groups fixed_ips/0/ip_address"),
        ask("ports of the description", "GET network/ports?description={run}%20of%20p&fields=name").show("name"),
        ask("deleting its group", "DELETE network/security-groups/{group}"),
        ask("a machine on the port", "POST compute/servers").body(machine("m", "{ubuntu}", on_port.clone())).keep("machine"),
        ask("the machine", "GET compute/servers/{machine}").until(SETTLED)
            .show("status metadata flavor/original_name OS-EXT-STS:vm_state OS-EXT-STS:task_state OS-EXT-STS:power_state addresses/ops-net/0/addr addresses/ops-net/0/OS-EXT-IPS:type"),
        // Nothing of this name, exactly; the name is an expression.
        ask("machines of the name", "GET compute/servers?name=%5E{run}-m%24").show("name"),
        ask("machines of a part of the name", "GET compute/servers?name={run}").show("name"),
        ask("machines of another name", "GET compute/servers?name=%5E{run}%24").show("name"),
        // The filter is the operators': it is not looked at, and all are listed. Whoever adopts by it adopts a stranger's.
        ask("machines of other metadata", "GET compute/servers/detail?metadata=%7B%22roadstead_run%22%3A%22nonsense%22%7D&name={run}").show("name metadata"),
        ask("the port of the machine", "GET network/ports/{port}").show("status device_id device_owner description"),
        // At the door, before anything is made.
        ask("another machine on the port", "POST compute/servers").body(machine("n", "{ubuntu}", on_port)),
        ask("deleting its group while it runs", "DELETE network/security-groups/{group}"),
        ask("limits", "GET compute/limits").show("absolute/totalInstancesUsed absolute/totalCoresUsed absolute/totalRAMUsed"),
        ask("deleting the machine", "DELETE compute/servers/{machine}"),
        ask("the machine then", "GET compute/servers/{machine}").until(GONE),
        ask("deleting the machine twice", "DELETE compute/servers/{machine}"),
        // It outlives its machine, with its address, its group and its description.
        ask("the port of the deleted machine", "GET network/ports/{port}").show("status device_id device_owner description"),
        ask("limits then", "GET compute/limits").show("absolute/totalInstancesUsed absolute/totalCoresUsed absolute/totalRAMUsed"),
    ]
}

fn addresses() -> Vec<Step> {
    vec![
        ask("an address for no port", "POST network/floatingips").body(address("{own}".into())),
        ask("an address of no pool", "POST network/floatingips")
            .body(json!({"floatingip": {"floating_network_id": "{own}", "port_id": "{port}"}})),
        ask("an address for the port", "POST network/floatingips")
            .body(address("{port}".into()))
            .keep("floating")
            .show("status description port_id fixed_ip_address floating_ip_address router_id"),
        ask("addresses of the description", "GET network/floatingips?description={run}%20of%20f").show("id"),
        ask("addresses of the port", "GET network/floatingips?port_id={port}").show("id"),
        // Not one address instead of the other: refused.
        ask("another address for the port", "POST network/floatingips").body(address("{port}".into())),
        ask("an address for nothing", "POST network/floatingips")
            .body(address(Value::Null))
            .keep("spare")
            .show("status port_id description"),
        ask("a third address", "POST network/floatingips").body(address(Value::Null)),
        ask("deleting the port", "DELETE network/ports/{port}"),
        ask("deleting the port twice", "DELETE network/ports/{port}"),
        ask("showing the port", "GET network/ports/{port}"),
        // It stays, and leads nowhere. Its status is the agent's, and there is none here.
        ask("the address of the deleted port", "GET network/floatingips/{floating}")
            .show("port_id fixed_ip_address router_id description"),
        ask("deleting the address", "DELETE network/floatingips/{floating}"),
        ask("deleting the address twice", "DELETE network/floatingips/{floating}"),
        ask("deleting the spare one", "DELETE network/floatingips/{spare}"),
        ask("deleting the group", "DELETE network/security-groups/{group}"),
    ]
}

fn quotas() -> Vec<Step> {
    let on_own = || json!([{"uuid": "{own}"}]);
    let mut steps = vec![
        ask("quotas", "GET network/quotas/{project}/details.json").show("port floatingip security_group router"),
        ask("too many cores", "POST compute/servers").body(machine_of("{xlarge}", "x", "{ubuntu}", on_own())),
        ask("too little memory for the image", "POST compute/servers").body(machine("x", "{docker}", on_own())),
        ask("no such flavor", "POST compute/servers").body(machine_of("nonsense", "x", "{ubuntu}", on_own())),
        ask("no such image", "POST compute/servers").body(machine("x", "{own}", on_own())),
        ask("no such network", "POST compute/servers").body(machine("x", "{ubuntu}", json!([{"uuid": "{ubuntu}"}]))),
        ask("no such port", "POST compute/servers").body(machine("x", "{ubuntu}", json!([{"port": "{own}"}]))),
        ask("no networks said", "POST compute/servers").body(json!({"server": {"name": "x", "flavorRef": "{tiny}", "imageRef": "{ubuntu}"}})),
        ask("no flavor said", "POST compute/servers").body(json!({"server": {"name": "x"}})),
        ask("metadata that is no text", "POST compute/servers")
            .body(json!({"server": {"name": "x", "flavorRef": "{tiny}", "networks": "none", "metadata": {"a": 1}}})),
        ask("no such key", "POST compute/servers")
            .body(json!({"server": {"name": "x", "flavorRef": "{tiny}", "imageRef": "{ubuntu}", "networks": "none", "key_name": "nonsense"}})),
        ask("no such group", "POST compute/servers")
            .body(json!({"server": {"name": "x", "flavorRef": "{tiny}", "imageRef": "{ubuntu}", "networks": on_own(), "security_groups": [{"name": "nonsense"}]}})),
    ];
    for (what, keep) in [("the first of three machines", "one"), ("the second", "two"), ("the third", "three")] {
        steps.push(ask(what, "POST compute/servers").body(machine(keep, "{ubuntu}", json!("none"))).keep(keep));
    }
    for path in ["{one}", "{two}", "{three}"] {
        steps.push(
            ask("a machine without a network", &format!("GET compute/servers/{path}")).until(SETTLED).show("status addresses"),
        );
    }
    // Only now: what still looks for a host is not counted. Whoever asks for many at once is let past, and has machines in
    // ERROR (413) afterwards, which count as well until they are deleted.
    steps.push(ask("one machine too many", "POST compute/servers").body(machine("four", "{ubuntu}", json!("none"))));
    for path in ["{one}", "{two}", "{three}"] {
        steps.push(ask("deleting it", &format!("DELETE compute/servers/{path}")));
        steps.push(ask("it then", &format!("GET compute/servers/{path}")).until(GONE));
    }
    // One is the router's.
    for keep in ["p1", "p2", "p3", "p4", "p5"] {
        steps.push(ask("a port of many", "POST network/ports").body(port(keep, "{own}")).keep(keep).show("status"));
    }
    steps.push(ask("one port too many", "POST network/ports").body(port("p6", "{own}")));
    // At the door: Nova asks Neutron whether there will be enough.
    steps.push(ask("a machine that would need another", "POST compute/servers").body(machine("x", "{ubuntu}", on_own())));
    steps.push(ask("groups", "POST network/security-groups").body(group("g", "")).keep("g1").show("name"));
    steps.push(ask("groups", "POST network/security-groups").body(group("g", "")).keep("g2").show("name"));
    steps.push(ask("groups", "POST network/security-groups").body(group("g", "")).keep("g3").show("name"));
    steps.push(ask("one group too many", "POST network/security-groups").body(group("g", "")));
    for path in [
        "ports/{p1}",
        "ports/{p2}",
        "ports/{p3}",
        "ports/{p4}",
        "ports/{p5}",
        "security-groups/{g1}",
        "security-groups/{g2}",
        "security-groups/{g3}",
    ] {
        steps.push(ask("away", &format!("DELETE network/{path}")));
    }
    steps
}

fn failures() -> Vec<Step> {
    vec![
        ask("a port for what fails", "POST network/ports").body(port("p", "{own}")).keep("port").show("status"),
        ask("a machine that fails on its host", "POST compute/servers")
            .body(machine("m", "{broken}", json!([{"port": "{port}"}, {"uuid": "{own}"}])))
            .keep("machine"),
        // After two more tries at other hosts. Nova has let go of the port, and deleted its own.
        ask("it then", "GET compute/servers/{machine}")
            .until(SETTLED)
            .show("status fault/code fault/message addresses OS-EXT-STS:vm_state"),
        ask("its ports", "GET network/ports?device_id={machine}").show("id"),
        ask("the port that was made before", "GET network/ports/{port}").show("status device_id device_owner"),
        ask("its console", "POST compute/servers/{machine}/action").body(json!({"os-getConsoleOutput": {}})),
        ask("starting it", "POST compute/servers/{machine}/action").body(json!({"os-start": null})),
        ask("deleting it", "DELETE compute/servers/{machine}"),
        ask("it at last", "GET compute/servers/{machine}").until(GONE),
        ask("a machine on the pool itself", "POST compute/servers")
            .body(machine("m", "{ubuntu}", json!([{"uuid": "{pool}"}])))
            .keep("machine"),
        // Nova takes it, and finds out later.
        ask("a machine that may not be there", "GET compute/servers/{machine}").until(SETTLED).show("status fault/message"),
        ask("deleting that", "DELETE compute/servers/{machine}"),
        ask("that at last", "GET compute/servers/{machine}").until(GONE),
        ask("away", "DELETE network/ports/{port}"),
    ]
}

fn actions() -> Vec<Step> {
    let act = |what, action: Value| ask(what, "POST compute/servers/{machine}/action").body(action);
    let settled = |what| ask(what, "GET compute/servers/{machine}").until(SETTLED).show("status OS-EXT-STS:power_state");
    let stopped: &[&str] = &["SHUTOFF", "ERROR"];
    let resized: &[&str] = &["VERIFY_RESIZE", "ERROR"];
    vec![
        ask("a machine to act upon", "POST compute/servers")
            .body(machine("m", "{slow}", json!([{"uuid": "{own}"}])))
            .keep("machine"),
        act("saving what is being built", json!({"createImage": {"name": "x"}})),
        act("resizing what is being built", json!({"resize": {"flavorRef": "{small}"}})),
        act("rebooting what is being built", json!({"reboot": {"type": "SOFT"}})),
        ask("deleting what is being built", "DELETE compute/servers/{machine}"),
        ask("what was being built", "GET compute/servers/{machine}").until(GONE),
        // Nova's own port goes with it.
        ask("its ports", "GET network/ports?device_id={machine}").show("id"),
        ask("another", "POST compute/servers").body(machine("m", "{ubuntu}", json!([{"uuid": "{own}"}]))).keep("machine"),
        settled("it runs"),
        ask("Nova's own port", "GET network/ports?device_id={machine}").show("name description status device_owner"),
        act("starting what runs", json!({"os-start": null})),
        act("nonsense", json!({"nonsense": null})),
        act("stopping", json!({"os-stop": null})),
        ask("stopped", "GET compute/servers/{machine}").until(stopped).show("status OS-EXT-STS:vm_state OS-EXT-STS:power_state"),
        act("stopping twice", json!({"os-stop": null})),
        act("a soft reboot of what is stopped", json!({"reboot": {"type": "SOFT"}})),
        act("starting", json!({"os-start": null})),
        settled("started"),
        act("a soft reboot", json!({"reboot": {"type": "SOFT"}})),
        settled("rebooted"),
        act("a hard reboot", json!({"reboot": {"type": "HARD"}})),
        settled("rebooted hard"),
        act("rebuilding", json!({"rebuild": {"imageRef": "{ubuntu}"}})).show("status"),
        settled("rebuilt"),
        act("saving", json!({"createImage": {"name": "{run}-i", "metadata": {"roadstead_run": "x"}}})).keep("image"),
        ask("what is saved", "GET image/images/{image}").show("name visibility image_type roadstead_run instance_uuid"),
        settled("saved"),
        ask("deleting the image", "DELETE image/images/{image}"),
        ask("deleting the image twice", "DELETE image/images/{image}"),
        act("the same size", json!({"resize": {"flavorRef": "{tiny}"}})),
        act("confirming nothing", json!({"confirmResize": null})),
        act("another size", json!({"resize": {"flavorRef": "{small}"}})),
        ask("resized", "GET compute/servers/{machine}").until(resized).show("status flavor/original_name OS-EXT-STS:vm_state"),
        act("stopping what is resized", json!({"os-stop": null})),
        act("confirming", json!({"confirmResize": null})),
        settled("confirmed"),
        act("a third size", json!({"resize": {"flavorRef": "{tiny}"}})),
        ask("resized again", "GET compute/servers/{machine}").until(resized).show("status"),
        act("back", json!({"revertResize": null})),
        settled("as before"),
        ask("its size", "GET compute/servers/{machine}").show("flavor/original_name"),
        act("nothing", json!({})),
        ask("a link to a console that is not there", "POST compute/servers/{machine}/remote-consoles")
            .body(json!({"remote_console": {"protocol": "spice", "type": "spice-html5"}})),
        ask("a link to its screen", "POST compute/servers/{machine}/remote-consoles")
            .body(json!({"remote_console": {"protocol": "vnc", "type": "novnc"}}))
            .show("protocol type"),
        act("a console as of old", json!({"os-getRDPConsole": {"type": "rdp-html5"}})),
        ask("a new name", "PUT compute/servers/{machine}").body(json!({"server": {"name": "{run}-renamed"}})).show("name"),
        ask("more metadata", "POST compute/servers/{machine}/metadata")
            .body(json!({"metadata": {"k": "v"}}))
            .show("k roadstead_run"),
        ask("less of it", "DELETE compute/servers/{machine}/metadata/k"),
        ask("less of it, twice", "DELETE compute/servers/{machine}/metadata/k"),
        ask("another port", "POST network/ports").body(port("p", "{own}")).keep("port").show("status"),
        ask("plugging it in", "POST compute/servers/{machine}/os-interface")
            .body(json!({"interfaceAttachment": {"port_id": "{port}"}}))
            .show("port_id port_state"),
        ask("plugging it in twice", "POST compute/servers/{machine}/os-interface")
            .body(json!({"interfaceAttachment": {"port_id": "{port}"}})),
        ask("its interfaces", "GET compute/servers/{machine}/os-interface").show("port_state"),
        // A size that the project has no cores left for, and one that nobody has.
        act("a size over the quota", json!({"resize": {"flavorRef": "{xlarge}"}})),
        act("a size that is none", json!({"resize": {"flavorRef": "nonsense"}})),
        act("a size, once more", json!({"resize": {"flavorRef": "{tiny}"}})),
        ask("resized once more", "GET compute/servers/{machine}").until(resized).show("status OS-EXT-STS:task_state"),
        act("resizing what is resized", json!({"resize": {"flavorRef": "{large}"}})),
        act("rebuilding what is resized", json!({"rebuild": {"imageRef": "{ubuntu}"}})),
        ask("deleting what is resized", "DELETE compute/servers/{machine}"),
        ask("what was resized", "GET compute/servers/{machine}").until(GONE),
        ask("a machine to reach", "POST compute/servers")
            .body(machine("r", "{ubuntu}", json!([{"port": "{port}"}])))
            .keep("machine"),
        settled("it is there"),
        ask("an address for what runs", "POST network/floatingips")
            .body(address("{port}".into()))
            .keep("floating")
            .show("description port_id port_details/device_owner"),
        ask("another for what has one", "POST network/floatingips").body(address("{port}".into())),
        ask("giving it back", "DELETE network/floatingips/{floating}"),
        ask("it then", "GET network/floatingips/{floating}"),
        ask("the port that had it", "GET network/ports/{port}").show("status device_owner fixed_ips/0/ip_address"),
        // Whatever machine it is on.
        ask("deleting a port in use", "DELETE network/ports/{port}"),
        ask("deleting the machine", "DELETE compute/servers/{machine}"),
        ask("at last", "GET compute/servers/{machine}").until(GONE),
    ]
}

/// In how many ways there is nothing.
fn nothing() -> Vec<Step> {
    let mut steps: Vec<Step> =
        ["ports", "networks", "subnets", "routers", "security-groups", "security-group-rules", "floatingips"]
            .into_iter()
            .map(|kind| ask(kind, &format!("GET network/{kind}/nonsense")))
            .collect();
    steps.extend([
        ask("no machine", "GET compute/servers/{own}"),
        ask("no flavor", "GET compute/flavors/nonsense"),
        ask("no image", "GET image/images/nonsense"),
        ask("a door of Nova's that is not there", "GET compute/nonsense"),
        ask("a door of Neutron's that is not there", "GET network/nonsense"),
    ]);
    steps
}

/// Site b: one network for all.
pub fn closed_networks() -> Vec<Step> {
    vec![
        find("shared", "GET network/networks", "vlan-2113-public"),
        find("small", "GET compute/flavors", "standard.small"),
        find("diskless", "GET compute/flavors", "hpc.16core-64ram"),
        find("ubuntu", "GET image/images", "ubuntu-22.04-server"),
        find("windows", "GET image/images", "windows-2019"),
        ask("a network", "POST network/networks").body(json!({"network": {"name": "{run}-n"}})),
        ask("a router", "POST network/routers").body(json!({"router": {"name": "{run}-r"}})),
        ask("an address", "POST network/floatingips").body(json!({"floatingip": {"floating_network_id": "{shared}"}})),
        ask("hidden images", "GET image/images?os_hidden=true").show("name"),
        ask("a disk that is too small for the image", "POST compute/servers").body(machine_of(
            "{small}",
            "m",
            "{windows}",
            json!("none"),
        )),
        ask("no disk", "POST compute/servers").body(machine_of("{diskless}", "m", "{ubuntu}", json!("none"))),
        ask("a port", "POST network/ports")
            .body(port("p", "{shared}"))
            .keep("port")
            .show("status fixed_ips/0/ip_address fixed_ips/1/ip_address"),
        ask("a machine", "POST compute/servers").body(machine_of("{small}", "m", "{ubuntu}", json!("auto"))).keep("machine"),
        ask("the machine at once", "GET compute/servers/{machine}").show("status OS-EXT-STS:vm_state OS-EXT-STS:power_state"),
        ask("the machine", "GET compute/servers/{machine}").until(SETTLED).show("status addresses/vlan-2113-public/*/version"),
        ask("deleting it", "DELETE compute/servers/{machine}"),
        ask("it then", "GET compute/servers/{machine}").until(GONE),
        ask("away", "DELETE network/ports/{port}"),
    ]
}

/// Site c: TLS, two external networks, one router for each project, accelerators of a service that is not there.
pub fn one_router() -> Vec<Step> {
    vec![
        find("pool", "GET network/networks", "provider-4021"),
        find("plain", "GET compute/flavors", "2c4r"),
        find("volume", "GET compute/flavors", "2c4r.bfv"),
        find("accelerated", "GET compute/flavors", "g.1xA40"),
        find("image", "GET image/images", "ubuntu-jammy-x86_64"),
        ask("a router", "POST network/routers")
            .body(json!({"router": {"name": "{run}-r"}}))
            .keep("router")
            .show("name external_gateway_info"),
        ask("a router too many", "POST network/routers").body(json!({"router": {"name": "{run}-r"}})),
        ask("deleting it", "DELETE network/routers/{router}"),
        ask("a volume's size", "POST compute/servers").body(machine_of("{volume}", "m", "{image}", json!("none"))),
        ask("an accelerator", "POST compute/servers").body(machine_of("{accelerated}", "m", "{image}", json!("none"))),
        ask("flavors of everybody and of the project", "GET compute/flavors?sort_key=name").show("name"),
    ]
}
