//! An image that is as small as one can be, made on the spot: nothing has to be fetched to try an engine. Its only
//! file is a program that writes a line and exits with a code that nobody returns by accident.

use data::{Hasher, Sha256};

pub(super) const SAYS: &str = "roadstead\n";
pub(super) const EXITS: i32 = 7;
pub(super) const PROGRAM: &str = "/trial";

/// The image's files as a tape archive, or nothing on a processor for which no program is known here.
pub(super) fn archive() -> Option<Vec<u8>> {
    Some(tape(&[(PROGRAM.trim_start_matches('/'), &program()?)]))
}

/// The whole image, for engines that take no bare files.
pub(super) fn oci_archive() -> Option<Vec<u8>> {
    let layer = archive()?;
    let architecture = if std::env::consts::ARCH == "aarch64" { "arm64" } else { "amd64" };
    let kind = |what: &str| format!("application/vnd.oci.image.{what}");
    let describe = |media_type: String, bytes: &[u8]| serde_json::json!({ "mediaType": media_type, "digest": format!("sha256:{}", sha256(bytes)), "size": bytes.len() });
    let config = serde_json::json!({
        "architecture": architecture,
        "os": "linux",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", sha256(&layer))] },
    });
    let config = config.to_string().into_bytes();
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": kind("manifest.v1+json"),
        "config": describe(kind("config.v1+json"), &config),
        "layers": [describe(kind("layer.v1.tar"), &layer)],
    });
    let manifest = manifest.to_string().into_bytes();
    let index = serde_json::json!({ "schemaVersion": 2, "manifests": [describe(kind("manifest.v1+json"), &manifest)] });
    let named: Vec<(String, Vec<u8>)> = [config, layer, manifest]
        .into_iter()
        .map(|bytes| (format!("blobs/sha256/{}", sha256(&bytes)), bytes))
        .chain([
            ("index.json".to_owned(), index.to_string().into_bytes()),
            ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
        ])
        .collect();
    let files: Vec<(&str, &[u8])> = named.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    Some(tape(&files))
}

fn sha256(bytes: &[u8]) -> Sha256 {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher.finish()
}

fn tape(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        archive.extend(header(name, bytes.len()));
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    // Two empty blocks for the end.
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// write(1, SAYS, 10); exit(EXITS), followed by the text.
fn program() -> Option<Vec<u8>> {
    let (machine, code): (u16, &[u8]) = match std::env::consts::ARCH {
        "x86_64" => (
            62,
            &[
                0xbf, 1, 0, 0, 0, // mov edi, 1
                0x48, 0x8d, 0x35, 24, 0, 0, 0, // lea rsi, [rip + 24]: the text
                0xba, 10, 0, 0, 0, // mov edx, 10
                0xb8, 1, 0, 0, 0, // mov eax, 1
                0x0f, 0x05, // syscall
                0xbf, 7, 0, 0, 0, // mov edi, 7
                0xb8, 60, 0, 0, 0, // mov eax, 60
                0x0f, 0x05, // syscall
            ],
        ),
        "aarch64" => (
            183,
            &[
                0x20, 0x00, 0x80, 0xd2, // mov x0, 1
                0xe1, 0x00, 0x00, 0x10, // adr x1, the text
                0x42, 0x01, 0x80, 0xd2, // mov x2, 10
                0x08, 0x08, 0x80, 0xd2, // mov x8, 64
                0x01, 0x00, 0x00, 0xd4, // svc 0
                0xe0, 0x00, 0x80, 0xd2, // mov x0, 7
                0xa8, 0x0b, 0x80, 0xd2, // mov x8, 93
                0x01, 0x00, 0x00, 0xd4, // svc 0
            ],
        ),
        _ => return None,
    };
    const HEADERS: u64 = 64 + 56;
    const BASE: u64 = 0x40_0000;
    let size = HEADERS + (code.len() + SAYS.len()) as u64;
    let mut elf = Vec::new();
    elf.extend_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    for half in [2, machine] {
        elf.extend_from_slice(&half.to_le_bytes());
    }
    elf.extend_from_slice(&1_u32.to_le_bytes());
    for long in [BASE + HEADERS, 64, 0] {
        elf.extend_from_slice(&long.to_le_bytes());
    }
    elf.extend_from_slice(&0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 0, 0, 0] {
        elf.extend_from_slice(&half.to_le_bytes());
    }
    // The one segment: loaded, readable and executable.
    for word in [1_u32, 5] {
        elf.extend_from_slice(&word.to_le_bytes());
    }
    for long in [0, BASE, BASE, size, size, 0x1000] {
        elf.extend_from_slice(&long.to_le_bytes());
    }
    elf.extend_from_slice(code);
    elf.extend_from_slice(SAYS.as_bytes());
    Some(elf)
}

/// As POSIX's ustar has it.
fn header(name: &str, bytes: usize) -> Vec<u8> {
    let mut header = vec![0; 512];
    let mut put = |at: usize, text: &[u8]| header.splice(at..at + text.len(), text.iter().copied()).for_each(drop);
    put(0, name.as_bytes());
    put(100, b"0000755\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{bytes:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header.splice(148..156, format!("{sum:06o}\0 ").into_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_program_says_its_line_and_other_programs_can_read_the_archive() {
        let archive = archive().expect("this processor is known");
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("tiny.tar");
        std::fs::write(&file, archive).unwrap();
        let unpacked = std::process::Command::new("tar").arg("-xf").arg(&file).current_dir(directory.path()).status().unwrap();
        assert!(unpacked.success());
        let program = directory.path().join("trial");
        assert_eq!(program.metadata().unwrap().permissions().mode() & 0o777, 0o755);
        let output = std::process::Command::new(program).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(EXITS), SAYS.as_bytes()));
    }
}
