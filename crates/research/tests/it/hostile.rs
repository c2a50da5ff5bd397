//! Names and texts that mean harm.

use research::{Error, PathFault};

use crate::records::{Opened, crate_of, element, ids, input, output, run};

pub const HOSTILE: [&str; 10] = [
    "with space and 'quotes' \".csv",
    "größe/面试.csv",
    "a\nnew\u{1b}[31mline.csv",
    "C:\\windows\\system32.csv",
    "100%.csv",
    "%2e%2e%2fescaped.csv",
    "<script>alert(1)</script>.html",
    "</script><img src=x onerror=alert(1)>.svg",
    "query?and#fragment.csv",
    "\u{202e}gnp.exe",
];

pub fn hostile_run() -> research::RunRecord {
    let mut hostile = element(0);
    hostile.outputs = HOSTILE.map(|path| output(path, "text/csv")).into();
    hostile.inputs = HOSTILE.map(|path| input("upload:</script>&amp;\" x", path)).into();
    hostile.command.push("</script>\u{0}\u{7f}".to_owned());
    hostile.env.insert("\"}]".to_owned(), "\u{2028}</script>".to_owned());
    let mut record = run(vec![hostile]);
    record.name = "</title><script>alert(1)</script>".to_owned();
    record.id = "run \"<>".to_owned();
    record.person.id = "javascript:alert(1)".to_owned();
    record
}

#[test]
fn strange_names_come_through_whole() {
    let record = hostile_run();
    let mut opened = Opened::of(&record);
    let names = opened.names();
    assert_eq!(names.len(), 2 * HOSTILE.len() + 5);
    for name in &names {
        assert!(!name.contains("..") && !name.contains('\\') && !name.chars().any(char::is_control), "{name:?}");
        assert!(opened.archive().by_name(name).unwrap().enclosed_name().is_some(), "{name:?}");
    }
    let graph = opened.graph();
    for id in ids(&graph.of_type("CreateAction")[0]["result"]) {
        assert!(id.chars().all(|c| c.is_alphanumeric() || "-._~/%".contains(c)), "{id:?}");
    }
    for path in HOSTILE {
        let named = graph.0.values().filter(|entity| entity["alternateName"] == path).count();
        assert_eq!(named, 2, "{path:?} as input and as output");
    }
}

#[test]
fn the_preview_is_text_and_nothing_else() {
    let mut opened = Opened::of(&hostile_run());
    let metadata = opened.text("ro-crate-metadata.json");
    let page = opened.text("ro-crate-preview.html");
    assert_eq!(page.matches("<script").count(), 1, "only the metadata's");
    assert_eq!(page.matches("</script").count(), 1);
    assert!(!page.contains("<img") && !page.contains("href=\"javascript:"));
    assert!(!page.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'));
    let (_, after) = page.split_once("<script type=\"application/ld+json\">").unwrap();
    let (copy, body) = after.split_once("</script>").unwrap();
    assert_eq!(copy.trim(), metadata.trim());
    assert!(body.contains("&lt;script&gt;alert(1)&lt;/script&gt;.html"));
}

#[test]
fn a_way_out_is_refused() {
    for (path, expected) in [
        ("../outside", PathFault::Traversal),
        ("a/../../outside", PathFault::Traversal),
        ("..\\outside", PathFault::Traversal),
        ("/etc/passwd", PathFault::Absolute),
        ("nul\0", PathFault::Nul),
        ("", PathFault::Empty),
    ] {
        let mut as_output = element(0);
        as_output.outputs = vec![output(path, "text/plain")];
        let mut as_input = element(0);
        as_input.inputs = vec![input("upload:x", path)];
        for record in [run(vec![as_output]), run(vec![as_input])] {
            match crate_of(&record) {
                Err(Error::Path { fault, .. }) => assert_eq!(fault, expected, "{path:?}"),
                other => panic!("{path:?} gave {other:?}"),
            }
        }
    }
}
