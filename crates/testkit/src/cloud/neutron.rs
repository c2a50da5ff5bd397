//! Neutron: what its doors have in common. What each kind of thing is, and refuses, is in the modules beside.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::http::{Answer, Request};
use super::kind::{Kind, refused};
use super::world::{Told, World, text};
use super::{addresses, groups, networks, page, ports, routers};

/// `of`: the project, and Neutron's own address. `path` is what comes after the version.
pub(super) fn answer(world: &mut World, of: (&str, &str), request: &Request, path: &[&str]) -> Told {
    let project = of.0;
    if let ["quotas", of, rest @ ..] = path {
        return quotas(world, of, rest);
    }
    let Some(kind) = path.first().and_then(|path| Kind::of_path(path)) else {
        return Err(refused(404, "HTTPNotFound", "The resource could not be found."));
    };
    match (request.method.as_str(), &path[1..]) {
        ("GET", []) => Ok(Answer::new(200, list(world, of, kind, request))),
        ("POST", []) if request.body[format!("{}s", kind.singular())].is_array() => bulk(world, project, kind, request),
        ("POST", []) => {
            let asked = request.body[kind.singular()].clone();
            let (id, made) = create(world, project, kind, &asked)?;
            world.table(kind).insert(id, made.clone());
            Ok(Answer::new(201, wrapped(kind, made)))
        }
        ("GET", [id]) => {
            let found = seen(world, project, kind, id).filter(|_| !world.is_hidden(id));
            let found = found.ok_or_else(|| kind.missing(id))?;
            let shown = shown(world, kind, found);
            Ok(Answer::new(200, wrapped(kind, projected(&shown, &fields(request)))))
        }
        ("PUT", [id]) => {
            own(world, project, kind, id)?;
            let asked = request.body[kind.singular()].clone();
            if kind == Kind::Address && asked.get("port_id").is_some() {
                addresses::associate(world, id, &asked["port_id"])?;
            }
            let changes = asked.as_object().cloned().unwrap_or_default();
            let one = world.table(kind).get_mut(*id).ok_or_else(|| kind.missing(id))?;
            for (name, value) in changes.into_iter().filter(|(name, _)| name != "port_id") {
                one[name] = value;
            }
            one["revision_number"] = json!(one["revision_number"].as_i64().unwrap_or_default() + 1);
            let one = one.clone();
            Ok(Answer::new(200, wrapped(kind, shown(world, kind, &one))))
        }
        ("PUT", [id, verb @ ("add_router_interface" | "remove_router_interface")]) if kind == Kind::Router => {
            own(world, project, kind, id)?;
            routers::interface(world, id, &request.body, *verb == "add_router_interface")
        }
        ("DELETE", [id]) => {
            own(world, project, kind, id)?;
            may_go(world, kind, id)?;
            world.erase(kind, id);
            Ok(Answer::new(204, Value::Null))
        }
        _ => Err(Answer::new(404, Value::Null)),
    }
}

/// Later, though it was answered that it is done.
pub(super) fn doom(world: &mut World, project: &str, path: &[&str], at: Instant) -> Told {
    let [kind, id] = path else { return Err(Answer::new(404, Value::Null)) };
    let Some(kind) = Kind::of_path(kind) else { return Err(Answer::new(404, Value::Null)) };
    own(world, project, kind, id)?;
    may_go(world, kind, id)?;
    world.doomed.push((at, kind, (*id).to_owned()));
    Ok(Answer::new(204, Value::Null))
}

/// All of them or none.
fn bulk(world: &mut World, project: &str, kind: Kind, request: &Request) -> Told {
    let many = format!("{}s", kind.singular());
    let mut all = Vec::new();
    for asked in request.body[&many].as_array().into_iter().flatten() {
        match create(world, project, kind, asked) {
            Ok((id, made)) => {
                world.table(kind).insert(id.clone(), made.clone());
                all.push((id, made));
            }
            Err(refused) => {
                for (id, _) in &all {
                    world.table(kind).remove(id);
                }
                return Err(refused);
            }
        }
    }
    let all = all.into_iter().map(|(_, made)| made).collect();
    Ok(Answer::new(201, Value::Object(Map::from_iter([(many, Value::Array(all))]))))
}

fn create(world: &mut World, project: &str, kind: Kind, asked: &Value) -> Result<(String, Value), Answer> {
    let is_of_operators = matches!(kind, Kind::Network | Kind::Subnet | Kind::Router | Kind::Address);
    if world.is_closed && is_of_operators {
        let rule = format!("rule:create_{} is disallowed by policy", kind.singular());
        return Err(refused(403, "PolicyNotAuthorized", rule));
    }
    let limit = world.quota(project, kind.singular());
    let is_full = limit >= 0 && world.used(project, kind) >= limit;
    // What is wrong with a request is found before the quotas are looked at.
    let made = match kind {
        Kind::Network => networks::network(world, project, asked),
        Kind::Subnet => networks::subnet(world, project, asked),
        Kind::Port => ports::port(world, project, asked),
        Kind::Router => routers::router(world, project, asked),
        Kind::Group => return groups::group(world, project, asked, is_full),
        Kind::Rule => groups::rule(world, project, asked),
        Kind::Address => addresses::address(world, project, asked, is_full),
    }?;
    if is_full { Err(kind.over_quota()) } else { Ok(made) }
}

