//! A gateway of the four real OpenStack sites, and people who sign in at it.

use super::helpers::{Desk, LIMIT, finish};
use super::signing_in::User;
use serde_json::Value;
use testkit::{OpenStack, Program, free_port};

/// What people of the bed are members of, as an administrator would map it.
pub const MAPPING: &str = r#"
[[rules]]
issuer = "any"
claim = "entitlements"
group = { exactly = "urn:mace:egi.eu:group:vo.access.egi.eu" }
role = { exactly = "vm_operator" }
gives = { member_of = "vo.access.egi.eu" }
"#;

pub struct Federation {
    pub bed: OpenStack,
    pub desk: Desk,
    pub url: String,
    _program: Program,
}

impl Federation {
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// `more`: of the configuration.
    pub fn start_with(more: &str) -> Self {
        let bed = OpenStack::shared();
        let desk = Desk::new();
        let port = free_port();
        configure(&desk, &bed, &with_gateway_url(port, more));
        let listen = format!("127.0.0.1:{port}");
        let mut program = desk.start(&["serve", "--config", "gateway.toml", "--listen", &listen]);
        program.wait_for_line(LIMIT, "its address", |line| line.starts_with("Roadstead serves at "));
        Self { bed, desk, url: format!("http://{listen}"), _program: program }
    }

    /// Members of the bed's communities are members here.
    pub fn map_people(&self) {
        let mapping = self.desk.write("mapping.toml", MAPPING);
        self.administer(&["admin", "mapping", "set", mapping.to_str().expect("UTF-8")]);
    }

    /// By whoever runs the gateway.
    pub fn administer(&self, words: &[&str]) -> String {
        let token = self.desk.path("data/roadstead/token");
        let whom = ["--gateway", &self.url, "--token-file", token.to_str().expect("UTF-8")];
        self.desk.ok(&[&whom[..], words].concat())
    }

    pub fn signed_in(&self, name: &str) -> User<'_> {
        signed_in(&self.url, &self.bed, name)
    }
}

/// Somebody of the bed at a gateway.
pub fn signed_in<'a>(gateway: &'a str, bed: &OpenStack, name: &str) -> User<'a> {
    let user = User::of(gateway);
    let (login, code) = user.begin(&[]);
    bed.open("approve", &[("user_code", &code), ("user", name)]);
    let done = finish(login);
    assert_eq!(done.code, 0, "{done:?}");
    user
}

/// Machines reach it at this port, unless something else is said of them.
fn with_gateway_url(port: u16, more: &str) -> String {
    match more.contains("[machines]") {
        true => more.to_owned(),
        false => format!("[machines]\ngateway_url = 'http://127.0.0.1:{port}'\n{more}"),
    }
}

/// A gateway that knows the sites, in `gateway.toml`. `more`: of the configuration.
pub fn configure(desk: &Desk, bed: &OpenStack, more: &str) {
    desk.write("secret", "gateway-secret\n");
    let authority = bed.authority();
    let issuer = format!(
        "[[issuers]]\nname = 'checkin'\ntitle = 'Check-in'\nurl = '{}'\nclient_id = 'gateway'\nclient_secret_file = '{}'\n\
             audiences = ['https://gateway.example']\nscopes = ['profile', 'email', 'offline_access', 'eduperson_entitlement']\nexchange = true\n\
             authority_file = '{}'\n",
        bed.issuer(),
        desk.path("secret").display(),
        authority.display(),
    );
    let host = |url: &str| url.split('/').nth(2).expect("a host and port").to_owned();
    // Everything of the sites is at one address, each service at a port of its own.
    let hosts: Vec<String> = bed.addresses().iter().map(|url| format!("'{}'", host(url))).collect();
    let mut config = format!(
        "{issuer}\n[federation]\nallowed_hosts = [{}]\njoin = 'https://join.example/{{community}}'\ndeadline = '100s'\n\
             public_ranges = ['203.0.113.0/24', '198.51.100.0/24', '192.0.2.0/24', '2001:db8::/32']\n",
        hosts.join(", ")
    );
    for site in bed.sites().values() {
        config.push_str(&format!(
            "[[sites]]\nname = '{}'\nauth_url = '{}'\nregion = '{}'\nissuers = ['{}']\nauthority = '{}'\n",
            site.name,
            site.auth_url,
            site.region,
            bed.issuer(),
            authority.display()
        ));
        config.extend(site.audience.iter().map(|audience| format!("audience = '{audience}'\n")));
        let of = |name: &str| site.projects.iter().find(|(project, _)| project.contains(name)).map(|(_, id)| id.clone());
        let community = |name: &str, project: &str| {
            let role = &site.role;
            let id = of(project).map(|id| format!(", project_id = '{id}'")).unwrap_or_default();
            format!("{{ name = '{name}', entitlement = 'urn:mace:egi.eu:group:{name}:role={role}#aai.egi.eu'{id} }}")
        };
        let known = if site.name == "GAMMA-HPC" { "VO_vo_access" } else { "vo.access.egi.eu" };
        config.push_str(&format!("communities = [{}]\n", community("vo.access.egi.eu", known)));
    }
    config.push_str("[[sites]]\nname = 'CHEMISTS'\nauth_url = 'https://keystone.chemists.example/v3'\ncommunities = [{ name = 'chem.example' }]\n");
    config.push_str(more);
    desk.write("gateway.toml", config);
}

pub fn items(text: &str) -> Vec<Value> {
    let whole: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    whole["items"].as_array().expect("items").clone()
}

/// All sites, once each has answered or failed: the computer may be busy with other tests.
pub fn looked_at(user: &User<'_>) -> Vec<Value> {
    for _ in 0..8 {
        let sites = items(&user.ok(&[], &["--json", "sites", "--wait", "20"]));
        let mut standing = sites.iter().filter_map(|site| site["standing"].as_array()).flatten();
        if standing.all(|one| one["looking"] == false && one["access"] != "unknown") {
            return sites;
        }
    }
    panic!("sites do not answer");
}
