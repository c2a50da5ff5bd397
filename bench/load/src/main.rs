//! Load for the benchmarks, and the floor below them.
//!
//! `load get HOST:PORT PATH CONNECTIONS SECONDS TOKEN_FILE` asks for one path over keep-alive connections, each of which
//! sends its next request when it has read the whole answer, and prints one line of JSON. `load serve BYTES` answers
//! every request with so many bytes and does nothing else: what no HTTP server on this computer can beat. It prints its
//! address and serves until it is ended.
//!
//! `load replay FOLDER SITES DELAY_MS HANGING [CERTIFICATE KEY]` is so many OpenStack sites with recorded answers, over TLS
//! when it has files for that.
//!
//! One thread each, so that the load leaves the other cores to what is measured.

mod get;
mod replay;
mod serve;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    match words.as_slice() {
        ["get", address, path, connections, seconds, token_file] => {
            let token = std::fs::read_to_string(token_file)?;
            let plan = get::Plan::new(address, path, connections.parse()?, seconds.parse()?, token.trim());
            println!("{}", local.block_on(&runtime, plan.carry_out())?);
            Ok(())
        }
        ["serve", bytes] => local.block_on(&runtime, serve::serve(bytes.parse()?)),
        ["replay", folder, sites, delay, hanging, tls @ ..] => {
            let acceptor = match tls {
                [certificate, key] => Some(replay::acceptor(certificate, key)?),
                _ => None,
            };
            local.block_on(&runtime, replay::replay(folder, sites.parse()?, delay.parse()?, hanging.parse()?, acceptor))
        }
        _ => Err("load get HOST:PORT PATH CONNECTIONS SECONDS TOKEN_FILE | serve BYTES | replay FOLDER SITES DELAY_MS HANGING [CERTIFICATE KEY]".into()),
    }
}
