//! What people do with machines that are there, and what is known of that afterwards.

use super::World;
use crate::cli::helpers::LIMIT;
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;
use testkit::wait_until;

db::statements! {
    HELD = "SELECT address, held_until FROM address WHERE run = $1 ORDER BY held_from";
    /// As if it had been released that much earlier.
    AGE = "UPDATE owned SET released_at = released_at - 700000 WHERE released_at IS NOT NULL";
}

impl World {
    #[track_caller]
    pub fn machine(&mut self, run: &str) -> Value {
        self.get(&format!("machines/{run}"))
    }

    /// What the program says to such a change.
    #[track_caller]
    pub fn ask_for(&mut self, run: &str, deed: &Value) -> (u16, Value) {
        let path = format!("machines/{run}/deeds");
        wait_until(LIMIT, "to be heard", || {
            self.revive();
            let (status, told) = self.ask(Method::POST, &path, Some(deed.clone()))?;
            // It waits for what is still under way of the one before.
            (!status.is_server_error()).then_some((status.as_u16(), told))
        })
    }

    /// Asks for a change until it is accepted. Whoever died of it may have taken it on.
    #[track_caller]
    pub fn change(&mut self, run: &str, deed: &Value) {
        let path = format!("machines/{run}/deeds");
        wait_until(LIMIT, "to be heard", || {
            let was_begun = self.ask(Method::GET, &format!("machines/{run}"), None)?.1["change"]["begun_at"].clone();
            let asked = self.ask(Method::POST, &path, Some(deed.clone()));
            if self.revive() || asked.is_none() {
                let now = self.get(&format!("machines/{run}"));
                return (now["change"]["begun_at"] != was_begun).then_some(());
            }
            let (status, told) = asked?;
            assert!(status.is_success() || status.is_server_error(), "{deed}: {status} {told:#}");
            status.is_success().then_some(())
        });
    }

    /// The machine, when its change is over and it was looked at again.
    #[track_caller]
    pub fn until_changed(&mut self, run: &str) -> Value {
        let path = format!("machines/{run}");
        let begun = std::time::Instant::now();
        loop {
            let told = self.get(&path);
            if told["change"]["stage"] == "over" && told["seen_at"].is_string() && told["status"] != "changing" {
                return told;
            }
            assert!(begun.elapsed() < LIMIT, "{told:#}\n{:#?}\n{}", self.clouds[0].asked(), self.program.stderr());
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// The cores that the person's runs count for.
    #[track_caller]
    pub fn person_in_flight(&mut self) -> f64 {
        self.get("me/quotas")["cores"]["used"].as_f64().expect("a number")
    }

    /// Which addresses a run had, and until when it did.
    #[track_caller]
    pub fn addresses_of(&mut self, run: &str) -> Vec<(String, Option<i64>)> {
        let _ = self.program.stop();
        let rows = self.in_database(&HELD, db::args![run]);
        self.restart(None);
        rows.iter().map(|row| (row.get("address").expect("an address"), row.get("held_until").expect("a time"))).collect()
    }

    /// As if all that was released had been so some time ago.
    #[track_caller]
    pub fn age(&mut self) {
        let _ = self.program.stop();
        self.in_database(&AGE, Vec::new());
        self.restart(None);
    }
}
