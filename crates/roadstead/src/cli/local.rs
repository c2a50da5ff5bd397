//! Commands that need no gateway, or are one: `openapi`, `config check`, `serve`.

use super::exit::Exit;
use super::session::Session;
use crate::output::{Line, Style};
use crate::wiring::{config, logging, serve};
use model::{Code, Problem, Span};
use serde_json::json;
use std::net::SocketAddr;

/// Print the description of the API (OpenAPI 3.1).
#[derive(Debug, clap::Args)]
pub struct Openapi {}

impl Openapi {
    pub fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        session.output.document(&gateway::openapi());
        Ok(Exit::Success)
    }
}

const CONFIG_EXAMPLES: &str = "\
Examples:
  roadstead config check
  roadstead config check --config gateway.toml

Layers, each over the one before: what is built in, /etc/roadstead/config.toml, the file \
config.toml in your configuration directory, --config, ROADSTEAD_… variables, flags.";

/// Check the gateway's configuration.
#[derive(Debug, clap::Args)]
#[command(after_help = CONFIG_EXAMPLES, arg_required_else_help = true)]
pub struct ConfigCommand {
    #[command(subcommand)]
    action: ConfigAction,
}

#[derive(Debug, clap::Subcommand)]
enum ConfigAction {
    /// Say whether the configuration is right, where it comes from, and what is in effect.
    Check,
}

impl ConfigCommand {
    pub fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let ConfigAction::Check = self.action;
        let loaded = config::load(session.global.config.as_deref())?;
        let output = &session.output;
        if output.is_json() {
            output.json(&json!({ "sources": loaded.sources, "config": loaded.config }));
            return Ok(Exit::Success);
        }
        match loaded.sources.as_slice() {
            [] => output.note("Nothing is configured; this is what is built in."),
            sources => output
                .note(Line::styled(Style::Good, "The configuration is right.").plain(format!(" From: {}", sources.join(", ")))),
        }
        let text = toml::to_string(&loaded.config).map_err(|error| {
            Problem::new(Code::ConfigurationInvalid, format!("It cannot be shown: {error}."), "Correct the value that is named.")
        })?;
        output.document(&text);
        Ok(Exit::Success)
    }
}

const SERVE_EXAMPLES: &str = "\
Examples:
  roadstead serve
  roadstead serve --listen 127.0.0.1:8000
  roadstead serve --config /etc/roadstead/config.toml

With no configuration: an embedded database in your data directory, reachable from this \
computer only, work runs on this computer. `roadstead config check` shows what is in effect.";

/// Run a gateway until it is stopped (Ctrl-C, SIGTERM). Runs go on without it for hours.
#[derive(Debug, clap::Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub struct Serve {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,

    /// End when nobody needed it for so long, like 60s.
    #[arg(long, value_name = "TIME")]
    idle_exit: Option<Span>,
}

impl Serve {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        logging::start("info");
        let mut config = config::load(session.global.config.as_deref())?.config;
        config.listen = self.listen.unwrap_or(config.listen);
        config.data_dir = session.global.data_dir.clone().or(config.data_dir);
        let running = serve::start(&config).await?;
        match session.output.is_json() {
            true => session.output.json(&json!({ "url": running.url, "token_file": running.token_file })),
            false => {
                session.output.line(format!("Roadstead serves at {} (token in {})", running.url, running.token_file.display()));
                // A link is a key: what is kept for others to read is no place for it, short as it lives.
                if self.idle_exit.is_none() && std::env::var_os("JOURNAL_STREAM").is_none() {
                    session.output.line(format!("Open {} in a browser within a minute", running.portal_link().await?));
                }
                session.output.line("`roadstead open` makes a new link.");
            }
        }
        running.until_stopped(self.idle_exit.map(Span::duration)).await?;
        Ok(Exit::Success)
    }
}
