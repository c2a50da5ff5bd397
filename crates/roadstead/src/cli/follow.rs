//! Following a run: its states, what its command writes, how far its elements are.

use super::session::Session;
use crate::client::{Client, RunDetail, Stream};
use crate::output::{Line, LogFilter, Output, Progress, Style, Unit, lasted};
use bytes::Bytes;
use model::event::{Event, Happening};
use model::run::{Counts, Element, Outcome, Run, State};
use model::{Code, Problem};
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How following ended.
pub enum Followed {
    /// `only` is the element of a run that is no array.
    Ended { run: Box<RunDetail>, only: Option<Box<Element>> },
    /// Somebody pressed Ctrl-C.
    Detached,
}

pub async fn follow(session: &Session, client: &Client, run: &Run, quiet: bool) -> Result<Followed, Problem> {
    let mut view = View::new(&session.output, run, quiet);
    view.begin();
    let mut events = client.follow_run(&run.id);
    let (pieces, mut received) = mpsc::channel(64);
    if view.shows_logs {
        read_logs(client, run, &pieces);
    }
    // Only the readers hold it now: when they are done, nothing is received any more.
    drop(pieces);
    // One listener for all the time: a signal between two would be lost.
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    let (mut has_ended, mut is_read) = (false, false);
    while !(has_ended && is_read) {
        tokio::select! {
            event = events.recv(), if !has_ended => match event {
                Some(Ok(event)) => view.event(&event),
                Some(Err(lost)) => session.find_again(client, lost).await?,
                None => has_ended = true,
            },
            piece = received.recv(), if !is_read => match piece {
                Some((stream, piece)) => view.log(stream, &piece),
                None => is_read = true,
            },
            _ = &mut interrupted => return Ok(Followed::Detached),
        }
    }
    let detail: RunDetail = client.get(&["runs", run.id.as_str()], &[]).await?;
    let only = match run.elements.total {
        1 => Some(client.get(&["runs", run.id.as_str(), "elements", "0"], &[]).await?),
        _ => None,
    };
    view.end(&detail, only.as_deref());
    Ok(Followed::Ended { run: Box::new(detail), only })
}

fn read_logs(client: &Client, run: &Run, pieces: &mpsc::Sender<(Stream, Bytes)>) {
    for stream in [Stream::Stdout, Stream::Stderr] {
        let mut log = client.log(&run.id, 0, stream, 0, true);
        let pieces = pieces.clone();
        tokio::spawn(async move {
            loop {
                match log.next().await {
                    // Nobody listens any more when the follower is gone.
                    Ok(Some(piece)) => {
                        if pieces.send((stream, piece)).await.is_err() {
                            return;
                        }
                    }
                    Ok(None) => return,
                    // The follower looks for the gateway; it is asked again as long as there is one.
                    Err(problem) if problem.code == Code::GatewayUnreachable && !pieces.is_closed() => {}
                    Err(problem) => {
                        tracing::warn!(%problem, stream = stream.as_str(), "the log cannot be followed");
                        return;
                    }
                }
            }
        });
    }
}

/// What is shown while a run goes on.
struct View<'a> {
    output: &'a Output,
    run: &'a Run,
    quiet: bool,
    shows_logs: bool,
    bar: Option<Progress>,
    filters: [LogFilter; 2],
    /// What was written last did not end its line.
    mid_line: bool,
    last_counts: Option<Instant>,
}

/// Without a terminal: one line of counts in so much time.
const COUNTS_EVERY: Duration = Duration::from_secs(10);

impl<'a> View<'a> {
    fn new(output: &'a Output, run: &'a Run, quiet: bool) -> Self {
        let is_array = run.elements.total > 1;
        let total = u64::from(run.elements.total);
        let bar = (is_array && !quiet && output.is_watched()).then(|| output.progress(&run.name, total, Unit::Elements));
        Self {
            output,
            run,
            quiet,
            shows_logs: !is_array && !output.is_json(),
            bar,
            filters: [output.log_filter(false), output.log_filter(true)],
            mid_line: false,
            last_counts: None,
        }
    }

    fn begin(&mut self) {
        let title = Line::new().with(Style::Strong, &self.run.name).plain("  ").with(Style::Dim, self.run.id.as_str());
        self.say(title);
    }

