//! What a caller may do: one table and one function, without I/O. What neither names is refused.

use crate::groups::Role;
use crate::{Caller, Scope};
use model::id::{PersonId, TeamId};
use model::{Code, Problem};

/// What somebody is to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Relation {
    Owner,
    /// In the team that it is, or that it is shared with.
    Team,
    /// Of the community that it is, or that it belongs to; managers are members.
    Member,
    Manager,
    /// An administrator of the gateway with an admin token, about what is somebody's.
    Overseer,
    /// The same, about the gateway itself.
    Administrator,
    /// Whoever is signed in: for what belongs to no one in particular.
    Anybody,
}

/// Who may perform an action, with which scope; and who is told why not, since they know anyway that the thing exists. To
/// everybody else it does not.
struct Rule {
    scope: Scope,
    may: &'static [Relation],
    told: &'static [Relation],
    /// Something begins that the terms of use are about.
    starts: bool,
}

macro_rules! actions {
    ($($name:ident $text:literal $scope:ident [$($may:ident)*] [$($told:ident)*] $($starts:ident)?;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($name,)* }

        impl Action {
            pub const ALL: &[Action] = &[$(Action::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Action::$name => $text,)* }
            }

            fn rule(self) -> Rule {
                match self {
                    $(Action::$name => Rule {
                        scope: Scope::$scope,
                        may: &[$(Relation::$may,)*],
                        told: &[$(Relation::$told,)*],
                        starts: [$(stringify!($starts),)? ""].len() > 1,
                    },)*
                }
            }
        }
    };
}

actions! {
    MeRead "me.read"                      Read [Owner] [];
    TokensList "tokens.list"              Read [Owner] [];
    TokensCreate "tokens.create"          Run  [Owner] [];
    TokensRevoke "tokens.revoke"          Run  [Owner] [];
    SessionsList "sessions.list"          Read [Owner] [];
    SessionsCreate "sessions.create"      Run  [Owner] [];
    SessionsEnd "sessions.end"            Run  [Owner] [];
    // Everyone may leave.
    SessionsSignOut "sessions.sign_out"   Read [Owner] [];
    KeysList "keys.list"                  Read [Owner] [];
    KeysAdd "keys.add"                    Run  [Owner] [];
    KeysRemove "keys.remove"              Run  [Owner] [];
    TermsRead "terms.read"                Read [Owner] [];
    TermsAccept "terms.accept"            Run  [Owner] [];
    UploadsCreate "uploads.create"        Run  [Owner] [] starts;
    UploadsRead "uploads.read"            Read [Owner] [];
    UploadsWrite "uploads.write"          Run  [Owner] [];
    UploadsDelete "uploads.delete"        Run  [Owner] [];
    RunsCreate "runs.create"              Run  [Owner] [] starts;
    // In the name of a community, whose quotas it spends.
    RunsCreateIn "runs.create_in"         Run  [Member] [];
    RunsShare "runs.share"                Run  [Team] [];
    RunsList "runs.list"                  Read [Owner Overseer] [];
    // All that belong to a community, or that are shared with a team.
    RunsListOf "runs.list_of"             Read [Team Manager Overseer] [];
    RunsRead "runs.read"                  Read [Owner Team Manager Overseer] [];
    RunsEvents "runs.events"              Read [Owner Team Manager Overseer] [];
    // What a command says and makes is not for those who look after the community's resources.
    RunsLogs "runs.logs"                  Read [Owner Team Overseer] [Manager];
    RunsOutputs "runs.outputs"            Read [Owner Team Overseer] [Manager];
    RunsReceipt "runs.receipt"            Read [Owner Team Manager Overseer] [];
    RunsCancel "runs.cancel"              Run  [Owner Manager Overseer] [Team];
    // Started, stopped, opened: what is done with it is its owner's.
    MachinesChange "machines.change"      Run  [Owner Overseer] [Manager Team];
    RunsDelete "runs.delete"              Run  [Owner Overseer] [Manager Team];
    // It spends the owner's quota and uses the owner's data.
    RunsRetry "runs.retry"                Run  [Owner] [Overseer Manager Team] starts;
    CredentialsList "credentials.list"    Read [Owner] [];
    CredentialsRevoke "credentials.revoke" Run [Owner] [];
    ConsentsList "consents.list"          Read [Owner] [];
    ConsentsWithdraw "consents.withdraw"  Run  [Owner] [];
    SitesRead "sites.read"                Read [Anybody] [];
    ServicesRead "services.read"          Read [Anybody] [];
    // A token of a service is handed out, in one's own name.
    ServicesEnter "services.enter"        Run  [Owner] [] starts;
    OffersRead "offers.read"              Read [Anybody] [];
    // Those for one's communities; which these are, whoever asks knows.
    RecipesRead "recipes.read"            Read [Anybody] [];
    // Asking where something could run changes nothing.
    PlansCreate "plans.create"            Read [Owner] [];
    PlansRead "plans.read"                Read [Owner] [];
    // Its people, and what it has in flight.
    CommunitiesOversee "communities.oversee" Read [Manager Overseer] [Member];
    TeamsList "teams.list"                Read [Owner] [];
    TeamsRead "teams.read"                Read [Team Manager Overseer] [];
    // In a community; one across communities is for administrators.
    TeamsCreate "teams.create"            Run  [Manager Overseer Administrator] [Member Anybody];
    TeamsChange "teams.change"            Run  [Manager Overseer] [Team];
    TeamsLeave "teams.leave"              Run  [Team] [];
    AdminFlows "admin.flows"              Admin [Administrator] [Anybody];
    AdminHealth "admin.health"            Admin [Administrator] [Anybody];
    AdminUndo "admin.undo"                Admin [Administrator] [Anybody];
    AdminPeople "admin.people"            Admin [Administrator] [Anybody];
    AdminSuspend "admin.suspend"          Admin [Administrator] [Anybody];
    AdminAudit "admin.audit"              Admin [Administrator] [Anybody];
    AdminMapping "admin.mapping"          Admin [Administrator] [Anybody];
    AdminQuotas "admin.quotas"            Admin [Administrator] [Anybody];
    AdminRekey "admin.rekey"              Admin [Administrator] [Anybody];
}

