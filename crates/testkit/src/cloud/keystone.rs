//! Keystone: who comes in, into which projects. Any bearer is believed: what it says is taken from it, without a look at its
//! signature.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::http::{Answer, Request};
use super::world::{Project, Token, Told, World, hex, now, stamp, text};

const PROVIDER: &str = "egi.eu";

pub(super) fn answer(world: &mut World, origin: &str, request: &Request, path: &[&str]) -> Told {
    let subject = request.header("X-Auth-Token").unwrap_or_default().to_owned();
    match (request.method.as_str(), path) {
        ("GET", []) => Ok(Answer::new(
            200,
            json!({"version": {
                "id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
                "links": [{"rel": "self", "href": format!("{origin}/v3/")}],
                "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
            }}),
        )),
        ("GET" | "POST", ["OS-FEDERATION", "identity_providers", provider, "protocols", protocol, "auth"]) => {
            if *provider != PROVIDER {
                return Err(refused(404, &format!("Could not find Identity Provider: {provider}.")));
            }
            if *protocol != world.protocol {
                // One that the whole Keystone has never heard of.
                return Err(refused(401, "Attempted to authenticate with an unsupported method."));
            }
            login(world, origin, request)
        }
        ("GET", ["auth", "projects"] | ["OS-FEDERATION", "projects"]) => {
            let token = known(world, origin, &subject)?;
            let told: Vec<Value> = allowed(world, &token).map(|project| shown(world, origin, project)).collect();
            let links = json!({"next": null, "self": format!("{origin}/v3/auth/projects"), "previous": null});
            Ok(Answer::new(200, json!({"projects": told, "links": links})))
        }
        ("POST", ["auth", "tokens"]) => scope(world, origin, &request.body["auth"]),
        ("GET", ["auth", "tokens"]) => {
            known(world, origin, &subject)?;
            let asked = request.header("X-Subject-Token").unwrap_or_default().to_owned();
            let token = known(world, origin, &asked)?;
            Ok(Answer::new(200, told(world, origin, &token, &[])).with("X-Subject-Token", asked))
        }
        ("DELETE", ["auth", "tokens"]) => {
            known(world, origin, &subject)?;
            world.tokens.remove(request.header("X-Subject-Token").unwrap_or_default());
            Ok(Answer::new(204, Value::Null))
        }
        (method, ["users", user, "application_credentials", rest @ ..]) => {
            let token = known(world, origin, &subject)?;
            if token.user != **user {
                return Err(refused(403, "You are not authorized to perform the requested action."));
            }
            credentials(world, &token, method, &request.body["application_credential"], rest)
        }
        _ => Err(refused(404, "The resource could not be found.")),
    }
}

pub(super) fn refused(status: u16, message: &str) -> Answer {
    let title = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        _ => "Not Found",
    };
    Answer::new(status, json!({"error": {"code": status, "message": message, "title": title}}))
}

/// In these very words whatever the cause is.
pub(super) fn unauthorized(origin: &str) -> Answer {
    let answer = refused(401, "The request you have made requires authentication.");
    answer.with("WWW-Authenticate", format!("Keystone uri=\"{origin}/v3\""))
}

pub(super) fn known(world: &World, origin: &str, token: &str) -> Result<Token, Answer> {
    let found = world.tokens.get(token).filter(|token| token.expires > SystemTime::now() && !world.refused.contains(&token.name));
    found.cloned().ok_or_else(|| unauthorized(origin))
}

fn login(world: &mut World, origin: &str, request: &Request) -> Told {
    let Some(bearer) = request.header("Authorization").and_then(|told| told.strip_prefix("Bearer ")) else {
        let page = Value::String("<html><title>401 Unauthorized</title></html>".to_owned());
        return Err(Answer::new(401, page).with("WWW-Authenticate", "Bearer error=\"invalid_request\""));
    };
    let payload = bearer.split('.').nth(1).and_then(|part| data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).ok());
    let claims: Value = payload.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    // An opaque one is a person, too.
    let name = claims["sub"].as_str().unwrap_or(bearer).to_owned();
    let entitlements = claims.get("eduperson_entitlement").or_else(|| claims.get("entitlements"));
    let entitlements = entitlements.and_then(Value::as_array);
    let entitlements = entitlements.map(|all| all.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    let token = Token { user: user(&name), name, entitlements, project: None, expires: SystemTime::now() + world.lifetime };
    if world.refused.contains(&token.name) || world.projects.iter().all(|project| !is_in(world, &token, project)) {
        return Err(unauthorized(origin));
    }
    Ok(issue(world, origin, token, &["openid"]))
}