    fn say(&mut self, line: Line) {
        if self.quiet {
            return;
        }
        if std::mem::take(&mut self.mid_line) && self.output.is_watched() {
            self.output.log(true, b"\n");
        }
        match &self.bar {
            Some(bar) => bar.aside(|| self.output.note(line)),
            None => self.output.note(line),
        }
    }

    fn event(&mut self, event: &Event) {
        if let Happening::Elements { elements } = &event.what {
            self.counts(elements);
        }
        if let Some(line) = describe(&event.what) {
            let since = lasted(event.at.since(self.run.created_at));
            self.say(Line::styled(Style::Dim, format!("{since:>11}  ")).append(line));
        }
    }

    fn counts(&mut self, counts: &Counts) {
        match &self.bar {
            Some(bar) => {
                bar.set(u64::from(counts.ended()));
                bar.say(&in_words(counts));
            }
            None if self.run.elements.total > 1 => {
                let due = self.last_counts.is_none_or(|last| last.elapsed() >= COUNTS_EVERY);
                if due && !counts.all_ended() {
                    self.last_counts = Some(Instant::now());
                    self.say(Line::styled(Style::Dim, format!("{:>13}{}", "", in_words(counts))));
                }
            }
            None => {}
        }
    }

    fn log(&mut self, stream: Stream, piece: &[u8]) {
        let to_stderr = stream == Stream::Stderr;
        let shown = self.filters[usize::from(to_stderr)].pass(piece);
        self.mid_line = shown.last().is_some_and(|byte| *byte != b'\n');
        self.output.log(to_stderr, &shown);
    }

    fn end(&mut self, detail: &RunDetail, only: Option<&Element>) {
        if self.shows_logs {
            for (to_stderr, filter) in [false, true].into_iter().zip(&mut self.filters) {
                self.output.log(to_stderr, &filter.finish());
            }
        }
        self.bar = None;
        let run = &detail.run;
        let took = run.ended_at.map(|ended| lasted(ended.since(run.created_at))).unwrap_or_default();
        let counts = if run.elements.total > 1 { format!(" ({})", in_words(&run.elements)) } else { String::new() };
        let (style, word) = outcome_word(run.outcome);
        self.say(Line::new().with(style, word).plain(format!(" after {took}{counts}")));
        if let Some(cause) = &run.cause {
            self.output.problem(cause);
        }
        if let Some(attention) = &run.attention {
            self.say(Line::styled(Style::Warn, "attention: ").plain(&attention.detail));
        }
        let files = only.and_then(|element| element.report.as_ref()).map_or(0, |report| report.outputs.len());
        if files > 0 || (run.elements.total > 1 && run.elements.done > 0) {
            self.say(Line::styled(Style::Dim, format!("outputs: roadstead outputs {} --to DIR", run.id)));
        }
    }
}

pub fn outcome_word(outcome: Option<Outcome>) -> (Style, &'static str) {
    match outcome {
        Some(Outcome::Done) => (Style::Good, "done"),
        Some(Outcome::Failed) => (Style::Bad, "failed"),
        Some(Outcome::Cancelled) => (Style::Warn, "cancelled"),
        None => (Style::Busy, "not ended"),
    }
}

pub fn in_words(counts: &Counts) -> String {
    let parts = [
        (counts.done, "done"),
        (counts.active, "active"),
        (counts.queued, "queued"),
        (counts.failed, "failed"),
        (counts.cancelled, "cancelled"),
    ];
    let shown: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    shown.join(", ")
}

/// What is worth a line while one waits. The timeline of `show --events` has the rest.
fn describe(what: &Happening) -> Option<Line> {
    match what {
        Happening::State { state: State::Planned | State::Releasing | State::Ended } => None,
        Happening::State { state } => Some(Line::styled(Style::Busy, state.as_str())),
        Happening::AttemptStarted { number: 1, service } => Some(Line::new().plain("at ").plain(service)),
        Happening::Elements { .. } | Happening::Created { .. } | Happening::Owned { .. } => None,
        Happening::Step { .. } | Happening::Outcome { .. } => None,
        _ => Some(super::show::describe(what)),
    }
}
