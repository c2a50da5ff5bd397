//! Images: those that one may start machines from.

use super::inventory::{Image, Part};
use super::reader::Reader;
use super::{Error, Lie};

/// Public ones, those of the project, and those which others share with it *and it has accepted*: what anybody may offer to
/// anybody is not listed, and Glance does not list it unless asked. Hidden ones are a list of their own.
pub(super) async fn images(reader: &Reader<'_>) -> Part<Vec<Image>> {
    let shown = reader.all("the list of images", "/images?limit=1000", "images");
    let hidden = async {
        match reader.all("the list of hidden images", "/images?limit=1000&os_hidden=true", "images").await {
            // One that cannot hide images.
            Err(Error::Lie { lie: Lie::Status { status: 400 | 404, .. }, .. }) => Ok(Vec::new()),
            listed => listed,
        }
    };
    let (mut images, hidden): (Vec<Image>, Vec<Image>) = tokio::try_join!(shown, hidden)?;
    images.extend(hidden.into_iter().filter(|image| image.os_hidden));
    Ok(images)
}
