//! A run of a workflow file: which file it is, in which language, and the command that carries it out.

use super::{Output, RunRequest};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// The workflow's file: the destination (`to`) of an input.
    pub file: String,
    /// Guessed from the file's name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// What the language's engine is given after the file, when the command is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    Cwl,
    Snakemake,
    Nextflow,
    Wdl,
}

impl Language {
    /// By the names that the languages' own conventions give to their files.
    pub fn of_file(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "cwl" => Some(Self::Cwl),
            "smk" => Some(Self::Snakemake),
            "nf" => Some(Self::Nextflow),
            "wdl" => Some(Self::Wdl),
            _ if name == "snakefile" => Some(Self::Snakemake),
            _ => None,
        }
    }

    /// The language's usual engine, told to leave its results in the work directory.
    fn command(self, file: &str) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Cwl => &["cwltool", "--outdir", ".", file],
            Self::Snakemake => &["snakemake", "--cores", "all", "--snakefile", file],
            Self::Nextflow => &["nextflow", "run", file],
            Self::Wdl => &["miniwdl", "run", file],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }
}

impl Workflow {
    pub fn language(&self) -> Option<Language> {
        self.language.or_else(|| Language::of_file(&self.file))
    }
}

impl RunRequest {
    /// Spells out what a workflow leaves to us, so that the request which is kept and shown says what really ran: the
    /// engine's command, and the workflow's file among the outputs, first, so that it keeps its own path.
    pub fn spell_out(&mut self) {
        let Some(workflow) = &self.workflow else { return };
        let own = self.container.as_ref().map(|container| &container.command).or(self.command.as_ref());
        if let (true, Some(language)) = (own.is_none_or(Vec::is_empty), workflow.language()) {
            let mut command = language.command(&workflow.file);
            command.extend(workflow.arguments.iter().cloned());
            match &mut self.container {
                Some(container) => container.command = command,
                None => self.command = Some(command),
            }
        }
        if !self.outputs.iter().any(|output| output.path == workflow.file) {
            self.outputs.insert(0, Output { path: workflow.file.clone(), to: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(file: &str) -> RunRequest {
        let workflow = Workflow { file: file.into(), language: None, arguments: vec!["job.json".into()] };
        RunRequest { workflow: Some(workflow), ..RunRequest::default() }
    }

    #[test]
    fn the_engine_of_the_language_runs_the_file_and_the_file_is_kept() {
        let mut cwl = request("flows/Find.CWL");
        cwl.spell_out();
        let words = ["cwltool", "--outdir", ".", "flows/Find.CWL", "job.json"].map(str::to_owned);
        assert_eq!(cwl.command.as_deref(), Some(words.as_slice()));
        assert_eq!(cwl.outputs, [Output { path: "flows/Find.CWL".into(), to: None }]);
        let once = cwl.clone();
        cwl.spell_out();
        assert_eq!(cwl, once, "spelled out once, nothing is added");
    }

    #[test]
    fn a_command_of_ones_own_stays_and_an_unknown_language_gets_none() {
        let mut own = request("Snakefile");
        own.command = Some(vec!["sh".into(), "run.sh".into()]);
        own.spell_out();
        assert_eq!(own.command.as_deref(), Some(["sh".to_owned(), "run.sh".to_owned()].as_slice()));
        let mut unknown = request("flow.txt");
        unknown.spell_out();
        assert_eq!(unknown.command, None);
    }
}
