//! Every route there is, in one table: what is not in it cannot be reached.
//!
//! Operations of the API carry their description and are registered by it, so that neither can be without the other.
//! The few routes beside the API are listed in [`OTHERS`]; what none of them fits is the portal's.

use crate::app::App;
use crate::refusal::{self, Refusal};
use crate::{
    admin, communities, consents, credentials, docs, edge, events, health, keys, login, machines, me, metrics, openapi, pilots,
    portal, recipes, runs, sessions, sites, teams, terms, tokens, uploads,
};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use pilot::protocol::paths;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What is served beside the operations of the API.
pub const OTHERS: &[(&str, &str)] = &[
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/docs/errors/{code}"),
    ("GET", "/login/{issuer}"),
    ("GET", "/login/{issuer}/callback"),
    ("POST", "/login/logout"),
    ("GET", paths::CONNECT),
    ("GET", paths::INPUT),
    ("GET", paths::OUTPUT),
    ("PUT", paths::OUTPUT),
    ("GET", paths::TOKEN),
    ("GET", paths::PROGRAM),
];

fn operations() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(me::show))
        .routes(routes!(login::issuers::list))
        .routes(routes!(login::device::begin::begin))
        .routes(routes!(login::device::poll::poll))
        .routes(routes!(me::communities))
        .routes(routes!(me::identities))
        .routes(routes!(me::quotas))
        .routes(routes!(communities::show))
        .routes(routes!(communities::members))
        .routes(routes!(teams::list, teams::create))
        .routes(routes!(teams::show, teams::delete))
        .routes(routes!(teams::add, teams::remove))
        .routes(routes!(terms::show))
        .routes(routes!(terms::accept))
        .routes(routes!(tokens::list::list, tokens::create::create))
        .routes(routes!(tokens::revoke::revoke))
        .routes(routes!(keys::list, keys::add))
        .routes(routes!(keys::remove))
        .routes(routes!(sessions::list::list, sessions::sign_in::sign_in))
        .routes(routes!(sessions::codes::create))
        .routes(routes!(sessions::end::sign_out))
        .routes(routes!(sessions::end::end))
        .routes(routes!(uploads::list::list, uploads::create::create))
        .routes(routes!(uploads::show::show, uploads::delete::delete))
        .routes(routes!(uploads::append::append))
        .routes(routes!(uploads::complete::complete))
        .routes(routes!(runs::list::list, runs::create::create))
        .routes(routes!(runs::show::show, runs::delete::delete))
        .routes(routes!(runs::cancel::cancel))
        .routes(routes!(runs::retry::retry))
        .routes(routes!(runs::plan::plan))
        .routes(routes!(runs::elements::list))
        .routes(routes!(runs::overview::show))
        .routes(routes!(runs::elements::show))
        .routes(routes!(runs::cancel::cancel_element))
        .routes(routes!(runs::retry::retry_element))
        .routes(routes!(events::of_run::follow))
        .routes(routes!(runs::logs::read))
        .routes(routes!(runs::matches::search))
        .routes(routes!(runs::outputs::list))
        .routes(routes!(runs::download::download))
        .routes(routes!(runs::object::download))
        .routes(routes!(runs::receipt::show))
        .routes(routes!(events::of_caller::follow))
        .routes(routes!(machines::list::list))
        .routes(routes!(machines::show::show))
        .routes(routes!(machines::console::show))
        .routes(routes!(machines::console::open))
        .routes(routes!(machines::change::change))
        .routes(routes!(machines::lifetime::extend))
        .routes(routes!(machines::sizes::list))
        .routes(routes!(machines::neighbours::list))
        .routes(routes!(machines::weather::list))
        .routes(routes!(sites::list::sites))
        .routes(routes!(sites::show::show))
        .routes(routes!(sites::federation::show))
        .routes(routes!(sites::federation::files))
        .routes(routes!(sites::list::services))
        .routes(routes!(sites::snapshots::list))
        .routes(routes!(sites::enter::enter))
        .routes(routes!(sites::inventory::sizes))
        .routes(routes!(sites::inventory::images))
        .routes(routes!(sites::inventory::networks))
        .routes(routes!(sites::offers::list))
        .routes(routes!(sites::plans::create))
        .routes(routes!(recipes::list))
        .routes(routes!(credentials::list::list))
        .routes(routes!(credentials::revoke::revoke))
        .routes(routes!(consents::list::list))
        .routes(routes!(consents::withdraw::withdraw))
        .routes(routes!(admin::flows::list))
        .routes(routes!(admin::flows::retry))
        .routes(routes!(admin::orphans::list))
        .routes(routes!(admin::addresses::list))
        .routes(routes!(admin::health::show))
        .routes(routes!(admin::people::list))
        .routes(routes!(admin::people::show))
        .routes(routes!(admin::people::suspend))
        .routes(routes!(admin::people::restore))
        .routes(routes!(admin::audit::list))
        .routes(routes!(admin::mapping::show, admin::mapping::set))
        .routes(routes!(admin::mapping::preview))
        .routes(routes!(admin::rekey::rekey))
        .routes(routes!(admin::quotas::list))
        .routes(routes!(admin::quotas::set_person))
        .routes(routes!(admin::quotas::set_community))
}

fn others() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/api/v1/openapi.json", get(openapi::show))
        .route("/docs/errors/{code}", get(docs::show))
        .route("/login/{issuer}", get(login::begin::begin))
        .route("/login/{issuer}/callback", get(login::finish::finish))
        .route("/login/logout", post(login::logout::logout))
        .route(paths::CONNECT, get(pilots::connect::connect))
        .route(paths::TOKEN, get(pilots::token::give))
        .route(paths::PROGRAM, get(pilots::program::send))
        .route(paths::INPUT, get(pilots::input::send))
        .route(paths::OUTPUT, get(pilots::output::stored).put(pilots::output::store))
}

/// The router in its own words, for the test that compares what is registered with what is described.
pub fn table() -> String {
    let (operations, _) = operations().split_for_parts();
    format!("{:?}", operations.merge(others()))
}

/// The description of what [`router`] serves.
pub(crate) fn description() -> OpenApi {
    operations().into_openapi()
}

/// Everything, below the prefix of the public address.
pub fn router(app: App) -> Router {
    let (operations, _) = operations().split_for_parts();
    let all = operations.merge(others()).method_not_allowed_fallback(other_method);
    let placed = if app.prefix.is_empty() { all } else { Router::new().nest(&app.prefix, all) };
    placed.fallback(portal::answer).layer(from_fn_with_state(app.clone(), edge::edge)).with_state(app)
}

async fn other_method() -> Refusal {
    refusal::other_method().into()
}
