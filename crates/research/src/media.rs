//! What can be told about a file from its name and media type alone.

/// Source code that an interpreter reads, by extension. Anything else in a command line is data.
pub(crate) fn script_type(path: &str) -> Option<&'static str> {
    Some(match extension(path)?.as_str() {
        "awk" => "text/x-awk",
        "cwl" => "application/cwl+yaml",
        "ipynb" => "application/x-ipynb+json",
        "jl" => "text/x-julia",
        "js" => "text/javascript",
        "lua" => "text/x-lua",
        "nf" => "text/x-groovy",
        "pl" => "text/x-perl",
        "py" => "text/x-python",
        "r" => "text/x-r",
        "rb" => "text/x-ruby",
        "sh" | "bash" => "application/x-sh",
        "smk" => "text/x-snakemake",
        _ => return None,
    })
}

/// For inputs, whose source need not have said what they are.
pub(crate) fn guess_type(path: &str) -> &'static str {
    if let Some(script) = script_type(path) {
        return script;
    }
    match extension(path).as_deref() {
        Some("csv") => "text/csv",
        Some("fits" | "fit") => "application/fits",
        Some("gz") => "application/gzip",
        Some("htm" | "html") => "text/html",
        Some("jpeg" | "jpg") => "image/jpeg",
        Some("json") => "application/json",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("toml") => "application/toml",
        Some("txt") => "text/plain",
        Some("vot" | "votable") => "application/x-votable+xml",
        Some("xml") => "application/xml",
        Some("yaml" | "yml") => "application/yaml",
        Some("zip") => "application/zip",
        _ => "application/octet-stream",
    }
}

/// Deflating these again costs time and gains nothing.
pub(crate) fn is_compressed(path: &str, media_type: &str) -> bool {
    let by_type = match media_type.split_once('/') {
        Some(("audio" | "video", _)) => true,
        Some(("image", kind)) => matches!(kind, "png" | "jpeg" | "gif" | "webp" | "avif" | "heic" | "jp2"),
        Some(("application", kind)) => {
            matches!(kind, "gzip" | "zip" | "zstd" | "x-xz" | "x-bzip2" | "x-7z-compressed" | "vnd.apache.parquet")
        }
        _ => false,
    };
    by_type
        || extension(path).is_some_and(|extension| {
            matches!(
                extension.as_str(),
                "7z" | "avif"
                    | "bz2"
                    | "fz"
                    | "gif"
                    | "gz"
                    | "heic"
                    | "jp2"
                    | "jpeg"
                    | "jpg"
                    | "lz4"
                    | "mp3"
                    | "mp4"
                    | "npz"
                    | "parquet"
                    | "png"
                    | "sif"
                    | "tgz"
                    | "webp"
                    | "whl"
                    | "xz"
                    | "zip"
                    | "zst"
            )
        })
}

fn extension(path: &str) -> Option<String> {
    let name = path.rsplit('/').next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    (!stem.is_empty()).then(|| extension.to_ascii_lowercase())
}
