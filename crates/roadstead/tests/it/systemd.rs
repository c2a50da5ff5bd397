//! The unit that the book gives to administrators, under a real systemd: the first process of namespaces of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use testkit::{Home, wait_until};

const LIMIT: Duration = Duration::from_secs(60);

/// A systemd that ends with the test.
struct Booted {
    unshare: Child,
    /// The first process of its namespaces, as it is called outside.
    first: String,
    group: PathBuf,
    _home: Home,
}

impl Booted {
    /// Of the unit as the book has it.
    fn boot() -> Result<Self, String> {
        let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/administrators/install.md");
        let book = std::fs::read_to_string(book).expect("the book");
        let unit = book.split_once("```ini\n").and_then(|(_, rest)| rest.split_once("```")).expect("a unit in the book").0;
        let home = Home::new();
        let file = home.path().join("roadstead.service");
        std::fs::write(&file, unit).expect("the unit");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/systemd.sh");
        let name = format!("roadstead-test-{}", std::process::id());
        let log = home.path().join("log");
        let said = std::fs::File::create(&log).expect("a log");
        let unshare = Command::new(script)
            .args([name.as_str(), file.to_str().expect("text"), env!("CARGO_BIN_EXE_roadstead")])
            .stdin(Stdio::null())
            .stdout(said.try_clone().expect("a log"))
            .stderr(said)
            .spawn()
            .expect("start the script");
        let version_2 = Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
        let group = Path::new(if version_2 { "/sys/fs/cgroup" } else { "/sys/fs/cgroup/systemd" }).join(name);
        let mut booted = Self { unshare, first: String::new(), group, _home: home };
        let itself = booted.unshare.id();
        // What the script runs before it becomes `unshare` is not it.
        let children = || {
            let is_it = std::fs::read_to_string(format!("/proc/{itself}/comm")).is_ok_and(|name| name.trim() == "unshare");
            is_it.then(|| std::fs::read_to_string(format!("/proc/{itself}/task/{itself}/children")).unwrap_or_default())
        };
        booted.first = wait_until(LIMIT, "the first process", || {
            let over = booted.unshare.try_wait().expect("its state").is_some();
            let first = children().map(|first| first.trim().to_owned());
            if over { Some("over".to_owned()) } else { first.filter(|first| !first.is_empty()) }
        });
        let up = booted.first != "over"
            && wait_until(LIMIT, "systemd to answer or to give up", || {
                let over = booted.unshare.try_wait().expect("its state").is_some();
                let state = booted.inside(&["systemctl", "is-active", "multi-user.target"]);
                if over { Some(false) } else { state.status.success().then_some(true) }
            });
        if up { Ok(booted) } else { Err(std::fs::read_to_string(log).unwrap_or_default()) }
    }

    fn inside(&self, words: &[&str]) -> Output {
        Command::new("nsenter")
            .args(["--target", &self.first, "--mount", "--pid", "--net", "--"])
            .args(words)
            .output()
            .expect("nsenter")
    }

    fn systemctl(&self, words: &[&str]) {
        let done = self.inside(&[&["systemctl"], words].concat());
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn property(&self, name: &str) -> String {
        let shown = self.inside(&["systemctl", "show", "roadstead", "--value", "--property", name]);
        String::from_utf8_lossy(&shown.stdout).trim().to_owned()
    }

    /// What the gateway answers there.
    fn status_of(&self, path: &str) -> String {
        let ask =
            format!("import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:7480{path}', timeout=10).status)");
        let answer = self.inside(&["python3", "-c", &ask]);
        String::from_utf8_lossy(&answer.stdout).trim().to_owned() + &String::from_utf8_lossy(&answer.stderr)
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        // With it goes the first process, and with that all others.
        let _ = self.unshare.kill();
        let _ = self.unshare.wait();
        for _ in 0..200 {
            let swept =
                Command::new("find").arg(&self.group).args(["-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]).output();
            if swept.is_err() || !self.group.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(std::thread::panicking(), "{} stays", self.group.display());
    }
}

#[test]
fn the_books_unit_starts_tells_when_it_is_ready_comes_back_and_stops() {
    if !rustix::process::getuid().is_root() || !Path::new("/lib/systemd/systemd").exists() {
        // Where everything is proven, what was not tried does not count as passed.
        assert!(std::env::var_os("CI").is_none(), "a systemd of one's own needs root and systemd");
        eprintln!("NOT TRIED: a systemd of one's own needs root and systemd");
        return;
    }
    let booted = Booted::boot().unwrap_or_else(|said| panic!("systemd did not come up: {said}"));
    // The target was reached, which with `Type=notify` is after the gateway said that it is ready.
    assert_eq!((booted.property("ActiveState"), booted.property("Type")), ("active".into(), "notify".into()));
    assert_eq!(booted.status_of("/readyz"), "200");
    let process = booted.property("MainPID");
    let status = booted.inside(&["cat", &format!("/proc/{process}/status")]);
    assert!(String::from_utf8_lossy(&status.stdout).contains("Uid:\t61234\t61234"), "it runs as its own user");
    assert!(booted.inside(&["test", "-e", "/var/lib/roadstead/token"]).status.success(), "its data is where the unit says");

    booted.systemctl(&["kill", "--kill-whom=main", "--signal=KILL", "roadstead"]);
    wait_until(LIMIT, "it to come back", || {
        let again = booted.property("MainPID") != process && booted.property("ActiveState") == "active";
        again.then_some(())
    });
    assert_eq!(booted.status_of("/readyz"), "200");

    booted.systemctl(&["stop", "roadstead"]);
    let ended = ["ActiveState", "Result", "ExecMainStatus", "ExecMainCode"].map(|name| booted.property(name));
    // 1: exited by itself.
    assert_eq!(ended, ["inactive", "success", "0", "1"]);
}
