//! Reading a request from a file or a body, with errors that name the field.

use super::RunRequest;
use crate::problem::FieldProblem;
use crate::{Code, Problem};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Toml,
    Yaml,
}

impl Format {
    /// By the ending of a file's name.
    pub fn of_path(path: &str) -> Option<Self> {
        match path.rsplit('.').next()? {
            "json" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// By a media type, parameters ignored.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        match media_type.split(';').next()?.trim() {
            "application/json" => Some(Self::Json),
            "application/toml" => Some(Self::Toml),
            "application/yaml" | "application/x-yaml" | "text/yaml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// A request of any form is small; a large one is a mistake or an attack.
const LARGEST: usize = 1 << 20;

pub fn read(bytes: &[u8], format: Format) -> Result<RunRequest, Problem> {
    if bytes.len() > LARGEST {
        return Err(Problem::new(
            Code::BodyTooLarge,
            format!("The request has {} bytes; {LARGEST} are allowed.", bytes.len()),
            "Pass long lists as an input file.",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let detail = format!("The request is not UTF-8: byte {} is wrong.", error.valid_up_to());
        Problem::new(Code::MalformedBody, detail, "Save the file as UTF-8.")
    })?;
    // A mistake of the language and a mistake in a value are told apart by the reader where it can.
    let (message, syntax) = match format {
        Format::Json => match serde_json::from_str(text) {
            Ok(request) => return Ok(request),
            Err(error) => (error.to_string(), error.is_syntax() || error.is_eof()),
        },
        Format::Toml => match toml::from_str(text) {
            Ok(request) => return Ok(request),
            Err(error) => {
                let syntax = toml::from_str::<toml::Table>(text).is_err();
                (format!("{}{}", error.message(), toml_place(text, error.span())), syntax)
            }
        },
        Format::Yaml => match serde_saphyr::from_str(text) {
            Ok(request) => return Ok(request),
            Err(error) => (error.to_string(), serde_saphyr::from_str::<serde_json::Value>(text).is_err()),
        },
    };
    if syntax {
        return Err(malformed(message.chars().take(600).collect()));
    }
    Err(explain(&message))
}

fn toml_place(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let Some(before) = span.and_then(|span| text.get(..span.start)) else { return String::new() };
    format!(" at line {}", before.matches('\n').count() + 1)
}

/// All three readers say "unknown field `x`, expected one of …" for the same mistake; anything else is a wrong value.
fn explain(message: &str) -> Problem {
    let message: String = message.chars().take(600).collect();
    if let Some(rest) = message.split("unknown field `").nth(1) {
        let field = rest.split('`').next().unwrap_or_default().to_owned();
        let problem = FieldProblem { field, detail: message.clone() };
        return Problem::new(
            Code::UnknownField,
            message,
            "Correct the name of the field, or leave it out; the request reference lists all of them.",
        )
        .with_fields(vec![problem]);
    }
    Problem::new(Code::InvalidField, message, "Correct the value; the request reference shows the form of each field.")
}

fn malformed(message: String) -> Problem {
    Problem::new(Code::MalformedBody, message, "Check the syntax of the request at the place named.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_languages_read_alike_and_name_what_is_wrong() {
        let toml = "name = \"a\"\ncommand = [\"true\"]\n[resources]\nmemory = \"2GiB\"\n";
        let yaml = "name: a\ncommand: [\"true\"]\nresources:\n  memory: 2GiB\n";
        let json = r#"{"name":"a","command":["true"],"resources":{"memory":"2GiB"}}"#;
        let read_toml = read(toml.as_bytes(), Format::Toml).expect("toml");
        assert_eq!(read(yaml.as_bytes(), Format::Yaml).expect("yaml"), read_toml);
        assert_eq!(read(json.as_bytes(), Format::Json).expect("json"), read_toml);
        for (text, format) in
            [("comand = [\"true\"]", Format::Toml), ("comand: [x]", Format::Yaml), (r#"{"comand":["x"]}"#, Format::Json)]
        {
            let problem = read(text.as_bytes(), format).expect_err("a misspelt field");
            assert_eq!(problem.code, Code::UnknownField, "{problem:?}");
            assert_eq!(problem.fields[0].field, "comand");
        }
        for (text, format) in [
            ("[resources]\nmemory = 512", Format::Toml),
            ("resources: {memory: 512}", Format::Yaml),
            (r#"{"resources":{"memory":512}}"#, Format::Json),
        ] {
            let problem = read(text.as_bytes(), format).expect_err("a bare number");
            assert_eq!(problem.code, Code::InvalidField, "{problem:?}");
            assert!(problem.detail.contains("512MiB"), "{problem:?}");
        }
        for (text, format) in [("command = [", Format::Toml), ("a: [b", Format::Yaml), ("{\"name\" 1}", Format::Json)] {
            assert_eq!(read(text.as_bytes(), format).expect_err(text).code, Code::MalformedBody);
        }
        assert_eq!(read(b"{", Format::Json).expect_err("cut").code, Code::MalformedBody);
        assert_eq!(read(b"\xff", Format::Json).expect_err("utf-8").code, Code::MalformedBody);
    }
}
