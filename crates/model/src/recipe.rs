//! What new machines can be made into: typed parts under a name, which an administrator puts together.
//!
//! No part is a piece of a shell script: what is to be there is said as data, and [`Recipes`] holds none that could never work.

mod check;

use serde::{Deserialize, Serialize};

use crate::offer::System;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What people ask for it by.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whose people may use it; everybody when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub communities: Vec<String>,
    /// What it is made for: `ubuntu`, `debian:12`; any when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub systems: Vec<String>,
    /// By their names in the system's own distribution.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    #[serde(default, skip_serializing_if = "Software::is_none")]
    pub software: Software,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Commands as lists of words, which no shell reads. After everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run: Vec<Vec<String>>,
    /// The machine becomes a service of its owner's, where batch runs are carried out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pilot: bool,
}

/// Something that appears in the machine's directories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Mount {
    Nfs {
        /// `host:/path`
        from: String,
        at: String,
        /// As for mount(8): `ro,nfsvers=4.2`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        options: Option<String>,
    },
    /// Below `/cvmfs`.
    Cvmfs {
        repositories: Vec<String>,
        /// What is asked first: `http://squid.example.org:3128`. Without it the machine asks the servers themselves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proxy: Option<String>,
    },
    /// A disk of the machine's, known by its device or by the label of its file system.
    Volume {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        at: String,
        /// What a blank disk gets; one that has anything on it is never formatted.
        #[serde(default)]
        filesystem: Filesystem,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Filesystem {
    #[default]
    Ext4,
    Xfs,
}

impl Filesystem {
    pub fn as_str(self) -> &'static str {
        match self {
            Filesystem::Ext4 => "ext4",
            Filesystem::Xfs => "xfs",
        }
    }
}

/// What runs containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    Podman,
    Apptainer,
    Docker,
}

impl Engine {
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Podman => "podman",
            Engine::Apptainer => "apptainer",
            Engine::Docker => "docker",
        }
    }
}

/// What people analyse with, beside the distribution's packages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Software {
    /// From Python's package index, perhaps with versions: `astropy>=6`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub python: Vec<String>,
}

impl Software {
    fn is_none(&self) -> bool {
        self.python.is_empty()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub path: String,
    pub content: String,
    /// In octal digits.
    #[serde(default = "usual_mode")]
    pub mode: String,
}

fn usual_mode() -> String {
    "0644".to_owned()
}

impl Recipe {
    /// Whether somebody who is in these communities may use it.
    pub fn is_for(&self, is_in: impl Fn(&str) -> bool) -> bool {
        self.communities.is_empty() || self.communities.iter().any(|community| is_in(community))
    }

    /// Whether it is made for this system. What nobody knows the system of may be anything.
    pub fn suits(&self, system: Option<&System>) -> bool {
        let Some(system) = system else { return true };
        self.systems.is_empty() || self.systems.iter().any(|wanted| system.is(&System::named(wanted)))
    }
}

/// Those of a gateway: each can work as far as that can be told without a machine, and no two have one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Recipe>")]
pub struct Recipes(Vec<Recipe>);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}", .0.join("; "))]
pub struct BadRecipes(Vec<String>);

impl Recipes {
    pub fn iter(&self) -> impl Iterator<Item = &Recipe> {
        self.0.iter()
    }

    pub fn find(&self, name: &str) -> Option<&Recipe> {
        self.0.iter().find(|recipe| recipe.name == name)
    }
}

impl TryFrom<Vec<Recipe>> for Recipes {
    type Error = BadRecipes;
    fn try_from(recipes: Vec<Recipe>) -> Result<Self, BadRecipes> {
        let mistakes = check::mistakes(&recipes);
        if mistakes.is_empty() { Ok(Self(recipes)) } else { Err(BadRecipes(mistakes)) }
    }
}

/// A recipe, as it is shown to those who may use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RecipeView {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is made for: `ubuntu`, `debian:12`; any when empty.
    pub systems: Vec<String>,
    pub packages: Vec<String>,
    pub mounts: Vec<Mount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    pub software: Software,
    /// The paths of the files that it writes.
    pub files: Vec<String>,
    /// The programs that it runs at the end.
    pub runs: Vec<String>,
    /// The machine becomes a service of its owner's, where batch runs are carried out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pilot: bool,
}

