//! Glance: the images that a project may start machines from.

use serde_json::{Value, json};

use super::http::{Answer, Request};
use super::nova::nowhere;
use super::world::{Told, World};

pub(super) fn answer(world: &mut World, project: &str, request: &Request, path: &[&str]) -> Told {
    let is_seen = |image: &Value| image["visibility"] == "public" || image["owner"] == project;
    let missing = |why: String| Answer::new(404, Value::String(nowhere(&why)));
    match (request.method.as_str(), path) {
        ("GET", ["images"]) => {
            let is_hidden = request.asked("os_hidden").is_some_and(|told| told.eq_ignore_ascii_case("true"));
            let fits = |image: &&Value| {
                let named = ["name", "status", "visibility", "owner"];
                let fits = |(field, value): &(String, String)| !named.contains(&field.as_str()) || image[field] == value.as_str();
                is_seen(image) && (image["os_hidden"] == true) == is_hidden && request.query.iter().all(fits)
            };
            let listed = world.images.iter().filter(|(id, image)| fits(image) && !world.is_hidden(id));
            let images: Vec<&Value> = listed.map(|(_, image)| image).collect();
            Ok(Answer::new(200, json!({"images": images, "first": "/v2/images", "schema": "/v2/schemas/images"})))
        }
        ("GET", ["images", id]) => {
            let found = world.images.get(*id).filter(|image| is_seen(image) && !world.is_hidden(id));
            found.map(|image| Answer::new(200, image.clone())).ok_or_else(|| missing(format!("No image found with ID {id}")))
        }
        ("DELETE", ["images", id]) => match world.images.get(*id) {
            Some(image) if image["owner"] == project => {
                world.images.remove(*id);
                Ok(Answer::new(204, Value::Null))
            }
            Some(_) => Err(Answer::new(403, Value::String(nowhere("You are not authorized to complete delete_image action.")))),
            None => Err(missing(format!("Failed to find image {id} to delete"))),
        },
        _ => Err(missing("The resource could not be found.".to_owned())),
    }
}
