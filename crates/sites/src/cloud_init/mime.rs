//! User data of several parts.

use super::own::Own;
use data_encoding::BASE64;

const CONFIG: &str = "text/cloud-config";
const SCRIPT: &str = "text/x-shellscript";
/// How ours is merged into what the person's own file says; the reasons are at the head of `cloud_init`.
const MERGE: &str = "list(prepend)+dict(no_replace,recurse_list)+str()";

/// The person's part first, then ours.
pub(super) fn message(own: Option<Own<'_>>, ours: &str) -> String {
    let theirs = own.map(|own| match own {
        Own::Config(text) => part(CONFIG, "own-config", None, text),
        // After `runcmd`, by which name cloud-init runs the commands of all configs.
        Own::Script(text) => part(SCRIPT, "script-of-its-owner", None, text),
    });
    let parts: Vec<String> = theirs.into_iter().chain([part(CONFIG, "roadstead", Some(MERGE), ours)]).collect();
    let boundary = free_boundary(&parts);
    let mut message = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\nMIME-Version: 1.0\n\n");
    for part in parts {
        message.push_str(&format!("--{boundary}\n{part}\n"));
    }
    message.push_str(&format!("--{boundary}--\n"));
    message
}

fn part(kind: &str, name: &str, merge: Option<&str>, text: &str) -> String {
    // What is not plain is mangled by the reader of messages unless it is encoded; what is, people can read on the machine.
    let is_plain = text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~'));
    let merge = merge.map(|rule| format!("Merge-Type: {rule}\n")).unwrap_or_default();
    let (encoding, body) = match is_plain {
        true => ("7bit", text.to_owned()),
        false => ("base64", in_lines(&BASE64.encode(text.as_bytes()))),
    };
    format!(
        "Content-Type: {kind}; charset=\"utf-8\"\nMIME-Version: 1.0\nContent-Transfer-Encoding: {encoding}\n\
         Content-Disposition: attachment; filename=\"{name}\"\n{merge}\n{body}"
    )
}

/// As messages want it.
fn in_lines(base64: &str) -> String {
    let mut lines = String::with_capacity(base64.len() + base64.len() / 76 + 1);
    for (at, c) in base64.char_indices() {
        if at > 0 && at % 76 == 0 {
            lines.push('\n');
        }
        lines.push(c);
    }
    lines
}

/// One that begins no line of any part.
fn free_boundary(parts: &[String]) -> String {
    let mut boundary = "roadstead".to_owned();
    while parts.iter().any(|part| part.contains(&format!("--{boundary}"))) {
        boundary.push('-');
        boundary.push_str("part");
    }
    boundary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_ends_another_and_what_is_not_plain_is_encoded() {
        let plain = message(Some(Own::Config("#cloud-config\na: 1\n")), "#cloud-config\n{}\n");
        assert!(plain.contains("\n\n#cloud-config\na: 1\n\n--roadstead\n") && plain.ends_with("\n--roadstead--\n"), "{plain}");
        assert_eq!(plain.matches("Merge-Type").count(), 1, "the rule is ours");

        let nasty = message(Some(Own::Script("#!/bin/sh\n--roadstead\n--roadstead-part--\n")), "#cloud-config\n{}\n");
        assert!(nasty.starts_with("Content-Type: multipart/mixed; boundary=\"roadstead-part-part\"\n"), "{nasty}");

        let encoded = message(Some(Own::Script(&format!("#!/bin/sh\necho {}\n", "é".repeat(100)))), "#cloud-config\n{}\n");
        assert!(encoded.is_ascii() && encoded.lines().all(|line| line.len() <= 80) && encoded.contains("base64"), "{encoded}");
    }
}
