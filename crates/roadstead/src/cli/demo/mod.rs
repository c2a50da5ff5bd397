//! `demo`: real work from end to end. Three synthetic radio cubes, a source finder on each, one catalogue that is
//! compared with what was injected, and the research object of it all.

mod files;
mod progress;

use super::exit::Exit;
use super::inputs;
use super::outputs::OutputFile;
use super::request::read_file;
use super::session::Session;
use crate::client::{Client, Stream, Target};
use crate::output::{Line, Output, Style, lasted};
use crate::wiring::serve::Running;
use crate::wiring::{config, logging, places, serve};
use model::request::RunRequest;
use model::run::{Outcome, Run};
use model::{Code, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::pin::pin;

const EXAMPLES: &str = "\
Examples:
  roadstead demo --once
  roadstead demo --once --to results

The scripts are Python 3.9 or newer, standard library only; they are in examples/radio-cubes. \
With --once, the last line on standard output is the path of the research object.";

/// Run the demonstration: simulate radio data, find the galaxies in it, check them, keep how it was done.
///
/// Then keep serving until Ctrl-C, unless --once is given. Ctrl-C before the end cancels its runs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Demo {
    /// End after it, instead of serving on.
    #[arg(long)]
    once: bool,

    /// Where the gateway listens that serves on.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "once")]
    listen: Option<SocketAddr>,

    /// Put the research object into this directory.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

/// What check.py says about the catalogue.
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    injected: u32,
    matched: u32,
    found: u32,
    completeness: Option<f64>,
    reliability: Option<f64>,
    #[serde(rename = "false")]
    false_detections: Vec<serde_json::Value>,
    passed: bool,
}

impl Demo {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let serving = if self.once || session.global.gateway.is_some() { None } else { start(session, self.listen).await? };
        let shown = self.show(session).await;
        let Some(running) = serving else { return shown };
        if matches!(shown, Ok(Exit::Success)) {
            session.output.note(Line::new().plain("Serving at ").with(Style::Strong, &running.url).plain(" until Ctrl-C."));
            // A result, not a note: notes are broken into lines, and a broken link leads nowhere.
            session.output.line(format!("Open {} in a browser within a minute", running.portal_link().await?));
            session.output.note("`roadstead open` makes a new link.");
            running.until_stopped(None).await?;
        } else {
            running.stop().await?;
        }
        shown
    }

    /// All of it, or as far as it comes until somebody stops it.
    async fn show(&self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let place = self.data_dir(session).join("demo");
        files::write(&place)?;
        // One listener for all the time: a signal between two would be lost.
        let mut stopped = pin!(serve::stop_signal());
        let mut submitting = pin!(submit_all(session, &client, &place));
        let (runs, was_stopped) = tokio::select! {
            runs = &mut submitting => (runs?, false),
            // What is being asked for now may come into being: it has to be known to be cancelled.
            () = &mut stopped => (submitting.await?, true),
        };
        if was_stopped {
            return clear_up(session, &client, &runs).await;
        }
        tokio::select! {
            shown = self.show_results(session, &client, &place, &runs) => shown,
            () = &mut stopped => clear_up(session, &client, &runs).await,
        }
    }

    async fn show_results(&self, session: &Session, client: &Client, place: &Path, runs: &[Run]) -> Result<Exit, Problem> {
        let begun = std::time::Instant::now();
        let ended = progress::follow_all(session, client, runs).await?;
        if let Some(failed) = ended.iter().find(|run| run.run.outcome != Some(Outcome::Done)) {
            return explain_failure(session, client, &failed.run).await;
        }
        let Some(merge) = runs.last() else { return Err(Problem::internal()) };
        let report = read_report(client, merge, place).await?;
        let directory = self.to.clone().unwrap_or_else(|| self.data_dir(session).join("crates"));
        std::fs::create_dir_all(&directory).map_err(|error| unwritable(&directory, &error))?;
        let turning = session.output.spinner("making the research object");
        let path = client.download_crate(&merge.id, &directory.join(format!("{}-{}.crate.zip", merge.name, merge.id))).await?;
        drop(turning);
        show_result(&session.output, runs, &report, begun.elapsed(), &path);
        Ok(if report.passed { Exit::Success } else { Exit::Failed })
    }

    fn data_dir(&self, session: &Session) -> PathBuf {
        session.global.data_dir.clone().unwrap_or_else(places::data_dir)
    }
}

