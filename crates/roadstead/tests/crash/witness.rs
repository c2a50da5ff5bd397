//! Hears from the commands themselves that they run: what a gateway or a pilot believes does not count here.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Each line that came, in the order of arrival.
pub struct Witness {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

const LAST_WORD: &str = "over";

impl Witness {
    pub fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind a port on loopback");
        let port = listener.local_addr().expect("the port just bound").port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let ears = heard.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
                let mut line = String::new();
                if BufReader::new(stream).read_line(&mut line).is_ok() {
                    if line.trim() == LAST_WORD {
                        return;
                    }
                    ears.lock().expect("the list").push(line.trim().to_owned());
                }
            }
        });
        Self { port, heard }
    }

    /// A command of bash that is heard as `word`. Whoever cannot be heard must not count as run.
    pub fn say(&self, word: &str) -> String {
        format!("echo {word} > /dev/tcp/127.0.0.1/{} || exit 9", self.port)
    }

    pub fn count(&self, word: &str) -> usize {
        self.heard.lock().expect("the list").iter().filter(|heard| *heard == word).count()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        use std::io::Write;
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = writeln!(stream, "{LAST_WORD}");
        }
    }
}
