//! The zip file: streamed, in one fixed order, with one fixed date.

use std::io::{self, Read, Seek, Write};

use aws_lc_rs::digest::{Context, SHA256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::entity::hex;
use crate::error::Error;
use crate::graph;
use crate::layout::{Layout, Member};
use crate::media;
use crate::preview;
use crate::record::RunRecord;

/// From here on an entry gets the larger header, well before deflate could push it over 4 GiB.
const LARGE: u64 = 0xF000_0000;

/// What really went into the zip.
pub(crate) struct Written {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// Writes the crate of an ended run as a zip file and hands the writer back.
///
/// `open` is asked for the bytes of each file the crate has room for, in the order in which they are written;
/// `None` leaves a file out, and the crate then only describes it (an absent log is not even described). What is
/// read must have the recorded length and digest. After an error `out` holds nothing of use.
pub fn write_crate<R, W>(
    record: &RunRecord,
    mut open: impl FnMut(&Member<'_>) -> io::Result<Option<R>>,
    out: W,
) -> Result<W, Error>
where
    R: Read,
    W: Write + Seek,
{
    let layout = Layout::new(record)?;
    let mut zip = Archive { zip: ZipWriter::new(out), date: layout.ended.zip(), buffer: vec![0; 128 * 1024] };
    let mut written = Vec::with_capacity(layout.members.len());
    for member in &layout.members {
        let unreadable = |source| Error::Read { path: member.path.clone(), source };
        written.push(match open(member).map_err(unreadable)? {
            Some(from) => Some(zip.copy(member, from)?),
            None => None,
        });
    }
    let request = graph::request_path(&record.request);
    zip.start(request, false, record.request.text.len() as u64)?;
    zip.write_all(record.request.text.as_bytes())?;
    // Their length is not known beforehand; 16 bytes of header spare a crate of a huge array.
    zip.start("ro-crate-metadata.json", false, LARGE)?;
    graph::write(&layout, &written, &mut io::BufWriter::new(&mut zip))?;
    zip.start("ro-crate-preview.html", false, LARGE)?;
    preview::write(&layout, &written, &mut io::BufWriter::new(&mut zip))?;
    Ok(zip.zip.finish().map_err(io::Error::from)?)
}

struct Archive<W: Write + Seek> {
    zip: ZipWriter<W>,
    date: zip::DateTime,
    buffer: Vec<u8>,
}

impl<W: Write + Seek> Archive<W> {
    fn start(&mut self, path: &str, stored: bool, bytes: u64) -> Result<(), Error> {
        let options = SimpleFileOptions::default()
            .compression_method(if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated })
            .compression_level(if stored { None } else { Some(6) })
            .last_modified_time(self.date)
            .unix_permissions(0o644)
            .large_file(bytes >= LARGE);
        Ok(self.zip.start_file(path, options).map_err(io::Error::from)?)
    }

    fn copy(&mut self, member: &Member<'_>, from: impl Read) -> Result<Written, Error> {
        self.start(&member.path, media::is_compressed(&member.path, member.media_type()), member.bytes())?;
        // One byte more than expected is enough to know, and no lie about a length gets further.
        let mut from = from.take(member.bytes().saturating_add(1));
        let mut digest = Context::new(&SHA256);
        let mut bytes = 0;
        loop {
            let count = match from.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(Error::Read { path: member.path.clone(), source }),
            };
            digest.update(&self.buffer[..count]);
            self.zip.write_all(&self.buffer[..count])?;
            bytes += count as u64;
        }
        let written = Written { bytes, sha256: hex(digest.finish().as_ref()) };
        check(member, &written)?;
        Ok(written)
    }
}

impl<W: Write + Seek> Write for Archive<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.zip.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zip.flush()
    }
}

fn check(member: &Member<'_>, written: &Written) -> Result<(), Error> {
    let changed = |expected, found| Err(Error::Changed { path: member.path.clone(), expected, found });
    if written.bytes > member.bytes() {
        return changed(format!("{} bytes", member.bytes()), "more".to_owned());
    }
    if written.bytes < member.bytes() {
        return changed(format!("{} bytes", member.bytes()), format!("{} bytes", written.bytes));
    }
    match member.sha256() {
        Some(expected) if expected != written.sha256 => {
            changed(format!("sha-256 {expected}"), format!("sha-256 {}", written.sha256))
        }
        _ => Ok(()),
    }
}
