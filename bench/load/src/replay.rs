//! Pretended sites: each a server of its own that gives recorded answers, every one after the same while.
//!
//! A recording is a folder with a file for each answer: a line with method and target, then the answer's head and body as
//! they were, with `@@` where the site named its own address.

use crate::Outcome;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

type Answers = HashMap<String, Vec<u8>>;

/// With a certificate and its key, in PEM.
pub fn acceptor(certificate: &str, key: &str) -> Outcome<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    Ok(Arc::new(config).into())
}

/// Prints a line with the address of each site, takes the recordings in turn, and serves until it is ended. The last
/// `hanging` sites take connections and answer nothing.
pub async fn replay(folder: &str, sites: usize, delay_ms: u64, hanging: usize, tls: Option<TlsAcceptor>) -> Outcome<()> {
    let mut recordings: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        recordings.push(entry?.path());
    }
    recordings.sort();
    let delay = Duration::from_millis(delay_ms);
    let mut served = Vec::new();
    for number in 0..sites {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let recording = recordings.get(number % recordings.len().max(1)).ok_or("there is no recording")?;
        let answers = Rc::new(read(recording, if tls.is_some() { "https" } else { "http" }, &address)?);
        let hangs = number + hanging >= sites;
        println!("{address}");
        served.push(tokio::task::spawn_local(serve(listener, answers, delay, hangs, tls.clone())));
    }
    for one in served {
        one.await??;
    }
    Ok(())
}

fn read(folder: &Path, scheme: &str, address: &str) -> Outcome<Answers> {
    let mut answers = Answers::new();
    for entry in std::fs::read_dir(folder)? {
        let text = std::fs::read_to_string(entry?.path())?.replace("@@", &format!("{scheme}://{address}"));
        let (request, answer) = text.split_once('\n').ok_or("an empty recording")?;
        let (head, body) = answer.split_once("\n\n").ok_or("a recording without a body")?;
        let head = head.replace('\n', "\r\n");
        let whole = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        answers.insert(request.to_owned(), whole.into_bytes());
    }
    Ok(answers)
}

async fn serve(
    listener: TcpListener,
    answers: Rc<Answers>,
    delay: Duration,
    hangs: bool,
    tls: Option<TlsAcceptor>,
) -> std::io::Result<()> {
    let mut hanging = Vec::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        if hangs {
            hanging.push(stream);
            continue;
        }
        let answers = Rc::clone(&answers);
        match tls.clone() {
            None => drop(tokio::task::spawn_local(answer_all(stream, answers, delay))),
            Some(tls) => {
                drop(tokio::task::spawn_local(async move { answer_all(tls.accept(stream).await?, answers, delay).await }))
            }
        }
    }
}

/// Ends with the connection, whichever way that ends.
async fn answer_all(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answers: Rc<Answers>,
    delay: Duration,
) -> std::io::Result<()> {
    let mut bytes = Vec::with_capacity(8 << 10);
    loop {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let whole = end + 4 + length.unwrap_or(0);
        while bytes.len() < whole {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
        }
        bytes.drain(..whole);
        tokio::time::sleep(delay).await;
        let request = head.split(" HTTP/").next().unwrap_or_default();
        match answers.get(request) {
            Some(answer) => stream.write_all(answer).await?,
            None => {
                eprintln!("not recorded: {request}");
                stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await?;
            }
        }
        stream.flush().await?;
    }
}
