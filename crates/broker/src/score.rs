//! How good an offer is. The score is the sum of the terms, and every term is shown.

use model::offer::{Service, Size, Term};
use model::request::Resources;

/// Points for a service that is all free.
const HEADROOM: f64 = 50.0;
/// Points lost by a size of which nearly nothing is used.
const WASTE: f64 = 30.0;
/// Points lost behind an endless queue.
const QUEUE: f64 = 40.0;
/// The length of a queue that costs half of [`QUEUE`].
const LONG_QUEUE: f64 = 10.0;

pub(crate) fn terms(asked: &Resources, service: &Service, size: &Size) -> Vec<Term> {
    vec![headroom(service, size), waste(asked, size), queue(service)]
}

fn headroom(service: &Service, size: &Size) -> Term {
    let name = "headroom".to_owned();
    if !size.divisible {
        // One size says nothing of how many more there are: neither reward nor punish what is not known.
        return Term { name, points: HEADROOM / 2.0, detail: "how much is free here is not known".to_owned() };
    }
    let cores = free(service.usage.cores_used, size.cores);
    let memory = free(service.usage.memory_used.get() as f64, size.memory.get() as f64);
    let detail = format!("{:.0}% of the cores and {:.0}% of the memory are free", cores * 100.0, memory * 100.0);
    Term { name, points: HEADROOM * (cores + memory) / 2.0, detail }
}

fn waste(asked: &Resources, size: &Size) -> Term {
    let wasted = wasted(asked, size);
    let detail = if size.divisible {
        "cut to what was asked for".to_owned()
    } else {
        format!("size {} would be used to {:.0}%", size.name, (1.0 - wasted) * 100.0)
    };
    Term { name: "waste".to_owned(), points: 0.0 - WASTE * wasted, detail }
}

fn queue(service: &Service) -> Term {
    let waiting = f64::from(service.usage.waiting);
    let detail = format!("{} wait here already", service.usage.waiting);
    Term { name: "queue".to_owned(), points: 0.0 - QUEUE * waiting / (waiting + LONG_QUEUE), detail }
}

/// The share of a size that would lie idle, from 0 to 1: the mean over what the size has of cores, memory and
/// accelerators. So eight accelerators for one task weigh as much as a machine that is eight times too large.
pub(crate) fn wasted(asked: &Resources, size: &Size) -> f64 {
    if size.divisible {
        return 0.0;
    }
    let parts = [
        (asked.cores, size.cores),
        (asked.memory.get() as f64, size.memory.get() as f64),
        (f64::from(asked.accelerators), f64::from(size.accelerators)),
    ];
    let idle: Vec<f64> = parts.iter().filter(|(_, all)| *all > 0.0).map(|(used, all)| free(*used, *all)).collect();
    if idle.is_empty() { 0.0 } else { idle.iter().sum::<f64>() / idle.len() as f64 }
}

fn free(used: f64, all: f64) -> f64 {
    if all > 0.0 { (1.0 - used / all).clamp(0.0, 1.0) } else { 0.0 }
}
