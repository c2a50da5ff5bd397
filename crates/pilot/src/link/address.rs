//! Where the gateway may be found at this moment.

use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
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
            let file = open_held(&entry.path())?;
            let written = file.metadata().ok()?.modified().ok()?;
            let card: Card = serde_json::from_str(&std::io::read_to_string(file).ok()?).ok()?;
            Some((written, card.url.trim_end_matches('/').to_owned()))
        })
        .collect();
    cards.sort_by(|one, other| other.cmp(one));
    cards.into_iter().map(|(_, url)| url).collect()
}

/// A gateway holds an exclusive lock on its file for as long as it lives. The port in a file that a killed one left may
/// be a stranger's by now, who must not be shown our credential. The lock asked for is shared, so that pilots which look
/// at the same moment do not take each other for gateways.
fn open_held(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Err(Errno::WOULDBLOCK) => Some(file),
        Ok(()) => {
            // A child that is just being started may still have the descriptor, so that closing it is not enough.
            let _ = flock(&file, FlockOperation::Unlock);
            None
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_newest_living_gateway_comes_first_and_the_rest_is_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let mut alive = Vec::new();
        for (name, age, text) in [
            ("a.json", 20, r#"{"url":"http://127.0.0.1:1/old/"}"#),
            ("b.json", 10, r#"{"url":"http://127.0.0.1:2","pid":7}"#),
            ("c.json", 5, "{"),
            ("d.txt", 1, r#"{"url":"http://127.0.0.1:3"}"#),
        ] {
            std::fs::write(root.path().join(name), text).unwrap();
            let file = std::fs::File::open(root.path().join(name)).unwrap();
            file.set_modified(now - Duration::from_secs(age)).unwrap();
            flock(&file, FlockOperation::NonBlockingLockExclusive).unwrap();
            alive.push(file);
        }
        std::fs::write(root.path().join("dead.json"), r#"{"url":"http://127.0.0.1:4"}"#).unwrap();
        let found = candidates(&Gateway::Directory(root.path().to_owned()));
        assert_eq!(found, ["http://127.0.0.1:2", "http://127.0.0.1:1/old"]);
        alive.remove(1);
        // Also while another pilot asks.
        let asking = File::open(root.path().join("b.json")).unwrap();
        flock(&asking, FlockOperation::NonBlockingLockShared).unwrap();
        assert_eq!(candidates(&Gateway::Directory(root.path().to_owned())), ["http://127.0.0.1:1/old"]);
        // And no lock of ours stays behind.
        drop(asking);
        let dead = File::open(root.path().join("dead.json")).unwrap();
        flock(&dead, FlockOperation::NonBlockingLockExclusive).unwrap();
        assert!(candidates(&Gateway::Directory(root.path().join("none"))).is_empty());
    }
}
