//! Containers on the whole way, from a request to the research object, with the real podman. Its images come from a
//! storage of the test's own.

use crate::cli::helpers::{Desk, LIMIT, announcement};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use testkit::Program;

const IMAGE: &str = "localhost/roadstead-whole-way:1";

/// A home whose programs see a storage with one image in it.
struct Yard {
    desk: Desk,
    configuration: PathBuf,
}

impl Yard {
    fn new() -> Self {
        let desk = Desk::new();
        let images = desk.path("images");
        let text = format!(
            "[storage]\ndriver = \"overlay\"\ngraphroot = \"{}\"\nrunroot = \"{}\"\n",
            images.join("s").display(),
            desk.path("r").display()
        );
        let configuration = desk.write("images/storage.conf", text);
        let yard = Self { desk, configuration };
        let script = "mkdir -p rootfs/bin; cp \"$(command -v busybox)\" rootfs/bin/sh; cd rootfs; \
            for a in cat sleep ls touch; do ln bin/sh bin/$a; done; tar -cf ../rootfs.tar .";
        assert!(Command::new("sh").args(["-ec", script]).current_dir(&images).status().expect("sh").success());
        let archive = images.join("rootfs.tar");
        yard.podman(&[
            "import",
            "-q",
            "-c",
            "CMD [\"/bin/sh\",\"-c\",\"echo own command\"]",
            archive.to_str().expect("text"),
            IMAGE,
        ]);
        yard
    }

    fn podman(&self, arguments: &[&str]) -> String {
        let output = testkit::podman().env("CONTAINERS_STORAGE_CONF", &self.configuration).args(arguments).output();
        let output = output.expect("podman is installed");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.desk.command(arguments);
        command.env("CONTAINERS_STORAGE_CONF", &self.configuration);
        command
    }

    /// Types a command with `--json`; what it printed, if that was JSON, and what it complained about.
    fn json(&self, arguments: &[&str]) -> (Value, String) {
        let mut program: Program = self.desk.home.start(self.command(&[&["--json"], arguments].concat()));
        program.wait(LIMIT);
        (serde_json::from_str(&program.stdout()).unwrap_or(Value::Null), program.stderr())
    }

    fn text(&self, arguments: &[&str]) -> String {
        let mut program = self.desk.home.start(self.command(arguments));
        program.wait(LIMIT);
        program.stdout()
    }

    fn nothing_is_left(&self, run: &Value) {
        let local = self.desk.path("data/roadstead/local");
        testkit::wait_until(LIMIT, "directories of attempts to be removed", || {
            (std::fs::read_dir(&local).map(|entries| entries.count()).unwrap_or(0) == 0).then_some(())
        });
        assert!(!std::fs::read_to_string("/proc/mounts").expect("mounts").contains(local.to_str().expect("text")));
        let (shown, _) = self.json(&["show", run["id"].as_str().expect("an id")]);
        let text = shown.to_string();
        let attempts = text.split('"').filter(|word| word.starts_with("att-") && word.len() > 20);
        let mut seen = 0;
        for attempt in attempts {
            seen += 1;
            let groups = Command::new("find").args(["/sys/fs/cgroup", "-name", &format!("*{attempt}*")]).output().expect("find");
            assert_eq!(String::from_utf8_lossy(&groups.stdout), "", "control groups");
            let state = format!("/run/roadstead-{}", &attempt[attempt.len() - 14..]);
            assert!(!PathBuf::from(&state).exists(), "{state}");
        }
        assert!(seen > 0, "{text}");
        assert_eq!(self.podman(&["ps", "--all", "--quiet"]), "");
    }
}

