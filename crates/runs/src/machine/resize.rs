//! Another size. Nova makes the machine anew with it and then waits for word (VERIFY_RESIZE): it is told that it may stay
//! so, by whoever comes first and finds that this was wanted; where it does not take that, the machine goes back.

use super::build::{lost, server};
use super::carry::{LATER, SOON, Turn};
use crate::attempt::{AttemptFlow, Subject};
use flow::{StepError, fault};
use model::machine::{Change, MachineStatus, SizeOf, Stage};
use model::{Code, Problem};
use sites::openstack::Purpose;
use sites::openstack::trouble::at_action;
use sites::openstack::yard::{Action, Denial, Fault, Server};
use sites::{Ground, ThingKind};

/// What to do next, from how far it was and what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    Ask,
    Confirm,
    Revert,
    /// The site is at it.
    Wait,
    Done,
    Failed(String),
}

fn next(stage: Stage, server: &Server, from: &SizeOf, to: &SizeOf) -> Next {
    let has = |size: &SizeOf| server.size.as_deref() == Some(size.id.as_str());
    let is_settled = matches!(server.status, MachineStatus::Active | MachineStatus::Stopped);
    if server.status == MachineStatus::Error {
        let said = server.fault.as_deref().unwrap_or("it does not say why");
        return Next::Failed(format!("its site says that it is broken: {said}"));
    }
    if server.waits_for_word {
        return match (has(to), stage) {
            (true, Stage::Reverting) => Next::Revert,
            (true, _) => Next::Confirm,
            (false, _) => Next::Failed("somebody else gives it another size".to_owned()),
        };
    }
    match (is_settled, stage) {
        (false, _) => Next::Wait,
        (true, _) if has(to) => Next::Done,
        (true, _) if !has(from) => Next::Failed("somebody else gave it another size".to_owned()),
        (true, Stage::Asked) => Next::Ask,
        (true, Stage::Reverting) => Next::Failed(String::new()),
        (true, _) => Next::Failed("its site took it on, and then kept the size that it had".to_owned()),
    }
}

fn in_vain(why: &str, to: &SizeOf) -> Problem {
    let detail = format!("The machine did not become {}: {why}.", to.name);
    Problem::new(Code::NotThisSize, detail, "Look at it with `roadstead machines show`; `reboot --hard` starts what is broken.")
}

impl AttemptFlow {
    pub(super) async fn resize(&self, subject: &Subject, change: &Change, from: &SizeOf, to: &SizeOf) -> Result<Turn, StepError> {
        let owned = self.owned_things(subject).await?;
        let id = owned.iter().find(|one| one.thing.kind == ThingKind::Server).and_then(|one| one.remote_id.clone());
        let Some(id) = id else { return Ok(Turn::over(Some(lost(subject)))) };
        let berth = match self.enter(subject, Purpose::Work, &owned).await {
            Ok(berth) => berth,
            Err(turn) => return Ok(turn),
        };
        let yard = berth.yard();
        let shown = match yard.server(&id).await {
            Ok(Some(shown)) => shown,
            Ok(None) => {
                let is_there = berth.exists(&subject.mark(&self.0, &server()), &server()).await;
                return Ok(if matches!(is_there, Ok(false)) { Turn::over(Some(lost(subject))) } else { Turn::wait(LATER) });
            }
            Err(fault) => return Ok(Turn::wait_because(at_action(&fault))),
        };
        let act = async |action| {
            fault::point("runs.before_effect");
            let acted = yard.act(&id, &action).await;
            fault::point("runs.after_effect");
            acted
        };
        Ok(match next(change.stage, &shown, from, to) {
            Next::Wait if change.stage == Stage::Asked => Turn::on(Stage::Begun, SOON),
            Next::Wait => Turn::wait(SOON * 2),
            Next::Done => Turn::over(None),
            Next::Failed(_) if change.stage == Stage::Reverting => Turn::over(change.problem.clone()),
            Next::Failed(why) => Turn::over(Some(in_vain(&why, to))),
            Next::Ask => match act(Action::Resize { size: to.id.clone() }).await {
                Ok(()) => Turn::on(Stage::Begun, SOON),
                Err(Fault::Denied(denied)) => Turn::over(Some(in_vain(&denied.to_string(), to))),
                // What became of it will be seen.
                Err(fault) => Turn::wait_because(at_action(&fault)),
            },
            // That it is wanted is written down before it is said.
            Next::Confirm if change.stage != Stage::Confirming => Turn::on(Stage::Confirming, std::time::Duration::ZERO),
            Next::Confirm => match act(Action::ConfirmResize).await {
                Err(Fault::Denied(denied)) if denied.why == Denial::NotAllowed => Turn::back(in_vain(&denied.to_string(), to)),
                // Said before, and not done yet: Nova refuses to hear it twice.
                Ok(()) | Err(Fault::Denied(_)) => Turn::wait(SOON * 2),
                Err(fault) => Turn::wait_because(at_action(&fault)),
            },
            Next::Revert => {
                // However it is answered, it is looked at again.
                let _ = act(Action::RevertResize).await;
                Turn::wait(SOON * 2)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(id: &str) -> SizeOf {
        SizeOf { id: id.to_owned(), name: id.to_owned(), cores: 1.0, accelerators: 0 }
    }

    fn seen(status: MachineStatus, size: &str, waits_for_word: bool) -> Server {
        Server {
            id: String::new(),
            name: String::new(),
            status,
            size: Some(size.to_owned()),
            waits_for_word,
            addresses: Vec::new(),
            fault: None,
            made_by: None,
            created_at: None,
        }
    }

    #[test]
    fn whoever_comes_next_goes_on_from_what_was_written_down_and_what_is_there() {
        use MachineStatus::{Active, Error, Resizing, Stopped};
        let at = |stage, server: &Server| next(stage, server, &size("small"), &size("large"));
        let (small, large, waiting) = (seen(Active, "small", false), seen(Stopped, "large", false), seen(Active, "large", true));
        assert_eq!(at(Stage::Asked, &small), Next::Ask);
        assert_eq!(at(Stage::Asked, &seen(Resizing, "small", false)), Next::Wait);
        // Nobody heard that it was taken on, nor that it was confirmed.
        for stage in [Stage::Asked, Stage::Begun, Stage::Confirming] {
            assert_eq!((at(stage, &waiting), at(stage, &large)), (Next::Confirm, Next::Done), "{stage:?}");
        }
        assert_eq!(at(Stage::Reverting, &waiting), Next::Revert);
        assert_eq!(at(Stage::Reverting, &small), Next::Failed(String::new()));
        for (stage, server) in [
            (Stage::Begun, &small),
            (Stage::Confirming, &small),
            (Stage::Begun, &seen(Error, "small", false)),
            (Stage::Asked, &seen(Active, "third", false)),
            (Stage::Begun, &seen(Active, "third", true)),
        ] {
            assert!(matches!(at(stage, server), Next::Failed(why) if !why.is_empty()), "{stage:?} {server:?}");
        }
    }
}
