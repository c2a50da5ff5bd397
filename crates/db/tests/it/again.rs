use crate::{LIMIT, PUT, postgres};
use db::{Db, DbError, Statement, again, args};
use model::{Code, Problem};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Barrier;
use tokio::time::timeout;

const ADD: Statement = Statement { name: "add", sql: "UPDATE thing SET half = half + 1 WHERE id = $1" };
const HALVES: Statement = Statement { name: "halves", sql: "SELECT half AS id FROM thing ORDER BY id" };

/// Locks two rows; the first time only when the other has locked its first.
async fn add_to(db: &Db, rows: [i64; 2], tries: &AtomicU32, met: &Barrier) -> Result<(), Problem> {
    let first_time = tries.fetch_add(1, Ordering::SeqCst) == 0;
    let mut tx = db.begin().await?;
    tx.execute(&ADD, args![rows[0]]).await?;
    if first_time {
        met.wait().await;
    }
    tx.execute(&ADD, args![rows[1]]).await?;
    Ok(tx.commit().await?)
}

#[tokio::test]
async fn who_is_given_up_for_another_is_done_again() {
    let db = postgres().await;
    let mut tx = db.begin().await.expect("begin");
    for id in [1_i64, 2] {
        tx.execute(&PUT, args![id]).await.expect("put");
    }
    tx.commit().await.expect("commit");
    let (met, tries) = (Barrier::new(2), [AtomicU32::new(0), AtomicU32::new(0)]);
    let (one, other) = timeout(LIMIT, async {
        tokio::join!(again(|| add_to(&db, [1, 2], &tries[0], &met)), again(|| add_to(&db, [2, 1], &tries[1], &met)))
    })
    .await
    .expect("no stall");
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(tries.iter().map(|tries| tries.load(Ordering::SeqCst)).sum::<u32>(), 3, "one of them had to be done again");
    assert_eq!(crate::numbers(&db, &HALVES).await, [3, 3], "each was done once");
}

#[tokio::test]
async fn what_fails_otherwise_or_again_and_again_is_said() {
    let tries = AtomicU32::new(0);
    let fail = |code| {
        tries.fetch_add(1, Ordering::SeqCst);
        async move { Err::<(), _>(Problem::new(code, "it failed", "")) }
    };
    let code = again(|| fail(Code::DatabaseConflict)).await.expect_err("always").code;
    assert_eq!((code, tries.swap(0, Ordering::SeqCst)), (Code::DatabaseConflict, 4));
    let code = again(|| fail(Code::StateConflict)).await.expect_err("always").code;
    assert_eq!((code, tries.swap(0, Ordering::SeqCst)), (Code::StateConflict, 1));
    assert_eq!(Problem::from(DbError::NoRow).code, Code::Internal);
}
