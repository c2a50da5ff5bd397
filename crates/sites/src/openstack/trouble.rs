//! What a site's faults mean to whoever wanted a machine there.

use model::offer::Named;
use model::{Code, Problem};

use super::yard::{Denial, Denied, Fault};
use super::{Advice, BearerError, Error};
use crate::driver::{Aside, DriverError, ThingKind, Unreached};
use std::time::Duration;

const NEXT: &str = "The next offer is tried by itself, if there is one.";

/// What was asked for twice is there, and not seen yet.
const UNSEEN: Duration = Duration::from_secs(1);

pub(super) fn at_creation(kind: ThingKind, fault: Fault) -> DriverError {
    match fault {
        Fault::Unclear(error) => DriverError::Passing(unreachable(&error)),
        Fault::Closed(error) => at_the_door(&error),
        Fault::Wordless(problem) => DriverError::Passing(*problem),
        Fault::Denied(denied) => denied_of(kind, &denied),
    }
}

pub(super) fn at_removal(kind: ThingKind, fault: &Fault) -> Problem {
    let remedy = "It is tried again by itself, until the site confirms that it is gone.";
    Problem::new(Code::ReleaseTrouble, format!("The {} could not be removed: {fault}.", kind.as_str()), remedy)
}

/// For whoever changes a machine that is there.
pub fn at_action(fault: &Fault) -> Problem {
    match fault {
        Fault::Unclear(error) => unreachable(error),
        Fault::Closed(error) => match at_the_door(error) {
            DriverError::Passing(problem) | DriverError::Final(problem) | DriverError::Unfit { problem, .. } => problem,
            DriverError::NotYetSeen { .. } => Problem::internal(),
        },
        Fault::Wordless(problem) => (**problem).clone(),
        Fault::Denied(denied) => {
            let code = match denied.why {
                Denial::NotAllowed => Code::SiteRefused,
                Denial::Quota | Denial::NoRoom => Code::NoRoom,
                _ => Code::StateConflict,
            };
            Problem::new(code, format!("{denied}."), "Look at the machine's state with `roadstead machines`, and try again.")
        }
    }
}

fn unreachable(error: &Error) -> Problem {
    Problem::new(Code::SiteUnreachable, format!("{error}."), "It is tried again by itself. Other sites are not affected.")
}

/// For whoever is not let into a project.
pub fn at_the_door(error: &Error) -> DriverError {
    let help = error.help(Advice::default());
    if let Error::Bearer(BearerError::SignIn { .. }) = error {
        return DriverError::Passing(Problem::new(Code::SignInNeeded, format!("{}.", help.why), help.remedy));
    }
    if !error.is_refusal() {
        return DriverError::Passing(unreachable(error));
    }
    DriverError::Unfit { problem: Problem::new(Code::SiteRefused, format!("{}.", help.why), help.remedy), aside: Aside::Person }
}

fn denied_of(kind: ThingKind, denied: &Denied) -> DriverError {
    let around = matches!(kind, ThingKind::Address | ThingKind::Router | ThingKind::Network | ThingKind::Link);
    let is_volume = matches!(kind, ThingKind::Volume | ThingKind::Data);
    let (code, aside) = match denied.why {
        Denial::Quota if around => (Code::NoRoom, Aside::Public),
        // Those with a disk of their own do not need one.
        Denial::Quota | Denial::NoRoom if is_volume => (Code::NoRoom, Aside::Size),
        Denial::NotAllowed if is_volume => (Code::SiteRefused, Aside::Size),
        Denial::Quota => (Code::NoRoom, Aside::Project),
        Denial::NoRoom if kind == ThingKind::Server => (Code::NoRoom, Aside::Size),
        Denial::NoRoom | Denial::NoWay => (Code::NoRoom, Aside::Public),
        Denial::NotAllowed => (Code::SiteRefused, Aside::Person),
        Denial::Image => (Code::MachineRejected, Aside::Image),
        // Only something of ours can be there already.
        Denial::InUse if matches!(kind, ThingKind::Server | ThingKind::Address) => {
            return DriverError::NotYetSeen { look_again: UNSEEN };
        }
        Denial::InUse | Denial::State | Denial::PortSecurity | Denial::Other => (Code::MachineRejected, Aside::Size),
    };
    DriverError::Unfit { problem: Problem::new(code, format!("{denied}."), NEXT), aside }
}

/// What its pool gave is reached from nowhere outside.
pub(super) fn unreached(service: &str, pool: &Named, address: &str) -> DriverError {
    let detail = format!("{service} gave the address {address} of {}, which is not reached from outside.", pool.name);
    DriverError::Unfit {
        problem: Problem::new(Code::MachineRejected, detail, NEXT),
        aside: Aside::Pool(Box::new(Unreached { pool: pool.clone(), address: address.to_owned() })),
    }
}

/// A volume in the state `error`: of the cause Cinder's interface says nothing.
pub(super) fn spoiled(service: &str) -> DriverError {
    let detail = format!("{service} could not make the volume that the machine was to start from.");
    DriverError::Unfit { problem: Problem::new(Code::MachineBroken, detail, NEXT), aside: Aside::Size }
}

/// A machine in the state ERROR.
pub(super) fn broken(service: &str, fault: &str) -> DriverError {
    let has_no_room = ["no valid host", "no hosts", "exceeded maximum number of retries", "not enough"]
        .iter()
        .any(|words| fault.to_ascii_lowercase().contains(words));
    // Machines that are asked for at once can all be let in, and counted later.
    let is_over_quota = fault.to_ascii_lowercase().contains("quota exceeded");
    let (code, aside, what) = match (is_over_quota, has_no_room) {
        (true, _) => (Code::NoRoom, Aside::Project, "let the machine in and then found the quota used up"),
        (_, true) => (Code::NoRoom, Aside::Size, "found no host with room for the machine"),
        _ => (Code::MachineBroken, Aside::Size, "could not start the machine"),
    };
    let said: String = fault.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    let said = if said.trim().is_empty() { String::new() } else { format!(": {}", said.trim().trim_end_matches('.')) };
    DriverError::Unfit { problem: Problem::new(code, format!("{service} {what}{said}."), NEXT), aside }
}
