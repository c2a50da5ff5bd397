//! A request from a file and from flags.

use model::request::{Array, Container, Format, Input, Machine, Network, Opening, Output, RunKind, RunRequest, Workflow, read};
use model::{ByteCount, Code, Problem, Span};
use std::path::{Path, PathBuf};

/// Flags that make a request, or change the one of a file.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "What to run (flags override the file)")]
pub struct RequestFlags {
    /// A short name, to find the run again.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// An input: a file of yours, https://…, run:ID/PATH or upload:ID. Without =TO it keeps its name.
    #[arg(long = "input", short = 'i', value_name = "FROM[=TO]")]
    pub inputs: Vec<String>,

    /// What to keep: a path or pattern below the work directory, like 'plots/*.png'.
    #[arg(long = "output", short = 'o', value_name = "PATTERN")]
    pub outputs: Vec<String>,

    /// Cores, like 4 or 0.5.
    #[arg(long, value_name = "NUMBER")]
    pub cores: Option<f64>,

    /// Memory, like 8GiB.
    #[arg(long, value_name = "BYTES")]
    pub memory: Option<ByteCount>,

    /// Disk, like 100GiB.
    #[arg(long, value_name = "BYTES")]
    pub disk: Option<ByteCount>,

    /// Accelerators (GPUs).
    #[arg(long, visible_alias = "gpus", value_name = "NUMBER")]
    pub accelerators: Option<u32>,

    /// The longest it may take, like 90s, 10m, 1h30m or 2d.
    #[arg(long, value_name = "TIME")]
    pub walltime: Option<Span>,

    /// An environment variable of the command.
    #[arg(long = "env", short = 'e', value_name = "NAME=VALUE")]
    pub env: Vec<String>,

    /// Run it N times; {index} in inputs, outputs and the command stands for 0 to N-1.
    #[arg(long, value_name = "N")]
    pub array: Option<u32>,

    /// Start only when this run is done (an identifier or a name). May be repeated.
    #[arg(long, value_name = "RUN")]
    pub after: Vec<String>,

    /// How often an element that failed is tried again.
    #[arg(long, value_name = "NUMBER")]
    pub retries: Option<u8>,

    /// Run this workflow file (CWL, Snakemake, Nextflow, WDL) with its language's usual engine: a file of yours, or
    /// what --input takes. What comes after `--` are the engine's arguments.
    #[arg(long, value_name = "FILE[=TO]")]
    pub workflow: Option<String>,

    /// Run in a container of this image: a name, or oci-archive:PATH, docker-archive:PATH or sif:PATH of an input. What comes after
    /// `--` replaces the image's own command.
    #[arg(long, value_name = "IMAGE")]
    pub container: Option<String>,

    /// What the container may reach: none (as when left out) or host.
    #[arg(long, value_name = "NETWORK", value_parser = network_of)]
    pub container_network: Option<Network>,

    /// Only at this site.
    #[arg(long, value_name = "NAME")]
    pub site: Option<String>,

    /// Only at this service.
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,

    /// Only in this project of a service.
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,

    /// Let the members of this team of yours see the run and its results.
    #[arg(long, value_name = "TEAM")]
    pub share_with: Option<String>,

    /// In the name of this community (VO).
    #[arg(long, alias = "vo", value_name = "NAME")]
    pub community: Option<String>,

    /// batch (work, as when left out) or machine (a computer of your own).
    #[arg(long, value_name = "KIND", value_parser = kind_of)]
    pub kind: Option<RunKind>,

    #[command(flatten)]
    pub machine: MachineFlags,
}

/// What makes or changes a request for a machine.
#[derive(Debug, Default, PartialEq, clap::Args)]
#[command(next_help_heading = "Machines (with --kind machine)")]
pub struct MachineFlags {
    /// The operating system, like ubuntu or ubuntu:22.04.
    #[arg(long, value_name = "SYSTEM")]
    pub os: Option<String>,

    /// One image: its identifier, its exact name, or its identifier in the community's catalogue.
    #[arg(long, value_name = "IMAGE", conflicts_with = "os")]
    pub image: Option<String>,

    /// With an address that can be reached from outside.
    #[arg(long)]
    pub public: bool,

    /// What the accelerators are to be, like A100.
    #[arg(long, value_name = "MODEL")]
    pub accelerator: Option<String>,

    /// Of each accelerator, at least.
    #[arg(long, value_name = "BYTES")]
    pub accelerator_memory: Option<ByteCount>,

    /// What may be reached, like 22,443,8000-8010 or 53/udp. Everything else stays closed.
    #[arg(long, value_name = "PORTS", value_delimiter = ',')]
    pub open: Vec<Opening>,

    /// The name of an SSH key of yours that it lets in; all of them when none is named. May be repeated.
    #[arg(long = "key", value_name = "NAME")]
    pub keys: Vec<String>,

    /// What is installed and mounted: one of the gateway's recipes.
    #[arg(long, value_name = "NAME")]
    pub recipe: Option<String>,

    /// A file of your own for cloud-init.
    #[arg(long, value_name = "FILE")]
    pub cloud_init: Option<PathBuf>,

