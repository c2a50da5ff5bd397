use crate::sqlite;
use db::{Statement, args};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::task::yield_now;

const COUNT: Statement = Statement {
    name: "count",
    sql: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT count(*) AS id FROM n",
};

/// With one thread for everything, a read that kept it would keep everybody waiting.
#[tokio::test(flavor = "current_thread")]
async fn a_long_read_keeps_nobody_from_their_turn() {
    let (db, _directory) = sqlite().await;
    let (is_over, turns) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (until, count) = (is_over.clone(), turns.clone());
    let others = tokio::spawn(async move {
        while !until.load(Ordering::SeqCst) {
            count.fetch_add(1, Ordering::SeqCst);
            yield_now().await;
        }
    });
    yield_now().await;
    for numbers in [10, 3_000_000] {
        let before = turns.load(Ordering::SeqCst);
        let row = db.row(&COUNT, args![numbers]).await.expect("read").expect("a row");
        assert_eq!(row.get::<i64>("id").expect("a number"), numbers);
        let had = turns.load(Ordering::SeqCst) - before;
        assert_eq!(had > 100, numbers > 10, "{had} turns while {numbers} were counted");
    }
    is_over.store(true, Ordering::SeqCst);
    others.await.expect("no panic");
}
