//! The research object of an ended run: put together from what is recorded, when somebody asks for it.

use crate::files::{Stream, log_key, output_key};
use crate::{ElementFilter, Runs};
use db::DbError;
use db::blobs::{Blobs, Key};
use identity::Caller;
use model::id::RunId;
use model::request::{Language, RunRequest, Workflow, with_index};
use model::run::{ContainerUsed, Element, Outcome, Run};
use model::{Code, Problem};
use research::{Member, Part};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, Write};

/// Everything needed to write the crate, without touching the database again.
pub struct ResearchObject {
    record: research::RunRecord,
    /// The try whose files count, by element.
    tries: HashMap<u32, u32>,
    run: RunId,
    blobs: Blobs,
}

impl Runs {
    pub async fn research_object(&self, caller: &Caller, id: &RunId, version: &str) -> Result<ResearchObject, Problem> {
        let run = self.ended(caller, id).await?;
        let detail = self.get(caller, id).await?;
        let mut elements = Vec::new();
        loop {
            let after = elements.last().map(|element: &Element| element.index);
            let page = self.elements(caller, id, &ElementFilter { after, is: None, limit: 1_000 }).await?;
            let full = page.len() == 1_000;
            elements.extend(page);
            if !full {
                break;
            }
        }
        let tries = elements.iter().map(|element| (element.index, element.tries)).collect();
        let person = self.0.person_name(&run).await?;
        let record = record(self, &run, &detail.request, elements, person, version)?;
        Ok(ResearchObject { record, tries, run: id.clone(), blobs: self.0.blobs.clone() })
    }
}

db::statements! {
    PERSON_NAME = "SELECT name FROM person WHERE id = $1";
}

impl crate::Inner {
    async fn person_name(&self, run: &Run) -> Result<String, DbError> {
        self.db.row(&PERSON_NAME, db::args![run.person.as_str()]).await?.ok_or(DbError::NoRow)?.get("name")
    }
}

