//! What a crate says about a run.

use research::{Error, Exit, License, Outcome, Stream, write_crate};
use serde_json::{Value, json};
use std::io::{Cursor, Empty};

use crate::records::{Opened, bytes_of, crate_of, element, ids, image, input, log, open, output, run, sha256, workflow_run};

#[test]
fn a_single_run_is_told_whole() {
    let mut record = run(vec![element(0)]);
    record.license = Some(License { url: "https://spdx.org/licenses/CC-BY-4.0".into(), name: "CC BY 4.0".into() });
    let mut opened = Opened::of(&record);
    assert_eq!(
        opened.names(),
        [
            "inputs/find.py",
            "logs/stderr",
            "logs/stdout",
            "outputs/catalogue.csv",
            "outputs/plots/field 1.png",
            "request.toml",
            "ro-crate-metadata.json",
            "ro-crate-preview.html",
        ]
    );
    assert_eq!(opened.text("outputs/plots/field 1.png").into_bytes(), bytes_of("plots/field 1.png"));
    assert_eq!(opened.text("request.toml"), record.request.text);

    let graph = opened.graph();
    let root = graph.at("./");
    assert_eq!(root["name"], "source finding");
    assert_eq!(root["identifier"], record.id);
    assert_eq!(root["datePublished"], "2026-11-21T07:42:04.000+00:00");
    assert_eq!(ids(&root["license"]), ["https://spdx.org/licenses/CC-BY-4.0"]);
    assert_eq!(ids(&root["conformsTo"]), ["https://w3id.org/ro/wfrun/process/0.5"]);
    assert_eq!(ids(&root["author"]), ["https://orcid.org/0000-0002-1825-0097"]);
    assert_eq!(graph.facts(&root["additionalProperty"])["Roadstead deployment"], record.deployment);
    let web = "https://archive.example.org/cubes/0?format=fits";
    assert_eq!(
        ids(&root["hasPart"]),
        [
            "request.toml",
            "inputs/find.py",
            web,
            "outputs/catalogue.csv",
            "outputs/plots/field%201.png",
            "logs/stdout",
            "logs/stderr"
        ]
    );

    let actions = graph.of_type("CreateAction");
    let [action] = actions[..] else { panic!("one action: {actions:?}") };
    assert_eq!(ids(&root["mentions"]), [action["@id"].as_str().unwrap()]);
    assert_eq!(action["actionStatus"], "http://schema.org/CompletedActionStatus");
    assert_eq!(action["error"], Value::Null);
    assert_eq!(action["description"], r"python3 ./find.py --index 0 'it'\''s here' cube.fits");
    assert_eq!(action["startTime"], "2026-11-21T07:41:51.250+00:00");
    assert_eq!(action["endTime"], "2026-11-21T07:42:03.000+00:00");
    assert_eq!(ids(&action["instrument"]), ["#command-python3", "inputs/find.py"]);
    assert_eq!(ids(&action["object"]), ["inputs/find.py", web]);
    assert_eq!(ids(&action["result"]), ["outputs/catalogue.csv", "outputs/plots/field%201.png", "logs/stdout", "logs/stderr"]);
    assert_eq!(graph.facts(&action["environment"])["LANG"], "C.UTF-8");
    let usage = graph.facts(&action["resourceUsage"]);
    assert_eq!((&usage["processor time"], &usage["peak memory"]), (&json!(11.5), &json!(48 << 20)));
    assert_eq!((&usage["bytes read"], &usage["bytes written"]), (&json!(1_000_000), &json!(2048)));
    let about = graph.facts(&action["additionalProperty"]);
    assert_eq!(about["exit status"], 0);
    assert_eq!(about["operating system"], "Debian GNU/Linux 12");
    assert_eq!(about["Roadstead pilot version"], "0.1.0");

    let script = graph.at("inputs/find.py");
    assert_eq!(script["@type"], json!(["File", "SoftwareSourceCode"]));
    assert_eq!(script["identifier"], "upload:upl-01jd");
    let cube = graph.at(web);
    assert_eq!((&cube["@type"], &cube["encodingFormat"]), (&json!("File"), &json!("application/fits")));
    assert_eq!(cube["sha256"], sha256(&bytes_of("cube.fits")));
    let catalogue = graph.at("outputs/catalogue.csv");
    assert_eq!(catalogue["contentSize"], bytes_of("catalogue.csv").len().to_string());
    assert_eq!(catalogue["sha256"], sha256(&bytes_of("catalogue.csv")));
    // Of a log the record has no digest: it is measured while it is written.
    assert_eq!(graph.at("logs/stdout")["sha256"], sha256(&bytes_of("stdout")));
}

