//! What Keystone answers when it lets somebody in.

use model::{Secret, Timestamp};
use serde::Deserialize;

use super::http::Answer;
use super::{Catalogue, Lie};

/// Signed in, without a project: good for asking which there are, and for sessions.
pub struct Login {
    pub token: Secret,
    pub expires: Timestamp,
}

/// Where one may work at a service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Project {
    pub id: String,
    pub name: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What sites of the EGI federation say of whose it is.
    #[serde(default, rename = "egi.VO")]
    pub community: Option<String>,
}

/// Signed in with a project. It lives no longer than the login that it was made of.
pub struct Session {
    pub token: Secret,
    pub expires: Timestamp,
    pub project: Project,
    pub roles: Vec<String>,
    pub catalogue: Catalogue,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Body {
    token: Token,
}

#[derive(Deserialize)]
struct Token {
    expires_at: Timestamp,
    project: Option<Project>,
    #[serde(default)]
    roles: Vec<Role>,
    #[serde(default)]
    catalog: Catalogue,
}

#[derive(Deserialize)]
struct Role {
    name: String,
}

#[derive(Deserialize)]
struct Projects {
    projects: Vec<Project>,
}

const TOKEN_HEADER: &str = "X-Subject-Token";

pub(super) fn login(answer: &Answer, about: &'static str) -> Result<Login, Lie> {
    let Body { token } = answer.json(about)?;
    Ok(Login { token: secret(answer, about)?, expires: token.expires_at })
}

pub(super) fn session(answer: &Answer, about: &'static str) -> Result<Session, Lie> {
    let Body { token } = answer.json(about)?;
    let why = || Lie::Json { about, why: "it names no project".to_owned() };
    Ok(Session {
        expires: token.expires_at,
        project: token.project.ok_or_else(why)?,
        roles: token.roles.into_iter().map(|role| role.name).collect(),
        catalogue: token.catalog,
        token: secret(answer, about)?,
    })
}

pub(super) fn projects(answer: &Answer, about: &'static str) -> Result<Vec<Project>, Lie> {
    Ok(answer.json::<Projects>(about)?.projects)
}

fn secret(answer: &Answer, about: &'static str) -> Result<Secret, Lie> {
    let token = answer.header(TOKEN_HEADER).filter(|token| !token.is_empty()).ok_or(Lie::NoToken { about })?;
    Ok(Secret::new(token.to_owned()))
}