impl ResearchObject {
    /// Writes the crate as a zip. Blocks.
    pub fn write<W: Write + Seek>(&self, out: W) -> Result<W, research::Error> {
        research::write_crate(&self.record, |member: &Member<'_>| self.open(member), out)
    }

    fn open(&self, member: &Member<'_>) -> std::io::Result<Option<File>> {
        let attempt = self.tries.get(&member.element).copied().unwrap_or(1);
        let key: Key = match &member.part {
            // Described by where they came from; they are not copied into the crate.
            Part::Input(_) => return Ok(None),
            Part::Output(output) | Part::Workflow(output, _) => output_key(&self.run, member.element, attempt, &output.path),
            Part::Log(log) => log_key(&self.run, member.element, attempt, stream_of(log.stream)),
        };
        match File::open(self.blobs.path(&key)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn stream_of(stream: research::Stream) -> Stream {
    match stream {
        research::Stream::Stdout => Stream::Stdout,
        research::Stream::Stderr => Stream::Stderr,
    }
}

fn record(
    runs: &Runs,
    run: &Run,
    request: &RunRequest,
    elements: Vec<Element>,
    person: String,
    version: &str,
) -> Result<research::RunRecord, Problem> {
    let text = serde_json::to_string_pretty(request)
        .map_err(|_| Problem::new(Code::Internal, "The request cannot be written.", "Try again."))?;
    let ended = run.ended_at.unwrap_or_else(|| runs.0.now());
    Ok(research::RunRecord {
        id: run.id.to_string(),
        name: run.name.clone(),
        description: None,
        deployment: runs.0.db.deployment().to_string(),
        gateway_version: version.to_owned(),
        person: research::Person { name: person, id: run.person.to_string() },
        license: None,
        request: research::Request { media_type: "application/json".into(), text },
        workflow: request.workflow.as_ref().and_then(workflow_record),
        array: request.array.is_some(),
        ended: ended.to_string(),
        elements: elements.into_iter().map(|element| element_record(run, request, element)).collect(),
    })
}

fn workflow_record(workflow: &Workflow) -> Option<research::Workflow> {
    let language = match workflow.language()? {
        Language::Cwl => research::Language::Cwl,
        Language::Snakemake => research::Language::Snakemake,
        Language::Nextflow => research::Language::Nextflow,
        Language::Wdl => research::Language::Wdl,
    };
    Some(research::Workflow { path: workflow.file.clone(), language })
}

fn element_record(run: &Run, request: &RunRequest, element: Element) -> research::Element {
    let report = element.report.unwrap_or_default();
    let (contained, words) = match &report.container {
        Some(used) => (Some(container_image(used)), used.command.clone()),
        None => (None, asked_for(request)),
    };
    let place = (!report.host.is_empty()).then(|| research::Place {
        service: run.service.clone().unwrap_or_default(),
        operating_system: report.host.clone(),
        pilot_version: report.pilot_version.clone(),
    });
    let exit = report.exit_code.map(research::Exit::Code).or(report.signal.map(research::Exit::Signal));
    research::Element {
        index: element.index,
        command: words.iter().map(|word| with_index(word, element.index)).collect(),
        env: request.env.iter().map(|(name, value)| (name.clone(), with_index(value, element.index))).collect(),
        exit,
        outcome: match element.outcome {
            Some(Outcome::Done) => research::Outcome::Done,
            Some(Outcome::Cancelled) => research::Outcome::Cancelled,
            Some(Outcome::Failed) | None => research::Outcome::Failed,
        },
        cause: element.cause.map(|cause| format!("{}: {}", cause.code, cause.detail)),
        started: element.started_at.map(|at| at.to_string()),
        ended: element.ended_at.or(run.ended_at).map(|at| at.to_string()).unwrap_or_else(|| run.created_at.to_string()),
        usage: research::Usage {
            cpu_seconds: report.usage.cpu_millis.map(|millis| millis as f64 / 1_000.0),
            memory_peak_bytes: report.usage.memory_peak_bytes,
            read_bytes: report.usage.read_bytes,
            written_bytes: report.usage.written_bytes,
        },
        place,
        container: contained,
        inputs: report
            .inputs
            .into_iter()
            .map(|file| research::Input { from: file.from, path: file.to, bytes: file.bytes, sha256: file.sha256 })
            .collect(),
        outputs: report
            .outputs
            .into_iter()
            .map(|file| research::Output {
                media_type: media_type(&file.path).into(),
                path: file.path,
                bytes: file.bytes,
                sha256: file.sha256,
            })
            .collect(),
        logs: [(research::Stream::Stdout, report.stdout), (research::Stream::Stderr, report.stderr)]
            .into_iter()
            .filter(|(_, summary)| summary.bytes > 0)
            .map(|(stream, summary)| research::Log { stream, bytes: summary.bytes, truncated: summary.truncated })
            .collect(),
    }
}

/// Of a container that never started only the image may be known.
fn asked_for(request: &RunRequest) -> Vec<String> {
    let in_container = request.container.iter().map(|container| match container.command.is_empty() {
        true => vec![container.image.clone()],
        false => container.command.clone(),
    });
    request.command.iter().cloned().chain(in_container).next().unwrap_or_default()
}

fn container_image(used: &ContainerUsed) -> research::ContainerImage {
    research::ContainerImage {
        name: used.name.clone().unwrap_or_else(|| used.image.clone()),
        sha256: used.digest.trim_start_matches("sha256:").to_owned(),
        engine: used.engine.clone(),
    }
}

/// By the ending of the name: for people who look at the crate, not for programs that trust it.
pub fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "csv" => "text/csv",
        "txt" | "log" => "text/plain",
        "json" => "application/json",
        "png" => "image/png",
        "fits" | "fit" => "image/fits",
        "pdf" => "application/pdf",
        "xml" | "vot" => "application/xml",
        "html" => "text/html",
        _ => "application/octet-stream",
    }
}
