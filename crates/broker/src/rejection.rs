//! Rejections: one for each place of which something is no offer, its reasons with how many sizes they rule out.

use model::offer::{Cause, Reason, Rejection};
use model::request::Resources;

use crate::Place;
use crate::fit::{self, Marks};
use crate::gate::{Opened, Shut};

/// Nothing of the place can be an offer.
pub(crate) fn of_place(asked: &Resources, place: &Place, shut: &Shut) -> Rejection {
    // Not even how many sizes there are is told to somebody who is not let in.
    let rows = if place.roles().is_some() { place.stock.columns.rows() } else { 0 };
    let mut reasons = shut.reasons.clone();
    if shut.may_be_looked_at && rows > 0 {
        reasons.extend(fit::too_small(asked, &place.stock.columns, place.stock.has_volumes()));
    }
    let sizes = count(rows);
    rejection(place, sizes, sizes, reasons.into_iter().map(|reason| Cause { reason, sizes }).collect())
}

/// Some sizes of the place, or all of them, lack something.
pub(crate) fn of_sizes(asked: &Resources, opened: &Opened<'_>, marks: &Marks) -> Option<Rejection> {
    let (rejected, rows) = (marks.rejected(), opened.place.stock.columns.rows());
    if rejected == 0 {
        return None;
    }
    let mut reasons: Vec<Cause> =
        marks.reasons(asked, opened).into_iter().map(|(reason, sizes)| Cause { reason, sizes }).collect();
    let (rejected, rows) = (count(rejected), count(rows));
    if rejected == rows && reasons.iter().all(|cause| cause.sizes < rows) {
        reasons.insert(0, Cause { reason: Reason::NotInOneSize, sizes: rows });
    }
    Some(rejection(opened.place, rejected, rows, reasons))
}

fn rejection(place: &Place, sizes: u32, of: u32, reasons: Vec<Cause>) -> Rejection {
    let stock = &place.stock;
    Rejection {
        service: stock.service.clone(),
        site: stock.site.clone(),
        project: stock.project.as_ref().map(|project| project.id.clone()),
        community: stock.community.clone(),
        sizes,
        of,
        reasons,
    }
}

fn count(sizes: usize) -> u32 {
    u32::try_from(sizes).unwrap_or(u32::MAX)
}
