//! This program, for machines that fetch it from here.

use crate::Runs;
use data::Sha256;
use model::{Code, Problem};
use std::fs::File;
use std::path::PathBuf;
use tokio::sync::OnceCell;

pub(crate) struct Program {
    path: PathBuf,
    digest: OnceCell<Sha256>,
}

impl Program {
    pub fn at(path: PathBuf) -> Self {
        Self { path, digest: OnceCell::new() }
    }

    /// Found out once: what runs does not change.
    pub async fn sha256(&self) -> Result<Sha256, Problem> {
        let find_out = || async {
            let path = self.path.clone();
            let hash = move || File::open(path).and_then(data::hash_reader);
            match tokio::task::spawn_blocking(hash).await {
                Ok(Ok((digest, _))) => Ok(digest),
                Ok(Err(error)) => Err(unreadable(&error)),
                Err(_) => Err(Problem::internal()),
            }
        };
        self.digest.get_or_try_init(find_out).await.copied()
    }
}

impl Runs {
    /// The program and its digest. `wanted`: in hexadecimal digits; another one is not had here.
    pub async fn program(&self, wanted: Option<&str>) -> Result<(File, Sha256), Problem> {
        let program = &self.0.program;
        let digest = program.sha256().await?;
        if wanted.is_some_and(|wanted| wanted != digest.to_string()) {
            let detail = "This gateway runs another program than the one that is asked for.";
            return Err(Problem::new(
                Code::ProvisionFailed,
                detail,
                "Ask again: another gateway may have it, while they are upgraded.",
            ));
        }
        let file = File::open(&program.path).map_err(|error| unreadable(&error))?;
        Ok((file, digest))
    }
}

fn unreadable(error: &std::io::Error) -> Problem {
    let detail = format!("The gateway's own program cannot be read: {error}.");
    Problem::new(Code::FileUnreadable, detail, "Ask the administrator to look at the gateway's log.")
}
