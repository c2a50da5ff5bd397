//! A plan on a terminal.

use crate::output::{Column, Line, Output, Style, Table, count};
use model::offer::{Attachment, Cause, Offer, Plan, Rejection};

/// With `why`, the terms of each score, and the sizes that are no offers at places where others are.
pub fn show_plan(output: &Output, plan: &Plan, why: bool) {
    if plan.offers.is_empty() {
        output.line(Line::styled(Style::Bad, "No place has this as asked."));
    } else {
        show_offers(output, plan, why);
    }
    let rejected: Vec<&Rejection> = plan.rejections.iter().filter(|rejection| why || rejection.is_whole()).collect();
    if !rejected.is_empty() {
        output.line("");
        output.line(Line::styled(Style::Strong, "Not possible"));
        rejected.iter().for_each(|rejection| show_rejection(output, rejection));
    }
    for change in &plan.counterfactuals {
        let services = count(change.services as usize, "service");
        output.line(Line::styled(Style::Dim, "  but ").plain(&change.change).plain(format!(": {services}")));
    }
}

fn show_rejection(output: &Output, rejection: &Rejection) {
    let site = (rejection.site != rejection.service).then_some(rejection.site.as_str());
    let whose: Vec<&str> = site.into_iter().chain(rejection.community.as_deref()).collect();
    let whose = if whose.is_empty() { String::new() } else { format!(" ({})", whose.join(", ")) };
    for cause in &rejection.reasons {
        let place = Line::new().plain("  ").plain(&rejection.service).with(Style::Dim, &whose);
        output.line(place.plain(": ").plain(cause.to_string()).with(Style::Dim, sizes(rejection, cause)));
    }
}

/// Only worth a word where a reason does not rule out all that there is.
fn sizes(rejection: &Rejection, cause: &Cause) -> String {
    match cause.sizes < rejection.of {
        true => format!(" ({} of {})", cause.sizes, count(rejection.of as usize, "size")),
        false => String::new(),
    }
}

/// A column that would say nothing new is left out: rows are long enough.
fn show_offers(output: &Output, plan: &Plan, why: bool) {
    let machines = plan.offers.iter().any(|offer| offer.image.is_some());
    let named = plan.offers.iter().any(|offer| offer.service != offer.site);
    let communities = plan.offers.iter().any(|offer| plan.offers.first().is_some_and(|first| offer.community != first.community));
    let mut columns = vec![Column::flexible("SITE", 8)];
    columns.extend(named.then_some(Column::flexible("SERVICE", 10)));
    columns.push(Column::flexible("SIZE", 8));
    columns.extend([Column::number("CORES"), Column::number("MEMORY"), Column::number("GPUS")]);
    columns.extend(communities.then_some(Column::flexible("COMMUNITY", 8)));
    if machines {
        columns.extend([Column::flexible("IMAGE", 12), Column::flexible("ADDRESS", 8)]);
    }
    columns.push(Column::number("SCORE"));
    let mut table = Table::new(columns);
    for offer in &plan.offers {
        let size = &offer.size;
        let mut row: Vec<Line> = vec![offer.site.as_str().into()];
        row.extend(named.then(|| Line::from(offer.service.as_str())));
        row.extend([size.name.as_str().into(), size.cores.to_string().into()]);
        row.extend([crate::output::bytes(size.memory.get()).into(), size.accelerators.to_string().into()]);
        row.extend(communities.then(|| Line::from(offer.community.as_deref().unwrap_or_default())));
        if machines {
            let image = offer.image.as_ref().map(|image| image.name.as_str()).unwrap_or_default();
            row.push(image.into());
            row.push(offer.attachment.as_ref().map(address).unwrap_or_default().into());
        }
        row.push(format!("{:.2}", offer.score).into());
        table.row(row);
    }
    output.table(&table);
    let more = (plan.offers_total as usize).saturating_sub(plan.offers.len());
    if more > 0 {
        output.line(Line::styled(Style::Dim, format!("and {more} more, which are not as good")));
    }
    if why {
        plan.offers.iter().for_each(|offer| show_terms(output, offer));
    }
}

fn address(attachment: &Attachment) -> &'static str {
    match attachment {
        Attachment::Direct { .. } => "public",
        Attachment::Floating { .. } => "public (floating)",
        Attachment::Outbound { .. } | Attachment::OutboundThrough { .. } => "outbound only",
        Attachment::Isolated { .. } => "none",
    }
}

fn show_terms(output: &Output, offer: &Offer) {
    output.line("");
    let size = format!("  {}", offer.size.name);
    output.line(Line::styled(Style::Strong, &offer.service).with(Style::Dim, size));
    for term in &offer.terms {
        let points = format!("  {:>+7.2}  ", term.points);
        output.line(Line::new().plain(points).plain(&term.name).with(Style::Dim, format!("  {}", term.detail)));
    }
}
