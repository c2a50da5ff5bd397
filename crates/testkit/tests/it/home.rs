use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::{Home, Signal, await_until, process_is_alive, processes_with_env, wait_until};

use crate::owner::kill_owner;

const LIMIT: Duration = Duration::from_secs(20);

fn shell(home: &Home, script: &str) -> Command {
    let mut command = home.command("/bin/sh");
    command.args(["-c", script]);
    command
}

/// A program with a child in its process group and one that tells once it has left it.
const FAMILY: &str = "sleep 1000 & echo in $!; setsid sh -c 'echo out $$; exec sleep 1000' & wait";

#[test]
fn a_program_sees_only_its_home_and_is_heard_line_by_line() {
    let home = Home::new();
    let script = "env; echo 'told to stderr' >&2; printf unfinished; trap 'exit 7' TERM; while :; do sleep 0.01; done";
    let mut program = home.start(shell(&home, script));
    let line = program.wait_for_line(LIMIT, "the line on stderr", |line| line.starts_with("told"));
    assert_eq!(line, "told to stderr");
    wait_until(LIMIT, "the unfinished line", || program.stdout().ends_with("unfinished").then_some(()));
    assert_eq!(program.find_line(|line| line.contains("unfinished")), None);
    let path = home.path().display();
    for expected in [format!("HOME={path}"), format!("XDG_RUNTIME_DIR={path}/runtime")] {
        assert!(program.find_line(|line| line == expected).is_some(), "{expected} in {}", program.stdout());
    }
    assert_eq!(program.find_line(|line| line.starts_with("CARGO")), None);
    assert_eq!(program.try_wait(), None);
    assert_eq!(program.stop().code(), Some(7));
}

#[test]
#[should_panic(expected = "no line with a greeting")]
fn waiting_for_a_line_fails_as_soon_as_the_program_has_ended() {
    let home = Home::new();
    home.start(shell(&home, "echo other")).wait_for_line(Duration::from_secs(3600), "a greeting", |line| line == "hi");
}

#[tokio::test]
async fn nothing_started_in_a_home_outlives_it() {
    let home = Home::new();
    let mut program = home.start(shell(&home, FAMILY));
    program.wait_for_line(LIMIT, "a child outside", |line| line.starts_with("out "));
    let id = |name: &str| -> u32 {
        let line = program.find_line(|line| line.starts_with(name)).expect("a line with a process id");
        line.rsplit(' ').next().and_then(|id| id.parse().ok()).expect("a process id")
    };
    let (inside, outside) = (id("in "), id("out "));
    assert_eq!(home.processes().len(), 3);

    program.kill(Signal::KILL);
    program.wait(LIMIT);
    assert!(process_is_alive(inside) && process_is_alive(outside), "only the program itself is killed");

    let mut second = home.start(shell(&home, FAMILY));
    second.wait_for_line(LIMIT, "a child outside", |line| line.starts_with("out "));
    assert_eq!(home.processes().len(), 5);
    drop(second);
    await_until(LIMIT, "the end of the dropped program's group", async || (home.processes().len() == 3).then_some(())).await;

    let path = home.path().to_owned();
    drop(home);
    assert_eq!(processes_with_env("TESTKIT_HOME", path.to_str().expect("a path in UTF-8")), Vec::<u32>::new());
    assert!(!process_is_alive(inside) && !process_is_alive(outside) && !path.exists());
}

#[test]
fn a_home_is_gone_once_its_owner_is_killed() {
    let path = kill_owner("home::a_home_is_gone_once_its_owner_is_killed", || {
        let home = Home::new();
        let mut program = home.start(shell(&home, FAMILY));
        program.wait_for_line(LIMIT, "a child outside", |line| line.starts_with("out "));
        let path = home.path().display().to_string();
        ((program, home), path)
    });
    wait_until(LIMIT, "the end of the home and its processes", || {
        (processes_with_env("TESTKIT_HOME", &path).is_empty() && !Path::new(&path).exists()).then_some(())
    });
}
