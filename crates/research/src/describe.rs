//! The people, terms and files of a run as entities, and a command in words.

use serde_json::{Value, json};

use crate::archive::Written;
use crate::entity::{entity, reference};
use crate::layout::{Member, Part, web_address};
use crate::names::encode_id;
use crate::record::{ContainerImage, Exit, License, Person};
use crate::workflow;

/// The `@id` of a file, wherever its bytes are.
pub(crate) fn member_id(member: &Member<'_>, written: &Option<Written>) -> String {
    if written.is_some() { encode_id(&member.path) } else { member.absent_id.clone() }
}

/// The command as one would type it.
pub(crate) fn command_line(command: &[String]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%^".contains(c);
    let quote = |argument: &String| {
        if !argument.is_empty() && argument.chars().all(plain) {
            argument.clone()
        } else {
            format!("'{}'", argument.replace('\'', r"'\''"))
        }
    };
    command.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// What became of the command, in words.
pub(crate) fn exit_text(exit: Option<Exit>) -> String {
    match exit {
        Some(Exit::Code(code)) => format!("exit status {code}"),
        Some(Exit::Signal(signal)) => format!("ended by signal {signal}"),
        None => "never started".to_owned(),
    }
}

pub(crate) fn person_id(person: &Person) -> String {
    web_address(&person.id).unwrap_or_else(|| format!("#person-{}", encode_id(&person.id)))
}

pub(crate) fn person(person: &Person) -> Value {
    entity([
        ("@id", json!(person_id(person))),
        ("@type", json!("Person")),
        ("identifier", json!(person.id)),
        ("name", json!(person.name)),
    ])
}

pub(crate) fn license_id(license: Option<&License>) -> String {
    match license {
        Some(license) => web_address(&license.url).unwrap_or_else(|| format!("#license-{}", encode_id(&license.url))),
        None => "#license".to_owned(),
    }
}

pub(crate) fn license(license: Option<&License>) -> Value {
    let (name, description) = match license {
        Some(license) => (license.name.as_str(), "The terms under which the files of this run may be used"),
        None => ("No licence chosen", "Whoever ran this has not said how others may use it: all rights are reserved"),
    };
    entity([
        ("@id", json!(license_id(license))),
        ("@type", json!("CreativeWork")),
        ("name", json!(name)),
        ("description", json!(description)),
    ])
}

pub(crate) fn container_id(image: &ContainerImage) -> String {
    format!("#container-{}", encode_id(&image.sha256))
}

/// Named as registries name images. The profile's other kind of image is Singularity's.
pub(crate) fn container(image: &ContainerImage) -> Value {
    let (registry, rest) = match image.name.split_once('/') {
        Some((host, rest)) if host == "localhost" || host.contains(['.', ':']) => (Some(host), rest),
        _ => (None, image.name.as_str()),
    };
    let is_file = ["oci-archive:", "docker-archive:", "sif:"].iter().any(|kind| image.name.starts_with(kind));
    let (name, tag) = match rest.rsplit_once(':').filter(|_| !is_file) {
        Some((name, tag)) if !tag.contains('/') && !name.contains(':') => (name, Some(tag)),
        _ => (rest, None),
    };
    entity([
        ("@id", json!(container_id(image))),
        ("@type", json!("ContainerImage")),
        ("additionalType", json!({ "@id": "https://w3id.org/ro/terms/workflow-run#DockerImage" })),
        ("name", json!(name)),
        ("registry", json!(registry)),
        ("sha256", json!(image.sha256)),
        ("tag", json!(tag)),
    ])
}

/// A file of the crate, a file on the web, or, when nobody can fetch it, the work it was.
pub(crate) fn file(member: &Member<'_>, written: &Option<Written>, id: &str, accessed: &str) -> Value {
    let (name, from, truncated) = match member.part {
        Part::Input(input) => (input.path.as_str(), Some(&input.from), false),
        Part::Output(output) | Part::Workflow(output, _) => (output.path.as_str(), None, false),
        Part::Log(log) => (log.stream.name(), None, log.truncated),
    };
    let here = written.is_some();
    let on_web = !here && !id.starts_with('#');
    let address = from.and_then(|from| web_address(from));
    let description = if truncated {
        Some("Cut off: the command wrote more than was kept")
    } else {
        (!here && !on_web).then_some("Not kept in this crate")
    };
    let kind = if here || on_web { "File" } else { "CreativeWork" };
    let (kind, language) = match member.part {
        Part::Workflow(_, language) if here => (workflow::types(), Some(reference(workflow::language_id(language)))),
        _ if member.script => (json!([kind, "SoftwareSourceCode"]), None),
        _ => (json!(kind), None),
    };
    let is_code = member.script || matches!(member.part, Part::Workflow(..));
    let sha256 = written.as_ref().map(|written| written.sha256.as_str()).or(member.sha256());
    entity([
        ("@id", json!(id)),
        ("@type", kind),
        ("alternateName", json!(name)),
        ("contentSize", json!(member.bytes().to_string())),
        ("description", json!(description)),
        ("encodingFormat", json!(member.media_type())),
        ("identifier", json!(from.filter(|_| address.is_none()))),
        ("name", json!(name.rsplit('/').next())),
        ("programmingLanguage", json!(language)),
        ("sdDatePublished", json!(on_web.then_some(accessed))),
        ("sha256", json!(sha256)),
        ("url", json!(address)),
        // Source code has no better version than what it says.
        ("version", json!(is_code.then(|| format!("sha256:{}", sha256.unwrap_or_default())))),
    ])
}
