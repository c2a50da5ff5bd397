//! `completions` and `man`: the command line described for shells and for `man`, from its own definition.

#[cfg(test)]
mod reference;

use super::exit::Exit;
use super::session::{Global, Session};
use super::{Ours, Program};
use clap::{Args, CommandFactory, Subcommand};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, line_break, roman};
use model::{Code, Problem};
use serde_json::json;
use std::path::{Path, PathBuf};

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  roadstead completions bash > ~/.local/share/bash-completion/completions/roadstead
  roadstead completions zsh > ~/.zfunc/_roadstead
  roadstead completions fish > ~/.config/fish/completions/roadstead.fish";

/// Print what a shell needs to complete commands and flags.
#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct Completions {
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

const MAN_EXAMPLES: &str = "\
Examples:
  roadstead man --to ~/.local/share/man/man1
  man roadstead-run";

/// Write the manual pages: roadstead(1) and one for each command.
#[derive(Debug, clap::Args)]
#[command(after_help = MAN_EXAMPLES)]
pub struct ManPages {
    /// Put them into this directory, which is made when it is missing.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

impl Completions {
    pub fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut visible(), "roadstead", &mut script);
        session.output.document(&String::from_utf8_lossy(&script));
        Ok(Exit::Success)
    }
}

impl ManPages {
    pub fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        std::fs::create_dir_all(&self.to).map_err(|error| unwritable(&self.to, &error))?;
        let mut files = Vec::new();
        write_pages(visible(), &self.to, &mut files).map_err(|error| unwritable(&self.to, &error))?;
        let directory = std::path::absolute(&self.to).unwrap_or(self.to);
        match session.output.is_json() {
            true => session.output.json(&json!({ "directory": directory, "files": files })),
            false => session.output.line(format!("{} pages written into {}", files.len(), directory.display())),
        }
        Ok(Exit::Success)
    }
}

/// The command line as people see it: without what is not for them, and built, so that commands know their whole names
/// and the common options.
fn visible() -> clap::Command {
    let whole = Program::command();
    let mut command = clap::Command::new("roadstead").version(env!("CARGO_PKG_VERSION")).disable_help_subcommand(true);
    command = command
        .about(whole.get_about().cloned().unwrap_or_default())
        .long_about(whole.get_long_about().cloned().unwrap_or_default());
    command = command.after_long_help(whole.get_after_long_help().cloned().unwrap_or_default());
    command = Ours::augment_subcommands(Global::augment_args(command));
    command.build();
    command
}

fn write_pages(command: clap::Command, directory: &Path, files: &mut Vec<String>) -> std::io::Result<()> {
    for inner in command.get_subcommands() {
        write_pages(inner.clone(), directory, files)?;
    }
    let extra = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let man = Man::new(command).source(concat!("roadstead ", env!("CARGO_PKG_VERSION"))).manual("Roadstead");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    extra_sections(&extra.unwrap_or_default()).to_writer(&mut page)?;
    files.push(man.get_filename());
    std::fs::write(directory.join(man.get_filename()), page)
}

/// What follows the options in the help. A paragraph that begins with a title ("Examples:") is a section; examples and
/// tables keep their lines.
fn extra_sections(text: &str) -> Roff {
    let mut roff = Roff::new();
    for (number, paragraph) in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()).enumerate() {
        let (first, rest) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
        let body = match first.strip_suffix(':') {
            Some(title) => {
                roff.control("SH", [title.to_uppercase().as_str()]);
                rest
            }
            None => {
                roff.control(if number == 0 { "SH" } else { "PP" }, ["NOTES"].into_iter().take(usize::from(number == 0)));
                paragraph
            }
        };
        if body.lines().count() > 1 {
            roff.control("nf", []);
            roff.text(body.lines().flat_map(|line| [roman(line), line_break()]).collect::<Vec<_>>());
            roff.control("fi", []);
        } else {
            roff.text([roman(body)]);
        }
    }
    roff
}

fn unwritable(place: &Path, error: &std::io::Error) -> Problem {
    let detail = format!("{}: {error}.", place.display());
    Problem::new(Code::FileUnreadable, detail, "Choose another directory with --to.")
}
