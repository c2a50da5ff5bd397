//! Several runs at once: one bar over all their elements on a terminal, a line for each step elsewhere.

use crate::cli::follow::{in_words, outcome_word};
use crate::cli::session::Session;
use crate::client::{Client, RunDetail};
use crate::output::{Line, Progress, Style, Unit, lasted};
use model::Problem;
use model::event::{Event, Happening};
use model::run::{Counts, Run, State};
use tokio::sync::mpsc;

/// Follows all of them to their ends. Ctrl-C ends the program; the runs go on.
pub async fn follow_all(session: &Session, client: &Client, runs: &[Run]) -> Result<Vec<RunDetail>, Problem> {
    let mut view = View::new(session, runs);
    let (sender, mut events) = mpsc::channel(64);
    for (number, run) in runs.iter().enumerate() {
        let (mut following, sender) = (client.follow_run(&run.id), sender.clone());
        tokio::spawn(async move {
            while let Some(event) = following.recv().await {
                if sender.send((number, event)).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(sender);
    while let Some((number, event)) = events.recv().await {
        match event {
            Ok(event) => view.event(number, &event),
            Err(lost) => session.find_again(client, lost).await?,
        }
    }
    drop(view);
    let mut ended = Vec::new();
    for run in runs {
        ended.push(client.get(&["runs", run.id.as_str()], &[]).await?);
    }
    Ok(ended)
}

struct View<'a> {
    session: &'a Session,
    runs: &'a [Run],
    counts: Vec<Counts>,
    bar: Option<Progress>,
}

impl<'a> View<'a> {
    fn new(session: &'a Session, runs: &'a [Run]) -> Self {
        let counts: Vec<Counts> = runs.iter().map(|run| run.elements).collect();
        let total = counts.iter().map(|counts| u64::from(counts.total)).sum();
        let bar = session.output.is_watched().then(|| session.output.progress("", total, Unit::Elements));
        Self { session, runs, counts, bar }
    }

    fn event(&mut self, number: usize, event: &Event) {
        let Some(run) = self.runs.get(number) else { return };
        let line = match &event.what {
            Happening::Elements { elements } => {
                self.count(number, *elements);
                None
            }
            Happening::State { state: state @ (State::Staging | State::Running) } => {
                Some(Line::styled(Style::Busy, state.as_str()))
            }
            Happening::Waiting { waiting_for } => Some(Line::styled(Style::Dim, "waits: ").with(Style::Dim, &waiting_for.detail)),
            Happening::Outcome { outcome, .. } => {
                let (style, word) = outcome_word(Some(*outcome));
                let counts = self.counts.get(number).map(in_words).unwrap_or_default();
                Some(
                    Line::styled(style, word)
                        .with(Style::Dim, format!(" after {} ({counts})", lasted(event.at.since(run.created_at)))),
                )
            }
            Happening::AttemptEnded { cause: Some(cause), .. } => Some(Line::styled(Style::Warn, &cause.detail)),
            _ => None,
        };
        if let Some(line) = line {
            self.say(Line::styled(Style::Strong, format!("{:<9} ", run.name)).append(line));
        }
    }

    fn say(&self, line: Line) {
        match &self.bar {
            Some(bar) => bar.aside(|| self.session.output.note(line)),
            None => self.session.output.note(line),
        }
    }

    fn count(&mut self, number: usize, counts: Counts) {
        if let Some(known) = self.counts.get_mut(number) {
            *known = counts;
        }
        let Some(bar) = &self.bar else { return };
        bar.set(self.counts.iter().map(|counts| u64::from(counts.ended())).sum());
        let of_run = |(run, counts): (&Run, &Counts)| format!("{} {}/{}", run.name, counts.ended(), counts.total);
        bar.say(&self.runs.iter().zip(&self.counts).map(of_run).collect::<Vec<_>>().join("  "));
    }
}
