//! Which file of the run goes where in the zip, settled before anything is written. Every fault of a record
//! shows here.

use std::collections::{HashMap, HashSet};

use crate::error::Error;
use crate::media;
use crate::moment::Moment;
use crate::names;
use crate::record::{Element, Input, Language, Log, Output, RunRecord, Workflow};

/// A file that the crate has room for.
#[derive(Debug)]
pub struct Member<'r> {
    /// Its name in the zip.
    pub path: String,
    /// The element it belongs to; of an input that several share, the first.
    pub element: u32,
    pub part: Part<'r>,
    /// The `@id` it goes by when its bytes are not in the crate.
    pub(crate) absent_id: String,
    /// Some element ran it.
    pub(crate) script: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Part<'r> {
    Input(&'r Input),
    Output(&'r Output),
    /// An output too: the workflow's file, kept so that the crate has what was run.
    Workflow(&'r Output, Language),
    Log(&'r Log),
}

impl Member<'_> {
    pub(crate) fn bytes(&self) -> u64 {
        match self.part {
            Part::Input(input) => input.bytes,
            Part::Output(output) | Part::Workflow(output, _) => output.bytes,
            Part::Log(log) => log.bytes,
        }
    }

    pub(crate) fn sha256(&self) -> Option<&str> {
        match self.part {
            Part::Input(input) => Some(&input.sha256),
            Part::Output(output) | Part::Workflow(output, _) => Some(&output.sha256),
            Part::Log(_) => None,
        }
    }

    pub(crate) fn media_type(&self) -> &str {
        match self.part {
            Part::Input(input) => media::guess_type(&input.path),
            Part::Output(output) => &output.media_type,
            Part::Workflow(output, _) => media::guess_type(&output.path),
            Part::Log(_) => "text/plain",
        }
    }
}

/// The members, in the order in which they are written, and which of them each element has.
pub(crate) struct Layout<'r> {
    pub(crate) record: &'r RunRecord,
    pub(crate) ended: Moment,
    pub(crate) members: Vec<Member<'r>>,
    pub(crate) elements: Vec<Place<'r>>,
    /// Which member is the workflow's file.
    pub(crate) workflow: Option<usize>,
}

/// An element with the indices of its files in [`Layout::members`].
pub(crate) struct Place<'r> {
    pub(crate) element: &'r Element,
    pub(crate) executable: &'r str,
    pub(crate) started: Option<Moment>,
    pub(crate) ended: Moment,
    pub(crate) inputs: Vec<usize>,
    pub(crate) outputs: Vec<usize>,
    pub(crate) logs: Vec<usize>,
}

impl<'r> Layout<'r> {
    pub(crate) fn new(record: &'r RunRecord) -> Result<Self, Error> {
        if !record.array && record.elements.len() != 1 {
            return Err(Error::ElementCount { found: record.elements.len() });
        }
        let mut order: Vec<&Element> = record.elements.iter().collect();
        order.sort_by_key(|element| element.index);
        if let Some(twice) = order.windows(2).find(|pair| pair[0].index == pair[1].index) {
            return Err(Error::DuplicateElement { element: twice[0].index });
        }
        let mut builder = Builder { array: record.array, ..Builder::default() };
        if let Some(workflow) = &record.workflow {
            builder.workflow = builder.find_workflow(workflow, &order)?;
        }
        let elements = order.into_iter().map(|element| builder.place(element)).collect::<Result<_, _>>()?;
        let ended = Moment::parse(&record.ended)?;
        Ok(Self { record, ended, members: builder.members, elements, workflow: builder.workflow })
    }
}

#[derive(Default)]
struct Builder<'r> {
    array: bool,
    members: Vec<Member<'r>>,
    /// Inputs of an array by their name in the zip, which contains their digest.
    shared: HashMap<String, usize>,
    /// What an address gave first. An address that gave something else later cannot name both.
    addresses: HashMap<String, &'r str>,
    workflow: Option<usize>,
}

