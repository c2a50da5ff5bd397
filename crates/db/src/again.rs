//! Doing work again that met another transaction.

use crate::random_bytes;
use model::{Code, Problem};
use std::time::Duration;

/// After the first time.
const TRIES: u32 = 3;
/// Before the first of them; twice as long before each later one.
const PAUSE: Duration = Duration::from_millis(20);

/// Does `work`, and does it again when PostgreSQL gave its transaction up for another's sake. Only for work that is one
/// transaction, with reading before and nothing but answers after it: then nothing of the first time is left.
pub async fn again<T, W>(mut work: impl FnMut() -> W) -> Result<T, Problem>
where
    W: Future<Output = Result<T, Problem>>,
{
    let mut pause = PAUSE;
    for _ in 0..TRIES {
        match work().await {
            Err(problem) if problem.code == Code::DatabaseConflict => {}
            done => return done,
        }
        tokio::time::sleep(jittered(pause)).await;
        pause *= 2;
    }
    work().await
}

/// Between the length and its double: who met once must not meet again for having waited equally long.
fn jittered(pause: Duration) -> Duration {
    let [random] = random_bytes().unwrap_or([0]);
    pause + pause * u32::from(random) / 256
}
