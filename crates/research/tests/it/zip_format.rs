//! The zip file as such.

use std::io::{Cursor, Read};

use research::{Part, Stream, write_crate};
use zip::CompressionMethod;

use crate::records::{Opened, element, ids, log, open, output, run, sha256};

#[test]
fn only_what_shrinks_is_deflated() {
    let mut single = element(0);
    single.outputs.push(output("cube.fits.gz", "application/octet-stream"));
    let mut opened = Opened::of(&run(vec![single]));
    for (name, expected) in [
        ("outputs/catalogue.csv", CompressionMethod::Deflated),
        ("ro-crate-metadata.json", CompressionMethod::Deflated),
        ("outputs/plots/field 1.png", CompressionMethod::Stored),
        ("outputs/cube.fits.gz", CompressionMethod::Stored),
    ] {
        assert_eq!(opened.archive().by_name(name).unwrap().compression(), expected, "{name}");
    }
}

/// An array as large as they get, and more than 65,535 files: the end of the archive needs its zip64 form.
#[test]
fn ten_thousand_elements_fit() {
    let lean = |index| research::Element { inputs: vec![], outputs: vec![], logs: vec![log(Stream::Stdout)], ..element(index) };
    let mut record = run((0..10_000).map(lean).collect());
    record.elements[9].outputs = (0..56_000).map(|number| output(&format!("{number}.png"), "image/png")).collect();
    let mut opened = Opened::of(&record);
    assert_eq!(opened.archive().len(), 10_000 + 56_000 + 3);
    assert_eq!(opened.text("outputs/9/55999.png"), "the bytes of 55999.png\n");
    let graph = opened.graph();
    assert_eq!(graph.of_type("CreateAction").len(), 10_000);
    assert_eq!(ids(&graph.at("./")["mentions"]).len(), 10_000);
}

/// Gives a short count or an interruption now and then, as files over a network do.
struct Halting(Cursor<Vec<u8>>, bool);

impl Read for Halting {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let short = buffer.len().min(3);
        self.0.read(&mut buffer[..short])
    }
}

#[test]
fn reading_in_pieces_changes_nothing_and_a_broken_read_is_an_error() {
    let record = run(vec![element(0)]);
    let whole = write_crate(&record, open, Cursor::new(Vec::new())).unwrap();
    let halting = |member: &research::Member<'_>| Ok(open(member)?.map(|bytes| Halting(bytes, false)));
    let pieces = write_crate(&record, halting, Cursor::new(Vec::new())).unwrap();
    let (mut whole, mut pieces) = (Opened::new(whole.into_inner()), Opened::new(pieces.into_inner()));
    for name in whole.names() {
        assert_eq!(sha256(whole.text(&name).as_bytes()), sha256(pieces.text(&name).as_bytes()), "{name}");
    }

    let broken = |member: &research::Member<'_>| match member.part {
        Part::Output(_) => Err(std::io::Error::other("the disk is gone")),
        _ => open(member),
    };
    match write_crate(&record, broken, Cursor::new(Vec::new())) {
        Err(research::Error::Read { path, source }) => {
            assert_eq!((path.as_str(), source.to_string().as_str()), ("outputs/catalogue.csv", "the disk is gone"));
        }
        other => panic!("{other:?}"),
    }
}
