use super::*;
use std::io::Write;

fn log(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    file
}

fn search(text: Option<&str>, errors: bool) -> Wanted {
    Wanted::of(&Search { text: text.map(str::to_owned), errors, from: 0, limit: 0 }).expect("a search")
}

/// Everything, as a reader who follows `next` gets it.
fn all(bytes: &[u8], wanted: &Wanted, limit: u32) -> Vec<(u64, String)> {
    let (file, end) = (log(bytes), bytes.len() as u64);
    let (mut found, mut from) = (Vec::new(), 0);
    loop {
        let page = scan(&file, from, end, true, wanted, limit).expect("scanned");
        assert!(page.matches.len() <= limit as usize);
        found.extend(page.matches.into_iter().map(|found| (found.offset, found.excerpt)));
        match page.next {
            Some(next) => assert!(next > std::mem::replace(&mut from, next), "it goes on"),
            None => return found,
        }
    }
}

#[test]
fn each_line_is_found_once_whatever_the_page_and_the_case() {
    let text = b"all well\nValueError: no such SOURCE\r\nsource, Source, source\nthe end of a k\xE2\x84\xAA\nkilled by Source";
    for limit in [1, 2, 100] {
        let found = all(text, &search(Some("source"), false), limit);
        assert_eq!(
            found,
            [(29, "ValueError: no such SOURCE".into()), (37, "source, Source, source".into()), (88, "killed by Source".into())]
        );
        let found = all(text, &search(None, true), limit);
        assert_eq!(found.iter().map(|(offset, _)| *offset).collect::<Vec<_>>(), [14, 78], "{found:?}");
        assert_eq!(all(text, &search(Some("source"), true), limit).len(), 2, "lines that have both");
    }
    assert_eq!(all(text, &search(Some("a KK"), false), 9), [(71, "the end of a k\u{212A}".into())], "case beyond ASCII");
    assert!(all(text, &search(Some("s.urce"), false), 9).is_empty(), "plain text, no pattern");
    assert!(ERRORS.is_some());
    for wrong in [None, Some(String::new()), Some("x".repeat(257)), Some("a\nb".into())] {
        let refused = Wanted::of(&Search { text: wrong, ..Search::default() }).err().expect("refused");
        assert_eq!(refused.code, Code::InvalidQuery);
    }
}

#[test]
fn long_lines_and_bytes_that_are_no_text_are_searched_in_bounded_pieces() {
    // Eight megabytes without a line break, with something across each end of a block.
    let mut bytes = vec![0xFF; 8 << 20];
    let places: Vec<usize> = (1..8).map(|block| block * BLOCK - OVERLAP - 3).chain([BLOCK - 2, 3 * BLOCK - 1]).collect();
    for place in &places {
        bytes[*place..*place + 6].copy_from_slice(b"NeedLe");
    }
    let wanted = search(Some("needle"), false);
    let found = all(&bytes, &wanted, 3);
    let offsets: Vec<u64> = found.iter().map(|(offset, _)| *offset).collect();
    assert!(offsets.is_sorted_by(|a, b| a < b), "{offsets:?}");
    for place in &places {
        let near = |offset: &u64| (*place as u64).abs_diff(*offset) <= LONGEST_LINE as u64;
        assert!(offsets.iter().any(near), "{place} in {offsets:?}");
    }
    for (_, excerpt) in &found {
        assert!(excerpt.len() <= LONGEST_EXCERPT && excerpt.contains("NeedLe"), "{excerpt}");
    }
    // Characters of two bytes are whole in an excerpt.
    let line = format!("{}needle{}", "é".repeat(500), "ü".repeat(500));
    let [(1000, excerpt)] = &all(line.as_bytes(), &wanted, 9)[..] else { panic!("one line") };
    assert!(!excerpt.contains('\u{FFFD}') && excerpt.starts_with('é') && excerpt.len() >= LONGEST_EXCERPT - 1);
}

#[test]
fn a_line_that_is_still_written_is_searched_when_it_is_whole() {
    let wanted = search(Some("two"), false);
    let file = log(b"one\ntw");
    let found = scan(&file, 0, 6, false, &wanted, 9).expect("scanned");
    assert_eq!(found, LogMatches { matches: vec![], next: None, searched: 4 });
    let file = log(b"one\ntwo\n");
    let found = scan(&file, found.searched, 8, false, &wanted, 9).expect("scanned");
    assert_eq!((found.matches.len(), found.searched, found.next), (1, 8, None));
}

#[test]
fn one_question_reads_a_bounded_part() {
    let file = tempfile::tempfile().expect("a file");
    let end = SLICE + (4 << 20);
    file.set_len(end).expect("a sparse file");
    file.write_all_at(b"\nneedle\n", end - 8).expect("written");
    let wanted = search(Some("needle"), false);
    let first = scan(&file, 0, end, true, &wanted, 9).expect("scanned");
    let next = first.next.expect("more");
    assert!(first.matches.is_empty() && next >= SLICE && next < SLICE + BLOCK as u64 * 2, "{next}");
    let second = scan(&file, next, end, true, &wanted, 9).expect("scanned");
    assert_eq!((second.matches.first().map(|found| found.offset), second.next), (Some(end - 7), None));
}
