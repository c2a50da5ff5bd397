//! A new machine: written down with the flow that makes it, or that looks for where it could be made.

use super::row::{self, Parts, Standing};
use crate::attempt::place::boundless;
use crate::create::{Created, Order, insert_run, new_run, no_offer};
use crate::places::{Planner, Roles};
use crate::store::{self, NewAttempt};
use crate::{Runs, elements};
use db::{DbError, args, seed};
use identity::{Caller, Idempotency};
use model::event::Happening;
use model::id::{AttemptId, RunId};
use model::problem::FieldProblem;
use model::recipe::Recipe;
use model::request::RunRequest;
use model::{Code, Problem};

db::statements! {
    DOC = "SELECT doc FROM run WHERE id = $1";
    WAIT_FOR = "INSERT INTO waits_for (run, predecessor) VALUES ($1, $2)";
}

impl Runs {
    pub(crate) async fn create_machine(
        &self,
        caller: &Caller,
        order: Order,
        once: Option<&Idempotency>,
    ) -> Result<Created, Problem> {
        let Order { request, community, team, predecessors } = order;
        let parts = self.parts(caller, &request).await?;
        self.0.check_words(&parts).await?;
        let communities = self.visitor(caller).await?.communities;
        let planner = Planner { person: caller.person(), communities, roles: Roles::OfCaller(caller) };
        let (plan, offers) = self.0.plan_machine(&planner, &request, &parts).await?;
        let can_wait = request.machine.as_ref().is_some_and(|machine| machine.wait_for_offer.is_some());
        if offers.is_empty() && !can_wait {
            return Err(no_offer(&plan));
        }
        let standing = self.standing_of(caller, community.as_deref()).await?;
        // One after the other: each has to see those before it on their way. Several gateways may choose at once; then it is the
        // site that refuses what is too much.
        let _turn = self.0.ordering.lock().await;
        let offer = self.0.choose(&planner, &offers, can_wait).await?;
        let now = self.0.now();
        let id = RunId::new(seed(now)?);
        let run = new_run(id.clone(), caller, &request, community, team, now);

        let mut tx = self.0.db.begin().await?;
        if let Some(once) = once
            && let Some(earlier) = once.claim(&mut tx, caller.person(), id.as_str(), now).await?
        {
            let run = tx.row(&DOC, args![earlier]).await?.ok_or(DbError::NoRow)?.json("doc")?;
            tx.commit().await?;
            return Ok(Created { run, fresh: false });
        }
        insert_run(&mut tx, &run, &request, &plan).await?;
        tx.execute(&elements::INSERT_ALL, args![id.as_str(), 1]).await?;
        row::insert(&mut tx, &row::planned(&run, &request, &parts, offer.as_ref()), &parts, &standing).await?;
        for predecessor in &predecessors {
            tx.execute(&WAIT_FOR, args![id.as_str(), predecessor.as_str()]).await?;
        }
        self.0.tell(&mut tx, &run, Happening::Created { name: run.name.clone(), elements: 1 }).await?;
        match &offer {
            Some(offer) => {
                let attempt = AttemptId::new(seed(now)?);
                let new = NewAttempt { id: &attempt, run: &id, number: 1, offer, request: &request, width: 1, now };
                store::insert_attempt(&mut tx, &new).await?;
                if predecessors.is_empty() {
                    self.0.board(&mut tx, &attempt, &offer.service, &boundless()).await?;
                }
                self.0.start_attempt(&mut tx, &run, &attempt, &offer.service).await?;
            }
            None => self.0.start_search(&mut tx, &run).await?,
        }
        flow::fault::point("runs.before_create_commit");
        tx.commit().await?;
        flow::fault::point("runs.after_create_commit");
        Ok(Created { run, fresh: true })
    }

    /// As they are now: a key that is removed later is still in the machine.
    async fn parts(&self, caller: &Caller, request: &RunRequest) -> Result<Parts, Problem> {
        let named = request.machine.as_ref().map(|machine| machine.keys.as_slice()).unwrap_or_default();
        let keys = identity::keys_named(&self.0.db, caller.person(), named).await?;
        let recipe = match request.machine.as_ref().and_then(|machine| machine.recipe.as_deref()) {
            Some(name) => Some(self.recipe(caller, name)?),
            None => None,
        };
        let pilot =
            request.machine.as_ref().is_some_and(|machine| machine.pilot) || recipe.as_ref().is_some_and(|recipe| recipe.pilot);
        Ok(Parts {
            hostname: hostname(&request.display_name()),
            keys: keys.into_iter().map(|key| (key.name, key.public_key)).collect(),
            recipe,
            own: request.machine.as_ref().and_then(|machine| machine.cloud_init.clone()),
            pilot,
        })
    }

    fn recipe(&self, caller: &Caller, name: &str) -> Result<Recipe, Problem> {
        let found = self.0.settings.recipes.find(name);
        let found = found.filter(|recipe| recipe.is_for(|community| caller.role_in(community).is_some()));
        found.cloned().ok_or_else(|| {
            let detail = format!("names `{name}`, and there is no such recipe for you");
            let problem = Problem::new(
                Code::InvalidField,
                format!("machine.recipe: {detail}."),
                "`roadstead recipes` lists those that are.",
            );
            problem.with_fields(vec![FieldProblem { field: "machine.recipe".to_owned(), detail }])
        })
    }

    async fn standing_of(&self, caller: &Caller, community: Option<&str>) -> Result<Standing, Problem> {
        let role = community.and_then(|name| caller.role_in(name)).map(|role| role.as_str().to_owned());
        Ok(Standing { communities: self.visitor(caller).await?.communities, role })
    }
}

/// What a name may be on a network.
fn hostname(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).take(60).collect();
    let trimmed = plain.trim_matches('-');
    if trimmed.is_empty() { "machine".to_owned() } else { trimmed.to_owned() }
}
