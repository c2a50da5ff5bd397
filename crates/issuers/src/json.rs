//! JSON from outside, read strictly.
//!
//! Two readers that treat a repeated key differently see two different tokens: here a repeated key is an error. The
//! depth is limited well below what the reader's own stack can bear; the size is the caller's business.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

const DEEPEST: usize = 16;

/// A JSON object, whole, with nothing after it. The message names a place, never what stands there.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut reader).map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    match value {
        Value::Object(map) => Ok(map),
        _ => Err("it is not an object".to_owned()),
    }
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inner<E: Error>(self) -> Result<Self, E> {
        match self.depth {
            DEEPEST.. => Err(E::custom("it is nested too deeply")),
            depth => Ok(Self { depth: depth + 1 }),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("it has a number that is none"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("it has a key twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_as_it_is_or_not_at_all() {
        let whole = r#"{"a":[1,-2,1.5,true,null,"x\u0041"],"b":{"a":{}}}"#;
        assert_eq!(object(whole.as_bytes()).map(Value::Object).ok(), serde_json::from_str(whole).ok());
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(object(deep(DEEPEST - 1).as_bytes()).is_ok());
        let (too_deep, absurd) = (deep(DEEPEST), deep(100_000));
        let wrong = [
            (r#"{"a":1,"a":1}"#, "twice"),
            (r#"{"a":1,"\u0061":2}"#, "twice"),
            (r#"{"b":{"a":1,"a":2}}"#, "twice"),
            (too_deep.as_str(), "deeply"),
            (absurd.as_str(), "deeply"),
            ("[]", "not an object"),
            ("{} {}", "trailing"),
            ("{\"a\":1", "EOF"),
            ("{\"a\":1e999}", "range"),
            ("", "EOF"),
        ];
        for (text, why) in wrong {
            let said = object(text.as_bytes()).expect_err(text);
            assert!(said.contains(why), "{said} for {}", &text[..text.len().min(40)]);
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_err());
    }
}
