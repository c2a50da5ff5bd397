//! What a caller may do: one table and one function, without I/O. What neither names is refused.

use crate::{Caller, Scope};
use model::id::PersonId;
use model::{Code, Problem};

/// Who may perform an action.
enum Rule {
    /// The owner, with this scope. To everyone else the thing does not exist.
    Own(Scope),
    /// The owner with this scope, and administrators with an admin token.
    Overseen(Scope),
    /// The owner, with this scope. Administrators can see that the thing exists, so they are told why not.
    OwnInSight(Scope),
    /// Everyone with this scope: what belongs to no one in particular.
    Shared(Scope),
    /// Administrators with an admin token.
    Administration,
}

macro_rules! actions {
    ($($name:ident $text:literal $rule:expr;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($name,)* }

        impl Action {
            pub const ALL: &[Action] = &[$(Action::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Action::$name => $text,)* }
            }

            fn rule(self) -> Rule {
                match self { $(Action::$name => $rule,)* }
            }
        }
    };
}

actions! {
    MeRead "me.read" Rule::Own(Scope::Read);
    TokensList "tokens.list" Rule::Own(Scope::Read);
    TokensCreate "tokens.create" Rule::Own(Scope::Run);
    TokensRevoke "tokens.revoke" Rule::Own(Scope::Run);
    SessionsList "sessions.list" Rule::Own(Scope::Read);
    SessionsCreate "sessions.create" Rule::Own(Scope::Run);
    SessionsEnd "sessions.end" Rule::Own(Scope::Run);
    // Everyone may leave.
    SessionsSignOut "sessions.sign_out" Rule::Own(Scope::Read);
    UploadsCreate "uploads.create" Rule::Own(Scope::Run);
    UploadsRead "uploads.read" Rule::Own(Scope::Read);
    UploadsWrite "uploads.write" Rule::Own(Scope::Run);
    UploadsDelete "uploads.delete" Rule::Own(Scope::Run);
    RunsCreate "runs.create" Rule::Own(Scope::Run);
    RunsList "runs.list" Rule::Overseen(Scope::Read);
    RunsRead "runs.read" Rule::Overseen(Scope::Read);
    RunsEvents "runs.events" Rule::Overseen(Scope::Read);
    RunsLogs "runs.logs" Rule::Overseen(Scope::Read);
    RunsOutputs "runs.outputs" Rule::Overseen(Scope::Read);
    RunsReceipt "runs.receipt" Rule::Overseen(Scope::Read);
    RunsCancel "runs.cancel" Rule::Overseen(Scope::Run);
    RunsDelete "runs.delete" Rule::Overseen(Scope::Run);
    // It spends the owner's quota and uses the owner's data.
    RunsRetry "runs.retry" Rule::OwnInSight(Scope::Run);
    CredentialsList "credentials.list" Rule::Own(Scope::Read);
    CredentialsRevoke "credentials.revoke" Rule::Own(Scope::Run);
    ConsentsList "consents.list" Rule::Own(Scope::Read);
    ConsentsWithdraw "consents.withdraw" Rule::Own(Scope::Run);
    SitesRead "sites.read" Rule::Shared(Scope::Read);
    ServicesRead "services.read" Rule::Shared(Scope::Read);
    OffersRead "offers.read" Rule::Shared(Scope::Read);
    // Asking where something could run changes nothing.
    PlansCreate "plans.create" Rule::Own(Scope::Read);
    PlansRead "plans.read" Rule::Own(Scope::Read);
    AdminFlows "admin.flows" Rule::Administration;
    AdminHealth "admin.health" Rule::Administration;
    AdminUndo "admin.undo" Rule::Administration;
    AdminPeople "admin.people" Rule::Administration;
    AdminSuspend "admin.suspend" Rule::Administration;
    AdminAudit "admin.audit" Rule::Administration;
    AdminMapping "admin.mapping" Rule::Administration;
    AdminRekey "admin.rekey" Rule::Administration;
}

/// What an action is about.
#[derive(Clone, Copy, Debug)]
pub enum Resource<'a> {
    /// Something that belongs to this person, or will once it is created.
    Of(&'a PersonId),
    /// Something that belongs to the deployment as a whole.
    Deployment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Absence and prohibition look the same.
    #[error("there is no such thing, or not for the caller")]
    NotFound,
    #[error("{} needs a token with the scope {}", action.as_str(), scope.as_str())]
    MissingScope { action: Action, scope: Scope },
    #[error("{} is for administrators", .0.as_str())]
    NotAdministrator(Action),
    #[error("{} is for the owner alone", .0.as_str())]
    NotOwner(Action),
}

pub fn authorize(caller: &Caller, action: Action, resource: Resource<'_>) -> Result<(), Refused> {
    let needs = |scope| if caller.has(scope) { Ok(()) } else { Err(Refused::MissingScope { action, scope }) };
    let is_own = matches!(resource, Resource::Of(owner) if owner == caller.person());
    match (action.rule(), resource) {
        (Rule::Own(scope) | Rule::Overseen(scope) | Rule::OwnInSight(scope), Resource::Of(_)) if is_own => needs(scope),
        (Rule::Overseen(_), Resource::Of(owner)) if caller.is_administrator() => {
            needs(Scope::Admin)?;
            caller.oversees(owner);
            Ok(())
        }
        (Rule::OwnInSight(_), Resource::Of(_)) if caller.is_administrator() && caller.has(Scope::Admin) => {
            Err(Refused::NotOwner(action))
        }
        (Rule::Shared(scope), Resource::Deployment) => needs(scope),
        (Rule::Administration, Resource::Deployment) if caller.is_administrator() => needs(Scope::Admin),
        (Rule::Administration, Resource::Deployment) => Err(Refused::NotAdministrator(action)),
        _ => Err(Refused::NotFound),
    }
}

impl Refused {
    /// The answer about a thing that was named in the request. It is to the letter the one to a name that nothing has.
    pub fn about(self, what: &str, id: &str) -> Problem {
        match self {
            Refused::NotFound => Problem::not_found(what, id),
            Refused::MissingScope { .. } | Refused::NotAdministrator(_) | Refused::NotOwner(_) => self.into(),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotFound => {
                let detail = "There is no such thing, or it is not for you.";
                Problem::new(Code::NotFound, detail, "Check the address; list what is yours.")
            }
            Refused::MissingScope { action, scope } => {
                let scope = scope.as_str();
                Problem::new(
                    Code::Forbidden,
                    format!("`{}` needs the scope `{scope}`, which this token does not have.", action.as_str()),
                    format!("Use a token with the scope `{scope}`; `roadstead tokens create` makes one."),
                )
            }
            Refused::NotAdministrator(action) => Problem::new(
                Code::Forbidden,
                format!("`{}` is for administrators of this gateway.", action.as_str()),
                "Ask an administrator of this gateway.",
            ),
            Refused::NotOwner(action) => Problem::new(
                Code::Forbidden,
                format!("`{}` is for the owner alone; you see this as an administrator.", action.as_str()),
                "Ask the owner to do it.",
            ),
        }
    }
}
