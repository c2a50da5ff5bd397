//! What would be possible if one thing were asked for differently: only looked for when nothing is possible as asked.

use model::ByteCount;
use model::offer::{Change, Counterfactual, Wish};
use model::request::{Machine, Resources, Where};

use crate::Place;
use crate::fit::Marks;
use crate::gate::{Asked, Opened, open};
use crate::stock::Columns;

/// `opened`: the places that are open to the wish as it is.
pub(crate) fn find(asked: Asked<'_>, places: &[&Place], opened: &[Option<Opened<'_>>]) -> Vec<Counterfactual> {
    let mut scene = Scene { asked, places, opened, marks: Marks::default() };
    let mut found = vec![scene.without_accelerators(), scene.without_container()];
    found.extend(scene.of_another_machine());
    found.extend([scene.with_fewer_cores(), scene.with_less_memory(), scene.with_less_disk(), scene.on_one_node()]);
    found.extend(scene.elsewhere());
    found.into_iter().flatten().collect()
}

struct Scene<'a> {
    asked: Asked<'a>,
    places: &'a [&'a Place],
    opened: &'a [Option<Opened<'a>>],
    marks: Marks,
}

impl<'a> Scene<'a> {
    fn without_accelerators(&mut self) -> Option<Counterfactual> {
        let wish = self.asked.wish;
        let resources = Resources { accelerators: 0, ..wish.resources.clone() };
        let machine = wish.machine.map(|machine| Machine { accelerator: None, accelerator_memory: None, ..machine.clone() });
        let changes = wish.resources.accelerators > 0;
        let wish = Wish { resources: &resources, machine: machine.as_ref(), ..*wish };
        changes.then(|| self.count(Change::WithoutAccelerators, &wish)).flatten()
    }

    fn without_container(&mut self) -> Option<Counterfactual> {
        let wish = Wish { container: None, ..*self.asked.wish };
        self.asked.wish.container.and_then(|_| self.count(Change::WithoutContainer, &wish))
    }

    fn of_another_machine(&mut self) -> Vec<Option<Counterfactual>> {
        let Some(machine) = self.asked.wish.machine else { return Vec::new() };
        let system = machine.system();
        let mut changes: Vec<(Change, Machine)> = Vec::new();
        if machine.public {
            changes.push((Change::WithoutPublicAddress, Machine { public: false, ..machine.clone() }));
        }
        if let Some(system) = system.filter(|system| system.version.is_some()) {
            let os = Some(system.name.clone());
            changes.push((Change::AnyVersion { os: system.name }, Machine { os, ..machine.clone() }));
        }
        if machine.os.is_some() || machine.image.is_some() {
            changes.push((Change::AnyImage, Machine { os: None, image: None, ..machine.clone() }));
        }
        if machine.accelerator.is_some() || machine.accelerator_memory.is_some() {
            let any = Machine { accelerator: None, accelerator_memory: None, ..machine.clone() };
            changes.push((Change::AnyAccelerators, any));
        }
        let wish = *self.asked.wish;
        let count = |(change, machine): (Change, Machine)| self.count(change, &Wish { machine: Some(&machine), ..wish });
        changes.into_iter().map(count).collect()
    }

    fn on_one_node(&mut self) -> Option<Counterfactual> {
        let wish = *self.asked.wish;
        let resources = Resources { nodes: 1, tasks_per_node: 1, ..wish.resources.clone() };
        let changes = resources != *wish.resources;
        changes.then(|| self.count(Change::OneTask, &Wish { resources: &resources, ..wish })).flatten()
    }

    fn with_fewer_cores(&mut self) -> Option<Counterfactual> {
        let wish = *self.asked.wish;
        let open = Resources { cores: 0.0, ..wish.resources.clone() };
        let most = |columns: &Columns, row: usize| columns.cores[row];
        let (cores, services) = self.most(&open, most, 0.0, f64::max);
        let fewer = cores > 0.0 && cores < wish.resources.cores;
        fewer.then(|| Counterfactual::new(Change::Cores { cores }, services))
    }

