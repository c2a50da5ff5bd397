//! Pages of lists: a full one tells where the next begins, also when nothing comes after it.

use serde_json::{Value, json};

use super::http::Request;

/// What comes after the marker, at most so many; and the link to the rest. `usual`: where nobody says how many.
pub(super) fn cut<T>(
    mut all: Vec<T>,
    request: &Request,
    most: Option<usize>,
    url: &str,
    id: impl Fn(&T) -> String,
) -> (Vec<T>, Option<Value>) {
    let asked = request.asked("limit").and_then(|limit| limit.parse::<usize>().ok()).filter(|limit| *limit > 0);
    let Some(limit) = asked.into_iter().chain(most).min() else { return (all, None) };
    if let Some(marker) = request.asked("marker") {
        let at = all.iter().position(|one| id(one) == marker).map_or(all.len(), |at| at + 1);
        all.drain(..at);
    }
    all.truncate(limit);
    let Some(last) = all.last().filter(|_| all.len() == limit) else { return (all, None) };
    let others = request.query.iter().filter(|(name, _)| name != "limit" && name != "marker");
    let others: Vec<String> = others.map(|(name, value)| format!("&{name}={}", encoded(value))).collect();
    let href = format!("{url}?limit={limit}&marker={}{}", id(last), others.concat());
    (all, Some(json!([{"rel": "next", "href": href}])))
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
