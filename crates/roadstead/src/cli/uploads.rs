//! `uploads`: files sent ahead of their runs.

use super::exit::Exit;
use super::inputs;
use super::session::Session;
use crate::output::{Column, Line, Style, Table, ago, bytes};
use model::Problem;
use model::id::UploadId;
use model::time::{Clock, SystemClock};
use runs::uploads::Upload;
use serde_json::json;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  roadstead uploads send cube.fits
  roadstead run --input upload:upl-01k…=cube.fits -- python3 find.py cube.fits
  roadstead uploads list
  roadstead uploads delete upl-01k…

Sending goes on where it stopped, and what is there already (by sha-256) is not sent again. \
`roadstead run` sends files by itself where the gateway cannot read them.";

/// Send files ahead of the runs that need them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Uploads {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List what you sent.
    List,
    /// Send files and print their sources, for --input.
    Send {
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Forget uploads.
    Delete {
        #[arg(value_name = "UPLOAD", required = true)]
        uploads: Vec<UploadId>,
    },
}

impl Uploads {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let output = &session.output;
        match self.action {
            Action::List => {
                let uploads: Vec<Upload> = client.all(&["uploads"], &[]).await?;
                match output.is_json() {
                    true => output.json(&json!({ "items": uploads, "next": null })),
                    false if uploads.is_empty() => output.note("There are no uploads."),
                    false => output.table(&table(&uploads)),
                }
            }
            Action::Send { files } => {
                let mut sent = Vec::new();
                for file in &files {
                    let upload = inputs::send_one(session, &client, file).await?;
                    if !output.is_json() {
                        output.line(format!("upload:{}", upload.id));
                    }
                    sent.push(upload);
                }
                if output.is_json() {
                    output.json(&json!({ "items": sent, "next": null }));
                }
            }
            Action::Delete { uploads } => {
                for upload in &uploads {
                    client.delete(&["uploads", upload.as_str()]).await?;
                    if !output.is_json() {
                        output.line(format!("{upload} is deleted"));
                    }
                }
                if output.is_json() {
                    output.json(&json!({ "deleted": uploads }));
                }
            }
        }
        Ok(Exit::Success)
    }
}

fn table(uploads: &[Upload]) -> Table {
    let now = SystemClock.now();
    let mut table = Table::new([
        Column::fixed("UPLOAD"),
        Column::flexible("NAME", 10),
        Column::number("SIZE"),
        Column::flexible("STATE", 8),
        Column::flexible("FORGOTTEN", 8),
    ]);
    for upload in uploads {
        let state = match upload.completed_at {
            Some(_) => Line::styled(Style::Good, "complete"),
            None => Line::styled(Style::Warn, format!("{} here", bytes(upload.received))),
        };
        table.row([
            upload.id.as_str().into(),
            upload.name.as_str().into(),
            bytes(upload.bytes).into(),
            state,
            ago(upload.expires_at, now).into(),
        ]);
    }
    table
}
