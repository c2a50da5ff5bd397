use crate::app::App;
use crate::extract::{Params, limit};
use crate::page::{Page, cursor};
use crate::refusal::Refusal;
use ::runs::{Credential, CredentialFilter};
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::RunId;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only what this run holds.
    run: Option<RunId>,
    /// Only what still works.
    #[serde(default)]
    held: bool,
    /// How many to a page: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Your runs' credentials
///
/// What runs of yours were given to act with: for whom, with which scopes, at which service, until when, and when it was last used.
/// Newest first; never their text.
#[utoipa::path(get, path = "/api/v1/credentials", operation_id = "list_credentials", tag = "credentials", params(Query),
    responses((status = 200, description = "A page of the ledger", body = Page<Credential>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
) -> Result<Json<Page<Credential>>, Refusal> {
    let limit = limit(query.limit)?;
    let filter = CredentialFilter { run: query.run, held: query.held, before: cursor(query.cursor.as_deref())?, limit };
    let items = app.gateway.runs.credentials(&caller, &filter).await?;
    Ok(Json(Page::new(items, limit, |credential| credential.id.to_string())))
}
