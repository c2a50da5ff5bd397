//! What all commands share: how to find the gateway, and how to show things.

use crate::client::{Address, Client};
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

    /// A file that holds the token for --gateway, readable by you only.
    #[arg(long, global = true, value_name = "FILE", env = "ROADSTEAD_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,

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
        let Global { gateway, token_file, config, data_dir, .. } = self.global.clone();
        embedded::reach(&Wanted { url: gateway, token_file, config, data_dir }).await
    }
}