#[test]
fn a_failure_says_why() {
    let mut failed = element(0);
    (failed.outcome, failed.exit) = (Outcome::Failed, Some(Exit::Signal(9)));
    failed.cause = Some("memory: more than 1 GiB used".to_owned());
    let mut opened = Opened::of(&run(vec![failed]));
    let graph = opened.graph();
    let action = graph.of_type("CreateAction")[0];
    assert_eq!(action["actionStatus"], "http://schema.org/FailedActionStatus");
    assert_eq!(action["error"], "failed: memory: more than 1 GiB used");
    assert_eq!(graph.facts(&action["additionalProperty"])["ended by signal"], 9);
    assert!(opened.text("ro-crate-preview.html").contains("Failed, ended by signal 9: memory: more than 1 GiB used"));

    let mut cancelled = element(0);
    (cancelled.outcome, cancelled.exit, cancelled.started, cancelled.place) = (Outcome::Cancelled, None, None, None);
    (cancelled.inputs, cancelled.outputs, cancelled.logs) = (vec![], vec![], vec![]);
    cancelled.usage = Default::default();
    cancelled.usage.cpu_seconds = Some(f64::NAN);
    let graph = Opened::of(&run(vec![cancelled])).graph();
    let action = graph.of_type("CreateAction")[0];
    assert_eq!(action["error"], "cancelled: never started");
    for absent in ["startTime", "object", "result", "resourceUsage", "additionalProperty"] {
        assert_eq!(action.get(absent), None, "{absent}");
    }
}

#[test]
fn an_array_shares_what_its_elements_share() {
    let mut opened = Opened::of(&run((0..3).rev().map(element).collect()));
    let script = format!("inputs/{}/find.py", sha256(&bytes_of("find.py")));
    let names = opened.names();
    assert_eq!(names.iter().filter(|name| name.starts_with("inputs/")).collect::<Vec<_>>(), [&script]);
    assert!(names.contains(&"outputs/2/catalogue.csv".to_owned()) && names.contains(&"logs/1/stderr".to_owned()));

    let graph = opened.graph();
    let mentioned = ids(&graph.at("./")["mentions"]);
    assert_eq!(mentioned.len(), 3);
    for (index, id) in mentioned.iter().enumerate() {
        assert!(id.ends_with(&format!("/{index}")), "{id}");
        let action = graph.at(id);
        assert_eq!(action["name"], format!("source finding [{index}]"));
        assert_eq!(graph.facts(&action["additionalProperty"])["array index"], index);
        assert_eq!(graph.facts(&action["environment"])["RS_INDEX"], index.to_string());
        assert_eq!(ids(&action["instrument"]), ["#command-python3", &script]);
        assert!(ids(&action["result"]).contains(&format!("outputs/{index}/catalogue.csv")));
    }
    let environment: Vec<_> = graph.0.keys().filter(|id| id.starts_with("#env-")).collect();
    assert_eq!(environment.len(), 4, "one LANG for all and three RS_INDEX: {environment:?}");
}

