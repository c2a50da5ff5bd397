//! `open`: a browser that is signed in.

use super::exit::Exit;
use super::session::Session;
use crate::output::{Line, Style};
use crate::wiring::places;
use model::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use url::Url;

const EXAMPLES: &str = "\
Examples:
  roadstead open
  roadstead open --print

The link signs a browser in as you: once, and within a minute. Do not pass it on.";

/// Open the portal in a browser that is signed in.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Open {
    /// Only print the link.
    #[arg(long)]
    print: bool,
}

#[derive(Serialize, Deserialize)]
struct MadeCode {
    code: String,
    expires_at: Timestamp,
    url: String,
}

impl Open {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let made: MadeCode = client.post(&["sessions", "codes"]).await?;
        let link = checked(&made.url)?;
        let output = &session.output;
        if output.is_json() {
            output.json(&made);
            return Ok(Exit::Success);
        }
        output.line(link.as_str());
        if self.print {
            return Ok(Exit::Success);
        }
        match show(&link) {
            Ok(true) => output.note("A browser is opening; if none does, open the link yourself within a minute."),
            Ok(false) => output.note("There is no display here: open the link in a browser within a minute."),
            Err(error) => output.note(
                Line::styled(Style::Bad, "No browser could be opened")
                    .plain(format!(" ({error}): open the link within a minute.")),
            ),
        }
        Ok(Exit::Success)
    }
}

/// A gateway says where its portal is; it does not say what else a browser is to do.
fn checked(url: &str) -> Result<Url, Problem> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    parsed.ok_or_else(|| {
        Problem::new(
            Code::AnswerNotUnderstood,
            "The gateway's link is not the address of a web page.",
            "Check that the address is a Roadstead gateway's.",
        )
    })
}

/// Whether a browser was asked to show it. Whoever shares this computer can read the arguments of programs, and might be
/// faster than the browser: so the browser is given a private file that leads on to the link.
fn show(link: &Url) -> std::io::Result<bool> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let has_display = cfg!(target_os = "macos")
        || ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let Some(directory) = places::runtime_dir().filter(|_| has_display) else { return Ok(false) };
    let page = write_page(&directory, link)?;
    let mut command = Command::new(opener);
    // Not ended with this command's terminal; what it says is for nobody.
    command.arg(&page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    command.spawn()?;
    Ok(true)
}

/// Always the same name: the next link overwrites this one, which is worth nothing by then.
fn write_page(directory: &Path, link: &Url) -> std::io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let (path, partial) = (directory.join("open.html"), directory.join(format!("open.html.{}", std::process::id())));
    let target = link.as_str().replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let text = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\"><title>Roadstead</title>\
         <meta http-equiv=\"refresh\" content=\"0; url={target}\"><a href=\"{target}\">Open Roadstead</a>\n"
    );
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&partial)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(&partial, &path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_links_to_web_pages_are_followed_and_the_page_is_private() {
        for bad in ["javascript:alert(1)", "file:///etc/passwd", "", "//host/#code=x"] {
            assert_eq!(checked(bad).expect_err(bad).code, Code::AnswerNotUnderstood);
        }
        let place = tempfile::tempdir().expect("a directory");
        let link = checked("https://gate.example.org/a&b/#code=rsc_\"><script>").expect("a link");
        let page = write_page(&place.path().join("roadstead"), &link).expect("written");
        let text = std::fs::read_to_string(&page).expect("readable");
        assert!(text.contains("url=https://gate.example.org/a&amp;b/#code=rsc_") && !text.contains("<script"), "{text}");
        assert_eq!(std::fs::metadata(&page).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(place.path().join("roadstead")).expect("a directory").count(), 1);
    }
}
