//! What a person asks of a machine beyond cores, memory and disk.

use serde::{Deserialize, Serialize};

use super::{Opening, RunRequest};
use crate::offer::System;
use crate::{ByteCount, Span};

/// What sites take of user data (64 KiB in base64), with room for what the gateway adds.
const LONGEST_CLOUD_INIT: usize = 32 * 1024;
const MOST_OPENINGS: usize = 50;
const MOST_KEYS: usize = 50;

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
    /// What may be reached from outside: `22`, `8000-8010`, `53/udp`. Everything else stays closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<Opening>,
    /// Names of those of your SSH keys that it lets in; all of them when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// What is installed and mounted: the name of one of this gateway's recipes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
    /// A file for cloud-init of your own, beside what the recipe and your keys make: `#cloud-config`, or a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_init: Option<String>,
    /// It becomes a service of its own, where batch runs of yours (and of the team that the run is shared with) are carried
    /// out: a pilot of this gateway starts with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pilot: bool,
    /// It is deleted that long after it could be used, unless you extend it; the gateway's usual time when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Span>,
    /// When nothing fits now, or nothing is left to try: how long to wait for an offer, instead of failing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_for_offer: Option<Span>,
}

impl Machine {
    /// The wanted system in parts, in lower case.
    pub fn system(&self) -> Option<System> {
        self.os.as_deref().map(System::named)
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
        unless(self.open.len() <= MOST_OPENINGS, "machine.open", "opens more than 50 ranges of ports");
        unless(self.keys.len() <= MOST_KEYS, "machine.keys", "names more than 50 keys");
        unless(self.keys.iter().all(|key| super::valid_name(key)), "machine.keys", "must be names of keys: printable, one line");
        unless(self.recipe.as_ref().is_none_or(|name| is_word(name)), "machine.recipe", "must be the name of a recipe");
        let file = self.cloud_init.as_deref();
        unless(file.is_none_or(|file| file.len() <= LONGEST_CLOUD_INIT), "machine.cloud_init", "has more than 32 KiB");
        unless(
            file.is_none_or(|file| KNOWN_TO_CLOUD_INIT.iter().any(|begin| file.starts_with(begin))),
            "machine.cloud_init",
            "must begin with #cloud-config, or with #! and the program that reads it",
        );
        let is_some_time = |span: &Option<Span>| span.is_none_or(|span| !span.duration().is_zero());
        unless(is_some_time(&self.lifetime), "machine.lifetime", "must be longer than nothing");
        found
    }
}

const KNOWN_TO_CLOUD_INIT: [&str; 2] = ["#cloud-config\n", "#!"];

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