#[test]
fn an_address_that_changed_names_only_what_it_gave_first() {
    let mut elements = vec![element(0), element(1)];
    let address = "https://someone:secret@archive.example.org/latest.fits";
    for (index, element) in elements.iter_mut().enumerate() {
        element.inputs = vec![input(address, "cube.fits")];
        element.inputs[0].sha256 = sha256(&[index as u8]);
    }
    let mut opened = Opened::of(&run(elements));
    let graph = opened.graph();
    let [first, second] = graph.of_type("CreateAction")[..] else { panic!("two actions") };
    assert_eq!(ids(&first["object"]), ["https://archive.example.org/latest.fits"]);
    let other = format!("#input-{}-cube.fits", sha256(&[1]));
    assert_eq!(ids(&second["object"]), [other.as_str()]);
    assert_eq!(graph.at(&other)["@type"], "CreativeWork");
    assert_eq!(graph.at(&other)["sha256"], sha256(&[1]));
    assert!(!opened.text("ro-crate-metadata.json").contains("secret"));
    assert!(!opened.text("ro-crate-preview.html").contains("secret"));
}

#[test]
fn what_is_left_out_is_still_described() {
    let record = run(vec![element(0)]);
    let none = write_crate(&record, |_| Ok(None::<Empty>), Cursor::new(Vec::new())).unwrap();
    let mut opened = Opened::new(none.into_inner());
    assert_eq!(opened.names(), ["request.toml", "ro-crate-metadata.json", "ro-crate-preview.html"]);
    let graph = opened.graph();
    let action = graph.of_type("CreateAction")[0];
    assert_eq!(ids(&action["result"]), ["#outputs/catalogue.csv", "#outputs/plots/field%201.png"]);
    let absent = graph.at("#outputs/catalogue.csv");
    assert_eq!((&absent["@type"], &absent["sha256"]), (&json!("CreativeWork"), &json!(sha256(&bytes_of("catalogue.csv")))));
    assert!(ids(&graph.at("./")["hasPart"]).iter().all(|id| !id.starts_with('#')));
    assert!(opened.text("ro-crate-preview.html").contains("catalogue.csv (not in this crate)"));
}

#[test]
fn the_same_run_gives_the_same_bytes_in_any_order_of_its_elements() {
    let (forward, backward) = (run((0..5).map(element).collect()), run((0..5).rev().map(element).collect()));
    let bytes = crate_of(&forward).unwrap();
    assert!(bytes == crate_of(&forward).unwrap() && bytes == crate_of(&backward).unwrap());
    let again: research::RunRecord = serde_json::from_str(&serde_json::to_string(&forward).unwrap()).unwrap();
    assert!(again == forward && bytes == crate_of(&again).unwrap());
    let date = Opened::new(bytes).archive().by_index(0).unwrap().last_modified().unwrap();
    assert_eq!((date.year(), date.month(), date.day(), date.hour()), (2026, 11, 21, 7));
}

#[test]
fn a_crate_vouches_for_nothing_that_changed() {
    let changed = |edit: &dyn Fn(&mut research::RunRecord)| {
        let mut record = run(vec![element(0)]);
        edit(&mut record);
        crate_of(&record).unwrap_err()
    };
    let error = changed(&|record| record.elements[0].outputs[0].sha256 = sha256(b"other"));
    assert!(matches!(&error, Error::Changed { path, .. } if path == "outputs/catalogue.csv"), "{error}");
    let error = changed(&|record| record.elements[0].outputs[0].bytes -= 1);
    assert!(matches!(&error, Error::Changed { found, .. } if found == "more"), "{error}");
    let error = changed(&|record| record.elements[0].logs[0].bytes += 1);
    assert!(matches!(&error, Error::Changed { path, .. } if path == "logs/stdout"), "{error}");
}

