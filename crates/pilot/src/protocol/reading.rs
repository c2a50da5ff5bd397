//! Reading what the next release may say: fields and kinds that are not known are passed over by themselves, these parts
//! are not.

use model::Problem;
use model::request::RunRequest;
use model::run::ElementState;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A request refuses fields that it does not know, for a person's sake, and a pilot must not carry out half of what was
/// asked for. But one that asks for nothing (null, an empty list or object) is no reason to refuse.
pub(super) fn request<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RunRequest, D::Error> {
    let mut request = Value::deserialize(deserializer)?;
    forget_empty(&mut request);
    read(request)
}

fn forget_empty(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(forget_empty);
            fields.retain(|_, field| !is_empty(field));
        }
        Value::Array(items) => items.iter_mut().for_each(forget_empty),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// None for a state that is not known: no news for whoever does not know it.
pub(super) fn state<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ElementState>, D::Error> {
    Value::deserialize(deserializer).map(|state| serde_json::from_value(state).ok())
}

/// A cause whose code is not known keeps its words.
pub(super) fn cause<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Problem>, D::Error> {
    let Some(mut problem) = Option::<Value>::deserialize(deserializer)? else { return Ok(None) };
    let known = problem.get("code").cloned().map(serde_json::from_value::<model::Code>);
    if let (Some(Err(_)), Some(fields)) = (known, problem.as_object_mut()) {
        let code = model::Code::ExecutionFailed;
        fields.insert("code".to_owned(), serde_json::to_value(code).map_err(D::Error::custom)?);
    }
    read(problem).map(Some)
}

fn read<T: DeserializeOwned, E: Error>(value: Value) -> Result<T, E> {
    serde_json::from_value(value).map_err(E::custom)
}
