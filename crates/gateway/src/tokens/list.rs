use crate::app::App;
use crate::extract::Params;
use crate::page::{Page, Paging};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use identity::{Action, Caller, Resource, TokenView, authorize};

/// Your tokens
///
/// Newest first, those that no longer work included; never their text.
#[utoipa::path(get, path = "/api/v1/tokens", operation_id = "list_tokens", tag = "tokens", params(Paging),
    responses((status = 200, description = "A page of tokens", body = Page<TokenView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<TokenView>>, Refusal> {
    authorize(&caller, Action::TokensList, Resource::Of(caller.person()))?;
    let identity = &app.gateway.identity;
    paging.page(async |before, limit| identity.list_tokens(&caller, before, limit).await, |token| &token.id).await
}
