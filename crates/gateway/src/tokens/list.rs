use crate::app::App;
use crate::extract::{Params, limit};
use crate::page::{Page, cursor};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, TokenView, authorize};
use model::id::TokenId;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// How many to a page: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Your tokens
///
/// Newest first, those that no longer work included; never their text.
#[utoipa::path(get, path = "/api/v1/tokens", operation_id = "list_tokens", tag = "tokens", params(Query),
    responses((status = 200, description = "A page of tokens", body = Page<TokenView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<Query>,
) -> Result<Json<Page<TokenView>>, Refusal> {
    authorize(&caller, Action::TokensList, Resource::Of(caller.person()))?;
    let (limit, before) = (limit(query.limit)?, cursor::<TokenId>(query.cursor.as_deref())?);
    let tokens = app.gateway.identity.list_tokens(&caller, before.as_ref(), limit).await?;
    Ok(Json(Page::new(tokens, limit, |token| token.id.to_string())))
}
