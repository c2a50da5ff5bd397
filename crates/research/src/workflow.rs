//! A crate whose run carried out a workflow file that was kept: a Workflow RO-Crate and a Workflow Run Crate as well.

use serde_json::{Value, json};

use crate::entity::entity;
use crate::record::Language;

/// What such a crate conforms to besides the Process Run Crate: address, name, version.
pub(crate) const PROFILES: [(&str, &str, &str); 2] =
    [("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"), (WORKFLOW_CRATE, "Workflow RO-Crate", "1.0")];
pub(crate) const WORKFLOW_CRATE: &str = "https://w3id.org/workflowhub/workflow-ro-crate/1.0";

/// The types of a workflow's file, as the profile wants them.
pub(crate) fn types() -> Value {
    json!(["File", "SoftwareSourceCode", "ComputationalWorkflow"])
}

/// The identifiers are those that Workflow RO-Crate lists; WDL is not among them.
pub(crate) fn language_id(language: Language) -> &'static str {
    match language {
        Language::Cwl => "https://w3id.org/workflowhub/workflow-ro-crate#cwl",
        Language::Snakemake => "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
        Language::Nextflow => "https://w3id.org/workflowhub/workflow-ro-crate#nextflow",
        Language::Wdl => "#wdl",
    }
}

pub(crate) fn language(language: Language) -> Value {
    let (name, short, home) = match language {
        Language::Cwl => ("Common Workflow Language", "CWL", "https://www.commonwl.org/"),
        Language::Snakemake => ("Snakemake", "Snakemake", "https://snakemake.readthedocs.io"),
        Language::Nextflow => ("Nextflow", "Nextflow", "https://www.nextflow.io/"),
        Language::Wdl => ("Workflow Description Language", "WDL", "https://openwdl.org/"),
    };
    entity([
        ("@id", json!(language_id(language))),
        ("@type", json!("ComputerLanguage")),
        ("alternateName", json!(short)),
        ("identifier", json!(home)),
        ("name", json!(name)),
        ("url", json!(home)),
    ])
}
