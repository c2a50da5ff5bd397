//! Everything that can be wrong with a request before anything is looked up.

use super::{Image, RunKind, RunRequest, Source, machine};
use crate::problem::FieldProblem;
use crate::{ByteCount, Code, Problem};
use std::collections::HashSet;

pub const LARGEST_ARRAY: u32 = 100_000;
const MOST_ITEMS: usize = 10_000;
const LONGEST_TEXT: usize = 128 * 1024;

/// Names stay printable, one line and short: they are shown in tables, logs and terminals.
pub fn valid_name(name: &str) -> bool {
    let printable = |c: char| !c.is_control() && !is_formatting(c);
    !name.trim().is_empty() && name.chars().count() <= 120 && name.chars().all(printable)
}

/// Characters that change how the text around them is shown (direction, zero width): a name must not lie.
pub(super) fn is_formatting(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

struct Findings(Vec<FieldProblem>);

impl Findings {
    fn add(&mut self, field: impl Into<String>, detail: impl Into<String>) {
        self.0.push(FieldProblem { field: field.into(), detail: detail.into() });
    }

    fn unless(&mut self, right: bool, field: &str, detail: &str) {
        if !right {
            self.add(field, detail);
        }
    }
}

impl RunRequest {
    /// All that is wrong, in one problem with one entry per field.
    pub fn check(&self) -> Result<(), Problem> {
        let mut found = Findings(Vec::new());
        match self.kind {
            RunKind::Batch => {
                found.unless(self.machine.is_none(), "machine", "is only for requests of the kind machine");
                check_command(self, &mut found);
                check_workflow(self, &mut found);
            }
            RunKind::Machine => check_machine(self, &mut found),
        }
        check_inputs(self, &mut found);
        check_outputs(self, &mut found);
        check_env(self, &mut found);
        check_resources(self, &mut found);
        if let Some(name) = &self.name {
            found.unless(valid_name(name), "name", "must be 1 to 120 printable characters on one line");
        }
        if let Some(array) = self.array {
            found.unless(
                (1..=LARGEST_ARRAY).contains(&array.count),
                "array.count",
                &format!("must be between 1 and {LARGEST_ARRAY}"),
            );
        }
        found.unless(self.after.len() <= 1_000, "after", "names more than 1000 runs");
        found.unless(self.retries <= 20, "retries", "must be at most 20");
        if found.0.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = found.0.iter().map(|problem| format!("{}: {}", problem.field, problem.detail)).collect();
        let problem = Problem::new(Code::InvalidField, list.join("; "), "Correct each field that is named; nothing was started.");
        Err(problem.with_fields(found.0))
    }
}

/// Machines execute nothing for us: what describes work is refused, so that nobody waits for it to happen.
fn check_machine(request: &RunRequest, found: &mut Findings) {
    for field in machine::belongs_to_work(request) {
        found.add(field, "is not for machines: leave it out, or ask for a job (kind batch)");
    }
    for (field, detail) in request.machine.iter().flat_map(|machine| machine.mistakes(request.resources.accelerators)) {
        found.add(field, detail);
    }
}

fn check_command(request: &RunRequest, found: &mut Findings) {
    match (&request.command, &request.container) {
        // Then the workflow's language is what is missing.
        (None, None) if request.workflow.is_some() => {}
        (None, None) => found.add("command", "is missing: say what to run (a command, or a container)"),
        (Some(_), Some(_)) => {
            found.add("command", "stands beside a container: give the container its command inside `container`")
        }
        (Some(command), None) => check_words("command", command, false, found),
        (None, Some(container)) => {
            check_image(request, &container.image, found);
            check_words("container.command", &container.command, true, found);
            let empty_program = container.command.first().is_some_and(String::is_empty);
            found.unless(!empty_program, "container.command", "must start with a program");
            for (name, _) in request.env.iter().filter(|(_, value)| value.contains(['\n', '\r'])) {
                let detail = "has a line break, which no container engine can be given; pass it as an input file";
                found.add(format!("env.{name}"), detail);
            }
        }
    }
}

fn check_image(request: &RunRequest, image: &str, found: &mut Findings) {
    match super::with_index(image, 0).parse::<Image>() {
        Err(bad) => found.add("container.image", bad.to_string()),
        Ok(Image::Local(_)) => {}
        Ok(Image::Archive { path, .. }) => {
            let arrives = request.inputs.iter().any(|input| super::with_index(&input.to, 0) == path);
            let detail = format!("`{path}` is not the destination (`to`) of an input: an archive must be one");
            found.unless(arrives, "container.image", &detail);
        }
    }
}

fn check_workflow(request: &RunRequest, found: &mut Findings) {
    let Some(workflow) = &request.workflow else { return };
    let arrives = request.inputs.iter().any(|input| input.to == workflow.file);
    let detail = format!("`{}` is not the destination (`to`) of an input: the workflow's file must be one", workflow.file);
    found.unless(arrives, "workflow.file", &detail);
    // It is among the outputs, which are patterns, and one file is the workflow of all elements.
    let plain = !workflow.file.contains(['*', '?', '[', ']', '{', '}', '\\']);
    found.unless(plain, "workflow.file", "has a character of patterns (`*?[]{}\\`): let the input arrive under a plain name");
    let known = workflow.language().is_some();
    found.unless(known, "workflow.language", "cannot be told from the file's name: say cwl, snakemake, nextflow or wdl");
    check_words("workflow.arguments", &workflow.arguments, true, found);
}

fn check_words(field: &str, words: &[String], may_be_empty: bool, found: &mut Findings) {
    found.unless(may_be_empty || words.first().is_some_and(|word| !word.is_empty()), field, "must start with a program");
    found.unless(words.len() <= MOST_ITEMS, field, "has more than 10000 words");
    found.unless(
        words.iter().map(String::len).sum::<usize>() <= LONGEST_TEXT,
        field,
        "is longer than 128 KiB; pass long lists as an input file",
    );
    found.unless(!words.iter().any(|word| word.contains('\0')), field, "contains a NUL character");
}

fn check_inputs(request: &RunRequest, found: &mut Findings) {
    found.unless(request.inputs.len() <= MOST_ITEMS, "inputs", "names more than 10000 files");
    let mut places = HashSet::new();
    for (i, input) in request.inputs.iter().enumerate() {
        let indexed = super::with_index(&input.from, 0);
        if let Err(error) = indexed.parse::<Source>() {
            found.add(format!("inputs[{i}].from"), error.to_string());
        }
        let place = super::with_index(&input.to, 0);
        if let Err(why) = check_relative(&place) {
            found.add(format!("inputs[{i}].to"), why);
        } else if !places.insert(place.clone()) {
            found.add(format!("inputs[{i}].to"), format!("`{place}` is the destination of another input too"));
        }
        if let Some(checksum) = &input.checksum {
            let digits = checksum.strip_prefix("sha256:").unwrap_or_default();
            let right = digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            found.unless(right, &format!("inputs[{i}].checksum"), "must be sha256: and 64 hexadecimal digits");
        }
    }
    for place in &places {
        let mut parent = place.as_str();
        while let Some((above, _)) = parent.rsplit_once('/') {
            if places.contains(above) {
                found.add("inputs", format!("`{above}` is the destination of a file and also a directory of `{place}`"));
            }
            parent = above;
        }
    }
}

fn check_outputs(request: &RunRequest, found: &mut Findings) {
    found.unless(request.outputs.len() <= 64, "outputs", "has more than 64 patterns");
    let mut patterns = HashSet::new();
    for (i, output) in request.outputs.iter().enumerate() {
        let pattern = super::with_index(&output.path, 0);
        if let Err(why) = check_relative(&pattern) {
            found.add(format!("outputs[{i}].path"), why);
        } else if !patterns.insert(pattern) {
            found.add(format!("outputs[{i}].path"), "stands there twice");
        }
        // Patterns are matched by an automaton whose size grows with the product of its alternatives.
        let stars = output.path.matches("**").count();
        let bounded = output.path.len() <= 1_024 && stars <= 4 && output.path.matches('{').count() <= 8;
        found.unless(
            bounded,
            &format!("outputs[{i}].path"),
            "is too complicated a pattern (1024 characters, four `**` and eight `{}` at most)",
        );
        if let Some(to) = &output.to
            && let Err(why) = check_relative(&super::with_index(to, 0))
        {
            found.add(format!("outputs[{i}].to"), why);
        }
    }
}

/// The rules for places in the work directory, as far as text alone can tell.
fn check_relative(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("is empty".to_owned());
    }
    if path.starts_with('/') {
        return Err("must be relative to the work directory, without a leading `/`".to_owned());
    }
    if path.len() > 4_096 || path.split('/').any(|part| part.len() > 255) {
        return Err("is too long (255 bytes a part, 4096 in all)".to_owned());
    }
    if path.chars().any(|c| c.is_control() || is_formatting(c)) {
        return Err("has control or invisible characters".to_owned());
    }
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err("has an empty part, `.` or `..`; it must stay inside the work directory".to_owned());
    }
    Ok(())
}

