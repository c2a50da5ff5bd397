//! The command reference of the book: written by a test from the command line's own definition.

use super::visible;
use clap::{Arg, Command};
use std::fmt::Write;
use std::path::Path;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/users/commands.md");

const INTRODUCTION: &str = "\
# Every command

<!-- Made from the program by a test (cli::manual::reference): change it there. -->

`roadstead COMMAND --help` says the same. [Results for programs](json.md) says what `--json` prints and what exit codes mean.
";

#[test]
fn the_reference_in_the_book_is_the_programs() {
    let command = visible();
    let mut page = INTRODUCTION.to_owned();
    section(&mut page, "Options of every command", command.get_arguments().filter(|argument| argument.is_global_set()));
    for inner in command.get_subcommands() {
        describe(&mut page, inner, 2);
    }
    if std::env::var_os("ROADSTEAD_BLESS").is_some() {
        std::fs::write(PAGE, &page).expect("written");
    }
    let committed = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        committed == page,
        "{} is out of date: run this test with ROADSTEAD_BLESS=1 and look at what changed",
        Path::new(PAGE).display()
    );
    assert!(page.contains("## roadstead run\n") && page.contains("### roadstead admin flows\n") && !page.contains("pilot\n"));
}

fn section<'a>(page: &mut String, title: &str, arguments: impl Iterator<Item = &'a Arg>) {
    let _ = writeln!(page, "\n## {title}\n");
    arguments.for_each(|argument| option(page, argument));
}

fn describe(page: &mut String, command: &Command, level: usize) {
    let name = command.get_bin_name().expect("built");
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(page, "\n{} {name}\n\n{}\n\n```text\n{usage}\n```\n", "#".repeat(level), sentence(&about));
    let own: Vec<&Arg> =
        command.get_arguments().filter(|argument| !argument.is_global_set() && argument.get_id() != "help").collect();
    if !own.is_empty() {
        page.push('\n');
        own.iter().for_each(|argument| option(page, argument));
    }
    if let Some(extra) = command.get_after_long_help().or(command.get_after_help()) {
        for paragraph in extra.to_string().split("\n\n") {
            let _ = match paragraph.contains('\n') {
                true => write!(page, "\n```text\n{paragraph}\n```\n"),
                false => write!(page, "\n{paragraph}\n"),
            };
        }
    }
    for inner in command.get_subcommands() {
        describe(page, inner, level + 1);
    }
}

fn option(page: &mut String, argument: &Arg) {
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let values: Vec<String> = argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    let default: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let takes_value = argument.get_action().takes_values();
    let mut notes = Vec::new();
    if takes_value && !values.is_empty() {
        notes.push(format!("One of {}.", values.join(", ")));
    }
    if takes_value && !default.is_empty() {
        notes.push(format!("Default: `{}`.", default.join(" ")));
    }
    if let Some(variable) = argument.get_env() {
        notes.push(format!("Variable: `{}`.", variable.to_string_lossy()));
    }
    let shown = argument.to_string();
    let short = argument.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let words = [sentence(&help)].into_iter().chain(notes).filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ");
    let _ = writeln!(page, "- {short}`{shown}`: {}", words.replace('\n', " ").replace('<', "\\<"));
}

/// Help has no full stop at its end.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}
