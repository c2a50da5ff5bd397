//! The whole way of real runs on the real program: good ones end with a research object that the reference validator
//! accepts, bad ones with the right cause; nothing of either is left behind.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::Home;

const PROGRAM: &str = env!("CARGO_BIN_EXE_roadstead");

fn data_dir(home: &Home) -> PathBuf {
    home.path().join("data")
}

fn roadstead(home: &Home, arguments: &[&str]) -> Command {
    let mut command = home.command(PROGRAM);
    command.args(arguments).env("ROADSTEAD_DATA_DIR", data_dir(home));
    command
}

fn nothing_is_left(home: &Home) {
    let local = data_dir(home).join("local");
    testkit::wait_until(std::time::Duration::from_secs(20), "directories of attempts to be removed", || {
        (std::fs::read_dir(&local).map(|entries| entries.count()).unwrap_or(0) == 0).then_some(())
    });
    let leftover: Vec<PathBuf> = std::fs::read_dir("/proc")
        .expect("/proc")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().bytes().all(|b| b.is_ascii_digit()))
        .filter(|entry| std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(&local)))
        .map(|entry| entry.path())
        .collect();
    assert_eq!(leftover, Vec::<PathBuf>::new(), "processes still work in a directory of an attempt");
}

#[test]
fn the_demonstration_ends_with_a_research_object_that_the_validator_accepts() {
    let home = Home::new();
    let output = roadstead(&home, &["demo", "--once"]).output().expect("the program starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    let object = Path::new(printed.lines().last().expect("a last line"));
    assert!(object.is_absolute() && object.to_string_lossy().ends_with("crate.zip") && object.is_file(), "{object:?}");

    let verdict = verdict_on(object, "process-run-crate-0.5");
    assert!(verdict.contains("valid (REQUIRED)"), "{verdict}");
    nothing_is_left(&home);
}

/// What the reference validator says of a research object.
pub fn verdict_on(object: &Path, profile: &str) -> String {
    let validate = Path::new(env!("CARGO_MANIFEST_DIR")).join("../research/tests/validate");
    let python = testkit::python_environment(&validate.join("requirements.txt"), "validator").join("bin/python");
    let mut command = Command::new(python);
    command.arg(validate.join("validate.py")).args(["--profile", profile]).arg(object);
    let output = command.output().expect("python");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a request given as TOML and returns the run as JSON, with the exit code of the command line.
fn run(home: &Home, name: &str, request: &str) -> (i32, Value, String) {
    let file = home.path().join(format!("{name}.toml"));
    std::fs::write(&file, request).expect("the request is written");
    let output = roadstead(home, &["run", "--json"]).arg(&file).output().expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap_or(-1), printed, errors)
}

/// Answers one request at a time with the same bytes, on a thread that ends with the test's process.
fn lying_server(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        }
    });
    port
}