/// What an action is about.
#[derive(Clone, Copy, Debug)]
pub enum Resource<'a> {
    /// Something that belongs to this person, or will once it is created.
    Of(&'a PersonId),
    /// A run: the owner's, perhaps made in the name of a community, perhaps shared with a team.
    Run {
        owner: &'a PersonId,
        community: Option<&'a str>,
        team: Option<&'a TeamId>,
    },
    Community(&'a str),
    /// Of a community, or across them.
    Team {
        id: &'a TeamId,
        community: Option<&'a str>,
    },
    /// Something that belongs to the deployment as a whole.
    Deployment,
}

impl Resource<'_> {
    fn owner(&self) -> Option<&PersonId> {
        match self {
            Resource::Of(owner) | Resource::Run { owner, .. } => Some(owner),
            Resource::Community(_) | Resource::Team { .. } | Resource::Deployment => None,
        }
    }

    fn community(&self) -> Option<&str> {
        match self {
            Resource::Community(name) => Some(name),
            Resource::Run { community, .. } | Resource::Team { community, .. } => *community,
            Resource::Of(_) | Resource::Deployment => None,
        }
    }

    fn team(&self) -> Option<&TeamId> {
        match self {
            Resource::Team { id, .. } => Some(id),
            Resource::Run { team, .. } => *team,
            Resource::Of(_) | Resource::Community(_) | Resource::Deployment => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Absence and prohibition look the same.
    #[error("there is no such thing, or not for the caller")]
    NotFound,
    #[error("{} needs a token with the scope {}", action.as_str(), scope.as_str())]
    MissingScope { action: Action, scope: Scope },
    /// For others than the caller, who can see that the thing exists.
    #[error("{} is for {}", .0.as_str(), .0.for_whom())]
    Reserved(Action),
    #[error("{} needs the terms of use to be accepted", .0.as_str())]
    OwesTerms(Action),
}

pub fn authorize(caller: &Caller, action: Action, resource: Resource<'_>) -> Result<(), Refused> {
    let Rule { scope, may, told, starts } = action.rule();
    let Some(relation) = may.iter().copied().find(|relation| holds(caller, *relation, &resource)) else {
        let knows = told.iter().any(|relation| {
            let sees = !matches!(relation, Relation::Overseer) || caller.has(Scope::Admin);
            sees && holds(caller, *relation, &resource)
        });
        return Err(if knows { Refused::Reserved(action) } else { Refused::NotFound });
    };
    let scope = if matches!(relation, Relation::Overseer | Relation::Administrator) { Scope::Admin } else { scope };
    if !caller.has(scope) {
        return Err(Refused::MissingScope { action, scope });
    }
    if starts && caller.owes_terms() {
        return Err(Refused::OwesTerms(action));
    }
    if let (Relation::Manager | Relation::Overseer, Some(owner)) = (relation, resource.owner()) {
        caller.oversees(owner);
    }
    Ok(())
}

fn holds(caller: &Caller, relation: Relation, resource: &Resource<'_>) -> bool {
    let role = resource.community().and_then(|community| caller.role_in(community));
    match relation {
        Relation::Owner => resource.owner() == Some(caller.person()),
        Relation::Team => resource.team().is_some_and(|team| caller.is_in_team(team)),
        Relation::Member => matches!(resource, Resource::Community(_)) && role.is_some(),
        Relation::Manager => role == Some(Role::Manager),
        Relation::Overseer => !matches!(resource, Resource::Deployment) && caller.is_administrator(),
        Relation::Administrator => matches!(resource, Resource::Deployment) && caller.is_administrator(),
        Relation::Anybody => matches!(resource, Resource::Deployment),
    }
}

impl Action {
    /// As people are told who may do it.
    fn for_whom(self) -> String {
        let mut words: Vec<&str> = self.rule().may.iter().map(|relation| relation.as_str()).collect();
        words.dedup();
        match words.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, first)) => format!("{} and {last}", first.join(", ")),
            None => String::new(),
        }
    }
}

