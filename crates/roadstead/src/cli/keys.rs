//! `keys`: public SSH keys, known once for all sites.

mod file;

use super::exit::Exit;
use super::inputs::fresh_key;
use super::session::Session;
use crate::output::{Column, Table, ago};
use identity::{Key, NewKey};
use model::time::{Clock, SystemClock};
use model::{Code, Problem};
use serde_json::json;
use std::path::PathBuf;
use url::Url;

const EXAMPLES: &str = "\
Examples:
  roadstead keys add
  roadstead keys add ~/.ssh/id_work.pub --name work
  ssh-add -L | head -n 1 | roadstead keys add -
  roadstead keys list
  roadstead keys remove work

A key pair is made with `ssh-keygen -t ed25519`. Only its public half, the file whose name ends in .pub, is \
ever sent; what your login service says of your keys is followed each time you sign in.";

/// List, add and remove your public SSH keys: machines let in who has the other half.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Keys {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List your keys, and who says that they are yours.
    List,
    /// Add a public key.
    Add {
        /// A file with one public key; - reads standard input. Without it: the first there is of
        /// ~/.ssh/id_ed25519.pub, id_ecdsa.pub and id_rsa.pub.
        file: Option<PathBuf>,
        /// To recognise it by. Without it: the comment in the file.
        #[arg(long)]
        name: Option<String>,
    },
    /// Remove keys. Machines that let them in already go on to do so.
    Remove {
        /// Names of keys; identifiers and fingerprints will do as well.
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
}

impl Keys {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let output = &session.output;
        match self.action {
            Action::List => {
                let keys: Vec<Key> = session.client().await?.all(&["keys"], &[]).await?;
                match (output.is_json(), keys.is_empty()) {
                    (true, _) => output.json(&json!({ "items": keys, "next": null })),
                    (false, true) => {
                        output.note("You have no keys here. `ssh-keygen -t ed25519` makes a pair, `roadstead keys add` adds it.")
                    }
                    (false, false) => output.table(&table(&keys)),
                }
            }
            Action::Add { file, name } => {
                // Read and judged here first: what is no public key is not sent to anybody.
                let public = file::read(file, session.global.token_stdin)?;
                let asked = NewKey { name, public_key: public.to_string() };
                let key: Key = session.client().await?.create(&["keys"], &asked, &fresh_key()?).await?;
                match output.is_json() {
                    true => output.json(&key),
                    false => output.line(format!("{} is added: {}", key.name, key.fingerprint)),
                }
            }
            Action::Remove { names } => {
                let client = session.client().await?;
                let keys: Vec<Key> = client.all(&["keys"], &[]).await?;
                // All are found before the first is removed.
                let chosen = names.iter().map(|name| find(&keys, name)).collect::<Result<Vec<_>, _>>()?;
                for key in &chosen {
                    client.delete(&["keys", key.id.as_str()]).await?;
                    if !output.is_json() {
                        output.line(format!("{} is removed", key.name));
                    }
                }
                if output.is_json() {
                    let ids: Vec<_> = chosen.iter().map(|key| &key.id).collect();
                    output.json(&json!({ "removed": ids }));
                }
            }
        }
        Ok(Exit::Success)
    }
}

fn find<'a>(keys: &'a [Key], named: &str) -> Result<&'a Key, Problem> {
    let of_name = keys.iter().find(|key| key.name == named);
    of_name.or_else(|| keys.iter().find(|key| key.id.as_str() == named || key.fingerprint == named)).ok_or_else(|| {
        let names: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
        let remedy = match names.as_slice() {
            [] => "You have none: there is nothing to remove.".to_owned(),
            names => format!("You have {}.", names.join(", ")),
        };
        Problem::new(Code::NotFound, format!("You have no key `{named}`."), remedy)
    })
}

fn table(keys: &[Key]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new([
        Column::flexible("NAME", 12),
        Column::fixed("TYPE"),
        Column::fixed("FINGERPRINT"),
        Column::flexible("FROM", 8),
        Column::flexible("ADDED", 8),
    ]);
    for key in keys {
        table.row([
            key.name.as_str().into(),
            kind(&key.algorithm).into(),
            key.fingerprint.as_str().into(),
            key.issuer.as_deref().map_or("you".to_owned(), host).into(),
            ago(key.created_at, now).into(),
        ]);
    }
    table
}

/// As `ssh-keygen -l` says it.
fn kind(algorithm: &str) -> &str {
    match algorithm {
        "ssh-ed25519" => "ED25519",
        "ssh-rsa" => "RSA",
        "sk-ssh-ed25519@openssh.com" => "ED25519-SK",
        "sk-ecdsa-sha2-nistp256@openssh.com" => "ECDSA-SK",
        ecdsa if ecdsa.starts_with("ecdsa-") => "ECDSA",
        other => other,
    }
}

fn host(issuer: &str) -> String {
    Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| issuer.to_owned())
}