#[test]
fn a_record_that_makes_no_sense_is_refused_before_anything_is_opened() {
    type Edit = fn(&mut research::RunRecord);
    type Expected = fn(&Error) -> bool;
    let cases: [(Edit, Expected); 8] = [
        (|r| r.ended = "soon".into(), |e| matches!(e, Error::Time { .. })),
        (|r| r.elements[0].started = Some("2026-13-01T00:00:00Z".into()), |e| matches!(e, Error::Time { .. })),
        (|r| r.elements[0].command.clear(), |e| matches!(e, Error::NoCommand { element: 0 })),
        (|r| r.elements[0].inputs[0].sha256 = "AB".repeat(32), |e| matches!(e, Error::Digest { .. })),
        (|r| r.elements[0].outputs.push(output("catalogue.csv", "a/b")), |e| matches!(e, Error::Duplicate { .. })),
        (|r| r.elements[0].logs.push(log(Stream::Stdout)), |e| matches!(e, Error::Duplicate { .. })),
        (|r| r.elements.push(element(1)), |e| matches!(e, Error::ElementCount { found: 2 })),
        (
            |r| {
                r.array = true;
                r.elements.push(element(0));
            },
            |e| matches!(e, Error::DuplicateElement { element: 0 }),
        ),
    ];
    for (edit, expected) in cases {
        let mut record = run(vec![element(0)]);
        edit(&mut record);
        let mut opened = 0;
        let result = write_crate(
            &record,
            |member| {
                opened += 1;
                open(member)
            },
            Cursor::new(Vec::new()),
        );
        let error = result.unwrap_err();
        assert!(expected(&error) && opened == 0, "{error}");
    }
}

#[test]
fn a_workflow_is_the_instrument_and_neither_input_nor_result() {
    let mut opened = Opened::of(&workflow_run(2));
    assert_eq!(opened.text("workflow/find.cwl").into_bytes(), bytes_of("find.cwl"));
    assert!(!opened.names().iter().any(|name| name != "workflow/find.cwl" && name.ends_with("find.cwl")));
    let graph = opened.graph();
    let root = graph.at("./");
    assert_eq!(ids(&root["mainEntity"]), ["workflow/find.cwl"]);
    assert_eq!(ids(&root["conformsTo"]).len(), 3);
    let workflow = graph.at("workflow/find.cwl");
    assert_eq!(workflow["@type"], json!(["File", "SoftwareSourceCode", "ComputationalWorkflow"]));
    assert_eq!(graph.at(&ids(&workflow["programmingLanguage"])[0])["alternateName"], "CWL");
    for action in graph.of_type("CreateAction") {
        assert_eq!(ids(&action["instrument"]), ["workflow/find.cwl"]);
        let files = [ids(&action["object"]), ids(&action["result"])].concat();
        assert!(!files.iter().any(|id| id.contains("find.cwl")), "{files:?}");
    }

    // One that was not brought back, or whose bytes are gone: a crate of a process, and says no more.
    let mut lost = workflow_run(1);
    lost.elements[0].outputs.remove(0);
    let gone = write_crate(&workflow_run(1), |_| Ok(None::<Empty>), Cursor::new(Vec::new())).unwrap().into_inner();
    for mut opened in [Opened::of(&lost), Opened::new(gone)] {
        let graph = opened.graph();
        assert_eq!(ids(&graph.at("./")["conformsTo"]), ["https://w3id.org/ro/wfrun/process/0.5"]);
        assert_eq!(graph.at("./")["mainEntity"], Value::Null);
    }
}

#[test]
fn the_image_of_a_container_is_told_by_its_digest() {
    for (name, registry, short, tag) in [
        ("registry.example.org:5000/group/finder:1.2", json!("registry.example.org:5000"), "group/finder", json!("1.2")),
        ("localhost/mine", json!("localhost"), "mine", Value::Null),
        ("busybox:tb", Value::Null, "busybox", json!("tb")),
        ("oci-archive:finder.tar", Value::Null, "oci-archive:finder.tar", Value::Null),
    ] {
        let mut contained: Vec<_> = (0..2).map(element).collect();
        contained.iter_mut().for_each(|element| element.container = Some(image(name)));
        let graph = Opened::of(&run(contained)).graph();
        let images = graph.of_type("ContainerImage");
        let [found] = images[..] else { panic!("one image for both elements: {images:?}") };
        assert_eq!((&found["registry"], &found["name"], &found["tag"]), (&registry, &json!(short), &tag), "{name}");
        assert_eq!(found["sha256"], json!(sha256(name.as_bytes())));
        for action in graph.of_type("CreateAction") {
            assert_eq!(ids(&action["containerImage"]), [found["@id"].as_str().unwrap()]);
            assert_eq!(graph.facts(&action["additionalProperty"])["container engine"], "podman 4.3.1 with runc");
        }
    }
}
