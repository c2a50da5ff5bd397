//! Volumes: so far, how many there may be.

use serde::Deserialize;

use super::inventory::{Part, VolumeLimits};
use super::reader::Reader;

pub(super) async fn limits(reader: &Reader<'_>) -> Part<VolumeLimits> {
    #[derive(Deserialize)]
    struct Body {
        limits: Limits,
    }
    #[derive(Deserialize)]
    struct Limits {
        absolute: VolumeLimits,
    }
    Ok(reader.one::<Body>("the limits of volumes", "/limits").await?.limits.absolute)
}
