//! Sizes, images and networks, wherever the caller may use them.

use crate::app::App;
use crate::extract::{Params, limit};
use crate::page::Page;
use crate::refusal::Refusal;
use crate::sites::patience::patience;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, authorize};
use model::ByteCount;
use model::offer::{Image, Network, NetworkRole, Placed, Size, Snapshot, Standing};
use serde::Deserialize;

/// A query with what all lists can be narrowed by, and a list's own fields.
macro_rules! query {
    ($name:ident { $($(#[$about:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            /// Only in projects of this community.
            community: Option<String>,
            site: Option<String>,
            service: Option<String>,
            /// By its identifier or name.
            project: Option<String>,
            /// Only what has this in its name, whatever the letter case.
            name: Option<String>,
            /// How many seconds to wait at most for what is not fresh: 0 to 60.
            wait: Option<u32>,
            /// How many to a page: 1 to 1000, 100 when not said.
            limit: Option<u32>,
            /// The `next` of the page before.
            cursor: Option<u32>,
            $($(#[$about])* $field: $type,)*
        }

        impl $name {
            fn takes(&self, snapshot: &Snapshot) -> bool {
                let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
                let project = &snapshot.project;
                is(&self.community, snapshot.community.as_deref().unwrap_or_default())
                    && is(&self.site, &snapshot.site)
                    && is(&self.service, &snapshot.service)
                    && (is(&self.project, &project.id) || is(&self.project, &project.name))
            }

            fn is_named(&self, name: &str) -> bool {
                self.name.as_deref().is_none_or(|part| name.to_lowercase().contains(&part.to_lowercase()))
            }

            /// What of each snapshot is wanted, page by page, in the order of services.
            async fn list<T: Clone>(
                &self,
                app: &App,
                caller: &Caller,
                items: impl for<'a> Fn(&'a Snapshot) -> &'a [T],
                is_wanted: impl Fn(&T) -> bool,
            ) -> Result<Json<Page<Placed<T>>>, Refusal> {
                authorize(caller, Action::ServicesRead, Resource::Deployment)?;
                let (limit, skip) = (limit(self.limit)?, self.cursor.unwrap_or(0));
                let visitor = app.gateway.runs.visitor(caller).await?;
                app.gateway.survey.look(&visitor, patience(self.wait)?).await;
                let mut snapshots = app.gateway.survey.snapshots(&visitor);
                snapshots.retain(|snapshot| self.takes(snapshot));
                snapshots.sort_by(|one, other| (&one.service, &one.project.name).cmp(&(&other.service, &other.project.name)));
                let all = snapshots.iter().flat_map(|snapshot| items(snapshot).iter().map(move |item| (snapshot, item)));
                let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
                let page = all.filter(|(_, item)| is_wanted(item)).skip(size(skip)).take(size(limit));
                let items: Vec<_> = page.map(|(snapshot, item)| placed(snapshot, item.clone())).collect();
                let next = (items.len() == size(limit)).then(|| skip.saturating_add(limit).to_string());
                Ok(Json(Page { items, next }))
            }
        }
    };
}

query! { Sizes {
    /// At least so many.
    cores: Option<f64>,
    /// At least so much.
    memory: Option<ByteCount>,
    /// At least so many.
    accelerators: Option<u32>,
} }

query! { Images {
    /// An operating system, like `ubuntu` or `ubuntu:22.04`.
    os: Option<String>,
    /// `true`: those too that nobody is meant to start: superseded, hidden, of others, damaged.
    all: Option<bool>,
} }

query! { Networks {
    role: Option<NetworkRole>,
} }

/// Sizes of machines
///
/// In all projects that you may work in, with what is known of their accelerators and how.
#[utoipa::path(get, path = "/api/v1/sizes", operation_id = "list_sizes", tag = "sites", params(Sizes),
    responses((status = 200, description = "A page of sizes", body = Page<Placed<Size>>)))]
pub(crate) async fn sizes(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Sizes>,
) -> Result<Json<Page<Placed<Size>>>, Refusal> {
    let fits = |size: &Size| {
        query.cores.is_none_or(|cores| size.cores >= cores)
            && query.memory.is_none_or(|memory| size.memory >= memory)
            && query.accelerators.is_none_or(|number| size.accelerators >= number)
            && query.is_named(&size.name)
    };
    query.list(&app, &caller, |snapshot| &snapshot.sizes, fits).await
}

/// Images of machines
///
/// In all projects that you may work in: what they are, how one signs in, and how that is known.
#[utoipa::path(get, path = "/api/v1/images", operation_id = "list_images", tag = "sites", params(Images),
    responses((status = 200, description = "A page of images", body = Page<Placed<Image>>)))]
pub(crate) async fn images(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Images>,
) -> Result<Json<Page<Placed<Image>>>, Refusal> {
    let fits = |image: &Image| {
        (query.all == Some(true) || image.standing == Standing::Offered)
            && query.os.as_deref().is_none_or(|os| is_system(image, os))
            && query.is_named(&image.name)
    };
    query.list(&app, &caller, |snapshot| &snapshot.images, fits).await
}

/// Networks
///
/// In all projects that you may work in: what each is for, how sure that is, and why.
#[utoipa::path(get, path = "/api/v1/networks", operation_id = "list_networks", tag = "sites", params(Networks),
    responses((status = 200, description = "A page of networks", body = Page<Placed<Network>>)))]
pub(crate) async fn networks(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Networks>,
) -> Result<Json<Page<Placed<Network>>>, Refusal> {
    let fits = |network: &Network| query.role.is_none_or(|role| network.role == role) && query.is_named(&network.name);
    query.list(&app, &caller, |snapshot| &snapshot.networks, fits).await
}

fn is_system(image: &Image, wanted: &str) -> bool {
    let Some(system) = &image.system else { return false };
    let (name, version) = wanted.split_once(':').unwrap_or((wanted, ""));
    system.name.eq_ignore_ascii_case(name) && (version.is_empty() || system.version.as_deref() == Some(version))
}

fn placed<T>(snapshot: &Snapshot, item: T) -> Placed<T> {
    let Snapshot { service, site, project, community, seen_at, .. } = snapshot;
    Placed {
        service: service.clone(),
        site: site.clone(),
        project: project.clone(),
        community: community.clone(),
        seen_at: *seen_at,
        item,
    }
}
