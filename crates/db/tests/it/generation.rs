use crate::{ALL, LIMIT, PUT, numbers, sqlite};
use db::{Db, Statement, args};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use tokio::time::timeout;

const RAISE: Statement = Statement { name: "raise", sql: "UPDATE thing SET half = half + 1 WHERE id = 1 RETURNING half" };
const READ: Statement = Statement { name: "read", sql: "SELECT half FROM thing WHERE id = 1" };

async fn read(db: &Db) -> i64 {
    db.row(&READ, args![]).await.expect("read").expect("a row").get("half").expect("a number")
}

/// A reader that keeps what it read for as long as the generation stays the same.
async fn cached_read(db: &Db, cache: &mut Option<(u64, i64)>, hits: &AtomicU64) -> i64 {
    let before = db.generation();
    if let (Some(now), Some((then, value))) = (before, *cache)
        && now == then
    {
        hits.fetch_add(1, Ordering::SeqCst);
        return value;
    }
    let value = read(db).await;
    *cache = before.filter(|before| db.generation() == Some(*before)).map(|generation| (generation, value));
    value
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_kept_by_generation_is_never_stale() {
    let (db, _directory) = sqlite().await;
    let mut tx = db.begin().await.expect("begin");
    tx.execute(&PUT, args![1]).await.expect("put");
    tx.commit().await.expect("commit");
    let (committed, ended) = (Arc::new(AtomicI64::new(1)), Arc::new(AtomicBool::new(false)));
    let hits = Arc::new(AtomicU64::new(0));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (db, committed, ended, hits) = (db.clone(), committed.clone(), ended.clone(), hits.clone());
            tokio::spawn(async move {
                let mut cache = None;
                while !ended.load(Ordering::SeqCst) {
                    let floor = committed.load(Ordering::SeqCst);
                    let value = cached_read(&db, &mut cache, &hits).await;
                    assert!(value >= floor, "{value} was served after {floor} had been committed");
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let writers: Vec<_> = (0..3)
        .map(|_| {
            let (db, committed) = (db.clone(), committed.clone());
            tokio::spawn(async move {
                for round in 0..150 {
                    let mut tx = db.begin().await.expect("begin");
                    let raised = tx.row(&RAISE, args![]).await.expect("raise").expect("a row").get("half").expect("a number");
                    if round % 5 == 0 {
                        drop(tx);
                        continue;
                    }
                    tx.commit().await.expect("commit");
                    committed.fetch_max(raised, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for writer in writers {
        timeout(LIMIT, writer).await.expect("no stall").expect("a writer");
    }
    let (mut cache, before) = (None, hits.load(Ordering::SeqCst));
    cached_read(&db, &mut cache, &hits).await;
    assert_eq!(cached_read(&db, &mut cache, &hits).await, 1 + 3 * 120, "each raise once, the dropped ones never");
    assert!(hits.load(Ordering::SeqCst) > before, "nothing is written: what is kept is served");
    ended.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.expect("no reader was served something stale");
    }
    assert_eq!(numbers(&db, &ALL).await, [1]);
}