impl Relation {
    fn as_str(self) -> &'static str {
        match self {
            Relation::Owner => "the owner",
            Relation::Team => "members of the team",
            Relation::Member => "members of the community",
            Relation::Manager => "managers of the community",
            Relation::Overseer | Relation::Administrator => "administrators of this gateway",
            Relation::Anybody => "everybody",
        }
    }
}

impl Refused {
    /// The answer about a thing that was named in the request. It is to the letter the one to a name that nothing has.
    pub fn about(self, what: &str, id: &str) -> Problem {
        match self {
            Refused::NotFound => Problem::not_found(what, id),
            Refused::MissingScope { .. } | Refused::Reserved(_) | Refused::OwesTerms(_) => self.into(),
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
            Refused::Reserved(action) => {
                let (what, whom) = (action.as_str(), action.for_whom());
                let ask = action.rule().may.first().map_or("Ask them.", |first| match first {
                    Relation::Owner => "Ask the owner to do it.",
                    Relation::Manager => "Ask a manager of the community.",
                    Relation::Overseer | Relation::Administrator => "Ask an administrator of this gateway.",
                    Relation::Team | Relation::Member | Relation::Anybody => "Ask one of them.",
                });
                Problem::new(Code::Forbidden, format!("`{what}` is for {whom}."), ask)
            }
            Refused::OwesTerms(_) => Problem::new(
                Code::TermsNotAccepted,
                "This gateway has terms of use that you have not accepted yet, in the version that is in force.",
                "Read them with `roadstead terms` and accept them with `roadstead terms accept`, or in the portal; then do it again.",
            ),
        }
    }
}
