use crate::app::App;
use crate::extract::{JsonBody, ServiceName};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use identity::{Action, Caller, Resource, authorize};
use model::access::Help;
use model::offer::ServiceToken;
use model::{Code, Problem};
use serde::Deserialize;
use sites::survey::{Closed, Wanted};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// In whose name: one of your communities that the service serves.
    community: Option<String>,
    /// The project, by its identifier or name.
    project: Option<String>,
}

/// A token of a service, for other programs
///
/// Signs you in at the service, in a project of yours there. What is answered lets its holder do there what you may do,
/// until it ends.
#[utoipa::path(post, path = "/api/v1/services/{name}/tokens", operation_id = "create_service_token", tag = "sites",
    params(("name" = String, Path)), request_body = Asked,
    responses((status = 200, description = "The token, and how to use it", body = ServiceToken)))]
pub(crate) async fn enter(
    State(app): State<App>,
    caller: Caller,
    ServiceName(name): ServiceName,
    JsonBody(asked): JsonBody<Asked>,
) -> Result<([(axum::http::HeaderName, &'static str); 1], Json<ServiceToken>), Refusal> {
    authorize(&caller, Action::ServicesEnter, Resource::Of(caller.person()))?;
    let visitor = app.gateway.runs.visitor(&caller).await?;
    app.gateway.survey.look(&visitor, None).await;
    let wanted = Wanted { community: asked.community.as_deref(), project: asked.project.as_deref() };
    let token = app.gateway.survey.enter(&visitor, &name, &wanted).await.map_err(|closed| problem(closed, &name))?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(token)))
}

fn problem(closed: Closed, service: &str) -> Problem {
    match closed {
        Closed::NoService => Problem::not_found("service", service),
        Closed::NoProject => Problem::new(
            Code::SiteRefused,
            format!("You have no such project at {service}."),
            "Look at `roadstead sites` for those that you have.",
        ),
        Closed::Several(names) => Problem::new(
            Code::InvalidField,
            format!("You have several projects at {service}: {}.", names.join(", ")),
            "Say which one: by `project`, or by `community`.",
        ),
        Closed::Refused(help) => told(Code::SiteRefused, help),
        Closed::Unreachable(help) => told(Code::SiteUnreachable, help),
    }
}

fn told(code: Code, help: Help) -> Problem {
    let Help { why, remedy, link, request } = help;
    let more = [link, request.map(|request| format!("\"{request}\""))].into_iter().flatten();
    let remedy = std::iter::once(remedy).chain(more).collect::<Vec<_>>().join(" ");
    Problem::new(code, why, remedy)
}
