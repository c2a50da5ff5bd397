//! An image as Glance lists it: its own fields and whatever anybody wrote, side by side in one object.

use std::collections::BTreeMap;
use std::fmt;

use model::Timestamp;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    pub id: String,
    pub name: Option<String>,
    pub status: String,
    pub visibility: String,
    pub owner: Option<String>,
    /// Gibibytes.
    pub min_disk: u64,
    /// Mebibytes.
    pub min_ram: u64,
    pub size: Option<u64>,
    pub virtual_size: Option<u64>,
    pub disk_format: Option<String>,
    pub container_format: Option<String>,
    pub os_hidden: bool,
    pub created_at: Option<Timestamp>,
    pub tags: Vec<String>,
    /// All else: what operators, synchronisers and people wrote.
    pub properties: BTreeMap<String, Value>,
}

/// Glance's own fields that nobody reads.
const UNREAD: [&str; 11] = [
    "self",
    "file",
    "schema",
    "checksum",
    "os_hash_algo",
    "os_hash_value",
    "updated_at",
    "protected",
    "direct_url",
    "locations",
    "stores",
];

/// By hand: `flatten` would keep each image in a form of its own before it is read, and there are many.
impl<'de> Deserialize<'de> for Image {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Image;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an image")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Image, A::Error> {
                let mut image = Image::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "id" => image.id = map.next_value()?,
                        "name" => image.name = map.next_value()?,
                        "status" => image.status = map.next_value()?,
                        "visibility" => image.visibility = or_default(&mut map)?,
                        "owner" => image.owner = map.next_value()?,
                        "min_disk" => image.min_disk = or_default(&mut map)?,
                        "min_ram" => image.min_ram = or_default(&mut map)?,
                        "size" => image.size = map.next_value()?,
                        "virtual_size" => image.virtual_size = map.next_value()?,
                        "disk_format" => image.disk_format = map.next_value()?,
                        "container_format" => image.container_format = map.next_value()?,
                        "os_hidden" => image.os_hidden = or_default(&mut map)?,
                        "created_at" => image.created_at = map.next_value::<Option<String>>()?.and_then(|at| at.parse().ok()),
                        "tags" => image.tags = or_default(&mut map)?,
                        unread if UNREAD.contains(&unread) => drop(map.next_value::<IgnoredAny>()?),
                        _ => drop(image.properties.insert(key, map.next_value()?)),
                    }
                }
                Ok(image)
            }
        }

        json.deserialize_map(Fields)
    }
}

fn or_default<'de, T: Default + DeserializeOwned, A: MapAccess<'de>>(map: &mut A) -> Result<T, A::Error> {
    Ok(map.next_value::<Option<T>>()?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_kept_beside_what_glance_says() {
        let image: Image = serde_json::from_str(
            r#"{"id": "1", "name": null, "status": "active", "visibility": "public", "min_disk": null, "min_ram": 512,
                "size": 7, "os_hidden": true, "created_at": "2026-11-21T10:00:00Z", "tags": ["a"], "checksum": "c",
                "self": "/v2/images/1", "os_distro": "ubuntu", "odd": {"deep": [1]}}"#,
        )
        .unwrap();
        assert_eq!((image.id.as_str(), image.name, image.min_disk, image.min_ram, image.size), ("1", None, 0, 512, Some(7)));
        assert!(image.os_hidden && image.created_at.is_some() && image.tags == ["a"]);
        assert_eq!(image.properties.keys().collect::<Vec<_>>(), ["odd", "os_distro"]);
    }
}
