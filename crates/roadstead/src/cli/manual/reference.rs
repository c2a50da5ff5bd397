//! The command reference of the book: written by a test from the command line's own definition.

use super::visible;
use clap::{Arg, Command, CommandFactory};
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

/// Every `roadstead …` that a page names is a command that exists, with flags that it has.
#[test]
fn commands_in_the_documents_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut left = vec![root.join("docs"), root.join("README.md"), root.join("ARCHITECTURE.md"), root.join("CHANGELOG.md")];
    let mut command = crate::cli::Program::command();
    command.build();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).expect("a directory").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            let text = std::fs::read_to_string(&path).expect("readable");
            // Code in a line, and lines of blocks.
            let spans = text.lines().flat_map(|line| line.split('`').chain([line]));
            for words in spans.filter_map(|span| span.trim().strip_prefix("roadstead ")) {
                checked += 1;
                wrong.extend(mistake(&command, words).map(|what| format!("{}: `roadstead {words}`: {what}", path.display())));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 100, "{checked}");
}

fn mistake(program: &Command, words: &str) -> Option<String> {
    let mut command = program;
    let mut arguments: Vec<&Arg> = program.get_arguments().collect();
    for word in words.split_whitespace() {
        let word = word.trim_end_matches([',', '.', ':', ')', ';']);
        // What follows is not this program's.
        if matches!(word, "--" | "|" | ">" | "&&" | "->" | "\\" | "") {
            return None;
        }
        if let Some(long) = word.strip_prefix("--") {
            let long = long.split('=').next().unwrap_or(long);
            let has = |argument: &&Arg| {
                argument.get_long() == Some(long) || argument.get_all_aliases().is_some_and(|all| all.contains(&long))
            };
            if !arguments.iter().any(has) {
                return Some(format!("no --{long}"));
            }
        } else if let Some(short) = word.strip_prefix('-').and_then(|short| short.chars().next()) {
            if !arguments.iter().any(|argument| argument.get_short() == Some(short)) {
                return Some(format!("no -{short}"));
            }
        } else if let Some(inner) = command.find_subcommand(word) {
            command = inner;
            arguments.extend(inner.get_arguments());
        } else if command.has_subcommands() && word.chars().all(|c| c.is_ascii_lowercase()) && command.get_name() == "roadstead" {
            return Some(format!("no command {word}"));
        }
    }
    None
}
