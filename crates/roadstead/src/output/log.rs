//! Logs on a terminal: the bytes of a stranger's program, of which only text and colours pass.
//!
//! Where standard output is no terminal the bytes are passed as they are: a file must be what the program wrote.

/// One per stream: an escape sequence or a character of several bytes may be cut by the end of a piece.
pub struct LogFilter {
    for_terminal: bool,
    held: Vec<u8>,
}

/// No colour is longer; what goes on is not waited for.
const LONGEST_SEQUENCE: usize = 64;

impl LogFilter {
    pub fn new(for_terminal: bool) -> Self {
        Self { for_terminal, held: Vec::new() }
    }

    /// What can be shown of the bytes so far. The rest waits for more.
    pub fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        if !self.for_terminal {
            return bytes.to_vec();
        }
        let mut input = std::mem::take(&mut self.held);
        input.extend_from_slice(bytes);
        let mut shown = Vec::with_capacity(input.len());
        let mut rest = input.as_slice();
        while !rest.is_empty() {
            match next(rest) {
                Piece::Keep(length) => {
                    let (kept, after) = rest.split_at(length);
                    shown.extend_from_slice(kept);
                    rest = after;
                }
                Piece::Spell(length) => {
                    let (bad, after) = rest.split_at(length);
                    spell(bad, &mut shown);
                    rest = after;
                }
                Piece::Newline(length) => {
                    shown.push(b'\n');
                    rest = rest.get(length..).unwrap_or_default();
                }
                Piece::Incomplete => {
                    self.held = rest.to_vec();
                    break;
                }
            }
        }
        shown
    }

    /// What is left at the end, and an end to colours that were begun.
    pub fn finish(&mut self) -> Vec<u8> {
        let mut shown = Vec::new();
        match std::mem::take(&mut self.held).as_slice() {
            b"\r" => shown.push(b'\n'),
            held => spell(held, &mut shown),
        }
        if self.for_terminal {
            shown.extend_from_slice(b"\x1b[0m");
        }
        shown
    }
}

enum Piece {
    Keep(usize),
    Spell(usize),
    Newline(usize),
    Incomplete,
}

fn next(rest: &[u8]) -> Piece {
    match rest.first() {
        Some(b'\n' | b'\t' | b' '..=b'~') => Piece::Keep(1),
        Some(b'\r') => carriage_return(rest),
        Some(0x1b) => escape(rest),
        Some(0x80..) => character(rest),
        _ => Piece::Spell(1),
    }
}

/// Alone it would write over what was shown before: a program's progress becomes one line after the other instead.
fn carriage_return(rest: &[u8]) -> Piece {
    match rest.get(1) {
        None => Piece::Incomplete,
        Some(b'\n') => Piece::Newline(2),
        Some(_) => Piece::Newline(1),
    }
}

/// Only `ESC [ digits and semicolons m` passes: it sets colours and nothing else.
fn escape(rest: &[u8]) -> Piece {
    match rest.get(1) {
        None => return Piece::Incomplete,
        Some(b'[') => {}
        Some(_) => return Piece::Spell(1),
    }
    for (i, byte) in rest.iter().enumerate().skip(2) {
        match byte {
            b'0'..=b'9' | b';' | b':' if i < LONGEST_SEQUENCE => {}
            b'm' => return Piece::Keep(i + 1),
            _ => return Piece::Spell(1),
        }
    }
    Piece::Incomplete
}

fn character(rest: &[u8]) -> Piece {
    let window = rest.get(..rest.len().min(4)).unwrap_or(rest);
    let valid = match std::str::from_utf8(window) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => std::str::from_utf8(&window[..error.valid_up_to()]).unwrap_or_default(),
        // Cut by the end of the piece, or wrong.
        Err(error) if error.error_len().is_none() => return Piece::Incomplete,
        Err(error) => return Piece::Spell(error.error_len().unwrap_or(1)),
    };
    match valid.chars().next() {
        Some(c) if super::text::is_deceptive(c) => Piece::Spell(c.len_utf8()),
        Some(c) => Piece::Keep(c.len_utf8()),
        None => Piece::Spell(1),
    }
}

fn spell(bytes: &[u8], shown: &mut Vec<u8>) {
    for byte in bytes {
        shown.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(pieces: &[&[u8]]) -> String {
        let mut filter = LogFilter::new(true);
        let mut shown: Vec<u8> = pieces.iter().flat_map(|piece| filter.pass(piece)).collect();
        shown.extend(filter.finish());
        String::from_utf8(shown).expect("UTF-8")
    }

    #[test]
    fn colours_pass_and_everything_else_is_spelled_out() {
        assert_eq!(show(&[b"\x1b[1;31mred\x1b[0m\tplain\n"]), "\x1b[1;31mred\x1b[0m\tplain\n\x1b[0m");
        assert_eq!(show(&[b"\x1b[2J\x1b]0;title\x07"]), "\\x1b[2J\\x1b]0;title\\x07\x1b[0m");
        assert_eq!(show(&["λ = 21 cm \u{202e}x\u{9b}5m".as_bytes()]), "λ = 21 cm \\xe2\\x80\\xaex\\xc2\\x9b5m\x1b[0m");
        assert_eq!(show(&[b"secret\rpublic\r\n"]), "secret\npublic\n\x1b[0m");
        assert_eq!(show(&[b"\xff\xfe"]), "\\xff\\xfe\x1b[0m");
    }

    #[test]
    fn pieces_may_be_cut_anywhere() {
        let whole = "a\u{1b}[31mλ\r\n1 %\r2 %\u{1b}[2Jé\r".as_bytes();
        for cut in 0..=whole.len() {
            assert_eq!(show(&[&whole[..cut], &whole[cut..]]), show(&[whole]), "cut at {cut}");
        }
        let endless = [b"\x1b[".to_vec(), vec![b'1'; 100]].concat();
        assert!(show(&[&endless]).starts_with("\\x1b[1"));
    }

    #[test]
    fn a_file_gets_what_was_written() {
        let mut filter = LogFilter::new(false);
        assert_eq!(filter.pass(b"\x1b[2J\xff"), b"\x1b[2J\xff");
        assert!(filter.finish().is_empty());
    }
}
