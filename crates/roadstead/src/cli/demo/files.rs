//! The scripts and requests of the demonstration, part of the program.

use model::Problem;
use std::path::Path;

/// In the order in which they are submitted.
pub const REQUESTS: [&str; 3] = ["simulate.toml", "find.toml", "merge.toml"];

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../../examples/radio-cubes/", $name)))),*]
    };
}

const FILES: &[(&str, &str)] = embedded![
    "check.py",
    "find.toml",
    "find_sources.py",
    "fits.py",
    "image.py",
    "merge.py",
    "merge.toml",
    "simulate.py",
    "simulate.toml",
    "smooth.py",
];

/// Writes them all, as the gateway reads files and not this program's memory.
pub fn write(directory: &Path) -> Result<(), Problem> {
    let write_all = || {
        std::fs::create_dir_all(directory)?;
        FILES.iter().try_for_each(|(name, text)| std::fs::write(directory.join(name), text))
    };
    write_all().map_err(|error| super::unwritable(directory, &error))
}
