//! Sites that only behave like them, for programs that are no tests: `bench/machines/run` measures with them.
//!
//! clouds NAME... starts one of each name, all alike, and says where they are. Then it does at all of them what it reads, a
//! line each, and answers by a line of JSON: `quota N` (of machines, in the project), `room N` (for so many more machines;
//! without a number, for all) and `asked` (what they were asked since, and when). It ends with its standard input.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a tool of benchmarks")]

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use testkit::{Cloud, Site};

const PROJECT: &str = "vo.access.egi.eu";

fn main() {
    let start = |name: String| Cloud::start(Site::like("a").named(&name).boot(Duration::ZERO));
    let clouds: Vec<Cloud> = std::env::args().skip(1).map(start).collect();
    let told = |cloud: &Cloud| json!({"name": cloud.name(), "url": cloud.url(), "address": cloud.address(), "project": cloud.project(PROJECT)});
    println!("{}", clouds.iter().map(told).collect::<Value>());
    for line in std::io::stdin().lines() {
        let line = line.expect("a line");
        let number = line.split_once(' ').map(|(_, number)| number.parse::<u32>().expect("a number"));
        let mut answer = Value::Null;
        match (line.split(' ').next().unwrap_or_default(), number) {
            ("quota", Some(number)) => clouds.iter().for_each(|cloud| cloud.set_quota(PROJECT, "instances", number.into())),
            ("room", number) => clouds.iter().for_each(|cloud| cloud.set_room(number.map(|number| number as usize))),
            ("asked", None) => answer = clouds.iter().flat_map(asked).collect(),
            _ => panic!("what is {line}?"),
        }
        println!("{answer}");
    }
}

/// In seconds since 1970, with what and how it was answered.
fn asked(cloud: &Cloud) -> Vec<Value> {
    let when = |at: std::time::SystemTime| at.duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
    cloud.asked_when().into_iter().map(|(at, what)| json!([when(at), what])).collect()
}
