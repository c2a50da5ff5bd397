use super::usual::{self, VARIABLES};
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use model::offer::{ServiceToken, Site};
use model::{Code, Problem};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  eval \"$(roadstead env --site CESGA --community vo.access.egi.eu)\" && openstack server list
  roadstead env --site CESGA --format clouds > clouds.yaml";

/// Print what OpenStack's own programs need to get in where you may: a token and addresses.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\nWhat is printed lets its holder do there what you may do, until it ends.\n\n{VARIABLES}"))]
pub struct Env {
    /// The site.
    #[arg(long, value_name = "SITE")]
    site: Option<String>,

    /// The service, where the site has several.
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,

    /// In whose name.
    #[arg(long, visible_alias = "vo", value_name = "COMMUNITY")]
    community: Option<String>,

    /// The project, by its identifier or name.
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,

    /// Variables for a shell, or a `clouds.yaml`.
    #[arg(long, value_enum, default_value_t = Format::Shell)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Shell,
    Clouds,
}

impl Env {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let service = match (self.service, usual::site(self.site)) {
            (Some(service), _) => service,
            (None, Some(site)) => only_service(client.get(&["sites", &site], &[]).await?)?,
            (None, None) => {
                let detail = "Neither a site nor a service is named.";
                return Err(Problem::new(Code::UsageWrong, detail, "Name one: --site SITE. `roadstead sites` lists them."));
            }
        };
        let project = usual::project(self.project);
        // A project that is named says enough; a community of the environment is only the usual one.
        let community = if project.is_some() { self.community } else { usual::community(self.community) };
        let asked = json!({ "community": community, "project": project });
        let token: ServiceToken = client.post_json(&["services", &service, "tokens"], &asked).await?;
        let output = &session.output;
        match (output.is_json(), self.format) {
            (true, _) => output.json(&token),
            (false, Format::Shell) => output.page(&shell(&token)),
            (false, Format::Clouds) => output.page(&clouds(&token)),
        }
        Ok(Exit::Success)
    }
}

fn only_service(site: Site) -> Result<String, Problem> {
    let mut names: Vec<String> = site.standing.into_iter().map(|standing| standing.service).collect();
    let first = names.pop();
    match (first, names.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(other), false) => {
            let detail = format!("{} has several services: {}, {other}.", site.name, names.join(", "));
            Err(Problem::new(Code::UsageWrong, detail, "Name one: --service SERVICE."))
        }
        (None, _) => {
            let detail = format!("{} has no service that other programs get in at.", site.name);
            Err(Problem::new(Code::UsageWrong, detail, "`roadstead sites` lists those that have."))
        }
    }
}

/// Those of others are unset: a user name beside a token is taken for a mistake.
fn shell(token: &ServiceToken) -> String {
    let mut lines =
        String::from("unset OS_USERNAME OS_PASSWORD OS_USER_DOMAIN_NAME OS_USER_ID OS_PROJECT_NAME OS_ACCESS_TOKEN OS_CLOUD\n");
    for (name, value) in variables(token) {
        lines.push_str(&format!("export {name}={}\n", quoted(&value)));
    }
    lines.push_str(&format!("# {}, until {}\n", one_line(&token.project.name), token.expires_at));
    lines
}

fn variables(token: &ServiceToken) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("OS_AUTH_TYPE", "v3token".to_owned()),
        ("OS_AUTH_URL", token.auth_url.clone()),
        ("OS_IDENTITY_API_VERSION", "3".to_owned()),
        ("OS_PROJECT_ID", token.project.id.clone()),
        ("OS_TOKEN", token.token.clone()),
    ];
    variables.extend(token.region.clone().map(|region| ("OS_REGION_NAME", region)));
    variables
}

/// JSON is YAML.
fn clouds(token: &ServiceToken) -> String {
    let mut cloud = json!({
        "auth_type": "v3token",
        "auth": { "auth_url": token.auth_url, "project_id": token.project.id, "token": token.token },
        "identity_api_version": 3,
    });
    if let Some(region) = &token.region {
        cloud["region_name"] = json!(region);
    }
    let name = token.service.to_lowercase();
    format!("{:#}\n", json!({ "clouds": { name: cloud } }))
}

/// For a shell that evaluates it: whatever is in it stays text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn one_line(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::offer::Named;

    #[test]
    fn what_a_site_says_is_text_to_a_shell() {
        let hostile = "'; rm -rf /; '\n";
        let token = ServiceToken {
            service: "S".to_owned(),
            site: "S".to_owned(),
            project: Named { id: hostile.to_owned(), name: hostile.to_owned() },
            community: None,
            auth_url: "https://k/v3".to_owned(),
            region: Some("One".to_owned()),
            identity_provider: "egi.eu".to_owned(),
            protocol: None,
            token: "secret".to_owned(),
            expires_at: Timestamp::from_millis(0),
        };
        let said = shell(&token);
        let check = format!("{said}printf '%s' \"$OS_PROJECT_ID$OS_TOKEN$OS_REGION_NAME\"");
        let heard = std::process::Command::new("sh").arg("-c").arg(check).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&heard.stdout), format!("{hostile}secretOne"));
        let clouds: serde_json::Value = serde_json::from_str(&clouds(&token)).unwrap();
        assert_eq!(clouds["clouds"]["s"]["auth"]["token"], "secret");
    }
}
