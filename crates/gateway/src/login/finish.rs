use super::complete::complete;
use super::{of_issuer, page, pending};
use crate::app::App;
use crate::edge::Trace;
use crate::extract::Stranger;
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::NewSession;
use issuers::{Callback, Error};
use model::{Code, Problem};

/// A browser that comes back from an issuer. Each has an address of its own to come back to, so that none can have a browser bring it what
/// another one gave.
pub(crate) async fn finish(
    State(app): State<App>,
    _: Stranger,
    Path(name): Path<String>,
    Extension(trace): Extension<Trace>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let mut response = match sign_in(&app, &name, &headers, &query.unwrap_or_default()).await {
        Ok((made, place)) => {
            trace.is_of(&made.person);
            enter(&app, &made, &place).unwrap_or_else(|| page::of(&Problem::internal(), &app.home))
        }
        Err(problem) => {
            tracing::info!(code = %problem.code, detail = problem.detail, "a sign-in came to nothing");
            page::of(&problem, &app.home)
        }
    };
    if let Some(cookie) = app.cookie.take_back_login() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn sign_in(app: &App, name: &str, headers: &HeaderMap, query: &str) -> Result<(NewSession, String), Problem> {
    let callback = Callback::of_query(query).map_err(|error| of_issuer(&Error::from(error), "The login service"))?;
    let unknown = || {
        let detail = "This browser did not begin a sign-in here, has ended it already, or took too long.";
        Problem::new(Code::SignInRefused, detail, "Sign in again, in the same browser, with cookies permitted.")
    };
    let secret = app.cookie.read_login(headers).ok_or_else(unknown)?;
    let returned = app.gateway.logins.take(&secret).await?.filter(|returned| returned.issuer == name).ok_or_else(unknown)?;
    let issuer = app.gateway.issuers.by_name(&returned.issuer).ok_or_else(unknown)?;
    let kept = pending::read(returned.issuer, &returned.pending)?;
    let signed_in = issuer.finish_browser(kept, callback).await.map_err(|error| of_issuer(&error, issuer.title()))?;
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let identity = &app.gateway.identity;
    let made = complete(app, signed_in, async |admitted| identity.begin_session(admitted, user_agent).await).await?;
    Ok((made, returned.place))
}

/// Into the portal, with the cookie of the session. The code leaves the address with it.
fn enter(app: &App, made: &NewSession, place: &str) -> Option<Response> {
    let cookie = app.cookie.give(&made.secret, made.life)?;
    let to = HeaderValue::from_str(&format!("{}/{place}", app.home)).ok()?;
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, to), (header::SET_COOKIE, cookie)]).into_response();
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Some(response)
}
