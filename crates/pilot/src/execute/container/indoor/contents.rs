//! Which image an archive holds, by digests that are computed here: engines that unpack archives check little.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use data::{Hasher, Sha256, hash_reader};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Descriptions are kilobytes; whatever is larger is none.
const LONGEST: u64 = 4 << 20;

pub(super) struct Contents {
    pub digest: String,
    pub id: String,
    pub name: Option<String>,
    /// What runs when nobody says otherwise.
    pub command: Vec<String>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    #[serde(default)]
    platform: Option<Platform>,
    #[serde(default)]
    annotations: Annotations,
}

#[derive(Deserialize)]
struct Platform {
    architecture: String,
}

#[derive(Default, Deserialize)]
struct Annotations {
    #[serde(rename = "org.opencontainers.image.ref.name")]
    name: Option<String>,
}

/// An index when it has `manifests`, else the manifest of one image.
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    manifests: Vec<Descriptor>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    config: Option<Defaults>,
    rootfs: Layers,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Defaults {
    #[serde(default)]
    entrypoint: Option<Vec<String>>,
    #[serde(default)]
    cmd: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Layers {
    diff_ids: Vec<String>,
}

impl Configuration {
    fn command(self) -> Vec<String> {
        let defaults = self.config.unwrap_or_default();
        [defaults.entrypoint, defaults.cmd].into_iter().flatten().flatten().collect()
    }
}

pub(super) fn of_oci(directory: &Path) -> Result<Contents, String> {
    let index: Manifest = parse(&read(directory, "index.json")?, "index.json")?;
    let chosen = choose(&index.manifests)?;
    let name = chosen.annotations.name.clone();
    let mut digest = chosen.digest.clone();
    let mut manifest: Manifest = parse(&blob(directory, &digest)?, "its manifest")?;
    if !manifest.manifests.is_empty() {
        digest = choose(&manifest.manifests)?.digest.clone();
        manifest = parse(&blob(directory, &digest)?, "its manifest")?;
    }
    let config = manifest.config.ok_or("its manifest names no configuration")?;
    for layer in &manifest.layers {
        check(open(directory, &path_of(&layer.digest)?)?, &layer.digest)?;
    }
    let configuration: Configuration = parse(&blob(directory, &config.digest)?, "its configuration")?;
    Ok(Contents { digest, id: config.digest, name, command: configuration.command() })
}

/// The only one, or the one of this computer's processors.
fn choose(all: &[Descriptor]) -> Result<&Descriptor, String> {
    let here = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let fits = |one: &&Descriptor| one.platform.as_ref().is_some_and(|platform| platform.architecture == here);
    let mut fitting = all.iter().filter(fits);
    match (all, fitting.next(), fitting.next()) {
        ([only], ..) => Ok(only),
        (_, Some(one), None) => Ok(one),
        ([], ..) => Err("it holds no image".to_owned()),
        (_, None, _) => Err(format!("it holds {} images, and none says that it is for {here}", all.len())),
        (_, Some(_), Some(_)) => Err(format!("it holds several images for {here}")),
    }
}

pub(super) fn of_docker(directory: &Path) -> Result<Contents, String> {
    let saved: Vec<Saved> = parse(&read(directory, "manifest.json")?, "manifest.json")?;
    let [saved] = saved.as_slice() else { return Err(format!("it holds {} images instead of one", saved.len())) };
    let text = read(directory, &saved.config)?;
    let id = format!("{:?}", sha256(&text));
    let configuration: Configuration = parse(&text, "its configuration")?;
    if configuration.rootfs.diff_ids.len() != saved.layers.len() {
        return Err("its configuration does not fit its layers".to_owned());
    }
    for (path, digest) in saved.layers.iter().zip(&configuration.rootfs.diff_ids) {
        check(open(directory, path)?, digest)?;
    }
    let name = saved.repo_tags.as_ref().and_then(|tags| tags.first()).cloned();
    Ok(Contents { digest: id.clone(), id, name, command: configuration.command() })
}

pub(super) fn of_sif(file: &Path) -> Result<Contents, String> {
    let trouble = |error: std::io::Error| error.to_string();
    let (digest, _) = hash_reader(File::open(file).map_err(trouble)?).map_err(trouble)?;
    let digest = format!("{digest:?}");
    // Apptainer puts the image's own command there.
    let command = vec!["/.singularity.d/runscript".to_owned()];
    Ok(Contents { id: digest.clone(), digest, name: None, command })
}

fn path_of(digest: &str) -> Result<String, String> {
    let digest: Sha256 = digest.parse().map_err(|bad| format!("`{digest}`: {bad}"))?;
    Ok(format!("blobs/sha256/{digest}"))
}

fn blob(directory: &Path, digest: &str) -> Result<Vec<u8>, String> {
    let bytes = read(directory, &path_of(digest)?)?;
    check(bytes.as_slice(), digest)?;
    Ok(bytes)
}

fn check(from: impl Read, declared: &str) -> Result<(), String> {
    let expected: Sha256 = declared.parse().map_err(|bad| format!("`{declared}`: {bad}"))?;
    let (actual, _) = hash_reader(from).map_err(|error| error.to_string())?;
    if actual == expected { Ok(()) } else { Err(format!("what should have the digest {expected:?} has {actual:?}")) }
}

fn sha256(bytes: &[u8]) -> Sha256 {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher.finish()
}

/// Links in an archive may lead within it, and not out of it. Nobody writes there any more.
fn open(directory: &Path, name: &str) -> Result<File, String> {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    let missing = |error: std::io::Error| format!("`{shown}` cannot be read: {error}");
    let path: PathBuf = directory.join(name).canonicalize().map_err(missing)?;
    if !path.starts_with(directory) || !path.is_file() {
        return Err(format!("`{shown}` is not a file of it"));
    }
    File::open(path).map_err(missing)
}

fn read(directory: &Path, name: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    open(directory, name)?.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LONGEST { Err("a description in it is larger than 4 MiB".to_owned()) } else { Ok(bytes) }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("{what} is not understood: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oci(directory: &Path, layer: &[u8]) {
        let put = |bytes: &[u8]| {
            let digest = sha256(bytes);
            std::fs::write(directory.join(format!("blobs/sha256/{digest}")), bytes).unwrap();
            format!("{digest:?}")
        };
        std::fs::create_dir_all(directory.join("blobs/sha256")).unwrap();
        let config = put(br#"{"config":{"Entrypoint":["/e"],"Cmd":["c"]},"rootfs":{"diff_ids":[]}}"#);
        let layer = put(layer);
        let manifest = put(format!(r#"{{"config":{{"digest":"{config}"}},"layers":[{{"digest":"{layer}"}}]}}"#).as_bytes());
        let index =
            format!(r#"{{"manifests":[{{"digest":"{manifest}","annotations":{{"org.opencontainers.image.ref.name":"a:1"}}}}]}}"#);
        std::fs::write(directory.join("index.json"), index).unwrap();
    }

    #[test]
    fn an_archive_is_what_its_digests_say_or_nothing() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().canonicalize().unwrap().join("archive");
        oci(&directory, b"layer");
        let contents = of_oci(&directory).unwrap();
        assert_eq!((contents.command, contents.name.as_deref()), (vec!["/e".to_owned(), "c".to_owned()], Some("a:1")));
        assert!(contents.digest.starts_with("sha256:") && contents.id.len() == 71 && contents.id != contents.digest);

        let layer = directory.join("blobs/sha256").join(sha256(b"layer").to_string());
        std::fs::write(&layer, "another").unwrap();
        assert!(
            of_oci(&directory).err().unwrap().contains("has the digest")
                || of_oci(&directory).err().unwrap().contains("should have")
        );
        // Out of the archive.
        std::fs::remove_file(&layer).unwrap();
        std::fs::write(place.path().join("secret"), "layer").unwrap();
        std::os::unix::fs::symlink(place.path().join("secret"), &layer).unwrap();
        assert!(of_oci(&directory).err().unwrap().contains("not a file of it"));
        std::fs::write(directory.join("index.json"), r#"{"manifests":[]}"#).unwrap();
        assert!(of_oci(&directory).err().unwrap().contains("no image"));
        assert!(of_docker(&directory).err().unwrap().contains("manifest.json"));
    }
}
