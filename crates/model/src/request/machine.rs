//! What a person asks of a machine beyond cores, memory and disk.

use serde::{Deserialize, Serialize};

use super::RunRequest;
use crate::ByteCount;
use crate::offer::System;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// `ubuntu:22.04`, or `ubuntu` for its newest version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// One image: its identifier, its exact name, or its identifier in the community's catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// With an address that can be reached from outside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
    /// The model or vendor of its accelerators, in any letter case: `A100`, `nvidia a100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerator: Option<String>,
    /// Of each accelerator, at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerator_memory: Option<ByteCount>,
}

impl Machine {
    /// The wanted system in parts, in lower case.
    pub fn system(&self) -> Option<System> {
        let os = self.os.as_deref()?.trim().to_ascii_lowercase();
        Some(match os.split_once(':') {
            Some((name, version)) => System { name: name.to_owned(), version: Some(version.to_owned()) },
            None => System { name: os, version: None },
        })
    }

    /// All that is wrong with what is asked of a machine: the field, and what of it.
    pub(super) fn mistakes(&self, accelerators: u32) -> Vec<(&'static str, &'static str)> {
        let mut found = Vec::new();
        let mut unless = |right: bool, field: &'static str, detail: &'static str| {
            if !right {
                found.push((field, detail));
            }
        };
        let short = |text: &Option<String>, most: usize| {
            text.as_ref().is_none_or(|text| {
                !text.trim().is_empty()
                    && text.len() <= most
                    && !text.chars().any(|c| c.is_control() || super::check::is_formatting(c))
            })
        };
        let good = self.system().is_none_or(|system| is_word(&system.name) && system.version.as_deref().is_none_or(is_word));
        unless(good, "machine.os", "must be a system and, if you like, its version: like ubuntu or ubuntu:22.04");
        unless(short(&self.image, 512), "machine.image", "must be 1 to 512 printable characters");
        unless(
            self.os.is_none() || self.image.is_none(),
            "machine.image",
            "stands beside os: ask for one image, or for a system",
        );
        unless(short(&self.accelerator, 120), "machine.accelerator", "must be 1 to 120 printable characters");
        let describes = self.accelerator.is_some() || self.accelerator_memory.is_some();
        unless(
            !describes || accelerators > 0,
            "resources.accelerators",
            "must be at least 1 when it is said which they are to be",
        );
        found
    }
}

fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=60).contains(&text.len()) && text.chars().all(plain)
}

/// What a request for a machine has that only means something to work.
pub(super) fn belongs_to_work(request: &RunRequest) -> Vec<&'static str> {
    let given = [
        ("command", request.command.is_some()),
        ("container", request.container.is_some()),
        ("workflow", request.workflow.is_some()),
        ("inputs", !request.inputs.is_empty()),
        ("outputs", !request.outputs.is_empty()),
        ("env", !request.env.is_empty()),
        ("array", request.array.is_some()),
        ("retries", request.retries > 0),
        ("resources.nodes", request.resources.nodes > 1),
        ("resources.tasks_per_node", request.resources.tasks_per_node > 1),
    ];
    given.into_iter().filter(|(_, given)| *given).map(|(field, _)| field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use crate::request::RunKind;

    #[test]
    fn a_machine_needs_no_command_and_everything_wrong_is_said_at_once() {
        let mut request = RunRequest { kind: RunKind::Machine, ..RunRequest::default() };
        assert_eq!(request.check(), Ok(()));
        assert_eq!(request.display_name(), "machine");
        request.machine = Some(Machine { os: Some("Ubuntu:22.04".into()), public: true, ..Machine::default() });
        assert_eq!(request.check(), Ok(()));
        let system = request.machine.as_ref().and_then(Machine::system);
        assert_eq!(system, Some(System { name: "ubuntu".into(), version: Some("22.04".into()) }));

        request.command = Some(vec!["true".into()]);
        request.retries = 1;
        request.machine = Some(Machine {
            os: Some("ubuntu 22.04".into()),
            image: Some(" ".into()),
            accelerator: Some("a\u{202e}b".into()),
            ..Machine::default()
        });
        let problem = request.check().expect_err("much is wrong");
        let fields: Vec<&str> = problem.fields.iter().map(|problem| problem.field.as_str()).collect();
        let expected = [
            "command",
            "retries",
            "machine.os",
            "machine.image",
            "machine.image",
            "machine.accelerator",
            "resources.accelerators",
        ];
        assert_eq!(fields, expected);
        assert_eq!(problem.code, Code::InvalidField);

        let machine = Some(Machine::default());
        let batch = RunRequest { command: Some(vec!["true".into()]), machine, ..RunRequest::default() };
        assert_eq!(batch.check().expect_err("a job is no machine").fields[0].field, "machine");
    }
}
