//! The broker against examples worth reading and against a naive second implementation of its rules.

mod explained;
mod federation;
mod machines;
mod naive;
mod properties;
mod world;

use broker::{Facts, Place, Question, Stock};
use model::id::{PlanId, Seed};
use model::offer::{Exclusion, Plan, Service, ServiceUsage, Size};
use model::{ByteCount, Timestamp};
use std::sync::Arc;
use world::Asked;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

impl Asked {
    /// Of services that run jobs.
    fn plan(&self, services: &[Service], exclusions: &[Exclusion]) -> Plan {
        let id = PlanId::new(Seed { millis: 1, random: [7; 10] });
        let places: Vec<Place> =
            services.iter().map(|service| Place::open(Arc::new(Stock::of_service(service.clone())))).collect();
        let facts = Facts { exclusions, ..Facts::default() };
        broker::plan(Question { id, now: NOW, wish: self.wish(), keep: broker::KEPT }, &places, &facts)
    }
}

fn size(name: &str, cores: f64, memory: u64, accelerators: u32, divisible: bool) -> Size {
    let memory = ByteCount::gibi(memory);
    Size { name: name.to_owned(), cores, memory, disk: ByteCount::gibi(100), accelerators, divisible, ..Size::default() }
}

fn service(name: &str, sizes: Vec<Size>) -> Service {
    Service {
        name: name.to_owned(),
        site: format!("{name}-site"),
        driver: "local".to_owned(),
        sizes,
        facts: Vec::new(),
        container_engines: Vec::new(),
        multi_node: false,
        usage: ServiceUsage::default(),
        standing: None,
        seen_at: NOW,
    }
}
