//! The floor: an HTTP server that reads a head and writes bytes it has ready.

use crate::Outcome;
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub async fn serve(bytes: usize) -> Outcome<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {bytes}\r\n\r\n").into_bytes();
    answer.resize(answer.len() + bytes, b'x');
    let answer = Rc::new(answer);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::task::spawn_local(answer_all(stream, Rc::clone(&answer)));
    }
}

/// Ends with the connection, whichever way that ends.
async fn answer_all(mut stream: TcpStream, answer: Rc<Vec<u8>>) -> std::io::Result<()> {
    let mut head = Vec::with_capacity(4 << 10);
    loop {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            stream.write_all(&answer).await?;
        }
    }
}
