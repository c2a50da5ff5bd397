//! What all commands share: how to find the gateway, and how to show things.

use crate::client::{Address, Client};
use crate::credentials::{self, Found};
use crate::output::Output;
use crate::wiring::embedded::{self, Wanted};
use model::{Code, Problem};
use std::path::PathBuf;

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Common options")]
pub struct Global {
    /// The gateway to use, like https://gateway.example.org. Without it: the one of this computer.
    #[arg(long, global = true, value_name = "URL", env = "ROADSTEAD_GATEWAY")]
    pub gateway: Option<String>,

    /// A file that holds the token for --gateway, readable by you only. Without it: what ROADSTEAD_TOKEN or
    /// ROADSTEAD_TOKEN_FILE say, your sign-in, and what other programs use (OIDC_ACCESS_TOKEN, OIDC_AGENT_ACCOUNT).
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// Read the token for --gateway from standard input.
    #[arg(long, global = true, conflicts_with_all = ["token_file", "oidc_agent"])]
    pub token_stdin: bool,

    /// Ask oidc-agent for the token for --gateway: of this account of it.
    #[arg(long, global = true, value_name = "ACCOUNT", conflicts_with = "token_file")]
    pub oidc_agent: Option<String>,

    /// A configuration file for the gateway of this computer.
    #[arg(long, global = true, value_name = "FILE", env = "ROADSTEAD_CONFIG")]
    pub config: Option<PathBuf>,

    /// Where the gateway of this computer keeps its data.
    #[arg(long, global = true, value_name = "DIR", env = "ROADSTEAD_DATA_DIR")]
    pub data_dir: Option<PathBuf>,

    /// Print one JSON document in the API's own shapes, and nothing else.
    #[arg(long, global = true)]
    pub json: bool,
}

pub struct Session {
    pub global: Global,
    pub output: Output,
}

impl Session {
    pub fn new(global: Global) -> Self {
        let output = Output::new(global.json);
        Self { global, output }
    }

    /// The gateway, started when it is the one of this computer and does not run.
    pub async fn client(&self) -> Result<Client, Problem> {
        Client::new(&self.reach().await?)
    }

    /// After the gateway was lost: starts the one of this computer again. Any other has to come back by itself.
    pub async fn find_again(&self, client: &Client, lost: Problem) -> Result<(), Problem> {
        if lost.code != Code::GatewayUnreachable || !client.is_on_this_computer() {
            return Err(lost);
        }
        client.move_to(&self.reach().await?)
    }

    async fn reach(&self) -> Result<Address, Problem> {
        let Global { token_file, token_stdin, oidc_agent, config, data_dir, .. } = self.global.clone();
        let Some(url) = self.gateway() else {
            if token_stdin || oidc_agent.is_some() {
                let detail = "--token-stdin and --oidc-agent are for a gateway that is named; that of this computer knows you.";
                return Err(Problem::new(Code::UsageWrong, detail, "Name it with --gateway or ROADSTEAD_GATEWAY."));
            }
            return embedded::reach(&Wanted { config, data_dir }).await;
        };
        let Found { token, source } =
            credentials::find(&url, &credentials::Wanted { token_stdin, token_file, oidc_agent }).await?;
        Ok(Address { url, token, source, on_this_computer: false })
    }

    /// The gateway that is named.
    pub fn gateway(&self) -> Option<String> {
        let url = self.global.gateway.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        url.filter(|url| !url.is_empty())
    }
}