    /// It becomes a service of its own, where batch runs are carried out (`run --service ITS-NAME`).
    #[arg(long)]
    pub pilot: bool,

    /// It is deleted that long after it can be used, unless you extend it.
    #[arg(long, value_name = "TIME")]
    pub lifetime: Option<Span>,

    /// Wait so long for an offer when there is none.
    #[arg(long, value_name = "TIME")]
    pub wait_for_offer: Option<Span>,
}

impl MachineFlags {
    fn apply(self, machine: &mut Machine) -> Result<(), Problem> {
        if self.os.is_some() {
            machine.image = None;
        }
        if self.image.is_some() {
            machine.os = None;
        }
        set(&mut machine.os, self.os);
        set(&mut machine.image, self.image);
        machine.public |= self.public;
        set(&mut machine.accelerator, self.accelerator);
        machine.accelerator_memory = self.accelerator_memory.or(machine.accelerator_memory);
        machine.open.extend(self.open);
        machine.keys.extend(self.keys);
        set(&mut machine.recipe, self.recipe);
        if let Some(file) = self.cloud_init {
            let unreadable = |error: std::io::Error| {
                let detail = format!("{} cannot be read: {error}.", file.display());
                Problem::new(Code::FileUnreadable, detail, "Name a text file that begins with #cloud-config or #!.")
            };
            machine.cloud_init = Some(std::fs::read_to_string(&file).map_err(unreadable)?);
        }
        machine.pilot |= self.pilot;
        machine.lifetime = self.lifetime.or(machine.lifetime);
        machine.wait_for_offer = self.wait_for_offer.or(machine.wait_for_offer);
        Ok(())
    }
}

fn kind_of(text: &str) -> Result<RunKind, String> {
    match text {
        "batch" => Ok(RunKind::Batch),
        "machine" => Ok(RunKind::Machine),
        _ => Err("it is batch or machine".to_owned()),
    }
}

/// The request of the file (if any), changed by the flags, with all files of this computer as absolute paths.
pub fn build(file: Option<&Path>, flags: RequestFlags, command: Vec<String>) -> Result<RunRequest, Problem> {
    let mut request = match file {
        Some(file) => read_file(file)?,
        None => RunRequest::default(),
    };
    flags.apply(&mut request, command)?;
    request.spell_out();
    request.check()?;
    Ok(request)
}

pub fn read_file(file: &Path) -> Result<RunRequest, Problem> {
    let shown = file.display();
    let format = Format::of_path(&file.to_string_lossy()).ok_or_else(|| {
        let detail = format!("The name of {shown} does not say what language it is written in.");
        Problem::new(Code::UsageWrong, detail, "Name it .toml, .yaml or .json; a command to run comes after `--`.")
    })?;
    let bytes = std::fs::read(file).map_err(|error| {
        let detail = format!("{shown} cannot be read: {error}.");
        Problem::new(Code::FileUnreadable, detail, "Check the path; a command to run comes after `--`.")
    })?;
    let mut request = read(&bytes, format).map_err(|problem| {
        let detail = format!("{shown}: {}", problem.detail);
        Problem { detail, ..problem }
    })?;
    let directory = file.parent().unwrap_or(Path::new(""));
    for input in &mut request.inputs {
        if let Some(path) = input.from.strip_prefix("file:") {
            input.from = file_source(directory, path)?;
        }
    }
    Ok(request)
}

/// `file:` and an absolute path. What is relative in a file is relative to that file.
fn file_source(directory: &Path, path: &str) -> Result<String, Problem> {
    let path = path.strip_prefix("//").unwrap_or(path);
    let absolute = std::path::absolute(directory.join(path)).map_err(|error| {
        let detail = format!("`{path}` is no path: {error}.");
        Problem::new(Code::UsageWrong, detail, "Name a file.")
    })?;
    // `a/./b` and `a/b` are one file, and the shorter is nicer to read in a record. `..` stays: over links it means
    // something else than the text suggests.
    let plain: PathBuf = absolute.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect();
    Ok(format!("file:{}", plain.display()))
}