/// A gateway within this process; none when one uses the directory already.
async fn start(session: &Session, listen: Option<SocketAddr>) -> Result<Option<Running>, Problem> {
    logging::start("warn");
    let mut config = config::load(session.global.config.as_deref())?.config;
    config.data_dir = session.global.data_dir.clone().or(config.data_dir);
    config.listen = match listen {
        Some(address) => address,
        // A demonstration is not worth an error about a port that is in use.
        None if TcpListener::bind(config.listen).is_err() => SocketAddr::from(([127, 0, 0, 1], 0)),
        None => config.listen,
    };
    match serve::start(&config).await {
        Ok(running) => Ok(Some(running)),
        Err(problem) if problem.code == Code::DirectoryInUse => {
            session.output.note("A gateway of this computer runs already; it is used.");
            Ok(None)
        }
        Err(problem) => Err(problem),
    }
}

/// Nobody who tries something out expects that it goes on behind their back: what was begun is cancelled and released
/// before the gateway goes. Whoever cannot wait for that stops it once more.
async fn clear_up(session: &Session, client: &Client, runs: &[Run]) -> Result<Exit, Problem> {
    session.output.note("Stopping: the runs of the demonstration are cancelled. Ctrl-C again leaves them as they are.");
    let cancelled = async {
        for run in runs {
            let _: Run = client.post(&["runs", run.id.as_str(), "cancel"]).await?;
        }
        progress::follow_all(session, client, runs).await
    };
    tokio::select! {
        cancelled = cancelled => {
            cancelled?;
            session.output.note("Nothing of them is left. `roadstead demo` begins anew; `roadstead ps --all` shows how far it came.");
        }
        () = serve::stop_signal() => {
            session.output.note("The runs go on; `roadstead ps` shows them, and `roadstead cancel` ends them.");
        }
    }
    Ok(Exit::Interrupted)
}

/// The three requests, each naming the ones before by their identifiers.
async fn submit_all(session: &Session, client: &Client, place: &Path) -> Result<Vec<Run>, Problem> {
    let mut runs: Vec<Run> = Vec::new();
    for file in files::REQUESTS {
        let mut request = read_file(&place.join(file))?;
        name_predecessors(&mut request, &runs);
        runs.push(inputs::submit(session, client, request).await?);
    }
    Ok(runs)
}

/// Names would do for the gateway, but another run of that name may be newer by now.
fn name_predecessors(request: &mut RunRequest, runs: &[Run]) {
    for run in runs {
        let by_name = format!("run:{}/", run.name);
        for input in &mut request.inputs {
            if let Some(rest) = input.from.strip_prefix(&by_name) {
                input.from = format!("run:{}/{rest}", run.id);
            }
        }
        for after in request.after.iter_mut().filter(|after| **after == run.name) {
            *after = run.id.to_string();
        }
    }
}

async fn read_report(client: &Client, merge: &Run, place: &Path) -> Result<Report, Problem> {
    let files: Vec<OutputFile> = client.all(&["runs", merge.id.as_str(), "outputs"], &[]).await?;
    let report = files.into_iter().find(|output| output.file.path == "report.json");
    let report = report.ok_or_else(|| Problem::not_found("output", "report.json"))?;
    let at = format!("{}/report.json", merge.id);
    client.download(&merge.id, report.element, &report.file, &Target::open(place)?, &at, |_| ()).await?;
    let text = std::fs::read(place.join(&at)).map_err(|error| unwritable(place, &error))?;
    serde_json::from_slice(&text).map_err(|error| {
        Problem::new(
            Code::AnswerNotUnderstood,
            format!("The report is not understood: {error}."),
            "Look at it with `roadstead outputs merge`.",
        )
    })
}