#[test]
fn a_container_goes_the_whole_way_and_leaves_nothing() {
    let yard = Yard::new();
    let (services, errors) = yard.json(&["services"]);
    let told = services.to_string();
    assert!(told.contains("podman") && told.contains("has started a container") && told.contains("apptainer"), "{told}{errors}");

    yard.desk.write("in.txt", "given");
    let input = ["--input", "in.txt"];
    let script = "cat in.txt; echo made >out.txt; echo said >&2; [ \"$(ls /sys/class/net)\" = lo ]";
    let (run, errors) =
        yard.json(&[&["run", "--container", IMAGE, "-o", "out.txt"], &input[..], &["--", "sh", "-c", script]].concat());
    assert_eq!(run["outcome"], "done", "{run}{errors}");
    let digest = yard.podman(&["image", "inspect", "--format", "{{.Digest}}", IMAGE]);
    let id = run["id"].as_str().expect("an id");
    let shown: Vec<String> = yard.text(&["show", id]).split_whitespace().map(str::to_owned).collect();
    for word in [digest.trim(), "podman", &format!("{IMAGE},")] {
        assert!(shown.iter().any(|shown| shown == word), "{word}: {shown:?}");
    }
    yard.nothing_is_left(&run);

    yard.json(&["outputs", id, "--crate", "object.zip"]);
    let unpacked =
        Command::new("python3").args(["-m", "zipfile", "-e", "object.zip", "object"]).current_dir(yard.desk.path("")).status();
    assert!(unpacked.expect("python3").success());
    let graph = std::fs::read_to_string(yard.desk.path("object/ro-crate-metadata.json")).expect("the graph");
    let graph: Value = serde_json::from_str(&graph).expect("JSON");
    let image = graph["@graph"].as_array().expect("a graph").iter().find(|entity| entity["@type"] == "ContainerImage");
    let image = image.unwrap_or_else(|| panic!("no image: {graph}"));
    assert_eq!((&image["registry"], &image["tag"]), (&Value::from("localhost"), &Value::from("1")));
    assert_eq!(format!("sha256:{}", image["sha256"].as_str().expect("text")), digest.trim());

    // An archive brings its image along; what is in it runs when the request says nothing else.
    let archive = yard.desk.path("image.tar");
    yard.podman(&["save", "-q", "--format", "oci-archive", "-o", archive.to_str().expect("text"), IMAGE]);
    let (run, errors) = yard.json(&["run", "--container", "oci-archive:image.tar", "-i", "image.tar"]);
    assert_eq!(run["outcome"], "done", "{run}{errors}");
    assert_eq!(yard.text(&["logs", run["id"].as_str().expect("an id")]).trim(), "own command");
    yard.nothing_is_left(&run);
}

#[test]
fn what_is_wrong_with_a_container_is_told_and_what_runs_is_ended() {
    let yard = Yard::new();
    for (image, words, code) in [
        ("localhost/nowhere:1", &["true"][..], "RS-5014"),
        (IMAGE, &["nonsense"], "RS-5001"),
        (IMAGE, &["sh", "-c", "exit 3"], "RS-5002"),
    ] {
        let (run, errors) = yard.json(&[&["run", "--container", image, "--"], words].concat());
        assert_eq!((&run["cause"]["code"], &run["outcome"]), (&Value::from(code), &Value::from("failed")), "{run}{errors}");
        yard.nothing_is_left(&run);
    }
    for (image, words) in [("docker://debian", "registr"), ("dir:/etc", "container.image"), ("oci-archive:x.tar", "input")] {
        let (_, errors) = yard.json(&["run", "--container", image, "--", "true"]);
        assert!(errors.contains("RS-1003") && errors.contains(words), "{errors}");
    }
    // Ignores what it can, and its pilot is killed: the run is ended with all that belongs to it.
    let script = "trap '' TERM; (sleep 1000 &); touch ready; while :; do sleep 1; done";
    let (run, errors) = yard.json(&["run", "-d", "--container", IMAGE, "--", "sh", "-c", script]);
    let id = run["id"].as_str().unwrap_or_else(|| panic!("{run}{errors}")).to_owned();
    let local = yard.desk.path("data/roadstead/local");
    let attempt = testkit::wait_until(LIMIT, "the container to run", || {
        let attempt = std::fs::read_dir(&local).ok()?.flatten().next()?.path();
        attempt.join("elements/0-1/work/ready").exists().then_some(attempt)
    });
    let aboard: Value = serde_json::from_slice(&std::fs::read(attempt.join("pilot-0.json")).expect("aboard")).expect("JSON");
    let pid = aboard["pid"].to_string();
    assert!(Command::new("kill").args(["-KILL", &pid]).status().expect("kill").success());
    let (_, errors) = yard.json(&["cancel", &id]);
    testkit::wait_until(LIMIT, "the run to end", || (yard.json(&["show", &id]).0["state"] == "ended").then_some(()));
    assert!(!errors.contains("RS-7"), "{errors}");
    yard.nothing_is_left(&run);
}

