use crate::{ALL, LIMIT, PUT, numbers, postgres, sqlite};
use db::{Db, DbError, args};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// 200 at once: some committed, some dropped, some failing. Returns what was acknowledged.
async fn crowd(db: &Db) -> Vec<i64> {
    let mut crowd = JoinSet::new();
    let followed = Arc::new(AtomicU64::new(0));
    for number in 0..200_i64 {
        let (db, followed) = (db.clone(), followed.clone());
        crowd.spawn(async move {
            let mut tx = db.begin().await.expect("begin");
            tx.after_commit(move || {
                followed.fetch_add(1, Ordering::SeqCst);
            });
            tx.execute(&PUT, args![number]).await.expect("put");
            match number % 4 {
                0 => None,
                1 => {
                    let error = tx.execute(&PUT, args![number]).await.expect_err("it is there already");
                    assert!(error.is_duplicate(), "{error}");
                    let later = tx.execute(&PUT, args![number + 10_000]).await.expect_err("the transaction is spoiled");
                    assert!(matches!(later, DbError::Spoiled), "{later}");
                    assert!(matches!(tx.commit().await, Err(DbError::Spoiled)));
                    None
                }
                _ => {
                    tx.commit().await.expect("commit");
                    Some(number)
                }
            }
        });
    }
    let done = timeout(LIMIT, crowd.join_all()).await.expect("no stall");
    let mut acknowledged: Vec<i64> = done.into_iter().flatten().collect();
    acknowledged.sort_unstable();
    assert_eq!(followed.load(Ordering::SeqCst), acknowledged.len() as u64, "what follows a commit happens once for each");
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_each_is_applied_once_or_not_at_all_on_sqlite() {
    let (db, directory) = sqlite().await;
    let acknowledged = crowd(&db).await;
    assert_eq!(acknowledged.len(), 100);
    assert_eq!(numbers(&db, &ALL).await, acknowledged);
    db.close().await;
    assert!(db.begin().await.is_err(), "closed is closed");
    drop(db);
    let again = Db::open_sqlite(directory.path()).await.expect("open again");
    assert_eq!(numbers(&again, &ALL).await, acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_each_is_applied_once_or_not_at_all_on_postgres() {
    let db = postgres().await;
    let acknowledged = crowd(&db).await;
    assert_eq!(acknowledged.len(), 100);
    assert_eq!(numbers(&db, &ALL).await, acknowledged);
}
