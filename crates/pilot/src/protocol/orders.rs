//! What a pilot that keeps a service is told to do there, and what it answers: what the gateway does itself on its own
//! computer. Each order says how the thing is to be, so that one that is given twice changes nothing.

use model::Problem;
use model::id::PilotId;
use model::mark::Mark;
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Names it in its answer; never used again, by no gateway.
    pub number: u64,
    /// Of the thing that it is about.
    pub mark: Mark,
    pub deed: Deed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Deed {
    MakeDirectory,
    StartPilot {
        pilot: PilotId,
        enrolment: Code,
        width: u32,
        containers: bool,
    },
    IsThere {
        what: What,
    },
    Remove {
        what: What,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Directory,
    Pilot,
}

/// An enrolment code on its way to the pilot that it is for: the only place where a code is written as it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(pub String);

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Answer {
    Made {
        remote_id: String,
    },
    There {
        is_there: bool,
    },
    Gone {
        evidence: String,
    },
    Going {
        look_again_ms: u64,
    },
    Failed {
        problem: Problem,
        /// It may succeed when it is tried again.
        is_passing: bool,
    },
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{FromGateway, FromPilot};
    use model::id::{AttemptId, DeploymentId, RunId, Seed};
    use model::mark::Slot;

    #[test]
    fn orders_survive_the_wire_and_nobody_sees_a_code() {
        let seed = || Seed { millis: 1_000, random: [7; 10] };
        let mark = Mark {
            deployment: DeploymentId::new(seed()),
            run: RunId::new(seed()),
            attempt: AttemptId::new(seed()),
            slot: Slot::new("pilot", 0),
        };
        let enrolment = Code("rse_secret".into());
        let deed = Deed::StartPilot { pilot: PilotId::new(seed()), enrolment, width: 2, containers: true };
        let said = FromGateway::Order { order: Order { number: u64::MAX, mark, deed } };
        let text = serde_json::to_string(&said).expect("JSON");
        assert_eq!(serde_json::from_str::<FromGateway>(&text).expect("read"), said);
        assert!(text.contains("rse_secret") && !format!("{said:?}").contains("rse_secret"));

        let newer = text.replace("start_pilot", "paint_pilot");
        let FromGateway::Order { order } = serde_json::from_str(&newer).expect("read") else { panic!("no order") };
        assert_eq!(order.deed, Deed::Unknown, "it can still be answered");
        let answer: FromPilot = serde_json::from_str(r#"{"say":"answer","number":1,"answer":{"result":"sung"}}"#).expect("read");
        assert_eq!(answer, FromPilot::Answer { number: 1, answer: Answer::Unknown });
    }
}