/// Why the first run failed that did, with the last it said.
async fn explain_failure(session: &Session, client: &Client, run: &Run) -> Result<Exit, Problem> {
    let output = &session.output;
    if let Some(cause) = &run.cause {
        output.problem(cause);
    }
    let mut log = client.log(&run.id, 0, Stream::Stderr, -2_000, false);
    let mut filter = output.log_filter(true);
    while let Some(piece) = log.next().await? {
        output.log(true, &filter.pass(&piece));
    }
    output.log(true, &filter.finish());
    output.note(format!("See more with `roadstead show {}`.", run.id));
    Ok(Exit::Failed)
}

fn show_result(output: &Output, runs: &[Run], report: &Report, took: std::time::Duration, path: &Path) {
    if output.is_json() {
        output.json(&json!({ "runs": runs.iter().map(|run| &run.id).collect::<Vec<_>>(), "report": report, "crate": path }));
        return;
    }
    let (style, verdict) = if report.passed { (Style::Good, "passed") } else { (Style::Bad, "FAILED") };
    let figures = format!(
        "{} of {} injected galaxies found, {} of {} detections false, in {}",
        report.matched,
        report.injected,
        report.false_detections.len(),
        report.found,
        lasted(took)
    );
    output.line(Line::styled(Style::Strong, "check ").with(style, verdict).plain(": ").plain(figures));
    if let Some(merge) = runs.last() {
        output.line(Line::styled(Style::Dim, "look:   ").plain(format!("roadstead show {}", merge.id)));
        output.line(Line::styled(Style::Dim, "fetch:  ").plain(format!("roadstead outputs {} --to results", merge.id)));
    }
    output.line("The research object (RO-Crate: inputs, outputs, logs and how they were made):");
    output.line(path.display().to_string());
}

fn unwritable(path: &Path, error: &std::io::Error) -> Problem {
    let detail = format!("{}: {error}.", path.display());
    Problem::new(Code::FileUnreadable, detail, "Choose another directory with --to or --data-dir.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::id::{PersonId, RunId, Seed};
    use model::run::{Counts, State};

    #[test]
    fn the_requests_are_whole_and_name_each_other_by_identifier() {
        let place = tempfile::tempdir().expect("a directory");
        files::write(place.path()).expect("written");
        let mut runs = Vec::new();
        for (number, file) in files::REQUESTS.iter().enumerate() {
            let mut request = read_file(&place.path().join(file)).expect("readable");
            // A placeholder that is left is no valid source.
            assert_eq!(request.check().is_ok(), number == 0, "{file}");
            name_predecessors(&mut request, &runs);
            assert_eq!(request.check(), Ok(()), "{file}");
            assert_eq!(request.after.len(), number.min(2), "{file}");
            for input in &request.inputs {
                match input.from.strip_prefix("file:") {
                    Some(path) => assert!(Path::new(path).is_file(), "{path}"),
                    None => assert!(input.from.starts_with("run:run-"), "{}", input.from),
                }
            }
            let seed = Seed { millis: 1, random: [u8::try_from(number).expect("few"); 10] };
            runs.push(Run {
                id: RunId::new(seed),
                name: request.display_name(),
                kind: request.kind,
                person: PersonId::new(seed),
                community: None,
                team: None,
                state: State::Planned,
                outcome: None,
                cause: None,
                waiting_for: None,
                attention: None,
                service: None,
                cancelling: false,
                elements: Counts::queued(request.elements()),
                created_at: model::Timestamp::from_millis(0),
                started_at: None,
                ended_at: None,
            });
        }
        assert_eq!(runs.iter().map(|run| run.elements.total).collect::<Vec<_>>(), [3, 3, 1]);
    }
}
