//! What describes the command line to shells and to `man`.

use super::helpers::{Desk, finish, text_of};

#[test]
fn completions_are_scripts_of_their_shells_and_know_the_commands() {
    let desk = Desk::new();
    // How each offers a command.
    let shells = [
        ("bash", "cmd=\"roadstead__subcmd__@\""),
        ("zsh", "\n(@)\n"),
        ("fish", " -a \"@\" "),
        ("elvish", " cand @ '"),
        ("powershell", "'@', '@'"),
    ];
    for (shell, offer) in shells {
        let script = desk.ok(&["completions", shell]);
        assert!(script.contains(&offer.replace('@', "outputs")) && script.contains("memory"), "{shell}");
        assert!(!script.contains(&offer.replace('@', "pilot")), "{shell}: what is not for people is offered");
    }
    let file = desk.write("roadstead.bash", desk.ok(&["completions", "bash"]));
    // What bash would offer after `roadstead out`.
    let ask =
        "source \"$1\"; COMP_WORDS=(roadstead out) COMP_CWORD=1; _roadstead roadstead out roadstead; echo \"${COMPREPLY[@]}\"";
    let mut command = desk.home.command("bash");
    command.args(["-uc", ask, "bash"]).arg(&file);
    let done = finish(desk.home.start(command));
    assert_eq!((done.code, done.out.trim(), done.err.as_str()), (0, "outputs", ""));
}

#[test]
fn manual_pages_are_right_and_complete() {
    let desk = Desk::new();
    let said = desk.json(&["man", "--to", "man/man1"]);
    let files: Vec<&str> = said["files"].as_array().expect("files").iter().filter_map(|file| file.as_str()).collect();
    assert!(files.contains(&"roadstead.1") && files.contains(&"roadstead-admin-flows.1"), "{files:?}");
    assert!(!files.iter().any(|file| file.contains("pilot") || file.contains("help")), "{files:?}");
    let run = text_of(&desk.path("man/man1/roadstead-run.1"));
    for part in [".SH EXAMPLES", "python3 find.py cube.fits", "COMMON OPTIONS"] {
        assert!(run.contains(part), "{part}: {run}");
    }
    // Where groff is, it has nothing to say about them.
    let check =
        "command -v groff >/dev/null || exit 0; for page in man/man1/*; do groff -Kutf8 -ww -man -Tutf8 -z \"$page\" 2>&1; done";
    let mut command = desk.home.command("sh");
    command.args(["-c", check]);
    let done = finish(desk.home.start(command));
    assert_eq!((done.code, done.out.as_str()), (0, ""));
    assert_eq!(desk.type_in(&["man", "--to", "/proc/none"]).code, 1);
}
