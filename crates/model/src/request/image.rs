//! How a request names a container image.

/// An image that can be had without anybody's network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Image {
    /// On the computer already, under this name.
    Local(String),
    /// In a file of the work directory.
    Archive { kind: ArchiveKind, path: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveKind {
    Oci,
    Docker,
    /// Apptainer's own format.
    Sif,
}

impl ArchiveKind {
    /// As engines call it.
    pub fn transport(self) -> &'static str {
        match self {
            Self::Oci => "oci-archive",
            Self::Docker => "docker-archive",
            Self::Sif => "sif",
        }
    }
}

impl Image {
    /// The engines that can take it. Only podman has a storage in which images have names.
    pub fn engines(&self) -> &'static [&'static str] {
        match self {
            Self::Local(_) => &["podman"],
            Self::Archive { kind: ArchiveKind::Oci | ArchiveKind::Docker, .. } => &["podman", "apptainer", "udocker"],
            Self::Archive { kind: ArchiveKind::Sif, .. } => &["apptainer"],
        }
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadImage {
    #[error("must name an image")]
    Empty,
    #[error(
        "`{0}` is in a registry, and images are not fetched from registries: let the administrator fetch it onto the \
         computer and give its name there, or give an archive of it as an input (oci-archive:PATH, docker-archive:PATH, sif:PATH)"
    )]
    Registry(String),
    #[error("`{0}` is not a way to name an image: give a name, oci-archive:PATH, docker-archive:PATH or sif:PATH")]
    UnknownKind(String),
    #[error("`{0}` is not the name of an image: like `python:3.12`, `localhost/mine:1` or `name@sha256:…`")]
    Name(String),
    #[error("`{0}` must be a path in the work directory of letters, digits and . _ - /")]
    Path(String),
}

impl std::fmt::Display for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(name) => f.write_str(name),
            Self::Archive { kind, path } => write!(f, "{}:{path}", kind.transport()),
        }
    }
}

impl std::str::FromStr for Image {
    type Err = BadImage;

    /// Engines understand far more (directories of the computer, other engines' storage), which must not be reached by
    /// what somebody wrote into a request: only what is known to be harmless gets through.
    fn from_str(text: &str) -> Result<Self, BadImage> {
        let shown = || text.chars().filter(|c| !c.is_control()).take(120).collect::<String>();
        if text.trim().is_empty() {
            return Err(BadImage::Empty);
        }
        for kind in [ArchiveKind::Oci, ArchiveKind::Docker, ArchiveKind::Sif] {
            if let Some(path) = text.strip_prefix(kind.transport()).and_then(|rest| rest.strip_prefix(':')) {
                // Behind a second colon engines expect a tag, and with a comma options.
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
                let inside = !path.split('/').any(|part| matches!(part, "" | "." | ".."));
                let good = path.len() <= 1_024 && path.chars().all(plain) && inside;
                return if good { Ok(Self::Archive { kind, path: path.to_owned() }) } else { Err(BadImage::Path(shown())) };
            }
        }
        if text.contains("://") {
            return Err(BadImage::Registry(shown()));
        }
        let transports = ["dir", "oci", "docker-daemon", "containers-storage", "ostree", "tarball"];
        if text.split_once(':').is_some_and(|(kind, _)| transports.contains(&kind)) || text.contains(":/") {
            return Err(BadImage::UnknownKind(shown()));
        }
        if is_name(text) { Ok(Self::Local(text.to_owned())) } else { Err(BadImage::Name(shown())) }
    }
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
    let begins = |part: &str| part.starts_with(|c: char| c.is_ascii_alphanumeric());
    text.len() <= 512 && text.chars().all(plain) && text.split('/').all(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_ways_to_name_an_image_get_through() {
        for name in ["busybox", "localhost/a-b/c_d:1.2", "registry.example:5000/x/y:z", "x@sha256:0123abcd"] {
            assert_eq!(name.parse(), Ok(Image::Local(name.to_owned())));
        }
        let archive = "oci-archive:images/a.tar".parse();
        assert_eq!(archive, Ok(Image::Archive { kind: ArchiveKind::Oci, path: "images/a.tar".into() }));
        assert!(matches!("docker-archive:a.tar".parse(), Ok(Image::Archive { kind: ArchiveKind::Docker, .. })));
        let sif: Image = "sif:a.sif".parse().unwrap();
        assert_eq!((&sif, sif.engines()), (&Image::Archive { kind: ArchiveKind::Sif, path: "a.sif".into() }, &["apptainer"][..]));
        for bad in
            ["oci-archive:/etc/x", "oci-archive:../x", "docker-archive:a.tar:tag", "sif:/x", "oci-archive:", "oci-archive:a,b"]
        {
            assert!(matches!(bad.parse::<Image>(), Err(BadImage::Path(_))), "{bad}");
        }
        assert!(matches!("docker://debian".parse::<Image>(), Err(BadImage::Registry(_))));
        for bad in ["dir:/etc", "dir:etc", "oci:/x", "docker-daemon:x", "containers-storage:[overlay@/x]y", "oci:x"] {
            assert!(bad.parse::<Image>().is_err(), "{bad}");
        }
        for bad in ["--privileged", "-v", "a b", "a\n", "/etc", "../x", "a//b", "ü", ".x", "a/-b"] {
            assert!(matches!(bad.parse::<Image>(), Err(BadImage::Name(_))), "{bad}");
        }
        assert_eq!(" ".parse::<Image>(), Err(BadImage::Empty));
    }
}
