//! An HTTP/1.1 server that says exactly what a test tells it to, true or not.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What is done with one request, in order; then the connection is closed.
#[derive(Clone)]
pub enum Act {
    Send(Vec<u8>),
    /// One byte now and then, for ever.
    Drip(u8),
    /// Nothing, until the peer goes away.
    Hang,
    /// The connection ends by a reset, which may overtake what was sent, not by an orderly close.
    Reset,
    /// An honest answer: of this body, the range that the request asks for.
    Honest(Vec<u8>),
}

pub fn text(text: &str) -> Act {
    Act::Send(text.replace('\n', "\r\n").into_bytes())
}

pub fn bytes(bytes: &[u8]) -> Act {
    Act::Send(bytes.to_vec())
}

pub struct Server {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers the n-th request with the n-th script, and all later ones with the last.
    pub async fn start(scripts: Vec<Vec<Act>>) -> Server {
        Server::bind("127.0.0.1:0", scripts).await
    }

    async fn bind(address: &str, scripts: Vec<Vec<Act>>) -> Server {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (scripts, seen) = (scripts.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    // The peer hanging up is part of many tests.
                    let _ = serve(stream, &scripts, &seen).await;
                });
            }
        });
        Server { address, requests, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The heads of the requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, scripts: &[Vec<Act>], seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let index = {
        let mut seen = seen.lock().unwrap();
        seen.push(String::from_utf8_lossy(&head).to_lowercase());
        seen.len() - 1
    };
    for act in &scripts[index.min(scripts.len() - 1)] {
        match act {
            Act::Send(bytes) => stream.write_all(bytes).await?,
            Act::Drip(byte) => loop {
                stream.write_all(&[*byte]).await?;
                tokio::time::sleep(Duration::from_millis(5)).await;
            },
            Act::Hang => {
                stream.read_u8().await?;
            }
            Act::Reset => stream.set_zero_linger()?,
            Act::Honest(body) => {
                let head = String::from_utf8_lossy(&head).to_lowercase();
                let from = head.split_once("range: bytes=").and_then(|(_, rest)| rest.split_once('-')).map(|(from, _)| from);
                let from: usize = from.map_or(0, |from| from.parse().unwrap());
                let (total, last, length) = (body.len(), body.len() - 1, body.len() - from);
                let status = if from > 0 {
                    format!(
                        "206 Partial Content
Content-Range: bytes {from}-{last}/{total}"
                    )
                } else {
                    "200 OK".to_owned()
                };
                let answer = format!(
                    "HTTP/1.1 {status}
ETag: \"v1\"
Content-Length: {length}
Connection: close

"
                );
                stream.write_all(answer.as_bytes()).await?;
                stream.write_all(&body[from..]).await?;
            }
        }
    }
    Ok(())
}
