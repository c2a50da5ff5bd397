use crate::{ALL, LIMIT, MAKE, PUT, numbers, random};
use db::{Db, args};
use std::path::PathBuf;
use std::time::Duration;
use testkit::{Home, Signal};

const DIRECTORY: &str = "DURABLE_TEST_DIRECTORY";

/// The process that is killed: eight writers, each number printed once its commit was acknowledged.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the test below"]
async fn writes_until_it_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    let db = Db::open_sqlite(&directory).await.expect("open");
    let known = match db.rows(&ALL, args![]).await {
        Ok(rows) => rows.iter().map(|row| row.get::<i64>("id").expect("a number")).max().unwrap_or(0),
        Err(_) => {
            let mut tx = db.begin().await.expect("begin");
            tx.execute(&MAKE, args![]).await.expect("make");
            tx.commit().await.expect("commit");
            0
        }
    };
    let writers = (1..=8).map(|writer| {
        let db = db.clone();
        tokio::spawn(async move {
            for step in 0.. {
                let number = known + step * 8 + writer;
                let mut tx = db.begin().await.expect("begin");
                tx.execute(&PUT, args![number]).await.expect("put");
                tx.commit().await.expect("commit");
                println!("ack {number} ack");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer");
    }
}

fn acknowledged(output: &str) -> Vec<i64> {
    // The last line may be cut: only a whole one counts.
    output.lines().filter_map(|line| line.split("ack ").nth(1)?.strip_suffix(" ack")?.parse().ok()).collect()
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9_at_any_moment() {
    let home = Home::new();
    let directory = home.path().join("database");
    let mut all: Vec<i64> = Vec::new();
    for _ in 0..6 {
        let mut command = home.command(std::env::current_exe().expect("this program"));
        command.args(["--ignored", "--exact", "durable::writes_until_it_is_killed", "--nocapture"]).env(DIRECTORY, &directory);
        let mut child = home.start(command);
        child.wait_for_line(LIMIT, "an acknowledgement", |line| !acknowledged(line).is_empty());
        std::thread::sleep(Duration::from_micros(random(150_000)));
        child.kill(Signal::KILL);
        child.wait(LIMIT);
        all.extend(acknowledged(&child.stdout()));
        let db = Db::open_sqlite(&directory).await.expect("open after the crash");
        let there = numbers(&db, &ALL).await;
        let lost: Vec<&i64> = all.iter().filter(|number| there.binary_search(number).is_err()).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        assert!(there.len() <= all.len() + 6 * 8, "at most one unacknowledged write for each writer and crash");
        db.close().await;
    }
    assert!(all.len() > 6 * 8, "the children did real work: {}", all.len());
}
