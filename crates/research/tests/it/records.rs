//! Records to make crates of, and the means to look into them.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use aws_lc_rs::digest::{SHA256, digest};
use research::{
    ContainerImage, Element, Error, Exit, Input, Language, Log, Member, Outcome, Output, Part, Person, Place, Request, RunRecord,
    Stream, Usage, Workflow, write_crate,
};
use serde_json::Value;
use zip::ZipArchive;

pub fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the tests' files contain: something of their own, told from their path.
pub fn bytes_of(path: &str) -> Vec<u8> {
    format!("the bytes of {path}\n").into_bytes()
}

pub fn input(from: &str, path: &str) -> Input {
    let bytes = bytes_of(path);
    Input { from: from.to_owned(), path: path.to_owned(), bytes: bytes.len() as u64, sha256: sha256(&bytes) }
}

pub fn output(path: &str, media_type: &str) -> Output {
    let bytes = bytes_of(path);
    let (path, media_type) = (path.to_owned(), media_type.to_owned());
    Output { path, bytes: bytes.len() as u64, sha256: sha256(&bytes), media_type }
}

pub fn log(stream: Stream) -> Log {
    Log { stream, bytes: bytes_of(stream.name()).len() as u64, truncated: false }
}

pub fn image(name: &str) -> ContainerImage {
    ContainerImage { name: name.to_owned(), sha256: sha256(name.as_bytes()), engine: "podman 4.3.1 with runc".to_owned() }
}

pub fn element(index: u32) -> Element {
    Element {
        index,
        command: ["python3", "./find.py", "--index", &index.to_string(), "it's here", "cube.fits"].map(str::to_owned).into(),
        env: BTreeMap::from([("RS_INDEX".to_owned(), index.to_string()), ("LANG".to_owned(), "C.UTF-8".to_owned())]),
        exit: Some(Exit::Code(0)),
        outcome: Outcome::Done,
        cause: None,
        started: Some("2026-11-21T08:41:51.25+01:00".to_owned()),
        ended: "2026-11-21T07:42:03Z".to_owned(),
        place: Some(Place {
            service: "local".to_owned(),
            operating_system: "Debian GNU/Linux 12".to_owned(),
            pilot_version: "0.1.0".to_owned(),
        }),
        container: None,
        usage: Usage {
            cpu_seconds: Some(11.5),
            memory_peak_bytes: Some(48 << 20),
            read_bytes: Some(1_000_000 + u64::from(index)),
            written_bytes: Some(2048),
        },
        inputs: vec![
            input("upload:upl-01jd", "find.py"),
            input(&format!("https://archive.example.org/cubes/{index}?format=fits"), "cube.fits"),
        ],
        outputs: vec![output("catalogue.csv", "text/csv"), output("plots/field 1.png", "image/png")],
        logs: vec![log(Stream::Stdout), log(Stream::Stderr)],
    }
}

pub fn run(elements: Vec<Element>) -> RunRecord {
    RunRecord {
        id: "run-01jd5m3v8e7k2c9a4q6x0z1y5w".to_owned(),
        name: "source finding".to_owned(),
        description: None,
        deployment: "dep-01jd5m3v8e7k2c9a4q6x0z1y5v".to_owned(),
        gateway_version: "0.1.0".to_owned(),
        person: Person { name: "Ada Lovelace".to_owned(), id: "https://orcid.org/0000-0002-1825-0097".to_owned() },
        license: None,
        request: Request { media_type: "application/toml".to_owned(), text: "name = \"source finding\"\n".to_owned() },
        workflow: None,
        array: elements.len() != 1,
        ended: "2026-11-21T07:42:04Z".to_owned(),
        elements,
    }
}

/// Elements that carried out a workflow file and brought it back.
pub fn workflow_run(elements: u32) -> RunRecord {
    let of = |index| {
        let mut element = element(index);
        element.command = ["cwltool", "--outdir", ".", "find.cwl", "job.json"].map(str::to_owned).into();
        element.inputs = vec![input("upload:upl-01jd", "find.cwl"), input("upload:upl-02jd", "job.json")];
        element.outputs.insert(0, output("find.cwl", "application/octet-stream"));
        element
    };
    let workflow = Some(Workflow { path: "find.cwl".to_owned(), language: Language::Cwl });
    RunRecord { workflow, ..run((0..elements).map(of).collect()) }
}

/// Gives every file but the inputs that have a web address.
pub fn open(member: &Member<'_>) -> std::io::Result<Option<Cursor<Vec<u8>>>> {
    Ok(match member.part {
        Part::Input(input) if input.from.starts_with("https:") => None,
        Part::Input(input) => Some(Cursor::new(bytes_of(&input.path))),
        Part::Output(output) | Part::Workflow(output, _) => Some(Cursor::new(bytes_of(&output.path))),
        Part::Log(log) => Some(Cursor::new(bytes_of(log.stream.name()))),
    })
}

pub fn crate_of(record: &RunRecord) -> Result<Vec<u8>, Error> {
    write_crate(record, open, Cursor::new(Vec::new())).map(Cursor::into_inner)
}

pub struct Opened(ZipArchive<Cursor<Vec<u8>>>);

impl Opened {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(ZipArchive::new(Cursor::new(bytes)).unwrap())
    }

    pub fn of(record: &RunRecord) -> Self {
        Self::new(crate_of(record).unwrap())
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.0.file_names().map(|name| name.unwrap().into_owned()).collect();
        names.sort();
        names
    }

    pub fn text(&mut self, name: &str) -> String {
        let mut text = String::new();
        self.0.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    pub fn archive(&mut self) -> &mut ZipArchive<Cursor<Vec<u8>>> {
        &mut self.0
    }

    pub fn graph(&mut self) -> Graph {
        Graph::parse(&self.text("ro-crate-metadata.json"))
    }
}

/// The entities by `@id`; none may be there twice, and everything referred to within the crate must be there.
pub struct Graph(pub BTreeMap<String, Value>);

impl Graph {
    pub fn parse(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).unwrap();
        let mut entities = BTreeMap::new();
        for entity in document["@graph"].as_array().unwrap() {
            let id = entity["@id"].as_str().unwrap().to_owned();
            assert!(entities.insert(id.clone(), entity.clone()).is_none(), "{id} is there twice");
        }
        let graph = Self(entities);
        for entity in graph.0.values() {
            for id in entity.as_object().unwrap().values().flat_map(ids) {
                let elsewhere = id == "https://w3id.org/ro/crate/1.1" || id.starts_with("https://w3id.org/ro/terms/");
                assert!(elsewhere || graph.0.contains_key(&id), "{id} is referred to and not there");
            }
        }
        graph
    }

    pub fn at(&self, id: &str) -> &Value {
        self.0.get(id).unwrap_or_else(|| panic!("no {id} among {:?}", self.0.keys()))
    }

    pub fn of_type(&self, kind: &str) -> Vec<&Value> {
        self.0.values().filter(|entity| entity["@type"] == kind).collect()
    }

    /// The name and value of each `PropertyValue` referred to.
    pub fn facts(&self, property: &Value) -> BTreeMap<String, Value> {
        let facts = ids(property).into_iter().map(|id| self.at(&id));
        facts.map(|fact| (fact["name"].as_str().unwrap().to_owned(), fact["value"].clone())).collect()
    }
}

/// The `@id`s that a property refers to, one or many.
pub fn ids(property: &Value) -> Vec<String> {
    match property {
        Value::Array(many) => many.iter().flat_map(ids).collect(),
        Value::Object(one) => one["@id"].as_str().map(str::to_owned).into_iter().collect(),
        _ => Vec::new(),
    }
}
