//! The federation for others: site files as EGI's, and everything as JSON.

use std::fmt::Write;

use model::federation::{FederatedService, LoginKind};

use super::Federation;

/// A site file for each service, with its name. What EGI's format has no word for (downtimes, audiences, conflicts) is
/// not in it; what a community needs is said beside its project, where the format allows more.
pub fn egi_yaml(federation: &Federation) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for service in federation.services() {
        let stem: String =
            service.name.chars().map(|c| if c.is_alphanumeric() || "-_.@".contains(c) { c } else { '-' }).collect();
        let stem = stem.trim_start_matches('.');
        let mut name = format!("{stem}.yaml");
        let mut number = 1;
        while files.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
            number += 1;
            name = format!("{stem}-{number}.yaml");
        }
        files.push((name, site_file(service)));
    }
    files
}

/// The site file of one service.
pub fn site_file(service: &FederatedService) -> String {
    let mut file = File("---\n".to_owned());
    file.line(0, "gocdb", Some(&service.site));
    file.line(0, "endpoint", Some(&service.auth_url));
    file.line(0, "auth", plugin(service.login));
    file.line(0, "protocol", service.protocol.as_deref());
    file.line(0, "region", service.region.as_deref());
    let fact = |name: &str| service.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.as_str());
    let (synchronised, formats) = (fact("images_synchronised"), fact("image_formats"));
    if synchronised.is_some() || formats.is_some() {
        file.0.push_str("images:\n");
        if let Some(synchronised) = synchronised.filter(|value| matches!(*value, "true" | "false")) {
            file.0.push_str(&format!("  sync: {synchronised}\n"));
        }
        let formats: Vec<String> = formats.into_iter().flat_map(|formats| formats.split(", ")).map(quoted).collect();
        if !formats.is_empty() {
            file.0.push_str(&format!("  formats: [{}]\n", formats.join(", ")));
        }
    }
    file.0.push_str(if service.communities.is_empty() { "vos: []\n" } else { "vos:\n" });
    for community in &service.communities {
        file.0.push_str(&format!("  - name: {}\n", quoted(&community.community)));
        let is_bare = community.project_id.is_none() && community.region.is_none();
        file.0.push_str(if is_bare { "    auth: {}\n" } else { "    auth:\n" });
        file.line(6, "project_id", community.project_id.as_deref());
        file.line(6, "region", community.region.as_deref());
        file.line(4, "entitlement", community.entitlement.as_deref());
        file.line(4, "defaultNetwork", community.network_hint.as_deref());
        file.line(4, "publicNetwork", community.public_network_hint.as_deref());
    }
    file.0
}

struct File(String);

impl File {
    fn line(&mut self, indent: usize, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            // Writing to a string does not fail.
            let _ = writeln!(self.0, "{:indent$}{key}: {}", "", quoted(value));
        }
    }
}

fn plugin(login: LoginKind) -> Option<&'static str> {
    match login {
        LoginKind::OpenId => None,
        LoginKind::ApplicationCredential => Some("v3applicationcredential"),
        LoginKind::Password => Some("v3password"),
    }
}

/// What is quoted in JSON is quoted in YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
