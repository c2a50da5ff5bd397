//! `admin mapping`: what groups of login services give here.

use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::output::{Line, Output, Style, count};
use identity::groups::{Table, VoMappings};
use identity::{MappingView, Preview};
use model::{Code, Problem};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  roadstead admin mapping show > mapping.toml
  roadstead admin mapping set mapping.toml
  roadstead admin mapping preview --issuer https://aai.egi.eu/auth/realms/egi claims.json
  roadstead admin mapping convert vo-mappings.yaml --issuer https://aai.egi.eu/auth/realms/egi

The claims are those of a token or of userinfo, as JSON; `-` reads standard input. A preview \
changes nothing.";

/// Show or replace what groups give; ask what a token would get.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Mapping {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print the mapping in force, as a file to edit.
    Show,
    /// Put a file's mapping in force. It acts at once.
    Set {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The version that you edited: refuses to replace another. Without it, the one in force is replaced.
        #[arg(long, value_name = "NUMBER")]
        version: Option<i64>,
    },
    /// Say what claims would give, and why.
    Preview {
        /// The issuer of the token, to the letter as in its `iss`.
        #[arg(long, value_name = "URL")]
        issuer: String,
        /// By this mapping instead of the one in force.
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
        #[arg(value_name = "CLAIMS")]
        claims: PathBuf,
    },
    /// Make a mapping of EGI's vo-mappings.yaml and print it. Asks no gateway.
    Convert {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The issuer whose word counts.
        #[arg(long, value_name = "URL")]
        issuer: String,
    },
}

/// What a preview answers, as far as people are shown it.
#[derive(Deserialize)]
struct Shown {
    communities: Map<String, Value>,
    administrator: bool,
    because: Vec<Value>,
    near_misses: Vec<Value>,
    ignored: Vec<Value>,
}

impl Mapping {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let output = &session.output;
        let path = ["admin", "mapping"];
        match self.action {
            Action::Show => {
                let view: MappingView = session.client().await?.get(&path, &[]).await?;
                if output.is_json() {
                    output.json(&view);
                } else {
                    output.note(match (&view.made_by, view.made_at) {
                        (Some(by), Some(at)) => format!("Version {}, by {by} at {at}.", view.version),
                        _ => "Nobody wrote a mapping yet: groups give nothing.".to_owned(),
                    });
                    output.document(&toml::to_string_pretty(&view.table).map_err(|_| Problem::internal())?);
                }
            }
            Action::Set { file, version } => {
                let table: Table = parsed(&file)?;
                let client = session.client().await?;
                let version = match version {
                    Some(version) => version,
                    None => client.get::<MappingView>(&path, &[]).await?.version,
                };
                let view: MappingView = client.put_json(&path, &json!({ "version": version, "table": table })).await?;
                match output.is_json() {
                    true => output.json(&view),
                    false => output.line(format!(
                        "Version {} with {} is in force.",
                        view.version,
                        count(view.table.rules.len(), "rule")
                    )),
                }
            }
            Action::Preview { issuer, mapping, claims } => {
                let table = mapping.as_deref().map(parsed::<Table>).transpose()?;
                let claims: Map<String, Value> =
                    serde_json::from_str(&text_of(&claims)?).map_err(|error| wrong(&claims, &error))?;
                let asked = Preview { issuer, claims, table };
                let given: Value = session.client().await?.post_json(&["admin", "mapping", "preview"], &asked).await?;
                match output.is_json() {
                    true => output.json(&given),
                    false => show(output, &serde_json::from_value(given).map_err(|_| Problem::internal())?),
                }
            }
            Action::Convert { file, issuer } => {
                let mappings = VoMappings::from_yaml(&text_of(&file)?).map_err(|error| wrong(&file, &error))?;
                let (table, left_out) = mappings.into_table(&issuer);
                for one in &left_out {
                    output.note(format!("left out: {} ({}): {}", one.vo, one.entitlement, one.why));
                }
                match output.is_json() {
                    true => output.json(&table),
                    false => output.document(&toml::to_string_pretty(&table).map_err(|_| Problem::internal())?),
                }
            }
        }
        Ok(Exit::Success)
    }
}

fn show(output: &Output, given: &Shown) {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    for (community, role) in &given.communities {
        output.line(Line::styled(Style::Good, format!("{} of {community}", role.as_str().unwrap_or_default())));
    }
    if given.administrator {
        output.line(Line::styled(Style::Warn, "administrator of this gateway"));
    }
    if given.communities.is_empty() && !given.administrator {
        output.line("nothing");
    }
    for because in &given.because {
        output.paragraph(format!("  by rule {}: {} {}", because["rule"], text(because, "claim"), text(because, "text")), 4);
    }
    for miss in &given.near_misses {
        output.paragraph(Line::styled(Style::Dim, format!("  nearly {}: {}", text(miss, "community"), text(miss, "miss"))), 4);
    }
    for ignored in &given.ignored {
        output.paragraph(Line::styled(Style::Dim, format!("  ignored {}: {}", text(ignored, "text"), text(ignored, "why"))), 4);
    }
}

/// TOML, or JSON by the file's name.
fn parsed<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, Problem> {
    let text = text_of(file)?;
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => serde_json::from_str(&text).map_err(|error| wrong(file, &error)),
        _ => toml::from_str(&text).map_err(|error| wrong(file, &error)),
    }
}

fn text_of(file: &Path) -> Result<String, Problem> {
    let mut text = String::new();
    let read = match file.to_str() {
        Some("-") => std::io::stdin().read_to_string(&mut text).map(|_| ()),
        _ => std::fs::read_to_string(file).map(|read| text = read),
    };
    read.map_err(|error| {
        let detail = format!("{}: {error}.", file.display());
        Problem::new(Code::FileUnreadable, detail, "Check its name, and that you may read it.")
    })?;
    Ok(text)
}

fn wrong(file: &Path, error: &impl std::fmt::Display) -> Problem {
    let detail = format!("{}: {}", file.display(), error.to_string().trim_end());
    Problem::new(Code::MalformedBody, detail, "Correct it; the book's page about groups shows how it is written.")
}
