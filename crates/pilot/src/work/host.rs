//! The facts of this computer, found out once and only when nobody handed them over.

use tokio::sync::OnceCell;

use crate::execute::{Host, Settings};

pub(crate) struct LazyHost {
    name: String,
    facts: OnceCell<Host>,
}

impl LazyHost {
    pub fn new(known: Option<Host>) -> Self {
        let name = crate::program::host_name();
        Self { name, facts: OnceCell::new_with(known) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub async fn get(&self) -> &Host {
        self.facts.get_or_init(|| async { Host::detect(&Settings::default()).await }).await
    }
}
