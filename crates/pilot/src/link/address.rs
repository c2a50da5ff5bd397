//! Where the gateway may be found at this moment.

use std::time::SystemTime;

use serde::Deserialize;

use crate::recipe::Gateway;

#[derive(Deserialize)]
struct Card {
    url: String,
}

/// Addresses without a slash at the end, the most likely first. Blocks, briefly.
pub(super) fn candidates(gateway: &Gateway) -> Vec<String> {
    let directory = match gateway {
        Gateway::Url(url) => return vec![url.trim_end_matches('/').to_owned()],
        Gateway::Directory(directory) => directory,
    };
    // A directory that cannot be read is one without gateways: it may come back.
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut cards: Vec<(SystemTime, String)> = entries
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "json"))
        .filter_map(|entry| {
            let written = entry.metadata().ok()?.modified().ok()?;
            let card: Card = serde_json::from_slice(&std::fs::read(entry.path()).ok()?).ok()?;
            Some((written, card.url.trim_end_matches('/').to_owned()))
        })
        .collect();
    cards.sort_by(|one, other| other.cmp(one));
    cards.into_iter().map(|(_, url)| url).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_newest_gateway_is_tried_first_and_nonsense_is_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        for (name, age, text) in [
            ("a.json", 20, r#"{"url":"http://127.0.0.1:1/old/"}"#),
            ("b.json", 10, r#"{"url":"http://127.0.0.1:2","pid":7}"#),
            ("c.json", 5, "{"),
            ("d.txt", 1, r#"{"url":"http://127.0.0.1:3"}"#),
        ] {
            std::fs::write(root.path().join(name), text).unwrap();
            let file = std::fs::File::open(root.path().join(name)).unwrap();
            file.set_modified(now - Duration::from_secs(age)).unwrap();
        }
        let found = candidates(&Gateway::Directory(root.path().to_owned()));
        assert_eq!(found, ["http://127.0.0.1:2", "http://127.0.0.1:1/old"]);
        assert!(candidates(&Gateway::Directory(root.path().join("none"))).is_empty());
    }
}
