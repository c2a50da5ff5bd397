use crate::app::App;
use crate::extract::Stranger;
use crate::page::Page;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use serde::Serialize;

/// Somebody whom the gateway trusts to say who a person is.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct IssuerView {
    /// The short word for commands and addresses.
    name: String,
    /// For people.
    title: String,
    url: String,
    /// Where a browser goes to sign in there.
    login: String,
}

/// Where one can sign in
///
/// The login services that this gateway trusts; none when people come in by links alone.
#[utoipa::path(get, path = "/api/v1/issuers", operation_id = "list_issuers", tag = "sessions", security(()),
    responses((status = 200, description = "All of them", body = Page<IssuerView>)))]
pub(crate) async fn list(State(app): State<App>, _: Stranger) -> Result<Json<Page<IssuerView>>, Refusal> {
    let view = |issuer: &::issuers::Issuer| IssuerView {
        name: issuer.name().to_owned(),
        title: issuer.title().to_owned(),
        url: issuer.url().to_owned(),
        login: format!("{}/login/{}", app.prefix, issuer.name()),
    };
    Ok(Json(Page { items: app.gateway.issuers.iter().map(view).collect(), next: None }))
}