#[test]
fn without_an_engine_the_answer_says_which_were_tried() {
    let broken: &[(&str, &str)] = &[
        ("podman", "echo no kernel for this >&2; exit 125"),
        ("apptainer", "[ $1 = --version ] && echo apptainer version 9.8.7 || { echo no namespaces for this >&2; exit 255; }"),
        ("singularity", "echo singularity-ce version 4.1.2"),
        ("udocker", "echo version: 7.6.5"),
    ];
    let none = ["podman: is not installed", "apptainer: is not installed", "udocker: is not installed"];
    let of_each = [
        "no kernel for this",
        "apptainer 9.8.7 failed: the image oci-archive:trial.tar cannot be used: no namespaces for this",
        "singularity: is not Apptainer (singularity-ce version 4.1.2)",
        "is installed, but not proot",
    ];
    for (installed, reasons) in [(&[][..], &none[..]), (broken, &of_each[..])] {
        let desk = Desk::new();
        // Not in /tmp, which sandboxes have one of their own of.
        let name = format!("programs-{}-{}", std::process::id(), installed.len());
        let programs = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&programs).expect("a directory");
        for (name, script) in installed {
            let program = programs.join(name);
            std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("a program");
            assert!(Command::new("chmod").arg("+x").arg(program).status().expect("chmod").success());
        }
        let mut command = desk.command(&["run", "--container", "busybox", "--", "true"]);
        command.env("PATH", &programs);
        let mut program = desk.home.start(command);
        program.wait(LIMIT);
        let said = program.stderr();
        // As the terminal breaks the lines.
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in ["RS-3001"].iter().chain(reasons) {
            assert!(said.contains(word), "{word}: {said}");
        }
        std::fs::remove_dir_all(&programs).expect("removed");
    }
}

/// Of the gateway: killed with a container of its trial half made.
#[test]
fn a_gateway_killed_in_mid_trial_leaves_no_mount_and_the_next_removes_the_rest() {
    let yard = Yard::new();
    let engines = yard.desk.path("data/roadstead/engines");
    let mounts = || std::fs::read_to_string("/proc/self/mountinfo").expect("mounts");
    let groups = |trial: &str| {
        let found = Command::new("find").args(["/sys/fs/cgroup", "-name", &format!("*{trial}-0")]).output().expect("find");
        String::from_utf8_lossy(&found.stdout).lines().map(PathBuf::from).collect::<Vec<_>>()
    };
    let mut asking = yard.desk.home.start(yard.command(&["services"]));
    // The group is made last, so that the engine is about to mount the container's files.
    let trial = testkit::wait_until(LIMIT, "a trial to be under way", || {
        let names = std::fs::read_dir(&engines).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        names.into_iter().find(|name| name.starts_with("trial-") && !groups(name).is_empty())
    });
    // Before its gateway, or it starts another one.
    asking.kill(testkit::Signal::KILL);
    asking.wait(LIMIT);
    let gateway = announcement(&yard.desk)["process"].to_string();
    assert!(Command::new("kill").args(["-KILL", &gateway]).status().expect("kill").success());
    let state = PathBuf::from(format!("/run/roadstead-{}", &trial[trial.len().saturating_sub(14)..]));
    assert!(engines.join(&trial).exists() && state.exists(), "the trial was made to its end: kill earlier");
    for seen in [mounts(), std::fs::read_to_string("/proc/1/mountinfo").unwrap_or_default()] {
        let ours = seen.lines().find(|line| line.contains(&trial) || line.contains(state.to_str().expect("text")));
        assert_eq!(ours, None);
    }

    // What was left a moment ago may be somebody's who is just beginning.
    let next = |yard: &Yard| yard.desk.start(&["serve", "--listen", "127.0.0.1:0"]);
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    for path in [vec![engines.join(&trial)], groups(&trial)].concat() {
        std::fs::File::open(path).expect("left").set_modified(long_ago).expect("made old");
    }
    let mut gateway = next(&yard);
    testkit::wait_until(LIMIT, "the next gateway to clear up", || (!engines.join(&trial).exists()).then_some(()));
    testkit::wait_until(LIMIT, "the groups to go", || groups(&trial).is_empty().then_some(()));
    assert!(!state.exists());
    let left = testkit::processes_with_env("RS_ATTEMPT", &trial);
    assert!(left.is_empty() && !mounts().contains(&trial), "{left:?}");
    gateway.stop();
}
