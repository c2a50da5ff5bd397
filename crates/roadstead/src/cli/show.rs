//! `show`: everything about one run.

use super::exit::Exit;
use super::follow::in_words;
use super::ps::state_of;
use super::select;
use super::session::Session;
use crate::client::{Client, RunDetail};
use crate::output::{Column, Line, Output, Style, Table, ago, bytes, count, lasted};
use model::event::{Event, Happening};
use model::id::RunId;
use model::offer::Plan;
use model::request::RunKind;
use model::run::{Attempt, Element, Owned, Run, Usage, Using};
use model::time::{Clock, SystemClock};
use model::{Problem, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  roadstead show simulate
  roadstead show simulate --events
  roadstead show simulate --receipt --json";

/// Show a run: its state, why it is in it, what it used.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Show {
    /// An identifier, its beginning, or a name (the newest of that name).
    #[arg(value_name = "RUN")]
    run: String,

    /// Also everything that happened to it.
    #[arg(long)]
    events: bool,

    /// Also the plan: which offers were considered, and why not the others.
    #[arg(long)]
    plan: bool,

    /// Also the receipt: what it created, and what of it is confirmed gone.
    #[arg(long)]
    receipt: bool,
}

/// What a run created, and whether all of it is gone.
#[derive(Serialize, Deserialize)]
struct Receipt {
    run: RunId,
    released: bool,
    items: Vec<Owned>,
}

impl Show {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let run = select::find_run(&client, &self.run).await?;
        let id = run.id.as_str();
        let detail: RunDetail = client.get(&["runs", id], &[]).await?;
        let events = if self.events { Some(client.past_events(&run.id).await?) } else { None };
        let plan: Option<Plan> = if self.plan { Some(client.get(&["runs", id, "plan"], &[]).await?) } else { None };
        let receipt: Option<Receipt> = if self.receipt { Some(client.get(&["runs", id, "receipt"], &[]).await?) } else { None };
        let output = &session.output;
        if output.is_json() {
            match (&events, &plan, &receipt) {
                (None, None, None) => output.json(&detail),
                _ => output.json(&json!({ "run": detail, "events": events, "plan": plan, "receipt": receipt })),
            }
            return Ok(Exit::Success);
        }
        show_run(&client, output, &detail).await?;
        if let Some(events) = &events {
            heading(output, "What happened");
            show_events(output, events, detail.run.created_at);
        }
        if let Some(plan) = &plan {
            heading(output, "Plan");
            super::plan::show_plan(output, plan, true);
        }
        if let Some(receipt) = &receipt {
            heading(output, "Receipt");
            show_receipt(output, &receipt.items);
        }
        Ok(Exit::Success)
    }
}

fn heading(output: &Output, title: &str) {
    output.line("");
    output.line(Line::styled(Style::Strong, title));
}

fn field(output: &Output, name: &str, value: impl Into<Line>) {
    output.paragraph(Line::styled(Style::Dim, format!("{name:<11}")).append(value.into()), 11);
}

async fn show_run(client: &Client, output: &Output, detail: &RunDetail) -> Result<(), Problem> {
    let run = &detail.run;
    let now = SystemClock.now();
    field(output, "run", run.id.as_str());
    field(output, "name", Line::styled(Style::Strong, &run.name));
    field(output, "state", state_of(run));
    if let Some(waiting) = &run.waiting_for {
        field(output, "waits", Line::new().plain(&waiting.detail).plain(format!(" (since {})", ago(waiting.since, now))));
        field(output, "", Line::styled(Style::Dim, &waiting.remedy));
    }
    if run.elements.total > 1 {
        field(output, "elements", format!("{}: {}", run.elements.total, in_words(&run.elements)));
    }
    field(output, "created", when(run.created_at, now));
    if let Some(started) = run.started_at {
        field(output, "started", when(started, now));
    }
    if let Some(ended) = run.ended_at {
        let took = run.started_at.map(|started| format!(", it took {}", lasted(ended.since(started)))).unwrap_or_default();
        field(output, "ended", format!("{}{took}", when(ended, now)));
    }
    if let Some(service) = &run.service {
        field(output, "at", service.as_str());
    }
    show_request(output, detail);
    if let Some(using) = &detail.using {
        field(output, "uses", in_use(using, now));
    }
    if let Some(cause) = &run.cause {
        output.cause(cause);
    }
    if let Some(attention) = &run.attention {
        output.paragraph(Line::styled(Style::Warn, "attention  ").plain(&attention.detail), 11);
        field(output, "", Line::styled(Style::Dim, &attention.remedy));
    }
    show_attempts(output, &detail.attempts, now);
    show_elements(client, output, run).await
}

fn when(then: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", ago(then, now), then)
}