#[test]
fn bad_work_ends_with_its_cause_and_leaves_nothing() {
    let home = Home::new();
    let dead = testkit::free_port();
    let lying = lying_server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nshort");
    let sly =
        lying_server(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    std::fs::create_dir_all(home.path().join("conf")).expect("a directory");
    let config = home.path().join("conf/config.toml");
    let hosts = format!("[inputs]\nallowed_hosts = [\"127.0.0.1:{dead}\", \"127.0.0.1:{lying}\", \"127.0.0.1:{sly}\"]\n");
    std::fs::write(&config, hosts).expect("the configuration is written");
    let given = home.path().join("given.txt");
    std::fs::write(&given, "given").expect("a file");
    let given = given.display();
    let wrong_sum = "0".repeat(64);

    let cases: Vec<(&str, String, &str)> = vec![
        ("no-such-command", "command = [\"no-such-program-here\"]".into(), "RS-5001"),
        ("exit-code", "command = [\"sh\", \"-c\", \"echo because >&2; exit 3\"]".into(), "RS-5002"),
        ("signal", "command = [\"sh\", \"-c\", \"kill -SEGV $$\"]".into(), "RS-5003"),
        ("walltime", "command = [\"sleep\", \"60\"]\n[resources]\nwalltime = \"1s\"".into(), "RS-5004"),
        (
            "memory",
            "command = [\"python3\", \"-c\", \"x = bytearray(400 << 20); print(len(x))\"]\n[resources]\nmemory = \"64MiB\""
                .into(),
            "RS-5005",
        ),
        (
            "disk",
            "command = [\"sh\", \"-c\", \"head -c 9000000 /dev/zero > big; sleep 60\"]\n[resources]\ndisk = \"4MiB\"".into(),
            "RS-5016",
        ),
        ("no-output", "command = [\"true\"]\noutputs = [{ path = \"*.csv\" }]".into(), "RS-6001"),
        (
            "output-elsewhere",
            "command = [\"ln\", \"-s\", \"/etc/passwd\", \"stolen.txt\"]\noutputs = [{ path = \"stolen.txt\" }]".into(),
            "RS-6002",
        ),
        (
            "checksum",
            format!(
                "command = [\"true\"]\ninputs = [{{ from = \"file:{given}\", to = \"x\", checksum = \"sha256:{wrong_sum}\" }}]"
            ),
            "RS-4002",
        ),
        (
            "dead-server",
            format!("command = [\"true\"]\ninputs = [{{ from = \"http://127.0.0.1:{dead}/x\", to = \"x\" }}]"),
            "RS-4001",
        ),
        (
            "lying-server",
            format!("command = [\"true\"]\ninputs = [{{ from = \"http://127.0.0.1:{lying}/x\", to = \"x\" }}]"),
            "RS-4001",
        ),
        (
            "redirect",
            format!("command = [\"true\"]\ninputs = [{{ from = \"http://127.0.0.1:{sly}/x\", to = \"x\" }}]"),
            "RS-4003",
        ),
    ];
    // All at once: they do not disturb each other.
    let ended: Vec<(&str, &str, (i32, Value, String))> = std::thread::scope(|scope| {
        // The first command starts the gateway with this configuration.
        let started = roadstead(&home, &["sites", "--config"]).arg(&config).output().expect("the program starts");
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        let home = &home;
        let running: Vec<_> = cases
            .iter()
            .map(|(name, request, code)| {
                (*name, *code, scope.spawn(move || run(home, name, &format!("name = \"{name}\"\n{request}"))))
            })
            .collect();
        running.into_iter().map(|(name, code, run)| (name, code, run.join().expect("no panic"))).collect()
    });
    for (name, code, (exit, printed, errors)) in ended {
        assert_ne!(exit, 0, "{name}: {printed} {errors}");
        let cause = &printed["cause"];
        assert_eq!(cause["code"], code, "{name}: {printed} {errors}");
        assert!(!cause["remedy"].as_str().unwrap_or_default().is_empty(), "{name}: {cause}");
        assert_eq!(printed["outcome"], "failed", "{name}: {printed}");
        assert!(!printed.to_string().contains("root:"), "{name}: {printed}");
    }
    nothing_is_left(&home);
}

#[test]
fn what_must_not_be_fetched_is_refused_before_anything_starts() {
    let home = Home::new();
    for (name, from) in [
        ("loopback", "http://127.0.0.1:1/x"),
        ("private", "http://10.0.0.1/x"),
        ("metadata", "http://169.254.169.254/latest/meta-data"),
        ("odd-notation", "http://0x7f000001/x"),
        ("mapped", "http://[::ffff:127.0.0.1]/x"),
    ] {
        let (exit, _, errors) =
            run(&home, name, &format!("command = [\"true\"]\ninputs = [{{ from = \"{from}\", to = \"x\" }}]"));
        assert_ne!(exit, 0, "{name}: {errors}");
        assert!(errors.contains("RS-4003"), "{name}: {errors}");
    }
    let listed = roadstead(&home, &["ps", "--all", "--json"]).output().expect("the program starts");
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(listed["items"], serde_json::json!([]), "nothing was started");
}
