use crate::app::App;
use crate::extract::{At, Params, limit};
use crate::page::{Page, cursor};
use crate::refusal::Refusal;
use ::runs::{ElementFilter, media_type};
use axum::Json;
use axum::extract::State;
use identity::Caller;
use model::id::RunId;
use model::run::Element;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// How many to a page: 1 to 1000, 100 when not said.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OutputFile {
    element: u32,
    path: String,
    bytes: u64,
    sha256: String,
    /// By the ending of the name.
    media_type: &'static str,
}

/// `ELEMENT.NUMBER` of the last file of the page before.
#[derive(Clone, Copy)]
struct Place {
    element: u32,
    number: usize,
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (element, number) = text.split_once('.').ok_or(())?;
        Ok(Self { element: element.parse().map_err(|_| ())?, number: number.parse().map_err(|_| ())? })
    }
}

/// Elements that are looked through at once: their reports may be long.
const STRIDE: u32 = 50;

/// The outputs of a run
///
/// Those of elements that have ended, element by element.
#[utoipa::path(get, path = "/api/v1/runs/{id}/outputs", operation_id = "list_outputs", tag = "runs",
    params(("id" = RunId, Path), Query), responses((status = 200, description = "A page of files", body = Page<OutputFile>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    At(id): At<RunId>,
    Params(query): Params<Query>,
) -> Result<Json<Page<OutputFile>>, Refusal> {
    let limit = limit(query.limit)? as usize;
    let begin: Option<Place> = cursor(query.cursor.as_deref())?;
    let (mut items, mut last) = (Vec::new(), None);
    let mut after = begin.and_then(|place| place.element.checked_sub(1));
    loop {
        let filter = ElementFilter { after, is: None, limit: STRIDE };
        let elements = app.gateway.runs.elements_with_outputs(&caller, &id, &filter).await?;
        let is_last = elements.len() < STRIDE as usize;
        after = elements.last().map(|element| element.index);
        for element in elements {
            let passed = begin.filter(|place| place.element == element.index).map_or(0, |place| place.number + 1);
            for (number, file) in files(element).enumerate().skip(passed) {
                if items.len() == limit {
                    return Ok(Json(Page { items, next: last }));
                }
                last = Some(format!("{}.{number}", file.element));
                items.push(file);
            }
        }
        if is_last {
            return Ok(Json(Page { items, next: None }));
        }
    }
}

fn files(element: Element) -> impl Iterator<Item = OutputFile> {
    let outputs = element.report.map(|report| report.outputs).unwrap_or_default();
    outputs.into_iter().map(move |file| OutputFile {
        element: element.index,
        media_type: media_type(&file.path),
        path: file.path,
        bytes: file.bytes,
        sha256: file.sha256,
    })
}
