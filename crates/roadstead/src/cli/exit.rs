//! What the program ends with.

use model::run::{Element, Outcome};
use model::{Code, Problem};
use std::process::ExitCode;

pub const HELP: &str = "\
Exit codes:
    0  done
    1  the run failed, or the command met a problem
    2  the command was used wrongly
    3  the gateway does not answer
    4  you are not signed in, or may not do this
  130  cancelled, or interrupted with Ctrl-C

`roadstead run` that followed a single command to its end has the command's own exit code, \
or 128 and the number of the signal that ended it.

With --json, standard output holds one JSON document in the API's own shapes and nothing \
else. Progress and errors are on standard error.";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Success,
    Failed,
    Usage,
    Unreachable,
    NotAllowed,
    Interrupted,
    /// The exit code of the command of a run.
    Command(u8),
}

impl Exit {
    pub fn number(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
            Exit::NotAllowed => 4,
            Exit::Interrupted => 130,
            Exit::Command(code) => code,
        }
    }

    /// How a run went; `only` is its element, when it is no array.
    pub fn of_outcome(outcome: Outcome, only: Option<&Element>) -> Self {
        match outcome {
            Outcome::Done => Exit::Success,
            Outcome::Cancelled => Exit::Interrupted,
            Outcome::Failed => only.and_then(command_code).map_or(Exit::Failed, Exit::Command),
        }
    }
}

fn command_code(element: &Element) -> Option<u8> {
    let report = element.report.as_ref()?;
    let code = report.exit_code.or(report.signal.map(|signal| 128 + signal))?;
    // A command that ended well and still failed (an output is missing) has no code of its own to tell.
    u8::try_from(code).ok().filter(|code| *code != 0)
}

impl From<&Problem> for Exit {
    fn from(problem: &Problem) -> Self {
        match problem.code {
            Code::UsageWrong => Exit::Usage,
            Code::GatewayUnreachable | Code::ShuttingDown => Exit::Unreachable,
            Code::NotSignedIn | Code::BadCredential | Code::Forbidden | Code::SignInRefused | Code::AgentRefused => {
                Exit::NotAllowed
            }
            Code::Cancelled => Exit::Interrupted,
            _ => Exit::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::run::{ElementState, Report};

    fn element(exit_code: Option<i32>, signal: Option<i32>) -> Element {
        Element {
            index: 0,
            state: ElementState::Ended,
            outcome: Some(Outcome::Failed),
            cause: None,
            tries: 1,
            started_at: None,
            ended_at: None,
            using: None,
            report: Some(Report { exit_code, signal, ..Report::default() }),
        }
    }

    #[test]
    fn a_failed_run_ends_like_its_command() {
        let exit = |code, signal| Exit::of_outcome(Outcome::Failed, Some(&element(code, signal))).number();
        assert_eq!(exit(Some(7), None), 7);
        assert_eq!(exit(None, Some(9)), 137);
        assert_eq!(exit(Some(0), None), 1);
        assert_eq!(exit(None, None), 1);
        assert_eq!(Exit::of_outcome(Outcome::Failed, None).number(), 1);
        assert_eq!(Exit::of_outcome(Outcome::Cancelled, None).number(), 130);
        assert_eq!(Exit::of_outcome(Outcome::Done, None).number(), 0);
    }
}
