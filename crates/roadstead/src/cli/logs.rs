//! `logs`: what the command of a run wrote.

use super::exit::Exit;
use super::select;
use super::session::Session;
use crate::client::{Client, LogReader, Stream};
use model::run::Run;
use model::{Code, Problem};
use std::collections::VecDeque;

const EXAMPLES: &str = "\
Examples:
  roadstead logs -f simulate
  roadstead logs run-01k… --stderr --tail 20
  roadstead logs find --element 2 > element-2.log

On a terminal, control sequences other than colours are shown, not obeyed. A file or a pipe
gets the bytes as they were written.";

/// Show what the command of a run writes (its standard output).
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Logs {
    /// An identifier, its beginning, or a name (the newest of that name).
    #[arg(value_name = "RUN")]
    run: String,

    /// Go on until it has ended.
    #[arg(long, short = 'f')]
    follow: bool,

    /// Which element of an array.
    #[arg(long, value_name = "INDEX")]
    element: Option<u32>,

    /// Its standard error instead.
    #[arg(long)]
    stderr: bool,

    /// Begin with the last N lines of what is there.
    #[arg(long, value_name = "N", conflicts_with = "follow")]
    tail: Option<usize>,
}

impl Logs {
    pub async fn carry_out(self, session: &Session) -> Result<Exit, Problem> {
        let client = session.client().await?;
        let run = select::find_run(&client, &self.run).await?;
        let element = chosen(&run, self.element)?;
        let stream = if self.stderr { Stream::Stderr } else { Stream::Stdout };
        let from = if self.tail.is_some() { -MOST_HELD } else { 0 };
        let mut log = client.log(&run.id, element, stream, from, self.follow);
        match self.tail {
            Some(lines) => show_tail(session, &mut log, lines).await?,
            None => show_all(session, &client, &mut log).await?,
        }
        if log.is_truncated() {
            session.output.note("The command wrote more than is kept; this is the beginning.");
        }
        Ok(Exit::Success)
    }
}

fn chosen(run: &Run, element: Option<u32>) -> Result<u32, Problem> {
    match (element, run.elements.total) {
        (Some(element), _) => Ok(element),
        (None, 1) => Ok(0),
        (None, total) => Err(Problem::new(
            Code::UsageWrong,
            format!("{} is an array of {total} elements, each with a log of its own.", run.name),
            format!("Say which: roadstead logs {} --element 0", run.id),
        )),
    }
}

async fn show_all(session: &Session, client: &Client, log: &mut LogReader) -> Result<(), Problem> {
    let mut filter = session.output.log_filter(false);
    loop {
        match log.next().await {
            Ok(Some(piece)) => session.output.log(false, &filter.pass(&piece)),
            Ok(None) => break,
            Err(lost) => session.find_again(client, lost).await?,
        }
    }
    session.output.log(false, &filter.finish());
    Ok(())
}

/// A log may be as long as 1 GiB: lines are looked for in the last part of it.
const MOST_HELD: i64 = 16 << 20;

async fn show_tail(session: &Session, log: &mut LogReader, lines: usize) -> Result<(), Problem> {
    let mut tail = Tail::new(lines);
    while let Some(piece) = log.next().await? {
        tail.push(&piece);
    }
    let mut filter = session.output.log_filter(false);
    for line in tail.lines {
        session.output.log(false, &filter.pass(&line));
    }
    session.output.log(false, &filter.finish());
    Ok(())
}

/// The last lines of what passed.
struct Tail {
    most: usize,
    lines: VecDeque<Vec<u8>>,
}

impl Tail {
    fn new(most: usize) -> Self {
        Self { most, lines: VecDeque::new() }
    }

    fn push(&mut self, piece: &[u8]) {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            match self.lines.back_mut() {
                Some(line) if line.last() != Some(&b'\n') => line.extend_from_slice(part),
                _ => self.lines.push_back(part.to_vec()),
            }
            while self.lines.len() > self.most {
                self.lines.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_lines_however_they_arrive() {
        let text = b"one\ntwo\nthree\nfour";
        for size in 1..text.len() {
            let mut tail = Tail::new(2);
            text.chunks(size).for_each(|piece| tail.push(piece));
            assert_eq!(Vec::from(tail.lines), [b"three\n".to_vec(), b"four".to_vec()]);
        }
        let mut none = Tail::new(0);
        none.push(text);
        assert!(none.lines.is_empty());
    }
}
