//! What a token was made for.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look at what is one's own and at what is shared.
    Read,
    /// Also change what is one's own: start runs, cancel them, upload, make tokens.
    Run,
    /// Also what is reserved for administrators, when the person is one.
    Admin,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a scope: use read, run or admin")]
pub struct BadScope(String);

/// A set of scopes, as it was asked for. What a scope includes is decided when it is used, so that a token says
/// nothing that its maker did not say.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Scope>", into = "Vec<Scope>")]
pub struct Scopes(u8);

impl Scope {
    pub const ALL: [Scope; 3] = [Scope::Read, Scope::Run, Scope::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Run => "run",
            Scope::Admin => "admin",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Scope::Read => 1,
            Scope::Run => 2,
            Scope::Admin => 4,
        }
    }

    /// The scopes any of which is enough for this one.
    fn given_by(self) -> Scopes {
        match self {
            Scope::Read => Scopes::from([Scope::Read, Scope::Run, Scope::Admin]),
            Scope::Run => Scopes::from([Scope::Run, Scope::Admin]),
            Scope::Admin => Scopes::from([Scope::Admin]),
        }
    }
}

impl Scopes {
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.0 & scope.bit() != 0)
    }

    /// Whether these scopes are enough for what needs `scope`.
    pub fn allow(self, scope: Scope) -> bool {
        self.0 & scope.given_by().0 != 0
    }
}

impl<const N: usize> From<[Scope; N]> for Scopes {
    fn from(scopes: [Scope; N]) -> Self {
        scopes.into_iter().collect()
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(scopes: Vec<Scope>) -> Self {
        scopes.into_iter().collect()
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Self {
        scopes.iter().collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl std::str::FromStr for Scope {
    type Err = BadScope;
    fn from_str(text: &str) -> Result<Self, BadScope> {
        let known = Scope::ALL.into_iter().find(|scope| scope.as_str() == text);
        known.ok_or_else(|| BadScope(text.chars().take(40).collect()))
    }
}

/// `read,run`: how the database and the command line write it.
impl std::str::FromStr for Scopes {
    type Err = BadScope;
    fn from_str(text: &str) -> Result<Self, BadScope> {
        text.split(',').map(|scope| scope.trim().parse::<Scope>()).collect()
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}", scope.as_str())?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_include_each_other_upwards_and_read_back() {
        let run: Scopes = "run".parse().expect("a scope");
        assert!(run.allow(Scope::Read) && run.allow(Scope::Run) && !run.allow(Scope::Admin));
        assert!(!Scopes::default().allow(Scope::Read));
        let admin: Scopes = "admin, read,admin".parse().expect("scopes");
        assert!(Scope::ALL.into_iter().all(|scope| admin.allow(scope)));
        assert_eq!(admin.to_string(), "read,admin", "what was asked for, not what it includes");
        assert_eq!(admin.to_string().parse(), Ok(admin));
        for bad in ["", "READ", "read;run", "root", "read,"] {
            assert!(bad.parse::<Scopes>().is_err(), "{bad}");
        }
    }
}
