//! A federation for a gateway that has none.

use async_trait::async_trait;
use data::guard::UrlGuard;
use model::time::Clock;
use sites::Survey;
use sites::federation::Sources;
use sites::openstack::{Bearer, BearerError, BearerNeed, Bearers, Http, Limits};
use sites::survey::Settings;
use std::sync::Arc;

struct NoBearers;

#[async_trait]
impl Bearers for NoBearers {
    async fn bearer(&self, _need: &BearerNeed<'_>) -> Result<Bearer, BearerError> {
        Err(BearerError::SignIn { why: "nobody signed in".to_owned() })
    }
}

pub fn of_nobody(clock: Arc<dyn Clock>) -> Survey {
    let http = Http::new(UrlGuard::new(Vec::new()), Limits::default(), None).expect("a client");
    let sources = Sources::new(Vec::new(), &[], http.clone(), clock.clone());
    Survey::new(sources, Arc::new(NoBearers), http, clock, Settings::default())
}