fn show_request(output: &Output, detail: &RunDetail) {
    if let Some(image) = detail.image() {
        field(output, "container", image);
    }
    if let Some(words) = detail.command().filter(|words| !words.is_empty()) {
        field(output, "command", quoted(&words));
    }
    let of = |name: &str| detail.resource(name).unwrap_or_else(|| "?".to_owned());
    let cores = of("cores");
    let unit = if cores == "1" { "core" } else { "cores" };
    let wanted = format!("{cores} {unit}, {} memory, {} disk", of("memory"), of("disk"));
    // How long a machine lasts is its lifetime.
    let limit = if detail.run.kind == RunKind::Machine { String::new() } else { format!(", at most {}", of("walltime")) };
    field(output, "asked for", wanted + &limit);
}

/// So that it could be typed again.
fn quoted(words: &[String]) -> String {
    let plain = |word: &&String| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./=:,@%+{}".contains(c));
    let quote = |word: &String| match plain(&word) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

fn show_attempts(output: &Output, attempts: &[Attempt], now: Timestamp) {
    if attempts.len() < 2 {
        return;
    }
    heading(output, "Attempts");
    for attempt in attempts {
        let number = Line::styled(Style::Dim, format!("{:>3}  ", attempt.number));
        output.line(number.with(Style::Strong, &attempt.service).plain(format!(", {}", ago(attempt.started_at, now))));
        // Whole, and not cut to the width of a table: it is what one looks for.
        if let Some(cause) = &attempt.cause {
            let why = Line::new().plain("     ").plain(cause.detail.lines().next().unwrap_or_default());
            output.paragraph(why.with(Style::Dim, format!(" [{}]", cause.code)), 5);
        }
    }
}

/// The element of a run that is no array; of an array, the first that failed.
async fn show_elements(client: &Client, output: &Output, run: &Run) -> Result<(), Problem> {
    const MOST: usize = 10;
    if run.elements.total == 1 {
        let element: Element = client.get(&["runs", run.id.as_str(), "elements", "0"], &[]).await?;
        show_report(output, &element);
        return Ok(());
    }
    if run.elements.failed == 0 {
        return Ok(());
    }
    let query = [("is", "failed".to_owned()), ("limit", MOST.to_string())];
    let path = ["runs", run.id.as_str(), "elements"];
    let mut pages = client.pages::<Element>(&path, &query);
    let failed = pages.next().await?.unwrap_or_default();
    heading(output, &format!("Failed elements ({} of {})", failed.len(), run.elements.failed));
    let mut table =
        Table::new([Column::number("INDEX"), Column::number("TRIES"), Column::fixed("CODE"), Column::flexible("WHY", 20)]);
    for element in &failed {
        let (code, why) = element.cause.as_ref().map(|cause| (cause.code.to_string(), cause.detail.clone())).unwrap_or_default();
        table.row([element.index.to_string().into(), element.tries.to_string().into(), code.into(), why.into()]);
    }
    output.table(&table);
    Ok(())
}

fn show_report(output: &Output, element: &Element) {
    let Some(report) = &element.report else { return };
    if let Some(code) = report.exit_code {
        field(output, "exit code", code.to_string());
    }
    if let Some(signal) = report.signal {
        field(output, "signal", signal.to_string());
    }
    field(output, "used", measures(&report.usage));
    if let Some(container) = &report.container {
        let name = container.name.as_ref().unwrap_or(&container.image);
        field(output, "image", format!("{name}, {}", container.digest));
    }
    field(output, "confined", format!("{}; limits: {}", report.isolation, report.limits));
    let outputs: u64 = report.outputs.iter().map(|file| file.bytes).sum();
    field(output, "outputs", format!("{}, {}", count(report.outputs.len(), "file"), bytes(outputs)));
}

/// What is used now, and when that was said.
fn in_use(using: &Using, now: Timestamp) -> String {
    let cores = using.cores.map(|cores| format!("{cores:.1} cores busy, ")).unwrap_or_default();
    format!("{cores}{} ({})", measures(&using.so_far), ago(using.at, now))
}

/// What was measured; what was not is not mentioned.
fn measures(usage: &Usage) -> String {
    let cpu = usage.cpu_millis.map(|millis| format!("{} of CPU", lasted(std::time::Duration::from_millis(millis))));
    let sizes = [
        (usage.memory_peak_bytes, "of memory at most"),
        (usage.disk_peak_bytes, "of disk at most"),
        (usage.read_bytes, "read"),
        (usage.written_bytes, "written"),
    ];
    let sizes = sizes.into_iter().filter_map(|(size, what)| size.map(|size| format!("{} {what}", bytes(size))));
    let all: Vec<String> = cpu.into_iter().chain(sizes).collect();
    if all.is_empty() { "not measured".to_owned() } else { all.join(", ") }
}

fn show_receipt(output: &Output, receipt: &[Owned]) {
    if receipt.is_empty() {
        output.line("Nothing was created.");
        return;
    }
    let now = SystemClock.now();
    // Whole, and not cut to the width of a table: it is the proof.
    for owned in receipt {
        let what = Line::new().plain("  ").with(Style::Strong, &owned.kind).plain(format!(" {}", owned.name));
        output.line(what.with(Style::Dim, format!(" at {}", owned.service)));
        let gone = match owned.released_at {
            Some(at) => Line::styled(Style::Good, format!("gone {}", ago(at, now))),
            None => Line::styled(Style::Warn, "not gone yet"),
        };
        let line = Line::new().plain(format!("    {}, ", created(owned, now))).append(gone);
        let evidence = owned.evidence.iter().map(|evidence| format!(": {evidence}")).collect::<String>();
        output.paragraph(line.plain(evidence), 4);
    }
}

/// Or how far that is.
fn created(owned: &Owned, now: Timestamp) -> String {
    match (owned.created_at, owned.asked_at) {
        (Some(at), _) => format!("made {}", ago(at, now)),
        (None, Some(at)) if owned.released_at.is_none() => format!("asked for {}, no answer yet", ago(at, now)),
        (None, None) if owned.released_at.is_none() => "not asked for yet".to_owned(),
        _ => "never seen".to_owned(),
    }
}

/// Of counts that follow each other, only the last: an array of thousands has as many.
fn show_events(output: &Output, events: &[Event], begin: Timestamp) {
    let counts = |event: &Event| matches!(event.what, Happening::Elements { .. });
    for (number, event) in events.iter().enumerate() {
        if counts(event) && events.get(number + 1).is_some_and(counts) {
            continue;
        }
        let since = lasted(event.at.since(begin));
        output.paragraph(Line::styled(Style::Dim, format!("{since:>11}  ")).append(describe(&event.what)), 13);
    }
}

/// One event, in a line.
pub fn describe(what: &Happening) -> Line {
    let with_cause = |line: Line, cause: &Option<Problem>| match cause {
        Some(cause) => {
            line.plain(": ").plain(cause.detail.lines().next().unwrap_or_default()).with(Style::Dim, format!(" [{}]", cause.code))
        }
        None => line,
    };
    match what {
        Happening::Created { elements: 1, .. } => "created".into(),
        Happening::Created { elements, .. } => format!("created, with {elements} elements").into(),
        Happening::State { state } => Line::styled(Style::Busy, state.as_str()),
        Happening::Waiting { waiting_for } => Line::styled(Style::Warn, "waiting: ").plain(&waiting_for.detail),
        Happening::Resumed {} => "what it waited for came".into(),
        Happening::AttemptStarted { number, service } => Line::new().plain(format!("attempt {number} at ")).plain(service),
        Happening::AttemptEnded { number, cause } => with_cause(format!("attempt {number} ended").into(), cause),
        Happening::Owned { name, created: true } => Line::new().plain(name).plain(" was created"),
        Happening::Owned { name, created: false } => Line::new().plain(name).plain(" is gone"),
        Happening::Elements { elements } => Line::styled(Style::Dim, in_words(elements)),
        Happening::CancelRequested { by } => Line::styled(Style::Warn, "cancelling").plain(", asked by ").plain(by),
        Happening::RetryRequested { by, elements } => {
            Line::new().plain(format!("{elements} element(s) again, asked by ")).plain(by)
        }
        Happening::Outcome { outcome, cause } => {
            let (style, word) = super::follow::outcome_word(Some(*outcome));
            with_cause(Line::styled(style, word), cause)
        }
        Happening::Attention { problem } => Line::styled(Style::Warn, "attention: ").plain(&problem.detail),
        Happening::Lifetime { ends_at } => Line::styled(Style::Warn, "ends").plain(format!(" at {ends_at}")),
        Happening::Step { step, direction, error } => {
            let step = Line::styled(Style::Dim, format!("step {step}{}", if *direction < 0 { " undone" } else { "" }));
            match error {
                Some(error) => step.plain(": ").plain(error),
                None => step,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_not_mentioned() {
        let usage = Usage { cpu_millis: Some(1_500), read_bytes: Some(0), ..Usage::default() };
        let said = measures(&usage);
        assert!(said.ends_with(&format!(" of CPU, {} read", bytes(0))) && !said.contains("memory"), "{said}");
        assert_eq!(measures(&Usage::default()), "not measured");
        let at = Timestamp::from_millis(0);
        let said = in_use(&Using { cores: Some(1.25), so_far: usage, at }, at.plus(std::time::Duration::from_secs(180)));
        assert!(said.starts_with("1.2 cores busy, ") && said.contains("3 min"), "{said}");
    }

    #[test]
    fn commands_are_shown_as_they_could_be_typed() {
        let words = ["sh", "-c", "echo it's; rm x", "", "a=b"].map(str::to_owned);
        assert_eq!(quoted(&words), r"sh -c 'echo it'\''s; rm x' '' a=b");
    }
}
