//! Reading Rust source just far enough to know what is code.

/// The source with every comment, string and character literal left out, so that what is left are tokens. Lines are
/// kept, for their numbers.
pub fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            '\'' => character(rest),
            'r' | 'b' | 'c' if !code.ends_with(is_word) => raw_string(rest),
            _ => 0,
        };
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.push(' ');
            code.extend(rest[..skipped].chars().filter(|c| *c == '\n'));
            rest = &rest[skipped..];
        }
    }
    code
}

/// The words of a line of code.
pub fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c| !is_word(c)).filter(|word| !word.is_empty())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let here = &text.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        end
    });
    end.map_or(text.len(), |end| end + 2)
}

/// A character literal, or nothing where the quote opens a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        // The character after the backslash may be a quote itself.
        Some((_, '\\')) => chars.skip(1).find(|(_, c)| *c == '\'').map_or(text.len(), |(at, _)| at + 1),
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

/// `r"..."`, `br##"..."##` and their like, or nothing.
fn raw_string(text: &str) -> usize {
    let Some(after_r) = ["r", "br", "cr"].iter().find_map(|prefix| text.strip_prefix(prefix)) else {
        return 0;
    };
    let body = after_r.trim_start_matches('#');
    let hashes = &after_r[..after_r.len() - body.len()];
    let Some(body) = body.strip_prefix('"') else {
        return 0;
    };
    let start = text.len() - body.len();
    let close = format!("\"{hashes}");
    body.find(&close).map_or(text.len(), |end| start + end + close.len())
}

#[test]
fn code_is_what_is_neither_comment_nor_literal() {
    let source = concat!(
        "fn a<'x>(s: &'x str) {} // no1\n",
        "/* no2 /* no3 */ no4 */ yes1\n",
        "\"no5 \\\" no6 \\\\\" yes2\n",
        "r#\"no7 \" no8\"# yes3 br\"no9\\\" yes4 b\"no10\" yes5\n",
        "'\"' yes6 '\\'' yes7 '\\u{1F600}' yes8 r#yes9 var\"no11\"\n",
    );
    let code = code_of(source);
    assert_eq!(code.lines().count(), source.lines().count());
    let found: Vec<&str> = code.lines().flat_map(words).filter(|word| word.starts_with(['y', 'n'])).collect();
    assert_eq!(found, ["yes1", "yes2", "yes3", "yes4", "yes5", "yes6", "yes7", "yes8", "yes9"]);
}
