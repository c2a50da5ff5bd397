//! Configuration: built-in defaults < /etc/roadstead < the person's own file < `--config` < environment < flags.
//!
//! Every layer is checked by itself, so that an error names the file it is in. Secrets are never values here: they are
//! read from files that the configuration names.

mod federation;
mod layers;

pub use federation::{Federation, NetworkRule, Operator};
pub use layers::load;

use ::sites::federation::OwnSite;
use data::guard::HostPort;
use model::{ByteCount, Span};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the gateway listens. Only this computer can reach the default.
    pub listen: SocketAddr,
    /// The address people use, when a proxy stands before the gateway; may have a path.
    pub public_url: Option<url::Url>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// A second address on which `/metrics` needs no token.
    pub metrics_listen: Option<SocketAddr>,
    pub data_dir: Option<PathBuf>,
    pub database: Database,
    pub local: Local,
    pub inputs: Inputs,
    /// Login services that are trusted to say who somebody is.
    pub issuers: Vec<Issuer>,
    pub federation: Federation,
    /// Sites of one's own, and corrections of what the federation's sources say of others.
    pub sites: Vec<OwnSite>,
    pub machines: Machines,
    pub limits: Limits,
    pub quotas: runs::Defaults,
    /// What communities allow their people, and agreed with services.
    pub policies: Vec<model::policy::Policy>,
    /// What machines can be made into.
    pub recipes: model::recipe::Recipes,
    pub terms: Option<Terms>,
    pub retention: Retention,
    pub isolation: Isolation,
    pub flow: Flow,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7480)),
            public_url: None,
            trusted_proxies: Vec::new(),
            metrics_listen: None,
            data_dir: None,
            database: Database::default(),
            local: Local::default(),
            inputs: Inputs::default(),
            issuers: Vec::new(),
            federation: Federation::default(),
            sites: Vec::new(),
            machines: Machines::default(),
            limits: Limits::default(),
            quotas: runs::Defaults::default(),
            policies: Vec::new(),
            recipes: model::recipe::Recipes::default(),
            terms: None,
            retention: Retention::default(),
            isolation: Isolation::Auto,
            flow: Flow::default(),
        }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// A file that holds the address of a PostgreSQL database (`postgres://…`, with its password). Without it the
    /// gateway has an embedded database in its data directory.
    pub url_file: Option<PathBuf>,
}

/// Work on this computer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Local {
    pub enabled: bool,
    pub site: String,
    pub service: String,
    /// How much of the computer runs may use; all of it when not said.
    pub cores: Option<f64>,
    pub memory: Option<ByteCount>,
    /// How long work goes on while no gateway can be reached.
    pub patience: Span,
}

impl Default for Local {
    fn default() -> Self {
        let patience = Span::seconds(12 * 3_600);
        Self { enabled: true, site: "here".into(), service: "local".into(), cores: None, memory: None, patience }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Inputs {
    /// Directories from which everyone's runs may read `file:` inputs.
    pub file_roots: Vec<PathBuf>,
    /// Private addresses that may be fetched all the same, each as `host:port`.
    pub allowed_hosts: Vec<HostPortText>,
    /// Servers that are shown a token of the person whose run fetches from them.
    pub token_hosts: Vec<TokenHost>,
}

/// A server that wants to know in whose name it is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenHost {
    pub host: HostPortText,
    /// The name of the login service whose tokens it believes.
    pub issuer: String,
    /// Whom the token is to be meant for; where the login service does not exchange tokens, it says nothing.
    pub audience: Option<String>,
    /// No more than it needs.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// An exact `host:port`, checked when it is read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPortText(pub HostPort);

impl TryFrom<String> for HostPortText {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|error: data::guard::BadHostPort| error.to_string())
    }
}

impl From<HostPortText> for String {
    fn from(text: HostPortText) -> String {
        text.0.to_string()
    }
}

/// An OpenID issuer, and what this gateway is to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// A short word for commands and addresses.
    pub name: String,
    /// For people; the name when not said.
    pub title: Option<String>,
    /// To the letter as in its tokens.
    pub url: String,
    pub client_id: String,
    pub client_secret_file: Option<PathBuf>,
    /// What is asked for besides `openid`.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// A bearer has to be meant for one of these.
    pub audiences: Vec<String>,
    /// What it signs with: RS256, ES256 and EdDSA when not said.
    #[serde(default)]
    pub algorithms: Vec<String>,
    /// Whether opaque bearers are shown to it.
    #[serde(default)]
    pub introspection: bool,
    /// Whether it exchanges tokens for others (RFC 8693).
    #[serde(default)]
    pub exchange: bool,
    /// A file with certificates (PEM) of an authority that is believed about it, besides those of the system.
    pub authority_file: Option<PathBuf>,
    /// Permits `http://` to this computer, for tests.
    #[serde(default)]
    pub plain_http_on_loopback: bool,
}

