//! What a run is made for: inputs in, a command for each element, outputs back.

use data::Hasher;
use model::request::{Input, Output};
use model::run::Outcome;
use pilot::protocol::Held;

use crate::bench::{Bench, shell};

fn sha256(bytes: &[u8]) -> String {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher.finish().to_string()
}

#[tokio::test]
async fn an_array_gets_its_inputs_and_brings_its_outputs_back() {
    let script = r#"
        cat one.txt two/two.txt three.bin > joined-$RS_INDEX.bin
        mkdir -p plots/deep && echo "$WORD of $RS_COUNT in $RS_RUN" > plots/deep/note.txt && : > plots/empty
        echo "out {index}" ; echo "err $1" >&2"#;
    let mut request = shell(20, script);
    request.command.as_mut().unwrap().extend(["sh".to_owned(), "argument-{index}".to_owned()]);
    request.env.insert("WORD".into(), "word-{index}".into());
    let input = |from: String, to: &str, checksum| Input { from, to: to.into(), checksum };
    let output = |path: &str, to: Option<&str>| Output { path: path.into(), to: to.map(Into::into) };
    request.outputs = vec![output("joined-{index}.bin", None), output("plots/**", Some("figures/{index}"))];

    let bench = Bench::new(request).await;
    let door = bench.gateway.open().await;
    let files = bench.path("files");
    std::fs::create_dir(&files).unwrap();
    {
        let mut facts = bench.gateway.facts();
        let three = vec![7; 300_000];
        facts.assignment.request.inputs = vec![
            input(format!("file:{}/{{index}}.txt", files.display()), "one.txt", None),
            input(format!("{}/pages/{{index}}", door.url), "two/two.txt", None),
            input("upload:upl-00000000000000000000000000".into(), "three.bin", Some(format!("sha256:{}", sha256(&three)))),
        ];
        for index in 0..20 {
            std::fs::write(files.join(format!("{index}.txt")), format!("one {index}\n")).unwrap();
            facts.pages.insert(index.to_string(), format!("two {index}\n").into_bytes());
            facts.inputs.insert((index, 2), three.clone());
        }
        facts.assignment.file_roots = vec!["/does/not/exist".into(), files.display().to_string()];
        facts.assignment.allowed_hosts = vec![door.url.split('/').nth(2).unwrap().to_owned()];
        facts.bulk_cuts = 3;
    }
    bench.carry_out().await;
    let facts = bench.gateway.facts();
    assert_eq!(facts.connections, 1);
    assert_eq!(facts.ended.len(), 20);
    for index in 0..20 {
        let held = Held { index, attempt: 1 };
        let ended = &facts.ended[&held];
        assert_eq!((ended.outcome, &ended.cause), (Outcome::Done, &None));
        assert_eq!(facts.logs[&(held, false)], format!("out {index}\n").into_bytes());
        assert_eq!(facts.logs[&(held, true)], format!("err argument-{index}\n").into_bytes());
        let mut joined = format!("one {index}\ntwo {index}\n").into_bytes();
        joined.resize(joined.len() + 300_000, 7);
        assert!(facts.outputs[&(index, format!("joined-{index}.bin"))] == joined);
        let note = format!("word-{index} of 20 in {}\n", facts.assignment.run).into_bytes();
        assert_eq!(facts.outputs[&(index, format!("figures/{index}/deep/note.txt"))], note);
        assert_eq!(facts.outputs[&(index, format!("figures/{index}/empty"))], b"");
        let report = &ended.report;
        assert_eq!((report.exit_code, report.signal), (Some(0), None));
        assert!(report.isolation == "bubblewrap" && !report.limits.is_empty() && !report.host.is_empty());
        let staged: Vec<(&str, u64)> = report.inputs.iter().map(|file| (file.to.as_str(), file.bytes)).collect();
        assert_eq!(staged[0], ("one.txt", 5 + index.to_string().len() as u64));
        assert_eq!(staged[2], ("three.bin", 300_000));
        assert_eq!(report.inputs[0].sha256, sha256(format!("one {index}\n").as_bytes()));
        let collected: Vec<(&str, &str)> = report.outputs.iter().map(|file| (file.path.as_str(), file.sha256.as_str())).collect();
        assert_eq!(collected.len(), 3);
        assert!(collected.contains(&(&format!("joined-{index}.bin"), &sha256(&joined))));
        assert!(ended.started_at.is_some() && report.usage.cpu_millis.is_some_and(|millis| millis < 60_000));
    }
}

#[tokio::test]
async fn a_large_output_is_resumed_where_the_gateway_lost_it() {
    let mut request = shell(
        1,
        "i=0; while [ $i -lt 300000 ]; do echo \"line $i of a large file, to be found again\"; i=$((i+1)); done > large",
    );
    request.outputs = vec![Output { path: "large".into(), to: None }];
    let bench = Bench::new(request).await;
    bench.gateway.facts().bulk_cuts = 2;
    bench.carry_out().await;
    let facts = bench.gateway.facts();
    let large = &facts.outputs[&(0, "large".to_owned())];
    assert!(large.len() > 8 << 20 && large.ends_with(b"line 299999 of a large file, to be found again\n"));
    let report = &facts.ended[&Held { index: 0, attempt: 1 }].report;
    assert_eq!((report.outputs[0].bytes, &report.outputs[0].sha256), (large.len() as u64, &sha256(large)));
    assert_eq!(facts.bulk_cuts, 0);
}