impl From<&Recipe> for RecipeView {
    fn from(recipe: &Recipe) -> Self {
        let Recipe { name, title, communities: _, systems, packages, mounts, engine, software, files, run, pilot } =
            recipe.clone();
        let files = files.into_iter().map(|file| file.path).collect();
        let runs = run.into_iter().filter_map(|words| words.into_iter().next()).collect();
        Self { name, title, systems, packages, mounts, engine, software, files, runs, pilot }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Recipes, String> {
        #[derive(Deserialize)]
        struct Config {
            recipes: Recipes,
        }
        toml::from_str::<Config>(text).map(|config| config.recipes).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_recipe_is_read_with_all_its_parts_and_is_for_whom_it_says() {
        let text = r#"
            [[recipes]]
            name = "sky"
            title = "Python for astronomy"
            communities = ["vo.example.org"]
            systems = ["ubuntu", "debian:12"]
            packages = ["git", "libcfitsio-dev", "g++"]
            engine = "apptainer"
            software = { python = ["astropy>=6,<8", "reproject[all]"] }
            run = [["sh", "-c", "echo \"it's\" > /etc/motd"]]
            [[recipes.mounts]]
            kind = "nfs"
            from = "nfs.example.org:/export/data"
            at = "/data"
            options = "ro,nfsvers=4.2"
            [[recipes.mounts]]
            kind = "cvmfs"
            repositories = ["software.eessi.io"]
            [[recipes.mounts]]
            kind = "volume"
            device = "/dev/vdb"
            at = "/scratch"
            [[recipes.files]]
            path = "/etc/sky.conf"
            content = "a = 1\n"
        "#;
        let recipes = read(text).expect("recipes");
        let sky = recipes.find("sky").expect("it is there");
        assert!(sky.is_for(|community| community == "vo.example.org") && !sky.is_for(|_| false));
        assert_eq!((sky.files[0].mode.as_str(), sky.mounts.len()), ("0644", 3));
        let system = |name: &str, version: Option<&str>| System { name: name.into(), version: version.map(Into::into) };
        for (one, suits) in [
            (Some(system("ubuntu", Some("24.04"))), true),
            (Some(system("debian", Some("12"))), true),
            (Some(system("debian", Some("13"))), false),
            (Some(system("rocky", Some("9"))), false),
            (None, true),
        ] {
            assert_eq!(sky.suits(one.as_ref()), suits, "{one:?}");
        }
        let view = RecipeView::from(sky);
        assert_eq!((view.files, view.runs), (vec!["/etc/sky.conf".to_owned()], vec!["sh".to_owned()]));
        assert!(Recipe::default().is_for(|_| false) && Recipe::default().suits(Some(&system("any", None))));
    }

    #[test]
    fn what_can_never_work_is_refused_with_its_place() {
        let of = |rest: &str| format!("[[recipes]]\nname = \"r\"\n{rest}");
        for (rest, named) in [
            ("[[recipes]]\nname = \"r\"", "two recipes are called r"),
            ("title = \"\"", "title"),
            ("communities = [\"\"]", "communities"),
            ("systems = [\"ubuntu 22\"]", "systems"),
            ("packages = [\"-oDpkg::Pre-Invoke=x\"]", "packages"),
            ("packages = [\"git; rm\"]", "packages"),
            ("engine = \"rkt\"", "unknown variant"),
            ("software = { python = [\"--index-url=http://evil\"] }", "software.python"),
            ("software = { python = [\"https://evil/x.whl\"] }", "software.python"),
            ("files = [{ path = \"etc/x\", content = \"\" }]", "files"),
            ("files = [{ path = \"/etc/../x\", content = \"\" }]", "files"),
            ("files = [{ path = \"/x\", content = \"\\u0000\" }]", "files"),
            ("files = [{ path = \"/x\", content = \"\", mode = \"4755\" }]", "mode"),
            ("files = [{ path = \"/x\", content = \"\" }, { path = \"/x\", content = \"\" }]", "/x twice"),
            ("run = [[]]", "run"),
            ("run = [[\"a\\u0000\"]]", "run"),
            ("run = [\"a\"]", "sequence"),
            ("mounts = [{ kind = \"nfs\", from = \"host\", at = \"/data\" }]", "from"),
            ("mounts = [{ kind = \"nfs\", from = \"host:/a b\", at = \"/data\" }]", "from"),
            ("mounts = [{ kind = \"nfs\", from = \"host:/a\", at = \"data\" }]", "at"),
            ("mounts = [{ kind = \"nfs\", from = \"host:/a\", at = \"/\" }]", "at"),
            ("mounts = [{ kind = \"nfs\", from = \"host:/a\", at = \"/d\", options = \"ro x\" }]", "options"),
            ("mounts = [{ kind = \"cvmfs\", repositories = [] }]", "repositories"),
            ("mounts = [{ kind = \"cvmfs\", repositories = [\"a.org'; x\"] }]", "repositories"),
            ("mounts = [{ kind = \"cvmfs\", repositories = [\"a.org\"], proxy = \"'$(x)\" }]", "proxy"),
            ("mounts = [{ kind = \"volume\", at = \"/d\" }]", "either device or label"),
            ("mounts = [{ kind = \"volume\", device = \"vdb\", at = \"/d\" }]", "device"),
            ("mounts = [{ kind = \"volume\", label = \"a/b\", at = \"/d\" }]", "label"),
            ("mounts = [{ kind = \"volume\", label = \"a\", at = \"/d\", filesystem = \"ntfs\" }]", "unknown variant"),
            ("mounts = [{ kind = \"floppy\", at = \"/d\" }]", "unknown variant"),
            ("package = [\"git\"]", "unknown field"),
        ] {
            let error = read(&of(rest)).expect_err(rest);
            assert!(error.contains(named), "{rest}: {error}");
        }
        let error = read("[[recipes]]\nname = \"a b\"\npackages = [\"\"]\nrun = [[\"\"]]").expect_err("three mistakes");
        assert_eq!(error.matches("; ").count(), 2, "{error}");
    }
}