/// 64 digits, always the same for one person.
fn user(name: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut text = String::new();
    for round in 0..4_u8 {
        for byte in name.bytes().chain([round]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        text.push_str(&format!("{hash:016x}"));
    }
    text
}

/// As the mapping of a real site makes groups of entitlements. A bearer without any says nothing against it.
fn is_in(world: &World, token: &Token, project: &Project) -> bool {
    let wanted = format!("urn:mace:egi.eu:group:{}:role={}#aai.egi.eu", project.community, world.role);
    token.entitlements.as_ref().is_none_or(|all| all.contains(&wanted))
}

fn allowed<'a>(world: &'a World, token: &'a Token) -> impl Iterator<Item = &'a Project> {
    world.projects.iter().filter(|project| project.is_enabled && is_in(world, token, project))
}

fn shown(world: &World, origin: &str, project: &Project) -> Value {
    let mut told = json!({
        "id": project.id, "name": project.name, "domain_id": world.domain, "enabled": project.is_enabled, "is_domain": false,
        "parent_id": world.domain, "tags": [], "options": {}, "description": format!("EGI VO {}", project.community),
        "links": {"self": format!("{origin}/v3/projects/{}", project.id)},
    });
    for (name, value) in &project.properties {
        told[name] = value.clone();
    }
    told
}

fn scope(world: &mut World, origin: &str, auth: &Value) -> Told {
    let identity = &auth["identity"];
    match identity["methods"][0].as_str() {
        Some("token") => {
            let mut token = known(world, origin, text(&identity["token"], "id"))?;
            let wanted = &auth["scope"]["project"];
            let name = wanted["id"].as_str().or_else(|| wanted["name"].as_str()).unwrap_or_default();
            let project =
                allowed(world, &token).find(|one| one.id == name || one.name == name).ok_or_else(|| unauthorized(origin))?;
            token.project = Some(project.id.clone());
            Ok(issue(world, origin, token, &["openid", "token"]))
        }
        Some("application_credential") => {
            let told = &identity["application_credential"];
            let id = text(told, "id");
            let found = world.credentials.get(id).cloned();
            let found = found.ok_or_else(|| refused(404, &format!("Could not find Application Credential: {id}.")))?;
            if found["secret"] != told["secret"] {
                return Err(unauthorized(origin));
            }
            let name = text(&found, "owner").to_owned();
            if world.refused.contains(&name) {
                return Err(unauthorized(origin));
            }
            let project = Some(text(&found, "project_id").to_owned());
            let expires = SystemTime::now() + world.lifetime;
            let token = Token { user: user(&name), name, entitlements: None, project, expires };
            Ok(issue(world, origin, token, &["application_credential"]))
        }
        _ => Err(unauthorized(origin)),
    }
}

fn issue(world: &mut World, origin: &str, token: Token, methods: &[&str]) -> Answer {
    let name = format!("gAAAAA{}{}", hex(), hex());
    let answer = Answer::new(201, told(world, origin, &token, methods)).with("X-Subject-Token", name.clone());
    world.tokens.insert(name, token);
    answer.with("Vary", "X-Auth-Token")
}

fn told(world: &World, origin: &str, token: &Token, methods: &[&str]) -> Value {
    let micros = |at: String| at.replace('Z', ".000000Z");
    let domain = json!({"id": world.domain, "name": "egi"});
    let mut told = json!({
        "methods": methods, "audit_ids": [&hex()[..22]],
        "expires_at": micros(stamp(token.expires)), "issued_at": micros(now()),
        "user": {
            "id": token.user, "name": token.name, "domain": domain,
            "OS-FEDERATION": {"groups": [], "identity_provider": {"id": PROVIDER}, "protocol": {"id": world.protocol}},
        },
    });
    if let Some(project) = token.project.as_deref().and_then(|id| world.project(id)) {
        told["project"] = json!({"id": project.id, "name": project.name, "domain": domain});
        told["is_domain"] = false.into();
        told["roles"] = ["reader", "member"].iter().map(|name| json!({"id": hex(), "name": name})).collect();
        told["catalog"] = catalogue(world, origin, &project.id);
    }
    json!({"token": told})
}

fn catalogue(world: &World, origin: &str, project: &str) -> Value {
    let of_project = if world.has_project_in_path { format!("/{project}") } else { String::new() };
    let each = [
        ("identity", "keystone", "/v3".to_owned()),
        ("compute", "nova", format!("/compute/v2.1{of_project}")),
        ("image", "glance", "/image".to_owned()),
        ("network", "neutron", "/network".to_owned()),
        ("volumev3", "cinder", format!("/volume/v3/{project}")),
    ];
    let entry = |(kind, name, path): (&str, &str, String)| {
        let endpoint = json!({
            "id": hex(), "interface": "public", "region": world.region, "region_id": world.region, "url": format!("{origin}{path}"),
        });
        json!({"id": hex(), "type": kind, "name": name, "endpoints": [endpoint]})
    };
    each.into_iter().filter(|(_, name, _)| *name != "cinder" || world.has_volumes).map(entry).collect()
}

fn credentials(world: &mut World, token: &Token, method: &str, wish: &Value, rest: &[&str]) -> Told {
    let without_secret = |one: &Value| {
        let mut told = one.as_object().cloned().unwrap_or_default();
        told.retain(|name, _| name != "secret" && name != "owner");
        Value::Object(told)
    };
    match (method, rest) {
        ("GET", []) => {
            let own = world.credentials.values().filter(|one| one["user_id"] == token.user.as_str());
            Ok(Answer::new(200, json!({"application_credentials": own.map(without_secret).collect::<Vec<_>>()})))
        }
        ("POST", []) => {
            let (id, secret) = (hex(), hex());
            let project = token.project.clone();
            let mut made: Map<String, Value> = wish.as_object().cloned().unwrap_or_default();
            let more = json!({
                "id": id, "secret": wish["secret"].as_str().unwrap_or(&secret), "project_id": project, "user_id": token.user,
                "owner": token.name, "unrestricted": false, "roles": [{"name": "member"}], "expires_at": wish["expires_at"],
            });
            made.extend(more.as_object().cloned().unwrap_or_default());
            world.credentials.insert(id, Value::Object(made.clone()));
            made.remove("owner");
            Ok(Answer::new(201, json!({"application_credential": made})))
        }
        ("GET", [id]) => {
            let found = world.credentials.get(*id).ok_or_else(|| missing(id))?;
            Ok(Answer::new(200, json!({"application_credential": without_secret(found)})))
        }
        ("DELETE", [id]) => {
            world.credentials.remove(*id).ok_or_else(|| missing(id))?;
            Ok(Answer::new(204, Value::Null))
        }
        _ => Err(refused(404, "The resource could not be found.")),
    }
}

fn missing(id: &str) -> Answer {
    refused(404, &format!("Could not find Application Credential: {id}."))
}
