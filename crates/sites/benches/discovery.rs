//! Cold discovery: from bearers to everything that one project at each of many sites has, with nothing known before.
//! `bench/discovery/run` builds, runs and judges this; it is told the addresses of Keystones and prints one line of JSON.
//!
//! discovery DEADLINE_MS KEYSTONE..., and for those with TLS the file of the authority to believe in `AUTHORITY`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a benchmark")]

use std::sync::Arc;
use std::time::Duration;

use data::guard::UrlGuard;
use model::Secret;
use model::time::SystemClock;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use sites::openstack::{Account, Cloud, Credentials, Http, HttpCloud, Inventory, Keystone, Limits};
use tokio::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let deadline = Duration::from_millis(arguments.next().expect("a deadline").parse().expect("milliseconds"));
    let keystones: Vec<String> = arguments.collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (begun, before) = (std::time::Instant::now(), processor_ms());
    let all = runtime.block_on(discover(keystones, deadline));
    let (wall, processor) = (begun.elapsed(), processor_ms() - before);
    let mut ends: Vec<f64> = all.iter().filter(|one| one.is_whole).map(|one| one.after.as_secs_f64() * 1e3).collect();
    ends.sort_by(f64::total_cmp);
    let told = json!({
        "wall_ms": wall.as_secs_f64() * 1e3, "processor_ms": processor, "peak_kb": peak_kb(),
        "whole": ends.len(), "last_whole_ms": ends.last(), "things": all.iter().map(|one| one.things).sum::<usize>(),
        "failures": all.into_iter().filter_map(|one| one.failure).collect::<Vec<_>>(),
    });
    println!("{told}");
}

struct Told {
    after: Duration,
    is_whole: bool,
    things: usize,
    failure: Option<String>,
}

async fn discover(keystones: Vec<String>, deadline: Duration) -> Vec<Told> {
    let hosts = keystones.iter().map(|url| url.split('/').nth(2).expect("host:port").parse().expect("host:port"));
    let limits = Limits { deadline, ..Limits::default() };
    let authority = std::env::var_os("AUTHORITY").map(|file| std::fs::read(file).expect("the authority"));
    let http = Http::new(UrlGuard::new(hosts.collect()), limits, authority.as_deref()).expect("a client");
    let begun = Instant::now();
    let each = keystones.into_iter().map(|url| tokio::spawn(site(url, http.clone(), begun, deadline)));
    let mut all = Vec::new();
    for one in each.collect::<Vec<_>>() {
        all.push(one.await.expect("no panic"));
    }
    all
}

async fn site(url: String, http: Http, begun: Instant, deadline: Duration) -> Told {
    let account = Account::new(url.clone(), url);
    let keystone = Keystone::new(account.clone(), http.clone(), Arc::new(SystemClock));
    let cloud = HttpCloud::new(account, http, Arc::new(SystemClock));
    let look = async {
        let login = keystone.login(&Credentials::Bearer(Secret::new("a-bearer".to_owned()))).await?;
        let projects = keystone.projects(&login).await?;
        let session = keystone.session(&login, &projects[0].id).await?;
        Ok(cloud.inventory(&session, deadline.saturating_sub(begun.elapsed())).await)
    };
    let seen: Result<Inventory, sites::openstack::Error> = look.await;
    let after = begun.elapsed();
    match seen {
        Ok(seen) => Told {
            after,
            is_whole: seen.failures().is_empty(),
            things: things(&seen),
            failure: seen.failures().first().map(|(part, error)| format!("{part}: {error}")),
        },
        Err(error) => Told { after, is_whole: false, things: 0, failure: Some(error.to_string()) },
    }
}

fn things(seen: &Inventory) -> usize {
    let length = [
        seen.flavors.as_ref().map_or(0, Vec::len),
        seen.images.as_ref().map_or(0, Vec::len),
        seen.networks.as_ref().map_or(0, Vec::len),
        seen.subnets.as_ref().map_or(0, Vec::len),
        seen.security_groups.as_ref().map_or(0, Vec::len),
    ];
    length.iter().sum()
}

/// Of all threads of this process.
fn processor_ms() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the most that was resident");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
