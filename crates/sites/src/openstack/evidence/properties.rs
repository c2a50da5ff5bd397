//! What somebody wrote on an image. Operators use Glance's own words; the federation's synchronisers put theirs beside them,
//! or all into one property as JSON.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::openstack::inventory::Image;

/// The synchronisers' JSON, and its limit: it comes from a catalogue that nobody here wrote.
const ATTRIBUTES: &str = "APPLIANCE_ATTRIBUTES";
const MOST_BYTES: usize = 64 << 10;
/// Longer values are not what one looks for.
const LONGEST: usize = 512;

pub(super) struct Properties<'a> {
    image: &'a Image,
    attributes: Map<String, Value>,
}

impl<'a> Properties<'a> {
    pub fn of(image: &'a Image) -> Self {
        let text = image.properties.get(ATTRIBUTES).and_then(Value::as_str).filter(|text| text.len() <= MOST_BYTES);
        let attributes = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        Self { image, attributes }
    }

    /// The first of these that says something, and where it is said.
    pub fn first(&self, keys: &[&str]) -> Option<(Cow<'_, str>, String)> {
        let own = keys.iter().find_map(|key| Some((text(self.image.properties.get(*key)?)?, format!("property `{key}`"))));
        if own.is_some() || self.attributes.is_empty() {
            return own;
        }
        keys.iter().find_map(|key| Some((text(self.attributes.get(*key)?)?, format!("property `{ATTRIBUTES}`, {key}"))))
    }

    pub fn value(&self, keys: &[&str]) -> Option<Cow<'_, str>> {
        self.first(keys).map(|(value, _)| value)
    }
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    let text = match value {
        Value::String(text) => Cow::Borrowed(text.trim()),
        Value::Number(number) => Cow::Owned(number.to_string()),
        _ => return None,
    };
    (!text.is_empty() && text.len() <= LONGEST).then_some(text)
}