impl<'r> Builder<'r> {
    /// The first element that brought it back has it for all.
    fn find_workflow(&mut self, workflow: &Workflow, elements: &[&'r Element]) -> Result<Option<usize>, Error> {
        let mut outputs = elements.iter().flat_map(|element| element.outputs.iter().map(|output| (*element, output)));
        let Some((element, output)) = outputs.find(|(_, output)| output.path == workflow.path) else { return Ok(None) };
        check_digest(element, &output.path, &output.sha256)?;
        let path = format!("workflow/{}", entry_name(element, &output.path, &mut HashSet::new())?);
        let (part, absent_id) = (Part::Workflow(output, workflow.language), format!("#{}", names::encode_id(&path)));
        Ok(Some(self.add(Member { path, element: element.index, part, absent_id, script: false })))
    }

    /// Whether a file of an element is the workflow's: neither its input nor its result.
    fn is_workflow(&self, path: &str, sha256: &str) -> bool {
        let member = self.workflow.and_then(|index| self.members.get(index));
        matches!(member, Some(Member { part: Part::Workflow(output, _), .. }) if output.path == path && output.sha256 == sha256)
    }

    fn place(&mut self, element: &'r Element) -> Result<Place<'r>, Error> {
        let executable = element.command.first().ok_or(Error::NoCommand { element: element.index })?;
        let mut seen = HashSet::new();
        let inputs: Vec<_> = element.inputs.iter().filter(|input| !self.is_workflow(&input.path, &input.sha256)).collect();
        let inputs = inputs.into_iter().map(|input| self.input(element, input, &mut seen)).collect::<Result<_, _>>()?;
        seen.clear();
        let outputs: Vec<_> = element.outputs.iter().filter(|output| !self.is_workflow(&output.path, &output.sha256)).collect();
        let outputs = outputs.into_iter().map(|output| self.output(element, output, &mut seen)).collect::<Result<_, _>>()?;
        seen.clear();
        let logs = element.logs.iter().map(|log| self.log(element, log, &mut seen)).collect::<Result<_, _>>()?;
        Ok(Place {
            element,
            executable,
            started: element.started.as_deref().map(Moment::parse).transpose()?,
            ended: Moment::parse(&element.ended)?,
            inputs,
            outputs,
            logs,
        })
    }

    fn input(&mut self, element: &Element, input: &'r Input, seen: &mut HashSet<&'r str>) -> Result<usize, Error> {
        let name = entry_name(element, &input.path, seen)?;
        check_digest(element, &input.path, &input.sha256)?;
        let script = is_script(&element.command, &input.path);
        let path = if self.array { format!("inputs/{}/{name}", input.sha256) } else { format!("inputs/{name}") };
        if let Some(&index) = self.shared.get(&path) {
            self.members[index].script |= script;
            return Ok(index);
        }
        let address = web_address(&input.from)
            .filter(|address| *self.addresses.entry(address.clone()).or_insert(&input.sha256) == input.sha256);
        let absent_id = address.unwrap_or_else(|| format!("#input-{}-{}", input.sha256, names::encode_id(&input.path)));
        let index = self.add(Member { path: path.clone(), element: element.index, part: Part::Input(input), absent_id, script });
        if self.array {
            self.shared.insert(path, index);
        }
        Ok(index)
    }

    fn output(&mut self, element: &Element, output: &'r Output, seen: &mut HashSet<&'r str>) -> Result<usize, Error> {
        let name = entry_name(element, &output.path, seen)?;
        check_digest(element, &output.path, &output.sha256)?;
        let path = self.numbered("outputs", element, &name);
        let absent_id = format!("#{}", names::encode_id(&path));
        Ok(self.add(Member { path, element: element.index, part: Part::Output(output), absent_id, script: false }))
    }

    fn log(&mut self, element: &Element, log: &'r Log, seen: &mut HashSet<&'r str>) -> Result<usize, Error> {
        let name = entry_name(element, log.stream.name(), seen)?;
        let path = self.numbered("logs", element, &name);
        let absent_id = format!("#{path}");
        Ok(self.add(Member { path, element: element.index, part: Part::Log(log), absent_id, script: false }))
    }

    fn numbered(&self, folder: &str, element: &Element, name: &str) -> String {
        if self.array { format!("{folder}/{}/{name}", element.index) } else { format!("{folder}/{name}") }
    }

    fn add(&mut self, member: Member<'r>) -> usize {
        self.members.push(member);
        self.members.len() - 1
    }
}

fn entry_name<'r>(element: &Element, path: &'r str, seen: &mut HashSet<&'r str>) -> Result<String, Error> {
    if !seen.insert(path) {
        return Err(Error::Duplicate { element: element.index, path: path.to_owned() });
    }
    names::entry_name(path).map_err(|fault| Error::Path { element: element.index, path: path.to_owned(), fault })
}

fn check_digest(element: &Element, path: &str, text: &str) -> Result<(), Error> {
    if text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(());
    }
    Err(Error::Digest { element: element.index, path: path.to_owned(), text: text.to_owned() })
}

/// What was run, not merely read: the executable itself, or source code that is an argument.
fn is_script(command: &[String], path: &str) -> bool {
    let names = |argument: &String| argument.strip_prefix("./").unwrap_or(argument) == path;
    command.first().is_some_and(names) || (media::script_type(path).is_some() && command.iter().any(names))
}

/// An address that a crate may name. What someone put before the `@` of one is theirs and not for others.
pub(crate) fn web_address(text: &str) -> Option<String> {
    let mut url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url.into())
}