fn may_go(world: &World, kind: Kind, id: &str) -> Result<(), Answer> {
    match kind {
        Kind::Network => networks::network_may_go(world, id),
        Kind::Subnet => networks::subnet_may_go(world, id),
        Kind::Port => ports::may_go(world, id),
        Kind::Router => routers::may_go(world, id),
        Kind::Group => groups::may_go(world, id),
        Kind::Rule | Kind::Address => Ok(()),
    }
}

fn wrapped(kind: Kind, one: Value) -> Value {
    Value::Object(Map::from_iter([(kind.singular().to_owned(), one)]))
}

pub(super) fn seen<'a>(world: &'a World, project: &str, kind: Kind, id: &str) -> Option<&'a Value> {
    let one = world.tables.get(&kind)?.get(id)?;
    is_seen(world, project, kind, one).then_some(one)
}

/// Whatever is not one's own is as if it were not there, or only to be looked at.
fn own(world: &World, project: &str, kind: Kind, id: &str) -> Result<(), Answer> {
    match seen(world, project, kind, id) {
        Some(one) if one["project_id"] == project => Ok(()),
        Some(_) => Err(refused(403, "PolicyNotAuthorized", format!("rule:delete_{} is disallowed by policy", kind.singular()))),
        None => Err(kind.missing(id)),
    }
}

fn is_seen(world: &World, project: &str, kind: Kind, one: &Value) -> bool {
    match kind {
        _ if one["project_id"] == project => true,
        Kind::Network => one["shared"] == true || one["router:external"] == true,
        // Those of an external network are the centre's own business.
        Kind::Subnet => seen(world, project, Kind::Network, text(one, "network_id")).is_some_and(|net| net["shared"] == true),
        _ => false,
    }
}

fn list(world: &World, (project, base): (&str, &str), kind: Kind, request: &Request) -> Value {
    let seen = world.all(kind).filter(|one| is_seen(world, project, kind, one) && !world.is_hidden(text(one, "id")));
    let (shown, fields) = (seen.map(|one| shown(world, kind, one)), fields(request));
    let fitting = shown.filter(|one| fits(one, request));
    let url = format!("{base}/{}", kind.path());
    let (items, next) = page::cut(fitting.collect(), request, world.page, &url, |one| text(one, "id").to_owned());
    let items: Vec<Value> = items.iter().map(|one| projected(one, &fields)).collect();
    let mut told = Map::from_iter([(kind.plural(), items.into())]);
    told.extend(next.map(|next| (format!("{}_links", kind.plural()), next)));
    Value::Object(told)
}

/// With what belongs to it and is kept elsewhere.
fn shown(world: &World, kind: Kind, one: &Value) -> Value {
    let mut shown = one.clone();
    let id = text(one, "id");
    match kind {
        Kind::Group => {
            shown["security_group_rules"] =
                world.all(Kind::Rule).filter(|rule| rule["security_group_id"] == id).cloned().collect();
        }
        Kind::Network => {
            let within = world.all(Kind::Subnet).filter(|subnet| subnet["network_id"] == id);
            shown["subnets"] = within.map(|subnet| subnet["id"].clone()).collect();
        }
        Kind::Address => shown["port_details"] = addresses::port_details(world, one),
        _ => {}
    }
    shown
}

fn fields(request: &Request) -> Vec<&str> {
    request.query.iter().filter(|(name, _)| name == "fields").map(|(_, value)| value.as_str()).collect()
}

fn projected(one: &Value, fields: &[&str]) -> Value {
    let object = one.as_object().cloned().unwrap_or_default();
    if fields.is_empty() {
        return Value::Object(object);
    }
    object.into_iter().filter(|(name, _)| fields.contains(&name.as_str())).collect::<Map<_, _>>().into()
}

/// Several values of one name are alternatives. What is no field at all is not looked at, as Neutron does not.
fn fits(one: &Value, request: &Request) -> bool {
    let alternatives = |name: &str| -> Vec<&str> {
        request.query.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect()
    };
    request.query.iter().filter(|(name, _)| name != "fields").all(|(name, _)| match (name.as_str(), one.get(name)) {
        ("fixed_ips", Some(Value::Array(all))) => alternatives(name)
            .iter()
            .any(|wanted| wanted.split_once('=').is_some_and(|(field, value)| all.iter().any(|fixed| fixed[field] == value))),
        ("tags", Some(Value::Array(all))) => {
            alternatives(name).iter().any(|wanted| wanted.split(',').all(|tag| all.contains(&json!(tag))))
        }
        ("security_groups", Some(Value::Array(all))) => alternatives(name).iter().any(|wanted| all.contains(&json!(wanted))),
        (_, Some(found)) => alternatives(name).iter().any(|wanted| match found {
            Value::String(found) => found == wanted,
            Value::Bool(found) => found.to_string() == wanted.to_lowercase(),
            Value::Null => wanted.is_empty(),
            found => found.to_string().as_str() == *wanted,
        }),
        (_, None) => true,
    })
}

fn quotas(world: &World, project: &str, rest: &[&str]) -> Told {
    let each = Kind::ALL.into_iter().map(|kind| {
        let limit = world.quota(project, kind.singular());
        let told = match rest {
            [] => json!(limit),
            _ => json!({"limit": limit, "used": world.used(project, kind), "reserved": 0}),
        };
        (kind.singular().to_owned(), told)
    });
    Ok(Answer::new(200, json!({"quota": each.collect::<Map<_, _>>()})))
}
