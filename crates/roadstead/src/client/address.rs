//! Where a gateway is, and whether it is there.

use super::Client;
use crate::credentials::Source;
use model::{Problem, Secret};
use std::time::Duration;

/// A gateway and the right to use it.
#[derive(Clone)]
pub struct Address {
    pub url: String,
    pub token: Secret,
    /// Where the token was found.
    pub source: Source,
    /// It runs here, as this user.
    pub on_this_computer: bool,
}

/// Whether the gateway at this address knows the token. Short: on loopback an answer takes milliseconds.
pub async fn answers(address: &Address) -> bool {
    let asked = async {
        let client = Client::new(address)?;
        client.get::<serde_json::Value>(&["me"], &[]).await
    };
    let answer: Result<Result<_, Problem>, _> = tokio::time::timeout(Duration::from_secs(5), asked).await;
    matches!(answer, Ok(Ok(_)))
}
