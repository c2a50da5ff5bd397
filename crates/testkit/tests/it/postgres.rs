use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::{Postgres, process_is_alive, wait_until};

use crate::owner::kill_owner;

fn ask(url: &str, statement: &str) -> Result<String, String> {
    let output = Command::new("psql").args(["-X", "-A", "-t", url, "-c", statement]).output().expect("run psql");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn two_servers_run_at_once_each_with_fresh_databases() {
    let other = std::thread::spawn(Postgres::start_without_fsync);
    let (one, two) = (Postgres::start(), other.join().expect("the second server"));
    assert_ne!(one.id(), two.id());
    assert_eq!(one.query("postgres", "SHOW fsync"), "on");
    assert_eq!(two.query("postgres", "SHOW fsync"), "off");

    let (first, second) = (one.database(), one.database());
    assert_eq!(ask(&first, "CREATE TABLE t (x int)").as_deref(), Ok("CREATE TABLE"));
    assert_eq!(ask(&second, "SELECT count(*) FROM pg_tables WHERE tablename = 't'").as_deref(), Ok("0"));
    assert_eq!(ask(&second, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user").as_deref(), Ok("f"));
    let (start, end) = first.split_once('@').expect("an address with a password");
    let refused = ask(&format!("{start}x@{end}"), "SELECT 1").expect_err("a wrong password");
    assert!(refused.contains("password authentication failed"), "{refused}");
}

#[test]
fn a_server_is_gone_once_dropped() {
    let server = Postgres::start();
    let (id, directory) = (server.id(), server.directory().to_owned());
    let address = server.database();
    drop(server);
    assert!(!process_is_alive(id) && !directory.exists());
    let port = address.rsplit([':', '/']).nth(1).and_then(|port| port.parse().ok()).expect("a port in the address");
    TcpListener::bind(("127.0.0.1", port)).expect("the port to be free again");
}

#[test]
fn a_server_is_gone_once_its_owner_is_killed() {
    let told = kill_owner("postgres::a_server_is_gone_once_its_owner_is_killed", || {
        let server = Postgres::shared();
        (server, format!("{} {}", server.id(), server.directory().display()))
    });
    let (id, directory) = told.split_once(' ').expect("an id and a directory");
    let id = id.parse().expect("a process id");
    wait_until(Duration::from_secs(20), "the end of the server and its directory", || {
        (!process_is_alive(id) && !Path::new(directory).exists()).then_some(())
    });
}
