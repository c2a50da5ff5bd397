//! Our own `#cloud-config`.

use super::{CloudInitError, Key, Parts, PilotStart};
use model::recipe::{Mount, Recipe};
use pilot::recipe::{Gateway, RecipeText, Role};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Does what cloud-init has no words for.
const SETUP: &str = "/var/lib/roadstead/setup";
const SETUP_TEXT: &str = include_str!("setup.sh");
const SERVICE: &str = include_str!("roadstead-pilot.service");
/// Where Python's packages go.
const SOFTWARE: &str = "/opt/software";
const AUTHORITY: &str = "/var/lib/roadstead/authority.pem";
const PILOT_RECIPE: &str = "/var/lib/roadstead/pilot.json";
/// Where the pilot is at home. Below the directory that the script makes.
pub const PILOT_DIRECTORY: &str = "/var/lib/roadstead/pilot/attempt";

#[derive(Default)]
struct Steps {
    files: Vec<Value>,
    /// Arguments of the script, one list for each part.
    setup: Vec<Vec<String>>,
    run: Vec<Vec<String>>,
}

pub(super) fn of(parts: &Parts<'_>) -> Result<Map<String, Value>, CloudInitError> {
    let mut config = Map::new();
    let mut steps = Steps::default();
    if !is_hostname(parts.hostname) {
        return Err(CloudInitError::BadHostname(parts.hostname.to_owned()));
    }
    config.insert("hostname".to_owned(), parts.hostname.into());
    if let Some(login) = parts.login {
        if !is_account(login) {
            return Err(CloudInitError::BadLogin(login.to_owned()));
        }
        // Renames the image's usual account, whatever it is, and keeps its rights; also when the person's own file names other
        // accounts only. As a text: a map would take the place of a name in that file.
        config.insert("user".to_owned(), login.into());
    }
    let keys = parts.keys.iter().map(authorized_key).collect::<Result<Vec<_>, _>>()?;
    insert_list(&mut config, "ssh_authorized_keys", keys);
    if let Some(recipe) = parts.recipe {
        steps.follow(recipe, parts.login);
        insert_list(&mut config, "packages", recipe.packages.clone());
        // Lists of packages are as old as the image.
        if !recipe.packages.is_empty() || !steps.setup.is_empty() {
            config.insert("package_update".to_owned(), true.into());
        }
    }
    if let Some(pilot) = &parts.pilot {
        steps.start(pilot)?;
    }
    if !steps.setup.is_empty() {
        steps.files.push(file(SETUP, SETUP_TEXT, "0755"));
    }
    let setup = steps.setup.into_iter().map(|rest| ["sh", SETUP].map(str::to_owned).into_iter().chain(rest).collect::<Vec<_>>());
    insert_list(&mut config, "runcmd", setup.chain(steps.run).collect());
    insert_list(&mut config, "write_files", steps.files);
    Ok(config)
}

/// An empty list would be a mistake to cloud-init.
fn insert_list<T: Into<Value>>(config: &mut Map<String, Value>, name: &str, list: Vec<T>) {
    if !list.is_empty() {
        config.insert(name.to_owned(), list.into());
    }
}

fn file(path: &str, content: &str, mode: &str) -> Value {
    json!({ "path": path, "content": content, "permissions": mode, "owner": "root:root" })
}

impl Steps {
    fn follow(&mut self, recipe: &Recipe, login: Option<&str>) {
        for mount in &recipe.mounts {
            self.setup.push(mounting(mount));
        }
        if let Some(engine) = recipe.engine {
            self.setup.push(["engine", engine.as_str()].into_iter().chain(login).map(str::to_owned).collect());
        }
        if !recipe.software.python.is_empty() {
            let packages = recipe.software.python.iter().map(String::as_str);
            self.setup.push(["python", SOFTWARE].into_iter().chain(packages).map(str::to_owned).collect());
        }
        self.files.extend(recipe.files.iter().map(|one| file(&one.path, &one.content, &one.mode)));
        self.run.extend(recipe.run.iter().cloned());
    }

