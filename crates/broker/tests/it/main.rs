//! The broker against examples worth reading and against a naive second implementation of its rules.

mod explained;
mod properties;

use model::id::{PlanId, Seed};
use model::offer::{Exclusion, Plan, Service, ServiceUsage, Size, Wish};
use model::request::{Resources, Where};
use model::{ByteCount, Span, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

#[derive(Clone, Debug, Default)]
struct Asked {
    resources: Resources,
    place: Where,
    container: bool,
}

impl Asked {
    fn plan(&self, services: &[Service], exclusions: &[Exclusion]) -> Plan {
        let id = PlanId::new(Seed { millis: 1, random: [7; 10] });
        let wish =
            Wish { resources: &self.resources, place: &self.place, container: self.container, walltime: Span::seconds(60) };
        broker::plan(id, NOW, &wish, services, exclusions)
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
        seen_at: NOW,
    }
}
