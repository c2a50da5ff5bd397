//! Orders to pilots that keep a service, and waiting for their answers.

use super::Desk;
use db::random_bytes;
use model::id::PilotId;
use model::mark::Mark;
use pilot::protocol::{Answer, Deed, FromGateway, Order};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Below the time-out of a step: what takes longer is done all the same, and seen the next time.
const ANSWER: Duration = Duration::from_secs(10);

/// Who waits for which answer.
#[derive(Default)]
pub(super) struct Orders(Mutex<HashMap<u64, oneshot::Sender<Answer>>>);

pub(crate) enum Ordered {
    Answered(Answer),
    /// It is not connected here, or did not answer: nobody knows what was done.
    Unheard,
}

impl Orders {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Answer>>> {
        // Every change of it is a single call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    pub(crate) async fn order(&self, pilot: &PilotId, mark: &Mark, deed: Deed) -> Ordered {
        // At random: what another gateway was to be answered, or this one before it was started again, is nobody's.
        let Ok(number) = random_bytes::<8>().map(u64::from_be_bytes) else { return Ordered::Unheard };
        let (answer, answered) = oneshot::channel();
        self.orders.open().insert(number, answer);
        let waiting = Waiting { desk: self, number };
        let order = Order { number, mark: mark.clone(), deed };
        let is_said = self.lines().get(pilot).is_some_and(|line| line.say.send(FromGateway::Order { order }).is_ok());
        if !is_said {
            return Ordered::Unheard;
        }
        let answer = timeout(ANSWER, answered).await;
        drop(waiting);
        match answer {
            Ok(Ok(answer)) => Ordered::Answered(answer),
            _ => Ordered::Unheard,
        }
    }

    pub(super) fn answered(&self, number: u64, answer: &Answer) {
        if let Some(waiting) = self.orders.open().remove(&number) {
            // Whoever waited may have given up just now.
            let _ = waiting.send(answer.clone());
        }
    }
}

/// Somebody waits; a step that is stopped half-way does not any more.
struct Waiting<'a> {
    desk: &'a Desk,
    number: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.desk.orders.open().remove(&self.number);
    }
}
