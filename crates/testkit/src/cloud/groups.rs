//! Security groups and their rules.

use serde_json::{Value, json};

use super::http::Answer;
use super::kind::{Kind, refused};
use super::neutron::seen;
use super::world::{World, text};

/// With the rules that let everything out.
pub(super) fn group(world: &mut World, project: &str, asked: &Value, is_full: bool) -> Result<(String, Value), Answer> {
    usual(world, project);
    let name = text(asked, "name");
    if name == "default" {
        return Err(refused(409, "SecurityGroupDefaultAlreadyExists", "Default security group already exists."));
    }
    if is_full {
        return Err(Kind::Group.over_quota());
    }
    Ok(made(world, project, asked))
}

/// Every project has one, as soon as somebody needs it.
pub(super) fn usual(world: &mut World, project: &str) -> String {
    let found = world.all(Kind::Group).find(|one| one["project_id"] == project && one["name"] == "default");
    if let Some(found) = found.map(|one| text(one, "id").to_owned()) {
        return found;
    }
    let (id, group) = made(world, project, &json!({"name": "default", "description": "Default security group"}));
    world.table(Kind::Group).insert(id.clone(), group);
    id
}

fn made(world: &mut World, project: &str, asked: &Value) -> (String, Value) {
    let more = json!({"stateful": true, "shared": false, "security_group_rules": []});
    let (id, mut group) = Kind::Group.made(project, asked, more);
    let mut rules = Vec::new();
    for ethertype in ["IPv4", "IPv6"] {
        let wanted = json!({"security_group_id": id, "direction": "egress", "ethertype": ethertype});
        let (rule_id, rule) = rule_of(project, &wanted);
        world.table(Kind::Rule).insert(rule_id, rule.clone());
        rules.push(rule);
    }
    group["security_group_rules"] = rules.into();
    (id, group)
}

fn rule_of(project: &str, asked: &Value) -> (String, Value) {
    let more = json!({
        "security_group_id": "", "direction": "ingress", "ethertype": "IPv4", "protocol": null, "port_range_min": null,
        "port_range_max": null, "remote_ip_prefix": null, "remote_group_id": null, "remote_address_group_id": null,
        "normalized_cidr": asked["remote_ip_prefix"],
    });
    Kind::Rule.made(project, asked, more)
}

pub(super) fn rule(world: &World, project: &str, asked: &Value) -> Result<(String, Value), Answer> {
    let group = text(asked, "security_group_id");
    seen(world, project, Kind::Group, group).ok_or_else(|| Kind::Group.missing(group))?;
    let (id, made) = rule_of(project, asked);
    let whole = [
        "security_group_id",
        "direction",
        "ethertype",
        "protocol",
        "port_range_min",
        "port_range_max",
        "remote_ip_prefix",
        "remote_group_id",
    ];
    if let Some(same) = world.all(Kind::Rule).find(|other| whole.iter().all(|field| other[field] == made[field])) {
        let message = format!("Security group rule already exists. Rule id is {}.", text(same, "id"));
        return Err(refused(409, "SecurityGroupRuleExists", message));
    }
    Ok((id, made))
}

pub(super) fn may_go(world: &World, id: &str) -> Result<(), Answer> {
    let has = |port: &Value| port["security_groups"].as_array().is_some_and(|all| all.iter().any(|one| one == id));
    if world.all(Kind::Port).any(has) {
        return Err(refused(409, "SecurityGroupInUse", format!("Security Group {id} in use.")));
    }
    let is_usual = world.tables.get(&Kind::Group).and_then(|all| all.get(id)).is_some_and(|one| one["name"] == "default");
    if is_usual {
        let message = "Insufficient rights for removing default security group.";
        return Err(refused(409, "SecurityGroupCannotRemoveDefault", message));
    }
    Ok(())
}