fn check_env(request: &RunRequest, found: &mut Findings) {
    found.unless(request.env.len() <= 1_000, "env", "has more than 1000 variables");
    found.unless(
        request.env.iter().map(|(k, v)| k.len() + v.len()).sum::<usize>() <= LONGEST_TEXT,
        "env",
        "is longer than 128 KiB",
    );
    for (name, value) in &request.env {
        let field = format!("env.{}", name.chars().filter(|c| !c.is_control()).take(60).collect::<String>());
        let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        let rest = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        found.unless(
            first && rest && name.len() <= 255,
            &field,
            "is not a variable name (letters, digits and _, not starting with a digit)",
        );
        found.unless(!name.starts_with("RS_"), &field, "begins with RS_, which is Roadstead's own");
        found.unless(
            !matches!(name.as_str(), "LD_PRELOAD" | "LD_AUDIT"),
            &field,
            "would change the programs that confine the command; set it inside the command",
        );
        found.unless(!value.contains('\0'), &field, "contains a NUL character");
    }
}

fn check_resources(request: &RunRequest, found: &mut Findings) {
    let resources = &request.resources;
    found.unless(
        resources.cores.is_finite() && (0.1..=100_000.0).contains(&resources.cores),
        "resources.cores",
        "must be between 0.1 and 100000",
    );
    found.unless(resources.memory >= ByteCount::mebi(4), "resources.memory", "must be at least 4MiB");
    found.unless(resources.accelerators <= 10_000, "resources.accelerators", "must be at most 10000");
    found.unless(resources.walltime.duration().as_secs() >= 1, "resources.walltime", "must be at least 1s");
    found.unless((1..=100_000).contains(&resources.nodes), "resources.nodes", "must be between 1 and 100000");
    found.unless((1..=100_000).contains(&resources.tasks_per_node), "resources.tasks_per_node", "must be between 1 and 100000");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Input, Output, Workflow};

    fn request() -> RunRequest {
        RunRequest { command: Some(vec!["true".to_owned()]), ..RunRequest::default() }
    }

    #[test]
    fn all_mistakes_are_named_at_once() {
        let mut wrong = request();
        wrong.inputs = vec![
            Input { from: "ftp://x".into(), to: "../etc/passwd".into(), checksum: Some("md5:1".into()) },
            Input { from: "https://example.org/a".into(), to: "a".into(), checksum: None },
            Input { from: "https://example.org/b".into(), to: "a".into(), checksum: None },
            Input { from: "https://example.org/b".into(), to: "a/b".into(), checksum: None },
        ];
        wrong.outputs =
            vec![Output { path: "/etc/*".into(), to: None }, Output { path: "**/**/**/**/**".into(), to: Some("..".into()) }];
        wrong.env.insert("1X".into(), "y".into());
        wrong.env.insert("RS_INDEX".into(), "7".into());
        wrong.resources.cores = -1.0;
        let problem = wrong.check().expect_err("much is wrong");
        let fields: Vec<&str> = problem.fields.iter().map(|problem| problem.field.as_str()).collect();
        for field in [
            "inputs[0].from",
            "inputs[0].to",
            "inputs[0].checksum",
            "inputs[2].to",
            "inputs",
            "outputs[0].path",
            "outputs[1].path",
            "outputs[1].to",
            "env.1X",
            "env.RS_INDEX",
            "resources.cores",
        ] {
            assert!(fields.contains(&field), "{field} is missing in {fields:?}");
        }
        assert_eq!(request().check(), Ok(()));
    }

    #[test]
    fn a_workflow_is_one_file_that_no_pattern_misses() {
        let about = |file: &str| {
            let inputs = vec![Input { from: "https://example.org/a".into(), to: file.into(), checksum: None }];
            let workflow = Some(Workflow { file: file.into(), ..Workflow::default() });
            let mut request = RunRequest { inputs, workflow, ..RunRequest::default() };
            request.spell_out();
            request.check().err().map_or(Vec::new(), |problem| problem.fields)
        };
        assert_eq!(about("flows/find sources.cwl"), []);
        for file in ["find[1].cwl", "find{index}.cwl", "find?.cwl", "a\\b.cwl"] {
            let fields = about(file);
            assert!(fields.iter().any(|problem| problem.field == "workflow.file"), "{file}: {fields:?}");
        }
    }

    #[test]
    fn names_must_not_lie() {
        for name in ["", "  ", "a\nb", "gnp.\u{202e}exe", "a\u{200b}b", &"x".repeat(121)] {
            assert!(!valid_name(name), "{name:?}");
        }
        assert!(valid_name("Messier 87, λ = 21 cm"));
    }
}
