//! What a request refers to: other runs, uploads, files, addresses. All of it is looked at before anything starts.

use crate::Runs;
use data::guard::UrlGuard;
use db::args;
use identity::Caller;
use model::id::{PersonId, RunId};
use model::problem::FieldProblem;
use model::request::{RunRequest, Source, with_index};
use model::run::{Outcome, Run};
use model::{Code, Problem};
use std::collections::BTreeSet;
use std::path::Path;

db::statements! {
    BY_ID = "SELECT doc, person FROM run WHERE id = $1";
    NEWEST_OF_NAME = "SELECT doc, person FROM run WHERE person = $1 AND name = $2 ORDER BY id DESC LIMIT 1";
}

impl Runs {
    /// Makes names into identifiers, and says which runs must end first.
    pub(crate) async fn resolve(&self, caller: &Caller, request: &mut RunRequest) -> Result<Vec<RunId>, Problem> {
        let mut predecessors = BTreeSet::new();
        for (i, after) in request.after.iter_mut().enumerate() {
            let run = self.referred(caller, after, &format!("after[{i}]")).await?;
            *after = run.id.to_string();
            predecessors.insert(run.id);
        }
        for i in 0..request.inputs.len() {
            self.resolve_input(caller, request, i, &mut predecessors).await?;
        }
        Ok(predecessors.into_iter().collect())
    }

    async fn resolve_input(
        &self,
        caller: &Caller,
        request: &mut RunRequest,
        i: usize,
        predecessors: &mut BTreeSet<RunId>,
    ) -> Result<(), Problem> {
        let elements = request.elements();
        let Some(input) = request.inputs.get_mut(i) else { return Ok(()) };
        let field = format!("inputs[{i}].from");
        // An array may name another file for each element; the first and the last stand for all.
        let first: Source = parse(&with_index(&input.from, 0), &field)?;
        let last: Source = parse(&with_index(&input.from, elements.saturating_sub(1)), &field)?;
        match first {
            Source::Upload(_) => {
                for source in [first, last] {
                    if let Source::Upload(upload) = source {
                        self.uploads().stored(caller.person(), &upload).await?;
                    }
                }
            }
            Source::Url(_) => {
                let guard = UrlGuard::new(self.0.settings.allowed_hosts.clone());
                for source in [first, last] {
                    if let Source::Url(url) = source {
                        guard.check(&url).await.map_err(|refused| refused_input(&field, &refused.to_string()))?;
                    }
                }
            }
            Source::File(path) => self.check_file(caller, &path, &field).await?,
            Source::Run { run, element, path } => {
                let found = self.referred(caller, run.as_str(), &field).await?;
                if found.outcome.is_none() {
                    predecessors.insert(found.id);
                } else if found.outcome == Some(Outcome::Done) {
                    self.find_output(&found.id, element.unwrap_or(0), &path).await?;
                } else {
                    let detail = format!("Run {} did not end as done, so its outputs cannot be used.", found.id);
                    return Err(in_field(&field, Code::InputMissing, detail, "Name a run that succeeded."));
                }
            }
        }
        Ok(())
    }

    /// A run of the caller's, by identifier or (the newest) by name.
    async fn referred(&self, caller: &Caller, text: &str, field: &str) -> Result<Run, Problem> {
        let row = match text.parse::<RunId>() {
            Ok(id) => self.0.db.row(&BY_ID, args![id.as_str()]).await?,
            Err(_) => self.0.db.row(&NEWEST_OF_NAME, args![caller.person().as_str(), text]).await?,
        };
        if let Some(row) = row
            && row.get::<String>("person")? == caller.person().as_str()
        {
            return Ok(row.json("doc")?);
        }
        let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
        let detail = format!("There is no run `{shown}` of yours.");
        Err(in_field(field, Code::InvalidField, detail, "List your runs with `roadstead ps --all` and name one of them."))
    }

    pub(crate) async fn owned_by(&self, run: &RunId, person: &PersonId) -> Result<(), Problem> {
        let row = self.0.db.row(&BY_ID, args![run.as_str()]).await?;
        match row {
            Some(row) if row.get::<String>("person")? == person.as_str() => Ok(()),
            _ => Err(Problem::not_found("run", run.as_str())),
        }
    }

    async fn check_file(&self, caller: &Caller, path: &Path, field: &str) -> Result<(), Problem> {
        let settings = &self.0.settings;
        let is_local = settings.local_person.as_ref() == Some(caller.person());
        let roots = if is_local { vec!["/".into()] } else { settings.file_roots.clone() };
        let wanted = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            let roots = data::file::AllowedRoots::resolve(roots).map_err(|error| error.to_string())?;
            roots.open(&wanted).map(|_| wanted.canonicalize().ok()).map_err(|error| error.to_string())
        })
        .await;
        let real = match opened {
            Ok(Ok(real)) => real,
            Ok(Err(why)) if is_local => {
                return Err(in_field(field, Code::InputMissing, why, "Name a file that exists and that you may read."));
            }
            // To others, what is not allowed and what does not exist look the same.
            Ok(Err(_)) => return Err(not_allowed(field)),
            Err(_) => return Err(Problem::internal()),
        };
        let hidden = real.is_some_and(|real| settings.hide.iter().any(|hidden| real.starts_with(hidden)));
        if hidden { Err(not_allowed(field)) } else { Ok(()) }
    }
}

fn not_allowed(field: &str) -> Problem {
    let detail = "The gateway must not read this file for you.";
    in_field(
        field,
        Code::FileNotAllowed,
        detail,
        "Upload it instead (`roadstead run` does so by itself), or ask the administrator to allow its directory.",
    )
}

fn refused_input(field: &str, why: &str) -> Problem {
    in_field(
        field,
        Code::InputRefused,
        why,
        "Use a public address, or ask the administrator to allow exactly this host and port.",
    )
}

fn parse(text: &str, field: &str) -> Result<Source, Problem> {
    text.parse()
        .map_err(|error: model::request::BadSource| in_field(field, Code::InvalidField, error.to_string(), "Correct the source."))
}

fn in_field(field: &str, code: Code, detail: impl Into<String>, remedy: &str) -> Problem {
    let detail = detail.into();
    let problem = FieldProblem { field: field.to_owned(), detail: detail.clone() };
    Problem::new(code, format!("{field}: {detail}"), remedy).with_fields(vec![problem])
}
