use crate::app::App;
use crate::extract::{At, Element as Index, Params, limit};
use crate::page::{Page, cursor};
use crate::refusal::Refusal;
use ::runs::ElementFilter;
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::Code;
use model::id::RunId;
use model::run::Element;
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// Only elements in this state or with this outcome: `queued`, `leased`, `staging`, `running`, `collecting`,
    /// `ended`, `done`, `failed`, `cancelled`.
    is: Option<String>,
    /// How many to a page: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

const KNOWN: [&str; 9] = ["queued", "leased", "staging", "running", "collecting", "ended", "done", "failed", "cancelled"];

/// The elements of a run
///
/// By index, each with its report. A run that is no array has one.
#[utoipa::path(get, path = "/api/v1/runs/{id}/elements", operation_id = "list_elements", tag = "runs",
    params(("id" = RunId, Path), Query), responses((status = 200, description = "A page of elements", body = Page<Element>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    Params(query): Params<Query>,
) -> Result<Json<Page<Element>>, Refusal> {
    if query.is.as_ref().is_some_and(|is| !KNOWN.contains(&is.as_str())) {
        let detail = format!("must be one of {}", KNOWN.join(", "));
        return Err(Refusal::of_field(Code::InvalidQuery, "is", detail, "Correct it or leave it out."));
    }
    let limit = limit(query.limit)?;
    let filter = ElementFilter { after: cursor(query.cursor.as_deref())?, is: query.is, limit };
    let elements = app.gateway.runs.elements(&caller, &id, &filter).await?;
    Ok(Json(Page::new(elements, limit, |element| element.index.to_string())))
}

/// One element
#[utoipa::path(get, path = "/api/v1/runs/{id}/elements/{index}", operation_id = "get_element", tag = "runs",
    params(("id" = RunId, Path), ("index" = u32, Path)), responses((status = 200, description = "The element", body = Element)))]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    Index(index): Index,
) -> Result<Json<Element>, Refusal> {
    Ok(Json(app.gateway.runs.element(&caller, &id, index).await?))
}
