//! What is wrong with recipes: everything at once, each with where it is.

use super::{File, Mount, Recipe};
use crate::request::valid_name;
use std::collections::HashSet;

/// What sites take of user data is about 48 KiB; a file of the person's own may have 32, and the rest needs some.
const MOST_CONTENT: usize = 12 * 1024;
const MOST_ENTRIES: usize = 200;

pub(super) fn mistakes(recipes: &[Recipe]) -> Vec<String> {
    let mut names = HashSet::new();
    let mut found = Vec::new();
    for recipe in recipes {
        if !names.insert(recipe.name.as_str()) {
            found.push(format!("two recipes are called {}", recipe.name));
        }
        found.extend(of_one(recipe).into_iter().map(|what| format!("the recipe {:?}: {what}", recipe.name)));
    }
    found
}

fn of_one(recipe: &Recipe) -> Vec<String> {
    let mut found = Vec::new();
    let mut unless = |right: bool, what: &str| {
        if !right {
            found.push(what.to_owned());
        }
    };
    unless(is_word(&recipe.name), "name must be 1 to 60 letters, digits, `.`, `_` and `-`");
    unless(
        recipe.title.as_ref().is_none_or(|title| valid_name(title)),
        "title must be one line of 1 to 120 printable characters",
    );
    unless(recipe.communities.iter().all(|name| valid_name(name)), "communities must be names of communities");
    unless(recipe.systems.iter().all(|name| is_system(name)), "systems must be like `ubuntu` or `debian:12`");
    unless(
        recipe.packages.iter().all(|name| is_package(name)),
        "packages must be names of packages, perhaps with `=` and a version",
    );
    let python = &recipe.software.python;
    unless(python.iter().all(|name| is_requirement(name)), "software.python must be names of packages, perhaps with versions");
    unless(
        recipe.run.iter().all(|words| is_command(words)),
        "run must be commands, each a list of words without control characters",
    );
    let content: usize =
        recipe.files.iter().map(|file| file.content.len()).chain(recipe.run.iter().flatten().map(String::len)).sum();
    unless(content <= MOST_CONTENT, "files and run have more than 12 KiB together, which does not fit beside the rest");
    let entries = [recipe.packages.len(), recipe.mounts.len(), python.len(), recipe.files.len(), recipe.run.len()];
    unless(entries.into_iter().all(|number| number <= MOST_ENTRIES), "a list has more than 200 entries");
    let mut places = HashSet::new();
    for mount in &recipe.mounts {
        found.extend(of_mount(mount));
        if let Some(at) = at(mount).filter(|at| !places.insert(*at)) {
            found.push(format!("mounts has {at} twice"));
        }
    }
    let mut paths = HashSet::new();
    for file in &recipe.files {
        found.extend(of_file(file));
        if !paths.insert(file.path.as_str()) {
            found.push(format!("files has {} twice", file.path));
        }
    }
    found
}

fn at(mount: &Mount) -> Option<&str> {
    match mount {
        Mount::Nfs { at, .. } | Mount::Volume { at, .. } => Some(at),
        Mount::Cvmfs { .. } => Some("/cvmfs"),
    }
}

fn of_mount(mount: &Mount) -> Vec<String> {
    let mut found = Vec::new();
    let mut unless = |right: bool, what: &str| {
        if !right {
            found.push(format!("mounts: {what}"));
        }
    };
    unless(at(mount).is_some_and(is_place), "at must be an absolute path without blanks, and not /");
    match mount {
        Mount::Nfs { from, options, .. } => {
            unless(is_export(from), "from must be like nfs.example.org:/path, without blanks");
            let good = |options: &String| is_of(options, "_.,:=/-");
            unless(options.as_ref().is_none_or(good), "options must be as for mount, without blanks");
        }
        Mount::Cvmfs { repositories, proxy } => {
            let good = |name: &String| name.contains('.') && is_of(name, "._-");
            unless(!repositories.is_empty() && repositories.iter().all(good), "repositories must be like software.example.org");
            unless(
                proxy.as_ref().is_none_or(|proxy| is_of(proxy, ".:/;|_-")),
                "proxy must be like http://squid.example.org:3128",
            );
        }
        Mount::Volume { device, label, .. } => {
            unless(device.is_some() != label.is_some(), "a volume has either device or label");
            let good =
                |device: &String| device.strip_prefix("/dev/").is_some_and(|rest| is_of(rest, "._/-") && !rest.contains(".."));
            unless(device.as_ref().is_none_or(good), "device must be like /dev/vdb");
            // The longest label of XFS.
            let good = |label: &String| is_of(label, "._-") && label.len() <= 12;
            unless(label.as_ref().is_none_or(good), "label must be 1 to 12 letters, digits, `.`, `_` and `-`");
        }
    }
    found
}

fn of_file(file: &File) -> Vec<String> {
    let File { path, content, mode } = file;
    let mut found = Vec::new();
    if !(is_absolute(path) && is_line(path)) {
        found.push(format!("files: {path:?} must be an absolute path in its shortest form"));
    }
    if content.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
        found.push(format!("files: the content of {path} has control characters"));
    }
    // What runs with its owner's rights is for a package to bring.
    let digits = mode.strip_prefix('0').unwrap_or(mode);
    if digits.len() != 3 || !digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit)) {
        found.push(format!("files: the mode of {path} must be like 0644"));
    }
    found
}

fn is_of(text: &str, others: &str) -> bool {
    (1..=500).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

/// Begins as no option does.
fn is_named(text: &str, others: &str) -> bool {
    is_of(text, others) && text.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_word(text: &str) -> bool {
    text.len() <= 60 && is_named(text, "._-")
}

fn is_line(text: &str) -> bool {
    (1..=200).contains(&text.len()) && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn is_system(text: &str) -> bool {
    let (name, version) = text.split_once(':').unwrap_or((text, "any"));
    is_word(name) && is_word(version)
}

fn is_package(text: &str) -> bool {
    is_named(text, "._+-:~=")
}

fn is_requirement(text: &str) -> bool {
    is_named(text, "._-[],<>=!~ ")
}

fn is_command(words: &[String]) -> bool {
    let is_program = words.first().is_some_and(|program| !program.is_empty());
    is_program && !words.iter().flat_map(|word| word.chars()).any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
}

fn is_absolute(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(|part| !matches!(part, "" | "." | "..")))
}

/// In `/etc/fstab` blanks end a field and a backslash begins a code.
fn is_place(path: &str) -> bool {
    is_absolute(path) && is_of(path, "/._+@=:,~-")
}

fn is_export(from: &str) -> bool {
    let Some((host, path)) = from.split_once(":/") else { return false };
    let is_address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).is_some_and(|inner| is_of(inner, ":"));
    (is_address || is_named(host, ".-")) && (path.is_empty() || is_of(path, "/._+@=:,~-"))
}
