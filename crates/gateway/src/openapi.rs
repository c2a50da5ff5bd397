//! The description of the API (OpenAPI 3.1), made from the operations that are served.

use crate::app::App;
use crate::refusal::{ProblemAnswer, Refusal};
use crate::routes;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use model::{Code, Problem};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::server::Server;
use utoipa::openapi::{Content, InfoBuilder, LicenseBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

/// As text, the way it is committed.
pub fn openapi() -> String {
    let mut text = describe().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

pub(crate) async fn show(State(app): State<App>) -> Result<impl IntoResponse, Refusal> {
    let mut described = describe();
    if !app.prefix.is_empty() {
        described.servers = Some(vec![Server::new(app.prefix.clone())]);
    }
    let text = described.to_json().map_err(|_| Problem::internal())?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}

fn describe() -> OpenApi {
    let mut described = routes::description();
    described.info = InfoBuilder::new()
        .title("Roadstead")
        .version("1")
        .description(Some(
            "From data to results, over the computers of a federation. Every answer that is not a success is a problem \
             (RFC 9457) with a stable code, a remedy, and a page about it.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let components = described.components.get_or_insert_default();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.security_schemes.insert("bearer".to_owned(), bearer.into());
    let cookie = ApiKeyValue::with_description("roadstead-{deployment}", "A browser that is signed in");
    components.security_schemes.insert("session".to_owned(), SecurityScheme::ApiKey(ApiKey::Cookie(cookie)).into());
    let mut schemas = Vec::new();
    ProblemAnswer::schemas(&mut schemas);
    schemas.push((ProblemAnswer::name().into_owned(), ProblemAnswer::schema()));
    components.schemas.extend(schemas);
    described.security =
        Some(["bearer", "session"].map(|scheme| SecurityRequirement::new(scheme, Vec::<String>::new())).to_vec());
    // The router's way to write that a parameter may hold slashes is not one of the description's.
    let paths = std::mem::take(&mut described.paths.paths);
    described.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    for (path, item) in &mut described.paths.paths {
        for operation in [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten() {
            add_refusals(path, operation);
        }
    }
    described
}

/// What any operation of this shape can answer besides what it says of itself.
fn add_refusals(path: &str, operation: &mut Operation) {
    let mut codes = vec![
        Code::NotSignedIn,
        Code::BadCredential,
        Code::SessionOver,
        Code::Forbidden,
        Code::WrongOrigin,
        Code::WrongHost,
        Code::Internal,
        Code::DatabaseUnavailable,
        Code::ShuttingDown,
        Code::TooManyRequests,
    ];
    if path.contains('{') {
        codes.push(Code::NotFound);
    }
    if operation.request_body.is_some() {
        codes.extend([Code::MalformedBody, Code::UnknownField, Code::InvalidField, Code::UnsupportedMediaType]);
        codes.extend([Code::BodyTooLarge, Code::RequestTimeout]);
    }
    let has_query = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => matches!(parameter.parameter_in, ParameterIn::Query),
        RefOr::Ref(_) => false,
    });
    if has_query {
        codes.push(Code::InvalidQuery);
    }
    codes.sort_by_key(|code| code.number());
    for code in codes {
        let line = format!("{code}: {}", code.title());
        let known = operation.responses.responses.entry(code.status().to_string());
        let known = known.or_insert_with(|| ResponseBuilder::new().build().into());
        let RefOr::T(response) = known else { continue };
        response.description = [response.description.as_str(), line.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("; ");
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
        {
            let problem = Content::new(Some(Ref::from_schema_name(ProblemAnswer::name())));
            response.content.clear();
            response.content.insert("application/problem+json".to_owned(), problem.into());
        }
    }
}
