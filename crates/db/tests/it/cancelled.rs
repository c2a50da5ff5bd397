use crate::{ALL, ALL_OTHER, LIMIT, PUT, PUT_OTHER, numbers, poll_once, postgres, random, sqlite};
use db::{Db, args};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use testkit::await_until;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A commit may wait for others who are about to join it. They may change their mind.
#[tokio::test(flavor = "multi_thread")]
async fn a_waiter_who_gives_up_does_not_hold_up_those_who_wait_for_their_commit() {
    let (db, _directory) = sqlite().await;
    for number in 0..50 {
        let mut tx = db.begin().await.expect("begin");
        tx.execute(&PUT, args![number]).await.expect("put");
        let mut waiter = Box::pin(db.begin());
        assert!(poll_once(&mut waiter).is_pending());
        let commit = tokio::spawn(tx.commit());
        // Another moment of the commit each time.
        std::thread::sleep(Duration::from_micros(random(2_000)));
        drop(waiter);
        timeout(LIMIT, commit).await.expect("no stall").expect("no panic").expect("commit");
    }
    assert_eq!(numbers(&db, &ALL).await.len(), 50);
}

/// As when the connection of an HTTP request breaks: the handler is dropped wherever it waits.
async fn storm(db: &Db) {
    let mut storm = JoinSet::new();
    for number in 0..400_i64 {
        let db = db.clone();
        storm.spawn(async move {
            let write = async {
                let mut tx = db.begin().await.expect("begin");
                tx.execute(&PUT, args![number]).await.expect("put");
                tx.execute(&PUT_OTHER, args![number]).await.expect("put another");
                tx.commit().await.expect("commit");
            };
            let patience = Duration::from_micros(random(40_000));
            timeout(patience, write).await.is_ok().then_some(number)
        });
    }
    let ended = timeout(LIMIT, storm.join_all()).await.expect("no stall");
    let acknowledged: BTreeSet<i64> = ended.into_iter().flatten().collect();
    let mut tx = timeout(LIMIT, db.begin()).await.expect("no stall").expect("still usable");
    for statement in [&PUT, &PUT_OTHER] {
        tx.execute(statement, args![1_000]).await.expect("put");
    }
    tx.commit().await.expect("commit");
    let (there, other) = (numbers(db, &ALL).await, numbers(db, &ALL_OTHER).await);
    assert_eq!(there, other, "nothing is half there");
    assert_eq!(there.last(), Some(&1_000));
    assert!(acknowledged.is_subset(&there.into_iter().collect()), "everything acknowledged is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_are_dropped_anywhere_are_never_half_there_on_sqlite() {
    let (db, _directory) = sqlite().await;
    storm(&db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_are_dropped_anywhere_are_never_half_there_on_postgres() {
    storm(&postgres().await).await;
}

/// Whoever waits for the news of a commit must get it, also when the one who committed is gone.
async fn abandoned_commit(db: &Db) {
    let told = Arc::new(AtomicBool::new(false));
    let mut tx = db.begin().await.expect("begin");
    tx.execute(&PUT, args![7]).await.expect("put");
    let tell = told.clone();
    tx.after_commit(move || tell.store(true, Ordering::SeqCst));
    let _ = poll_once(&mut Box::pin(tx.commit()));
    await_until(LIMIT, "the commit that was under way", async || told.load(Ordering::SeqCst).then_some(())).await;
    assert_eq!(numbers(db, &ALL).await, [7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_under_way_is_finished_and_told_even_if_nobody_waits_for_it() {
    let (db, _directory) = sqlite().await;
    abandoned_commit(&db).await;
    abandoned_commit(&postgres().await).await;
}

/// A statement whose end nobody waited for may have happened or not: such a transaction cannot be committed.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_with_a_statement_that_was_given_up_is_not_committed() {
    let db = postgres().await;
    let tx = loop {
        let mut tx = db.begin().await.expect("begin");
        tx.execute(&PUT, args![1]).await.expect("put");
        // Now and then it is done before it was even waited for.
        if poll_once(&mut Box::pin(tx.execute(&PUT_OTHER, args![1]))).is_pending() {
            break tx;
        }
    };
    assert!(matches!(tx.commit().await, Err(db::DbError::Spoiled)));
    drop(db.begin().await.expect("still usable"));
    assert_eq!(numbers(&db, &ALL).await, Vec::<i64>::new());
    assert_eq!(numbers(&db, &ALL_OTHER).await, Vec::<i64>::new());
}

/// Nor one with a statement that failed; and in the embedded engine, whose statements nobody can give up half way, each is
/// done once it was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_with_a_statement_that_failed_is_not_committed() {
    let (db, _directory) = sqlite().await;
    for db in [&db, &postgres().await] {
        let mut tx = db.begin().await.expect("begin");
        tx.execute(&PUT, args![1]).await.expect("put");
        let twice = tx.execute(&PUT, args![1]).await.expect_err("it is there");
        assert!(twice.is_duplicate(), "{twice}");
        assert!(matches!(tx.execute(&PUT_OTHER, args![1]).await, Err(db::DbError::Spoiled)));
        assert!(matches!(tx.commit().await, Err(db::DbError::Spoiled)));
        assert_eq!(numbers(db, &ALL).await, Vec::<i64>::new());
    }
    let mut tx = db.begin().await.expect("begin");
    assert!(poll_once(&mut Box::pin(tx.execute(&PUT, args![1]))).is_ready());
}
