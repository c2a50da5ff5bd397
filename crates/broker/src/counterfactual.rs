//! What would be possible if one thing were asked for differently: only looked for when nothing is possible as asked.

use crate::judge;
use model::offer::{Counterfactual, Exclusion, Service, Size, Wish};
use model::request::{Resources, Where};
use model::{ByteCount, Timestamp};

pub(crate) fn find(now: Timestamp, wish: &Wish<'_>, services: &[Service], exclusions: &[Exclusion]) -> Vec<Counterfactual> {
    let scene = Scene { now, wish, services, exclusions };
    [scene.without_accelerators(), scene.without_container(), scene.with_fewer_cores(), scene.with_less_memory()]
        .into_iter()
        .chain([scene.with_less_disk(), scene.on_one_node()])
        .chain(scene.elsewhere())
        .flatten()
        .collect()
}

struct Scene<'a> {
    now: Timestamp,
    wish: &'a Wish<'a>,
    services: &'a [Service],
    exclusions: &'a [Exclusion],
}

impl Scene<'_> {
    fn without_accelerators(&self) -> Option<Counterfactual> {
        let resources = Resources { accelerators: 0, ..self.wish.resources.clone() };
        let changes = self.wish.resources.accelerators > 0;
        changes.then(|| self.count("without accelerators", &self.asking(&resources))).flatten()
    }

    fn without_container(&self) -> Option<Counterfactual> {
        let wish = Wish { container: false, ..self.wish.clone() };
        self.wish.container.then(|| self.count("without a container", &wish)).flatten()
    }

    fn on_one_node(&self) -> Option<Counterfactual> {
        let resources = Resources { nodes: 1, tasks_per_node: 1, ..self.wish.resources.clone() };
        let changes = resources != *self.wish.resources;
        changes.then(|| self.count("as one task on one node", &self.asking(&resources))).flatten()
    }

    fn with_fewer_cores(&self) -> Option<Counterfactual> {
        let open = Resources { cores: 0.0, ..self.wish.resources.clone() };
        let cores = self.sizes_for(&open).into_iter().map(|size| size.cores).fold(0.0, f64::max);
        let resources = Resources { cores, ..open };
        let fewer = cores > 0.0 && cores < self.wish.resources.cores;
        fewer.then(|| self.count(&format!("with {cores} cores"), &self.asking(&resources))).flatten()
    }

    fn with_less_memory(&self) -> Option<Counterfactual> {
        let open = Resources { memory: ByteCount::new(0), ..self.wish.resources.clone() };
        let memory = self.sizes_for(&open).into_iter().map(|size| size.memory).max()?;
        let resources = Resources { memory, ..open };
        let less = memory < self.wish.resources.memory;
        less.then(|| self.count(&format!("with {memory} of memory"), &self.asking(&resources))).flatten()
    }

    fn with_less_disk(&self) -> Option<Counterfactual> {
        let open = Resources { disk: ByteCount::new(0), ..self.wish.resources.clone() };
        let disk = self.sizes_for(&open).into_iter().map(|size| size.disk).max()?;
        let resources = Resources { disk, ..open };
        let less = disk < self.wish.resources.disk;
        less.then(|| self.count(&format!("with {disk} of disk"), &self.asking(&resources))).flatten()
    }

    fn elsewhere(&self) -> Vec<Option<Counterfactual>> {
        let place = self.wish.place;
        let changes: [(&str, bool, Where); 3] = [
            ("at any site", place.site.is_some(), Where { site: None, ..place.clone() }),
            ("at any service", place.service.is_some(), Where { service: None, ..place.clone() }),
            ("in any project", place.project.is_some(), Where { project: None, ..place.clone() }),
        ];
        let wanted = changes.iter().filter(|(_, wanted, _)| *wanted);
        wanted.map(|(change, _, place)| self.count(change, &Wish { place, ..self.wish.clone() })).collect()
    }

    /// The sizes that have everything a changed wish asks for, at services that would take it.
    fn sizes_for(&self, resources: &Resources) -> Vec<&Size> {
        let sizes = self.takers(&self.asking(resources)).into_iter().flat_map(|service| &service.sizes);
        sizes.filter(|size| crate::fit::fits(resources, size)).collect()
    }

    fn takers(&self, wish: &Wish<'_>) -> Vec<&Service> {
        self.services.iter().filter(|service| judge(self.now, wish, service, self.exclusions).is_ok()).collect()
    }

    fn asking<'a>(&'a self, resources: &'a Resources) -> Wish<'a> {
        Wish { resources, ..self.wish.clone() }
    }

    fn count(&self, change: &str, wish: &Wish<'_>) -> Option<Counterfactual> {
        let services = u32::try_from(self.takers(wish).len()).unwrap_or(u32::MAX);
        (services > 0).then(|| Counterfactual { change: change.to_owned(), services })
    }
}
