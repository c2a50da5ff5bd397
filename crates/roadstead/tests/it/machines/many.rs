//! Fifty at once.

use super::world::{PROJECT, World, machine, site};
use crate::cli::helpers::LIMIT;
use reqwest::Client;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use testkit::{Cloud, wait_until};
use tokio::task::JoinSet;

const MACHINES: usize = 50;
/// The sites have room for exactly so many, and each for one that was there before.
const ROOM: [i64; 4] = [13, 12, 13, 12];
const PEOPLE: [&str; 3] = ["alice", "carol", "erin"];
/// Whoever asks for something small meanwhile is not kept waiting so long. It is far more than it takes.
const PATIENCE: Duration = Duration::from_secs(5);

struct Asker {
    client: Client,
    url: String,
    tokens: Vec<String>,
}

impl Asker {
    fn token(&self, at: usize) -> &str {
        &self.tokens[at % self.tokens.len()]
    }

    async fn get(&self, at: usize, path: &str) -> Value {
        let request = self.client.get(format!("{}/api/v1/{path}", self.url)).bearer_auth(self.token(at));
        request.send().await.expect("an answer").json().await.expect("JSON")
    }

    /// Asks for all at once, as people with scripts do.
    async fn begin(&self) -> Vec<String> {
        let mut asked = JoinSet::new();
        for at in 0..MACHINES {
            let mut wanted = machine();
            wanted["name"] = format!("one-of-{at}").into();
            wanted["machine"]["wait_for_offer"] = "5m".into();
            let request = self.client.post(format!("{}/api/v1/runs", self.url)).bearer_auth(self.token(at));
            let request = request.header("idempotency-key", format!("number {at}")).json(&wanted);
            asked.spawn(async move {
                let told: Value = request.send().await.expect("an answer").json().await.expect("JSON");
                (at, told["id"].as_str().unwrap_or_else(|| panic!("{told:#}")).to_owned())
            });
        }
        let mut begun = asked.join_all().await;
        begun.sort();
        begun.into_iter().map(|(_, run)| run).collect()
    }

    async fn count_attempts(&self, runs: &[String]) -> usize {
        let mut attempts = 0;
        for (at, run) in runs.iter().enumerate() {
            attempts += self.get(at, &format!("runs/{run}")).await["attempts"].as_array().map_or(0, Vec::len);
        }
        attempts
    }

    /// Until all are so; and how long the slowest of what else was asked for meanwhile took.
    async fn until_all(&self, runs: &[String], what: &str, is_so: impl Fn(&Value) -> bool) -> Duration {
        let begun = Instant::now();
        let mut slowest = Duration::ZERO;
        let mut left: BTreeSet<usize> = (0..runs.len()).collect();
        while let Some(at) = left.first().copied() {
            let asked = Instant::now();
            let run = self.get(at, &format!("runs/{}", runs[at])).await;
            self.get(at, "runs?limit=20").await;
            slowest = slowest.max(asked.elapsed());
            if is_so(&run) {
                left.remove(&at);
            } else {
                assert!(run["state"] != "ended", "{what}: {run:#}");
                assert!(begun.elapsed() < 3 * LIMIT, "{what}: {} are not, as {run:#}", left.len());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        slowest
    }
}

fn ours(clouds: &[Cloud], runs: &[String]) -> Vec<usize> {
    let is_ours = |name: &str| runs.iter().any(|run| name.contains(run.as_str()));
    let of = |cloud: &Cloud| {
        let servers = cloud.servers();
        servers.iter().filter(|one| one.metadata.values().any(|text| is_ours(text)) || is_ours(&one.description)).count()
    };
    clouds.iter().map(of).collect()
}

#[test]
fn fifty_machines_asked_for_at_once_by_three_people_fill_four_sites_and_double_nothing() {
    let mut world = World::of(["ALPHA", "BETA", "GAMMA", "DELTA"].map(site).into());
    for (cloud, room) in world.clouds.iter().zip(ROOM) {
        cloud.set_quota(PROJECT, "instances", room + 1);
        for plenty in ["cores", "port", "security_group", "security_group_rule", "ram"] {
            cloud.set_quota(PROJECT, plenty, 1_000_000);
        }
    }
    world.restart(None);
    world.until_looked_at();
    let tokens = PEOPLE.map(|name| world.sign_in(name)).into();
    let asker = Asker { client: Client::new(), url: world.url(), tokens };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");

    let runs = runtime.block_on(asker.begin());
    let slowest = runtime.block_on(asker.until_all(&runs, "ready", |run| run["started_at"].is_string()));
    assert!(slowest < PATIENCE, "other requests took {slowest:?}");
    let room: Vec<usize> = ROOM.iter().map(|room| usize::try_from(*room).expect("small")).collect();
    assert_eq!(ours(&world.clouds, &runs), room, "each site is full, and none more than that");
    // Whoever is next sees those before on their way: nothing is tried in vain.
    assert_eq!(runtime.block_on(asker.count_attempts(&runs)), MACHINES);
    // One address each, and of each neighbour's machine; once what was tried in vain is undone.
    wait_until(LIMIT, "one address each", || {
        let addresses: usize = world.clouds.iter().map(|cloud| cloud.addresses().len()).sum();
        (addresses == MACHINES + ROOM.len()).then_some(())
    });

    for (at, run) in runs.iter().enumerate() {
        let cancel = asker.client.post(format!("{}/api/v1/runs/{run}/cancel", asker.url)).bearer_auth(asker.token(at));
        let status = runtime.block_on(cancel.json(&json!({})).send()).expect("an answer").status();
        assert!(status.is_success(), "{status}");
    }
    runtime.block_on(asker.until_all(&runs, "the end", |run| run["state"] == "ended"));
    world.assert_settled();
}
