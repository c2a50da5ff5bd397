//! XML, of which only names and texts matter here.
//!
//! Nothing outside of the text is ever read: a document with a document type is refused, since those define entities, and
//! a reference that XML itself does not define stays what it is written as.

use model::federation::Trouble;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::word::Broken;

#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    text: String,
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
}

const DEEPEST: usize = 16;
/// In one child of the outermost element.
const MOST_ELEMENTS: usize = 5_000;
const MOST_CHILDREN: usize = 50_000;

impl Element {
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Of the element in it, or of the attribute of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let attribute = || self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let text = self.child(name).map(|child| child.text.as_str()).or_else(attribute)?.trim();
        (!text.is_empty()).then_some(text)
    }
}

/// Calls `each` with every child of the outermost element, until the end or a mistake.
pub(super) fn read(text: &str, mut each: impl FnMut(Element)) -> Result<(), Broken> {
    let mut reader = Reader::from_str(text);
    // As the registry's own documentation shows its answers.
    reader.config_mut().allow_dangling_amp = true;
    let mut open: Vec<Element> = Vec::new();
    let (mut elements, mut children, mut is_begun) = (0, 0, false);
    loop {
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            Broken::new(Trouble::Malformed, format!("line {}: {error}", line(text, at)))
        })?;
        let ends = matches!(event, Event::Empty(_) | Event::End(_));
        match event {
            Event::Start(start) | Event::Empty(start) => {
                if open.len() == DEEPEST || elements == MOST_ELEMENTS || children == MOST_CHILDREN {
                    return Err(Broken::new(Trouble::TooLarge, "more elements than are read, or deeper in each other"));
                }
                is_begun = true;
                elements += 1;
                open.push(element(&start));
            }
            Event::Text(text) => add(&mut open, &text.xml10_content()),
            Event::CData(text) => add(&mut open, &text),
            Event::GeneralRef(reference) => match (reference.resolve_char_ref(), resolve_xml_entity(&reference)) {
                (Ok(Some(character)), _) => add(&mut open, character.encode_utf8(&mut [0; 4])),
                (_, Some(text)) => add(&mut open, text),
                _ => add(&mut open, &format!("&{};", &*reference)),
            },
            Event::DocType(_) => return Err(Broken::new(Trouble::Refused, "it has a document type, which may define entities")),
            Event::End(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if open.is_empty() && is_begun => return Ok(()),
            Event::Eof => return Err(Broken::new(Trouble::Malformed, "it ends too early")),
        }
        // Ends that nothing begun are found by the reader.
        if let Some(ended) = open.pop_if(|_| ends) {
            match open.as_mut_slice() {
                [] => {}
                [_] => {
                    (elements, children) = (0, children + 1);
                    each(ended);
                }
                [.., parent] => parent.children.push(ended),
            }
        }
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().filter_map(Result::ok);
    let attributes = attributes
        .filter_map(|one| Some((one.key.as_ref().to_owned(), one.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())));
    Element { name: start.name().as_ref().to_owned(), attributes: attributes.take(32).collect(), ..Element::default() }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> (Vec<Element>, Result<(), Broken>) {
        let mut found = Vec::new();
        let ended = read(text, |element| found.push(element));
        (found, ended)
    }

    #[test]
    fn elements_are_read_one_by_one_with_their_texts() {
        let text = "<?xml version=\"1.0\"?>\n<results><A k=\"1 &lt; 2\"><B>x &amp; y&#33;</B><C><![CDATA[<z>]]></C><E/></A>\
                    <A><B>a?b=1&c=2 &nbsp;</B></A></results>";
        let (found, ended) = all(text);
        assert_eq!(ended, Ok(()));
        assert_eq!((found[0].get("B"), found[0].get("C"), found[0].get("k")), (Some("x & y!"), Some("<z>"), Some("1 < 2")));
        assert_eq!((found[0].get("E"), found[0].get("F")), (None, None));
        assert_eq!(found[1].get("B"), Some("a?b=1&c=2 &nbsp;"));
    }

    #[test]
    fn hostile_documents_end_early() {
        let entities = r#"<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b SYSTEM "file:///etc/passwd">]><r><A><B>&a;&b;</B></A></r>"#;
        let (found, ended) = all(entities);
        assert!(found.is_empty() && ended.as_ref().is_err_and(|broken| broken.what == Trouble::Refused), "{ended:?}");
        let deep = format!("<r>{}", "<a>".repeat(10_000));
        let wide = format!("<r><A>{}", "<b/>".repeat(10_000));
        let long = format!("<r>{}</r>", "<b/>".repeat(MOST_CHILDREN + 1));
        for text in [deep, wide, long] {
            assert_eq!(all(&text).1.map_err(|broken| broken.what), Err(Trouble::TooLarge));
        }
        for (text, whole) in
            [("", 0), ("<r>", 0), ("<r><A/>", 1), ("<r><A/><B></A></r>", 1), ("<html><p>x<br></html>", 0), ("{}", 0), ("</r>", 0)]
        {
            let (found, ended) = all(text);
            assert_eq!(found.len(), whole, "{text}");
            assert!(ended.is_err_and(|broken| broken.what == Trouble::Malformed), "{text}");
        }
    }
}
