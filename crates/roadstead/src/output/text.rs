//! Text that can do no harm on a terminal, and its width there.

use std::borrow::Cow;
use unicode_width::UnicodeWidthChar;

/// The same text with everything spelled out that a terminal would obey or that misleads the eye: control
/// characters (escape sequences begin with one), and marks that change the direction or hide.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => cleaned.push_str("\\n"),
            '\t' => cleaned.push_str("\\t"),
            '\r' => cleaned.push_str("\\r"),
            c if is_deceptive(c) => cleaned.extend(c.escape_unicode()),
            c => cleaned.push(c),
        }
    }
    Cow::Owned(cleaned)
}

pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// How many columns the (cleaned) text takes.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// As much of the text as fits, with an ellipsis where it was cut.
pub fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 1; // the ellipsis
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > columns {
            break;
        }
        used += wide;
        kept.push(c);
    }
    if columns > 0 {
        kept.push('…');
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_spelled_out() {
        assert_eq!(clean("M 87, λ = 21 cm"), "M 87, λ = 21 cm");
        assert_eq!(clean("a\u{1b}[31mred\u{7}\n"), "a\\u{1b}[31mred\\u{7}\\n");
        assert_eq!(clean("gnp.\u{202e}exe\u{9b}1m"), "gnp.\\u{202e}exe\\u{9b}1m");
        assert!(!clean(&(0..0x3000).filter_map(char::from_u32).collect::<String>()).chars().any(is_deceptive));
    }

    #[test]
    fn text_is_cut_by_columns_not_by_characters() {
        assert_eq!(shorten("galaxies", 8), "galaxies");
        assert_eq!(shorten("galaxies", 5), "gala…");
        assert_eq!(shorten("銀河系の地図", 6), "銀河…");
        assert_eq!(width(&shorten("銀河系の地図", 6)), 5);
        assert_eq!(shorten("x", 0), "");
    }
}
