//! Entities of the graph as JSON-LD wants them: flat, each with an `@id`, a lone value never in a list.

use std::io::{self, Write};

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Map, Value, json};

use crate::names::misleads;

pub(crate) fn reference(id: &str) -> Value {
    json!({ "@id": id })
}

/// One value as itself, several as a list, none as nothing (see [`entity`]).
pub(crate) fn one_or_many(mut values: Vec<Value>) -> Value {
    match values.len() {
        0 => Value::Null,
        1 => values.swap_remove(0),
        _ => Value::Array(values),
    }
}

/// Properties that are null are left out: JSON-LD has no other way to say nothing.
pub(crate) fn entity<const N: usize>(properties: [(&str, Value); N]) -> Value {
    let kept = properties.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(kept.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// A `PropertyValue`. Its `@id` comes from what it says, so that ten thousand elements with one environment
/// share one set of them.
pub(crate) fn property_value(kind: &str, name: &str, value: Value, unit: Option<&str>) -> (String, Value) {
    let content = json!([name, value, unit]).to_string();
    let id = format!("#{kind}-{}", &hex(digest(&SHA256, content.as_bytes()).as_ref())[..32]);
    let entity = entity([
        ("@id", json!(id)),
        ("@type", json!("PropertyValue")),
        ("name", json!(name)),
        ("value", value),
        ("unitCode", json!(unit)),
    ]);
    (id, entity)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes an entity as JSON that may stand in a terminal or in a `script` element of a page.
pub(crate) fn write_json(out: &mut impl Write, value: &Value) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Harmless))?)
}

/// Strings without `<` and without what misleads; JSON can write both otherwise.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| *c == '<' || misleads(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            write!(out, "\\u{:04x}", u32::from(c))?;
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}
