//! `ro-crate-metadata.json`: the record as a graph, one entity at a time.
//!
//! RO-Crate 1.1's own vocabulary has no words for digests, environments and resource usage; the Process Run
//! Crate takes them from the workflow-run terms, which the context names one by one. They say the same as that
//! vocabulary's own context would, and a reader has one address less to fetch.

use std::collections::HashSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::archive::Written;
use crate::describe::{
    command_line, container, container_id, exit_text, file, license, license_id, member_id, person, person_id,
};
use crate::entity::{entity, one_or_many, property_value, reference, write_json};
use crate::layout::{Layout, Part, Place};
use crate::names::encode_id;
use crate::record::{Element, Exit, Outcome, Request, RunRecord};
use crate::workflow;

const PROFILE: &str = "https://w3id.org/ro/wfrun/process/0.5";
const TERMS: &str = "https://w3id.org/ro/terms/workflow-run#";

pub(crate) fn write(layout: &Layout<'_>, written: &[Option<Written>], out: &mut impl Write) -> io::Result<()> {
    let mut graph = Graph { layout, written, out, described: HashSet::new() };
    let terms: serde_json::Map<_, _> =
        ["ContainerImage", "containerImage", "environment", "registry", "resourceUsage", "sha256", "tag"]
            .into_iter()
            .map(|term| (term.to_owned(), json!(format!("{TERMS}{term}"))))
            .collect();
    graph.out.write_all(b"{\"@context\":")?;
    write_json(graph.out, &json!(["https://w3id.org/ro/crate/1.1/context", terms]))?;
    graph.out.write_all(b",\n\"@graph\":[\n")?;
    graph.root()?;
    for place in &layout.elements {
        graph.element(place)?;
    }
    graph.out.write_all(b"\n]}\n")?;
    graph.out.flush()
}

/// The request's file in the crate.
pub(crate) fn request_path(request: &Request) -> &'static str {
    match request.media_type.split(';').next().unwrap_or_default().trim() {
        "application/json" => "request.json",
        "application/toml" => "request.toml",
        "application/yaml" | "application/x-yaml" | "text/yaml" => "request.yaml",
        _ => "request.txt",
    }
}

struct Graph<'a, W> {
    layout: &'a Layout<'a>,
    written: &'a [Option<Written>],
    out: &'a mut W,
    described: HashSet<String>,
}

