//! The pilot from its start to its end.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::bulk::Bulk;
use crate::credential::Credential;
use crate::link::{Dialer, Link, LinkError};
use crate::recipe::Recipe;
use crate::slot::{self, SlotError};
use crate::work::{Crew, LazyHost};

const LONGEST_RECIPE: u64 = 1 << 20;
/// What the gateway said and was not yet looked at.
pub(crate) const UNREAD: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum PilotError {
    #[error(transparent)]
    Slot(#[from] SlotError),
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("the operating system gives no randomness: {0}")]
    Randomness(std::io::Error),
    #[error("the credential cannot be kept in {}: {source}", path.display())]
    Credential { path: PathBuf, source: std::io::Error },
    #[error("signals cannot be received: {0}")]
    Signals(std::io::Error),
}

/// None of these shows any of the recipe's text: it contains a secret.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    #[error("the recipe cannot be read: {0}")]
    Unreadable(std::io::Error),
    #[error("the recipe is longer than 1 MiB")]
    TooLong,
    #[error("the recipe is not understood (line {line}, column {column})")]
    Malformed { line: usize, column: usize },
    #[error("the recipe's {0}")]
    Invalid(&'static str),
}

/// Reads to the end.
pub fn read_recipe(from: impl Read) -> Result<Recipe, RecipeError> {
    let mut text = Vec::new();
    from.take(LONGEST_RECIPE + 1).read_to_end(&mut text).map_err(RecipeError::Unreadable)?;
    if text.len() as u64 > LONGEST_RECIPE {
        return Err(RecipeError::TooLong);
    }
    let recipe: Recipe =
        serde_json::from_slice(&text).map_err(|error| RecipeError::Malformed { line: error.line(), column: error.column() })?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if recipe.slot.is_empty() || recipe.slot.len() > 100 || !recipe.slot.bytes().all(plain) {
        return Err(RecipeError::Invalid("slot must be a plain name"));
    }
    if !recipe.directory.is_absolute() {
        return Err(RecipeError::Invalid("directory must be absolute"));
    }
    if !(1..=4096).contains(&recipe.width) {
        return Err(RecipeError::Invalid("width must be between 1 and 4096"));
    }
    Ok(recipe)
}

pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Works until the gateway says that there is no more to do. Whatever it returns, nothing that it started is left.
pub async fn run(recipe: Recipe) -> Result<(), PilotError> {
    // Away from the terminal and the process group of whoever started it. Refused to the leader of a group, which is as
    // far away as it was put.
    let _ = rustix::process::setsid();
    let mut terminate = signal(SignalKind::terminate()).map_err(PilotError::Signals)?;
    let _slot = slot::take(&recipe.directory, &recipe.slot).await?;
    let credential = Credential::new().map_err(PilotError::Randomness)?;
    let link = Arc::new(Link::new());
    let host = Arc::new(LazyHost::new(recipe.host));
    let (sender, mut incoming) = mpsc::channel(UNREAD);
    let dialer = Dialer {
        link: Arc::clone(&link),
        incoming: sender,
        gateway: recipe.gateway,
        directory: recipe.directory.clone(),
        patience: Duration::from_secs(recipe.patience_seconds),
        credential: credential.clone(),
        enrolment: recipe.enrolment,
        is_enrolled: false,
        pilot: recipe.pilot,
        run: recipe.run,
        attempt: recipe.attempt,
        host: host.name().to_owned(),
    };
    let bulk = Arc::new(Bulk::new(link.address(), credential));
    // Meanwhile the gateway is being found.
    let detecting = tokio::spawn({
        let host = Arc::clone(&host);
        async move {
            host.get().await;
        }
    });
    let mut crew = Crew::new(recipe.directory, recipe.width, link, bulk, host);
    let lost = tokio::select! {
        error = dialer.keep() => Some(error),
        () = crew.work(&mut incoming, &mut terminate) => None,
    };
    detecting.abort();
    crew.abandon().await;
    match lost {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
