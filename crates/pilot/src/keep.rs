//! A pilot that makes its computer a service: the gateway's hands there.
//!
//! It executes nothing itself. The gateway says what is to be there (a directory for an attempt, a pilot in it) and asks what
//! is; a [`Steward`] sees to it. The pilots that it starts are like those on the gateway's own computer: each has a code and a
//! credential of its own, and reports by itself.
//!
//! It lives as long as its computer: unlike other pilots it keeps its credential in its directory, so that it is known again
//! after the computer was started anew, and waits for a gateway for ever. What it started outlives it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::machine::Computer;
use model::mark::Mark;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};

use crate::credential::Credential;
use crate::link::{Dialer, Incoming, Link, LinkError};
use crate::program::{PilotError, UNREAD, host_name};
use crate::protocol::{Answer, Deed, FromGateway, FromPilot, Order};
use crate::recipe::Recipe;
use crate::slot;

/// Does on this computer what the gateway wants done.
#[async_trait]
pub trait Steward: Send + Sync + 'static {
    /// What can be said at once.
    async fn computer(&self) -> Computer;

    /// With what takes long to find out.
    async fn whole_computer(&self) -> Computer;

    async fn carry_out(&self, mark: &Mark, deed: Deed) -> Answer;
}

/// Orders that are carried out at once; more wait.
const HANDS: usize = 16;
/// Longer than any computer lives.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Keeps the service until the gateway says that it is over, or somebody ends it.
pub async fn run(recipe: Recipe, steward: Arc<dyn Steward>) -> Result<(), PilotError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(PilotError::Signals)?;
    let _slot = slot::take(&recipe.directory, &recipe.slot).await?;
    let kept = recipe.directory.join(format!("{}.credential", recipe.slot));
    let credential = Credential::kept_in(&kept).map_err(|source| PilotError::Credential { path: kept, source })?;
    let link = Arc::new(Link::new());
    let (sender, mut incoming) = mpsc::channel(UNREAD);
    let dialer = Dialer {
        link: Arc::clone(&link),
        incoming: sender,
        gateway: recipe.gateway,
        directory: recipe.directory,
        patience: FOR_EVER,
        credential,
        enrolment: recipe.enrolment,
        is_enrolled: false,
        pilot: recipe.pilot,
        run: recipe.run,
        attempt: recipe.attempt,
        host: host_name(),
    };
    let service = Service { link, steward, hands: Arc::new(Semaphore::new(HANDS)) };
    tokio::select! {
        lost = dialer.keep() => match lost {
            LinkError::Over(why) => {
                tracing::info!(why, "this service is over");
                Ok(())
            }
            lost => Err(lost.into()),
        },
        () = service.keep(&mut incoming) => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

struct Service {
    link: Arc<Link>,
    steward: Arc<dyn Steward>,
    hands: Arc<Semaphore>,
}

impl Service {
    /// Returns when the gateway wants nothing more.
    async fn keep(&self, incoming: &mut mpsc::Receiver<Incoming>) {
        while let Some(news) = incoming.recv().await {
            match news {
                // On every connection: another gateway may have been restored from an older database.
                Incoming::Connected(_) => self.introduce(),
                Incoming::Said(FromGateway::Order { order }) => self.take(order),
                Incoming::Said(FromGateway::Finish) => return,
                Incoming::Said(_) => {}
            }
        }
    }

    fn introduce(&self) {
        let (link, steward) = (Arc::clone(&self.link), Arc::clone(&self.steward));
        tokio::spawn(async move {
            let quick = steward.computer().await;
            link.say(FromPilot::Computer { computer: quick.clone() });
            let whole = steward.whole_computer().await;
            if whole != quick {
                link.say(FromPilot::Computer { computer: whole });
            }
        });
    }

    fn take(&self, order: Order) {
        let (link, steward, hands) = (Arc::clone(&self.link), Arc::clone(&self.steward), Arc::clone(&self.hands));
        tokio::spawn(async move {
            // It is never closed.
            let Ok(_hand) = hands.acquire().await else { return };
            let Order { number, mark, deed } = order;
            let answer = steward.carry_out(&mark, deed).await;
            link.say(FromPilot::Answer { number, answer });
        });
    }
}
