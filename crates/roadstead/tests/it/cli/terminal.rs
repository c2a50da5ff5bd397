//! What a terminal gets: colours when it wants them, and nothing that takes it over.

use super::helpers::{Desk, PROGRAM, finish};

/// Runs a command on a terminal of its own.
fn on_a_terminal(desk: &Desk, arguments: &str, environment: &[(&str, &str)]) -> String {
    let mut command = desk.home.command("script");
    command.args(["-qec", &format!("{PROGRAM} {arguments}"), "/dev/null"]).env("TERM", "xterm").envs(environment.iter().copied());
    let typed = finish(desk.home.start(command));
    assert_eq!(typed.code, 0, "{typed:?}");
    typed.out
}

#[test]
fn hostile_bytes_reach_files_but_not_terminals() {
    let desk = Desk::new();
    let hostile = r"printf '\033[2J\033]0;owned\007\033[31mred\033[0m\r\xe2\x80\xae end\n'";
    let written = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}[31mred\u{1b}[0m\r\u{202e} end\n";
    let typed = desk.type_in(&["run", "--name", "evil", "--", "bash", "-c", hostile]);
    assert_eq!((typed.code, typed.out.as_str()), (0, written), "{typed:?}");

    let shown = on_a_terminal(&desk, "logs evil", &[]);
    for bad in ["\u{1b}[2J", "\u{1b}]", "\u{7}", "\u{202e}"] {
        assert!(!shown.contains(bad), "{bad:?} in {shown:?}");
    }
    assert!(shown.contains("\\x1b[2J") && shown.contains("\u{1b}[31mred\u{1b}[0m"), "{shown:?}");
    // An environment value comes back in no table, but a command's words do.
    let shown = on_a_terminal(&desk, "show evil", &[("COLUMNS", "60")]);
    assert!(!shown.contains("\u{1b}[2J") && shown.contains("evil"), "{shown:?}");
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let desk = Desk::new();
    desk.ok(&["run", "-q", "--", "true"]);
    let escape = '\u{1b}';
    assert!(on_a_terminal(&desk, "ps --all", &[]).contains(&format!("{escape}[32mdone")));
    assert!(!on_a_terminal(&desk, "ps --all", &[("NO_COLOR", "1")]).contains(escape));
    assert!(!desk.ok(&["ps", "--all"]).contains(escape));
    let shown = on_a_terminal(&desk, "run --array 3 -- true", &[]);
    assert!(shown.contains("] 3/3") && shown.contains("(3 done)"), "{shown:?}");
}