impl RequestFlags {
    fn apply(self, request: &mut RunRequest, mut command: Vec<String>) -> Result<(), Problem> {
        set(&mut request.name, self.name);
        if let Some(text) = &self.workflow {
            let input = input_of(text)?;
            let workflow = Workflow { file: input.to.clone(), language: None, arguments: std::mem::take(&mut command) };
            request.workflow = Some(workflow);
            bring(request, input);
        }
        if let Some(image) = self.container {
            let command = request.command.take().unwrap_or_default();
            request.container = Some(Container { image, command, ..request.container.take().unwrap_or_default() });
        }
        match (&mut request.container, self.container_network) {
            (_, None) => {}
            (Some(container), Some(network)) => container.network = network,
            (None, Some(_)) => {
                let detail = "--container-network: there is no container.".to_owned();
                return Err(Problem::new(Code::UsageWrong, detail, "Name its image with --container."));
            }
        }
        if !command.is_empty() {
            match &mut request.container {
                Some(container) => container.command = command,
                None => request.command = Some(command),
            }
        }
        for text in &self.inputs {
            bring(request, input_of(text)?);
        }
        request.outputs.extend(self.outputs.into_iter().map(|path| Output { path, to: None }));
        for text in &self.env {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Problem::new(Code::UsageWrong, format!("--env {text}: there is no `=`."), "Write --env NAME=VALUE.")
            })?;
            request.env.insert(name.to_owned(), value.to_owned());
        }
        request.after.extend(self.after);
        let resources = &mut request.resources;
        resources.cores = self.cores.unwrap_or(resources.cores);
        resources.memory = self.memory.unwrap_or(resources.memory);
        resources.disk = self.disk.unwrap_or(resources.disk);
        resources.accelerators = self.accelerators.unwrap_or(resources.accelerators);
        resources.walltime = self.walltime.unwrap_or(resources.walltime);
        request.array = self.array.map(|count| Array { count }).or(request.array);
        request.retries = self.retries.unwrap_or(request.retries);
        set(&mut request.place.site, self.site);
        set(&mut request.place.service, self.service);
        set(&mut request.place.project, self.project);
        set(&mut request.place.community, self.community);
        set(&mut request.share_with, self.share_with);
        request.kind = self.kind.unwrap_or(request.kind);
        if self.machine != MachineFlags::default() {
            self.machine.apply(request.machine.get_or_insert_default())?;
        }
        Ok(())
    }
}

fn network_of(text: &str) -> Result<Network, String> {
    match text {
        "none" => Ok(Network::None),
        "host" => Ok(Network::Host),
        _ => Err("it is none or host".to_owned()),
    }
}

/// The same destination again means another file for it.
fn bring(request: &mut RunRequest, input: Input) {
    request.inputs.retain(|known| known.to != input.to);
    request.inputs.push(input);
}

fn set(field: &mut Option<String>, value: Option<String>) {
    if value.is_some() {
        *field = value;
    }
}

fn input_of(text: &str) -> Result<Input, Problem> {
    let (from, to) = match text.rsplit_once('=') {
        Some((from, to)) => (from, to.to_owned()),
        None => (text, text.rsplit('/').next().unwrap_or(text).to_owned()),
    };
    let is_address = ["upload:", "run:", "https://", "http://"].iter().any(|start| from.starts_with(start));
    let from = match is_address {
        true => from.to_owned(),
        false => file_source(Path::new(""), from.strip_prefix("file:").unwrap_or(from))?,
    };
    Ok(Input { from, to, checksum: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_change_what_the_file_says() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("job.toml");
        let text = "name = \"a\"\ncommand = [\"cat\", \"x\"]\ninputs = [{ from = \"file:./x.csv\", to = \"x\" }]\n[resources]\nmemory = \"2GiB\"\n[env]\nA = \"1\"\n";
        std::fs::write(&file, text).expect("write");
        let flags = RequestFlags {
            name: Some("b".into()),
            inputs: vec!["https://h/y?z=1=y".into(), "/data/other=x".into()],
            cores: Some(2.0),
            env: vec!["A=2=3".into(), "B=".into()],
            array: Some(3),
            ..RequestFlags::default()
        };
        let request = build(Some(&file), flags, vec!["ls".into()]).expect("a request");
        assert_eq!(request.name.as_deref(), Some("b"));
        assert_eq!(request.command, Some(vec!["ls".to_owned()]));
        let inputs: Vec<_> = request.inputs.iter().map(|input| (input.from.as_str(), input.to.as_str())).collect();
        assert_eq!(inputs, [("https://h/y?z=1", "y"), ("file:/data/other", "x")]);
        assert_eq!((request.resources.cores, request.resources.memory), (2.0, ByteCount::gibi(2)));
        assert_eq!((request.env["A"].as_str(), request.env["B"].as_str()), ("2=3", ""));
        assert_eq!(request.elements(), 3);
    }

    #[test]
    fn files_are_relative_to_the_request() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("job.yaml");
        std::fs::write(&file, "command: [ls]\ninputs: [{from: 'file:./in/a b', to: a}, {from: 'file:/abs', to: b}]\n")
            .expect("write");
        let request = build(Some(&file), RequestFlags::default(), Vec::new()).expect("a request");
        assert_eq!(request.inputs[0].from, format!("file:{}/in/a b", directory.path().display()));
        assert_eq!(request.inputs[1].from, "file:/abs");
    }

    #[test]
    fn mistakes_are_explained_before_anything_is_sent() {
        let code = |file: Option<&str>, flags, command: &[&str]| {
            let command = command.iter().map(|word| (*word).to_owned()).collect();
            build(file.map(Path::new), flags, command).expect_err("a mistake").code
        };
        assert_eq!(code(None, RequestFlags::default(), &[]), Code::InvalidField);
        assert_eq!(code(Some("ls"), RequestFlags::default(), &[]), Code::UsageWrong);
        assert_eq!(code(Some("/nonexistent/job.toml"), RequestFlags::default(), &[]), Code::FileUnreadable);
        let flags = RequestFlags { env: vec!["A".into()], ..RequestFlags::default() };
        assert_eq!(code(None, flags, &["ls"]), Code::UsageWrong);
    }
}