    fn start(&mut self, pilot: &PilotStart<'_>) -> Result<(), CloudInitError> {
        let PilotStart { mark, start, gateway, authority, patience, program, sha256 } = *pilot;
        let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_address = program.starts_with("https://") || program.starts_with("http://");
        if !is_digest || !is_address || program.chars().any(|c| c.is_control() || c == ' ') {
            return Err(CloudInitError::BadProgram(program.to_owned()));
        }
        let recipe = RecipeText {
            deployment: &mark.deployment,
            run: &mark.run,
            attempt: &mark.attempt,
            pilot: &start.pilot,
            slot: mark.slot.as_str(),
            directory: Path::new(PILOT_DIRECTORY),
            width: start.width,
            enrolment: start.enrolment.expose(),
            gateway: &Gateway::Url(gateway.to_owned()),
            patience_seconds: patience.as_secs(),
            role: Role::Keep,
            host: None,
        };
        // All of it is text and numbers: this cannot fail.
        let recipe = serde_json::to_string(&recipe).map_err(|_| CloudInitError::BadProgram(program.to_owned()))?;
        // For root alone, who opens it for the pilot.
        self.files.push(file(PILOT_RECIPE, &recipe, "0600"));
        self.files.push(file("/etc/systemd/system/roadstead-pilot.service", SERVICE, "0644"));
        self.files.extend(authority.map(|pem| file(AUTHORITY, pem, "0644")));
        self.setup.push(["pilot", program, sha256].map(str::to_owned).into());
        Ok(())
    }
}

fn mounting(mount: &Mount) -> Vec<String> {
    let words: Vec<String> = match mount {
        Mount::Nfs { from, at, options } => ["nfs", from, at].into_iter().chain(options.as_deref()).map(str::to_owned).collect(),
        Mount::Cvmfs { repositories, proxy } => {
            ["cvmfs", &repositories.join(",")].into_iter().chain(proxy.as_deref()).map(str::to_owned).collect()
        }
        Mount::Volume { device, label, at, filesystem } => {
            let by_label = label.as_ref().map(|label| format!("LABEL={label}"));
            let what = by_label.as_ref().or(device.as_ref()).map(String::as_str).unwrap_or_default();
            ["volume", what, at, filesystem.as_str()].map(str::to_owned).into()
        }
    };
    words
}

/// Without options, which could make more of a key than a way in, and with the name that its owner gave it.
fn authorized_key(key: &Key<'_>) -> Result<String, CloudInitError> {
    let bad = || CloudInitError::BadKey(key.name.to_owned());
    if key.line.trim_end().chars().chain(key.name.chars()).any(char::is_control) {
        return Err(bad());
    }
    let mut words = key.line.split_whitespace();
    let (Some(kind), Some(body)) = (words.next(), words.next()) else { return Err(bad()) };
    let is_kind = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|begin| kind.starts_with(begin));
    let is_base64 = body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    if is_kind && is_base64 { Ok(format!("{kind} {body} {}", key.name)) } else { Err(bad()) }
}

fn is_hostname(name: &str) -> bool {
    let plain = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    name.len() <= 253
        && name
            .split('.')
            .all(|part| (1..=63).contains(&part.len()) && plain(part) && !part.starts_with('-') && !part.ends_with('-'))
}

fn is_account(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=32).contains(&name.len()) && name.chars().all(plain) && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_keys_and_names_get_in() {
        let key = |name: &'static str, line: &'static str| authorized_key(&Key { name, line });
        assert_eq!(key("laptop", "ssh-ed25519 AAAAC3+/= me@host\n"), Ok("ssh-ed25519 AAAAC3+/= laptop".to_owned()));
        for (name, line) in [
            ("options", "command=\"id\" ssh-ed25519 AAAA"),
            ("two lines", "ssh-ed25519 AAAA\nssh-ed25519 BBBB"),
            ("a\nssh-ed25519 BBBB", "ssh-ed25519 AAAA"),
            ("no body", "ssh-ed25519"),
            ("private", "-----BEGIN OPENSSH PRIVATE KEY-----"),
            ("quoted", "ssh-ed25519 AA'AA"),
        ] {
            assert_eq!(key(name, line), Err(CloudInitError::BadKey(name.to_owned())));
        }
        for (name, good) in [("m-1", true), ("m.example.org", true), ("", false), ("-m", false), ("m_1", false), ("m..n", false)]
        {
            assert_eq!(of(&Parts { hostname: name, ..Parts::default() }).is_ok(), good, "{name}");
        }
        for (name, good) in [("ubuntu", true), ("cloud-user", true), ("root x", false), ("1", false), ("a\n", false)] {
            assert_eq!(of(&Parts { hostname: "m", login: Some(name), ..Parts::default() }).is_ok(), good, "{name}");
        }
    }
}