fn usual_scopes() -> Vec<String> {
    ["profile", "email"].map(str::to_owned).into()
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// What is kept of each output stream of a command.
    pub stream: ByteCount,
    pub input: ByteCount,
    pub output: ByteCount,
    pub upload: ByteCount,
    pub upload_lifetime: Span,
    /// How long a pilot may be out of reach before its work is given up.
    pub pilot_silence: Span,
    /// How often a run is tried, when the place it runs at is at fault.
    pub attempts: u32,
    pub connections: usize,
    /// Of one person, at once; event streams and followed logs among them.
    pub requests: u32,
    pub event_streams: u32,
    /// Of one person, a second, in the long run.
    pub request_rate: Option<NonZeroU32>,
    /// How long a client may read nothing of what is sent to it.
    pub write_timeout: Span,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            stream: ByteCount::gibi(1),
            input: ByteCount::gibi(1_024),
            output: ByteCount::gibi(1_024),
            upload: ByteCount::gibi(64),
            upload_lifetime: Span::seconds(7 * 86_400),
            pilot_silence: Span::seconds(6 * 3_600),
            attempts: 3,
            connections: 4_096,
            requests: 512,
            event_streams: 256,
            request_rate: None,
            write_timeout: Span::seconds(60),
        }
    }
}

/// Machines at sites of the federation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Machines {
    /// Of a machine for which nobody asked for another.
    pub lifetime: Span,
    /// At once; a machine can be extended again and again.
    pub longest_lifetime: Span,
    pub warn_before: Span,
    /// A machine that has not started by then is given up.
    pub boot_within: Span,
    /// How many offers are tried for one machine.
    pub attempts: u32,
    /// How often sites are asked how machines are.
    pub look_again: Span,
    /// How long the answer to a request that makes or removes something is waited for.
    pub answer_within: Span,
    /// What was asked for and is not seen is not believed to be absent before so long after that.
    pub settle: Span,
    /// Where pilots on machines reach the gateway; `public_url` when not said.
    pub gateway_url: Option<url::Url>,
    /// A file with certificates (PEM) of an authority that pilots on machines believe about the gateway, besides those of
    /// their system.
    pub authority_file: Option<PathBuf>,
    /// How long work on a machine goes on while no gateway can be reached.
    pub patience: Span,
    /// How often sites are searched for what nobody looks after any more.
    pub sweep_every: Span,
}

impl Machines {
    /// Less than the step has in which something is asked for.
    pub fn until_answered(&self) -> Duration {
        self.answer_within.duration().min(Duration::from_secs(60))
    }
}

impl Default for Machines {
    fn default() -> Self {
        Self {
            lifetime: Span::seconds(8 * 3_600),
            longest_lifetime: Span::seconds(30 * 86_400),
            warn_before: Span::seconds(1_800),
            boot_within: Span::seconds(900),
            attempts: 10,
            look_again: Span::seconds(60),
            answer_within: Span::seconds(30),
            settle: Span::seconds(10),
            gateway_url: None,
            authority_file: None,
            patience: Span::seconds(12 * 3_600),
            sweep_every: Span::seconds(600),
        }
    }
}

/// Terms of use, which everybody accepts before they start anything.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Names the text: with another one, everybody is asked again.
    pub version: String,
    /// Markdown or plain text.
    pub file: PathBuf,
    #[serde(default = "usual_title")]
    pub title: String,
}

fn usual_title() -> String {
    "Terms of use".to_owned()
}

/// How long what ended runs leave is kept; until they are deleted when not said.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    pub logs: Option<Span>,
    pub outputs: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Required when others than this computer's user can reach the gateway, used when it works otherwise.
    Auto,
    Required,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Flow {
    /// How many milliseconds a gateway may be silent before another takes over what it holds.
    pub lease_ms: u64,
    pub concurrency: usize,
}

impl Default for Flow {
    fn default() -> Self {
        Self { lease_ms: 30_000, concurrency: 64 }
    }
}