    fn with_less_memory(&mut self) -> Option<Counterfactual> {
        let wish = *self.asked.wish;
        let open = Resources { memory: ByteCount::new(0), ..wish.resources.clone() };
        let most = |columns: &Columns, row: usize| columns.memory[row];
        let (memory, services) = self.most(&open, most, 0, u64::max);
        let (memory, less) = (ByteCount::new(memory), memory < wish.resources.memory.get() && services > 0);
        less.then(|| Counterfactual::new(Change::Memory { memory }, services))
    }

    fn with_less_disk(&mut self) -> Option<Counterfactual> {
        let wish = *self.asked.wish;
        let open = Resources { disk: ByteCount::new(0), ..wish.resources.clone() };
        let most = |columns: &Columns, row: usize| columns.disk[row];
        let (disk, _) = self.most(&open, most, 0, u64::max);
        let disk = ByteCount::new(disk);
        if disk >= wish.resources.disk {
            return None;
        }
        // Counted anew: how long a volume has to be follows from the disk that is asked for.
        let resources = Resources { disk, ..open };
        let mut services = Services::default();
        self.each_size(&resources, |opened, _| services.add(opened.place));
        services.told(Change::Disk { disk })
    }

    fn elsewhere(&mut self) -> Vec<Option<Counterfactual>> {
        let wish = *self.asked.wish;
        let place = wish.place;
        let changes: [(Change, bool, Where); 4] = [
            (Change::AnySite, place.site.is_some(), Where { site: None, ..place.clone() }),
            (Change::AnyService, place.service.is_some(), Where { service: None, ..place.clone() }),
            (Change::AnyProject, place.project.is_some(), Where { project: None, ..place.clone() }),
            (Change::AnyCommunity, place.community.is_some(), Where { community: None, ..place.clone() }),
        ];
        let wanted = changes.into_iter().filter(|(_, wanted, _)| *wanted);
        wanted.map(|(change, _, place)| self.count(change, &Wish { place: &place, ..wish })).collect()
    }

    /// The most of something that any size has which is an offer for changed resources, and how many services have as
    /// much.
    fn most<T: Copy + PartialEq>(
        &mut self,
        resources: &Resources,
        of: fn(&Columns, usize) -> T,
        least: T,
        larger: fn(T, T) -> T,
    ) -> (T, u32) {
        let (mut most, mut services) = (least, Services::default());
        self.each_size(resources, |opened, marks| {
            let here = marks.fitting().map(|row| of(&opened.place.stock.columns, row)).fold(least, larger);
            if larger(here, most) != most {
                (most, services) = (here, Services::default());
            }
            if here == most {
                services.add(opened.place);
            }
        });
        (most, services.count)
    }

    /// The services with an offer for a changed wish.
    fn count(&mut self, change: Change, wish: &Wish<'_>) -> Option<Counterfactual> {
        let mut services = Services::default();
        for place in self.places {
            let asked = Asked { now: self.asked.now, wish, facts: self.asked.facts, explain: false };
            if let Ok(opened) = open(asked, place)
                && self.marks.any_of(wish.resources, &opened)
            {
                services.add(place);
            }
        }
        services.told(change)
    }

    /// Shows every place with an offer for other resources, with what its other sizes lack. Which places are open does
    /// not depend on cores, memory and disk.
    fn each_size(&mut self, resources: &Resources, mut show: impl FnMut(&'a Opened<'a>, &Marks)) {
        for opened in self.opened.iter().flatten() {
            if self.marks.any_of(resources, opened) {
                show(opened, &self.marks);
            }
        }
    }
}

/// Counts services. Places come in the order of their services' names, and several projects of one are one service.
#[derive(Default)]
struct Services<'a> {
    count: u32,
    last: Option<&'a str>,
}

impl<'a> Services<'a> {
    fn add(&mut self, place: &'a Place) {
        let service = place.stock.service.as_str();
        if self.last != Some(service) {
            (self.count, self.last) = (self.count + 1, Some(service));
        }
    }

    fn told(&self, change: Change) -> Option<Counterfactual> {
        (self.count > 0).then(|| Counterfactual::new(change, self.count))
    }
}
