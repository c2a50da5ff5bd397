//! The demonstration: its page is typed, block after block, into one shell, and what each answers is compared with what stands
//! below it.

use super::Page;
use super::truth::page;
use crate::cli::helpers::{Desk, PROGRAM};
use std::path::Path;
use std::time::Duration;
use testkit::{OpenStack, free_port};

/// All of it, on a computer that is busy with other tests.
const LONG: Duration = Duration::from_secs(900);
/// Before each block's output.
const MARK: &str = "=== block ";

/// Instead of the blocks before the first that is followed: the bed is there, for all tests, and whoever comes next finds it
/// as it was.
const BEGINNING: &str = r#"
exec 2>&1
set -euo pipefail
mkdir demonstration
cd demonstration
ln -s "$BED" bed
export OS_CLIENT_CONFIG_FILE=$BED/clouds.yaml
trap 'status=$?; [ $status = 0 ] || tidy; exit $status' EXIT
tidy() {
    tail -n 40 gateway.log
    "$testbed"/fault bed resume a neutron-server || true
    openstack --os-cloud b-admin quota set --instances 40 egi_demo || true
    openstack --os-cloud c-admin quota set --cores 40 VO_demo || true
}
"#;

#[test]
fn the_demonstration_does_what_its_page_says() {
    let bed = OpenStack::shared();
    let desk = Desk::new();
    let port = |url: &str| url.split(['/', ':']).find_map(|part| part.parse::<u16>().ok()).expect("a port");
    let page = page("administrators/demonstration.md");
    let steps = steps(&Page { text: moved(&page.text, port(bed.issuer()), free_port()), ..page });
    assert!(steps.len() >= 10, "only {} blocks are followed", steps.len());
    let script = steps.iter().enumerate().map(|(number, step)| format!("echo '{MARK}{number}'\n{}", step.typed));
    let script = desk.write("demonstration.sh", BEGINNING.to_owned() + &script.collect::<String>());

    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository");
    let folder = Path::new(PROGRAM).parent().expect("a folder").display();
    let mut command = desk.home.command("bash");
    command
        .arg(&script)
        .env("testbed", repository.join("testbed/openstack"))
        .env("BED", bed.clouds().parent().expect("a folder"));
    command.env("PATH", format!("{folder}:{}", std::env::var("PATH").expect("a PATH")));
    let mut typed = desk.home.start(command);
    let status = typed.wait(LONG);
    let said = typed.stdout();
    assert!(status.success(), "it stopped: {said}");

    let mut answers = said.split(MARK).skip(1).map(|answer| answer.split_once('\n').map_or("", |(_, answer)| answer));
    for step in &steps {
        let answer = answers.next().expect("an answer to each block");
        let (told, answer) = (lines(&step.answer), lines(answer));
        assert!(fits(&told, &answer), "{}\nanswers\n{}\nand not\n{}", step.typed, answer.join("\n"), told.join("\n"));
    }
}

/// A block that is typed, and the text below it.
struct Step {
    typed: String,
    answer: String,
}

fn steps(page: &Page) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_followed = false;
    for (info, text) in page.blocks() {
        match (info.as_str(), steps.last_mut()) {
            ("sh followed", _) => steps.push(Step { typed: text, answer: String::new() }),
            ("text", Some(step)) if is_followed => step.answer = text,
            _ => {}
        }
        is_followed = info == "sh followed";
    }
    steps
}

/// The page has the ports that are free on most computers.
fn moved(script: &str, first: u16, gateway: u16) -> String {
    let mut moved = script.replace(":7480", &format!(":{gateway}"));
    for number in 0..100 {
        moved = moved.replace(&format!(":{}", 15_000 + number), &format!(":@{}", first + number));
    }
    moved.replace(":@", ":")
}

/// As words: how far apart they are depends on what stands around them.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|line| !line.is_empty()).collect()
}

/// Every line, where `…` stands for any letters, and alone in its line for any lines.
fn fits(told: &[String], answer: &[String]) -> bool {
    match (told.split_first(), answer.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((line, rest)), _) if line == "…" => (0..=answer.len()).any(|skipped| fits(rest, &answer[skipped..])),
        (Some(_), None) => false,
        (Some((line, told)), Some((said, answer))) => is_like(line, said) && fits(told, answer),
    }
}

fn is_like(line: &str, said: &str) -> bool {
    let Some((before, after)) = line.split_once('…') else { return line == said };
    let Some(rest) = said.strip_prefix(before) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| is_like(after, &rest[at..]))
}

#[test]
fn what_is_left_out_is_marked_and_nothing_else_may_differ() {
    let fit = |told: &str, answer: &str| fits(&lines(told), &lines(answer));
    assert!(fit("a  b\n…\nd…e", "a b\n\nc\nc\nd and e\n") && fit("…", "") && fit("", "\n"));
    assert!(!fit("a\nc", "a\nb\nc") && !fit("a…c", "a b") && !fit("", "a") && !fit("a\n…\nb", "a"));
    assert_eq!(moved("127.0.0.1:15041 :7480 150", 15_100, 9), "127.0.0.1:15141 :9 150");
}
