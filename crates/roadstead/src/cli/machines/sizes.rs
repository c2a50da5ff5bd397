use crate::cli::session::Session;
use crate::output::{Column, Table, bytes};
use model::offer::Size;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct Sizes {
    has: Size,
    items: Vec<Size>,
}

pub fn show(session: &Session, sizes: &Sizes) {
    let output = &session.output;
    if output.is_json() {
        output.json(sizes);
        return;
    }
    output.note(format!("It has {}.", sizes.has.name));
    if sizes.items.is_empty() {
        output.note("There is no other size in its project that it could have now.");
        return;
    }
    let mut table = Table::new([
        Column::flexible("SIZE", 10),
        Column::number("CORES"),
        Column::number("MEMORY"),
        Column::number("DISK"),
        Column::number("GPUS"),
    ]);
    for size in &sizes.items {
        let disk = if size.from_volume { "volume".to_owned() } else { bytes(size.disk.get()) };
        table.row([
            size.name.as_str().into(),
            size.cores.to_string().into(),
            bytes(size.memory.get()).into(),
            disk.into(),
            size.accelerators.to_string().into(),
        ]);
    }
    output.table(&table);
}