impl<W: Write> Graph<'_, W> {
    /// Writes an entity unless it is there already, and refers to it.
    fn add(&mut self, id: &str, make: impl FnOnce() -> Value) -> io::Result<Value> {
        if !self.described.contains(id) {
            if !self.described.is_empty() {
                self.out.write_all(b",\n")?;
            }
            write_json(self.out, &make())?;
            self.described.insert(id.to_owned());
        }
        Ok(reference(id))
    }

    fn add_property(&mut self, kind: &str, name: &str, value: Value, unit: Option<&str>) -> io::Result<Value> {
        let (id, entity) = property_value(kind, name, value, unit);
        self.add(&id, || entity)
    }

    fn root(&mut self) -> io::Result<()> {
        let record = self.layout.record;
        let workflow_crate = self.kept_workflow().map(|_| reference(workflow::WORKFLOW_CRATE));
        let conforms_to = std::iter::once(reference("https://w3id.org/ro/crate/1.1")).chain(workflow_crate).collect();
        self.add("ro-crate-metadata.json", || {
            entity([
                ("@id", json!("ro-crate-metadata.json")),
                ("@type", json!("CreativeWork")),
                ("about", reference("./")),
                ("conformsTo", one_or_many(conforms_to)),
            ])
        })?;
        let profiles = self.profiles()?;
        let main = self.workflow()?;
        let license = self.add(&license_id(record.license.as_ref()), || license(record.license.as_ref()))?;
        let author = self.add(&person_id(&record.person), || person(&record.person))?;
        let request = request_path(&record.request);
        self.add(request, || {
            entity([
                ("@id", json!(request)),
                ("@type", json!("File")),
                ("name", json!("The request as submitted")),
                ("contentSize", json!(record.request.text.len().to_string())),
                ("encodingFormat", json!(record.request.media_type)),
            ])
        })?;
        let gateway = [
            self.add_property("about", "Roadstead gateway version", json!(record.gateway_version), None)?,
            self.add_property("about", "Roadstead deployment", json!(record.deployment), None)?,
        ];
        let description = record
            .description
            .clone()
            .unwrap_or_else(|| format!("The run {} with its inputs, outputs and how they came about", record.name));
        let (parts, mentions) = (self.parts(request), self.mentions());
        self.add("./", || {
            entity([
                ("@id", json!("./")),
                ("@type", json!("Dataset")),
                ("additionalProperty", one_or_many(gateway.into())),
                ("author", author),
                ("conformsTo", one_or_many(profiles)),
                ("datePublished", json!(self.layout.ended.iso())),
                ("description", json!(description)),
                ("hasPart", parts),
                ("identifier", json!(record.id)),
                ("license", license),
                ("mainEntity", json!(main)),
                ("mentions", mentions),
                ("name", json!(record.name)),
            ])
        })?;
        Ok(())
    }

    /// The workflow's file, when its bytes are here: without them no crate may say that it is a workflow's.
    fn kept_workflow(&self) -> Option<usize> {
        self.layout.workflow.filter(|&index| self.written[index].is_some())
    }

    fn profiles(&mut self) -> io::Result<Vec<Value>> {
        let more: &[_] = if self.kept_workflow().is_some() { &workflow::PROFILES } else { &[] };
        let mut profiles = Vec::new();
        for (id, name, version) in std::iter::once(&(PROFILE, "Process Run Crate", "0.5")).chain(more) {
            profiles.push(self.add(id, || {
                entity([("@id", json!(id)), ("@type", json!("CreativeWork")), ("name", json!(name)), ("version", json!(version))])
            })?);
        }
        Ok(profiles)
    }

    fn workflow(&mut self) -> io::Result<Option<Value>> {
        let Some(index) = self.kept_workflow() else { return Ok(None) };
        if let Part::Workflow(_, language) = self.layout.members[index].part {
            self.add(workflow::language_id(language), || workflow::language(language))?;
        }
        Ok(self.files(&[index])?.pop())
    }

    /// Files in the crate and files on the web; what is neither is no part of it.
    fn parts(&self, request: &str) -> Value {
        let mut seen = HashSet::new();
        let files = self.layout.members.iter().zip(self.written).map(|(member, written)| member_id(member, written));
        let parts = std::iter::once(request.to_owned()).chain(files.filter(|id| !id.starts_with('#')));
        one_or_many(parts.filter(|id| seen.insert(id.clone())).map(|id| reference(&id)).collect())
    }

    fn mentions(&self) -> Value {
        let record = self.layout.record;
        one_or_many(self.layout.elements.iter().map(|place| reference(&action_id(record, place))).collect())
    }

    fn element(&mut self, place: &Place<'_>) -> io::Result<()> {
        let (record, element) = (self.layout.record, place.element);
        let instrument = self.instrument(place)?;
        let inputs = self.files(&place.inputs)?;
        let mut results = self.files(&place.outputs)?;
        results.extend(self.files(&place.logs)?);
        let mut environment = Vec::with_capacity(element.env.len());
        for (name, value) in &element.env {
            environment.push(self.add_property("env", name, json!(value), None)?);
        }
        let container = self.container(element)?;
        let usage = self.usage(place)?;
        let about = self.about(place)?;
        let name = if record.array { format!("{} [{}]", record.name, element.index) } else { record.name.clone() };
        let (status, error) = match element.outcome {
            Outcome::Done => ("http://schema.org/CompletedActionStatus", None),
            Outcome::Failed => ("http://schema.org/FailedActionStatus", Some("failed")),
            Outcome::Cancelled => ("http://schema.org/FailedActionStatus", Some("cancelled")),
        };
        let error = error.map(|word| {
            let cause = element.cause.clone().unwrap_or_else(|| exit_text(element.exit));
            format!("{word}: {cause}")
        });
        let id = action_id(record, place);
        self.add(&id, || {
            entity([
                ("@id", json!(id)),
                ("@type", json!("CreateAction")),
                ("actionStatus", json!(status)),
                ("additionalProperty", one_or_many(about)),
                ("agent", reference(&person_id(&record.person))),
                ("containerImage", container),
                ("description", json!(command_line(&element.command))),
                ("endTime", json!(place.ended.iso())),
                ("environment", one_or_many(environment)),
                ("error", json!(error)),
                ("instrument", one_or_many(instrument)),
                ("name", json!(name)),
                ("object", one_or_many(inputs)),
                ("resourceUsage", one_or_many(usage)),
                ("result", one_or_many(results)),
                ("startTime", json!(place.started.map(|moment| moment.iso()))),
            ])
        })?;
        Ok(())
    }

    /// The workflow; without one the executable and the scripts it was given. A script that is itself the executable stands alone.
    fn instrument(&mut self, place: &Place<'_>) -> io::Result<Vec<Value>> {
        if let Some(index) = self.kept_workflow() {
            return self.files(&[index]);
        }
        let members = &self.layout.members;
        let scripts: Vec<usize> = place.inputs.iter().copied().filter(|&index| members[index].script).collect();
        let path = place.executable;
        let is_input = |index: &usize| matches!(members[*index].part, Part::Input(input) if path.strip_prefix("./").unwrap_or(path) == input.path);
        let mut instrument = Vec::new();
        if !scripts.iter().any(is_input) {
            let id = format!("#command-{}", encode_id(path));
            instrument.push(self.add(&id, || {
                entity([
                    ("@id", json!(id)),
                    ("@type", json!("SoftwareApplication")),
                    ("name", json!(path.rsplit('/').next().unwrap_or(path))),
                    ("alternateName", json!(path)),
                ])
            })?);
        }
        instrument.extend(self.files(&scripts)?);
        Ok(instrument)
    }

    fn container(&mut self, element: &Element) -> io::Result<Value> {
        match &element.container {
            None => Ok(Value::Null),
            Some(image) => self.add(&container_id(image), || container(image)),
        }
    }

    fn files(&mut self, indices: &[usize]) -> io::Result<Vec<Value>> {
        let (members, written) = (&self.layout.members, self.written);
        let mut references = Vec::with_capacity(indices.len());
        for &index in indices {
            let (member, written) = (&members[index], &written[index]);
            if written.is_none() && matches!(member.part, Part::Log(_)) {
                continue;
            }
            let started = self.layout.elements.first().and_then(|place| place.started).unwrap_or(self.layout.ended);
            let id = member_id(member, written);
            references.push(self.add(&id, || file(member, written, &id, &started.iso()))?);
        }
        Ok(references)
    }

    fn usage(&mut self, place: &Place<'_>) -> io::Result<Vec<Value>> {
        const BYTE: &str = "https://qudt.org/vocab/unit/BYTE";
        const SECOND: &str = "https://qudt.org/vocab/unit/SEC";
        let usage = &place.element.usage;
        // JSON has no word for what is no number.
        let seconds = usage.cpu_seconds.filter(|seconds| seconds.is_finite());
        let figures = [
            ("processor time", seconds.map(|seconds| json!(seconds)), SECOND),
            ("peak memory", usage.memory_peak_bytes.map(|bytes| json!(bytes)), BYTE),
            ("bytes read", usage.read_bytes.map(|bytes| json!(bytes)), BYTE),
            ("bytes written", usage.written_bytes.map(|bytes| json!(bytes)), BYTE),
        ];
        let known = figures.into_iter().filter_map(|(name, value, unit)| Some((name, value?, unit)));
        known.map(|(name, value, unit)| self.add_property("usage", name, value, Some(unit))).collect()
    }

    /// What schema.org has no property for: the index, how the command ended, where that was.
    fn about(&mut self, place: &Place<'_>) -> io::Result<Vec<Value>> {
        let element = place.element;
        let mut facts = Vec::new();
        if self.layout.record.array {
            facts.push(("array index", json!(element.index)));
        }
        match element.exit {
            Some(Exit::Code(code)) => facts.push(("exit status", json!(code))),
            Some(Exit::Signal(signal)) => facts.push(("ended by signal", json!(signal))),
            None => {}
        }
        if let Some(image) = &element.container {
            facts.push(("container engine", json!(image.engine)));
        }
        if let Some(place) = &element.place {
            facts.push(("service", json!(place.service)));
            facts.push(("operating system", json!(place.operating_system)));
            facts.push(("Roadstead pilot version", json!(place.pilot_version)));
        }
        facts.into_iter().map(|(name, value)| self.add_property("about", name, value, None)).collect()
    }
}

fn action_id(record: &RunRecord, place: &Place<'_>) -> String {
    format!("#{}/{}", encode_id(&record.id), place.element.index)
}
