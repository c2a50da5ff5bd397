//! One run with what belongs to it, as its gateway tells it.

use model::run::{Attempt, Run, Using};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Read leniently, unlike a request that comes in: a newer gateway may know fields that this program does not. They are
/// kept, so that `--json` passes on all that was said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunDetail {
    #[serde(flatten)]
    pub run: Run,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<Using>,
    request: Value,
    pub attempts: Vec<Attempt>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl RunDetail {
    /// The words of the command, of the host's or the container's.
    pub fn command(&self) -> Option<Vec<String>> {
        let words = self.request.get("command").or_else(|| self.request.pointer("/container/command"))?.as_array()?;
        Some(words.iter().map(|word| word.as_str().unwrap_or_default().to_owned()).collect())
    }

    pub fn image(&self) -> Option<&str> {
        self.request.pointer("/container/image")?.as_str()
    }

    /// A quantity that was asked for, as it would be written in a request.
    pub fn resource(&self, name: &str) -> Option<String> {
        match self.request.get("resources")?.get(name)? {
            Value::String(text) => Some(text.clone()),
            // `1.0` cores are 1 core.
            Value::Number(number) => number.as_f64().map(|number| number.to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_newer_gateway_may_say_more() {
        let said = json!({
            "id": "run-06gvrkabrpoib95nr2gpann37s", "name": "n", "kind": "batch", "person": "per-06gvrkabrpoib95nr2gpann37s",
            "state": "running", "moon": "full", "cancelling": false,
            "elements": {"total": 1, "queued": 0, "active": 1, "done": 0, "failed": 0, "cancelled": 0, "paused": 0},
            "created_at": "2026-11-21T11:15:14.526Z", "attempts": [],
            "request": {"container": {"image": "i", "command": ["a", "b"], "pull": "never"}, "tides": 2,
                        "resources": {"cores": 1.0, "memory": "1GiB", "qubits": 3}},
        });
        let detail: RunDetail = serde_json::from_value(said).expect("readable");
        assert_eq!((detail.command(), detail.image()), (Some(vec!["a".to_owned(), "b".to_owned()]), Some("i")));
        assert_eq!((detail.resource("cores"), detail.resource("memory")), (Some("1".into()), Some("1GiB".into())));
        let passed_on = serde_json::to_value(&detail).expect("JSON");
        assert_eq!((&passed_on["moon"], &passed_on["request"]["tides"]), (&json!("full"), &json!(2)));
    }
}
