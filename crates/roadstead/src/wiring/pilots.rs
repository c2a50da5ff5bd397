//! How pilots on machines find this gateway, and its program.

use super::config::Config;
use model::{Code, Problem};
use runs::PilotSettings;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use url::{Host, Url};

/// What runs, also when its file was replaced by another version meanwhile.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// `listening`: the gateway's own address.
pub fn settings(config: &Config, listening: SocketAddr) -> Result<PilotSettings, Problem> {
    let machines = &config.machines;
    let authority = machines.authority_file.as_deref().map(read).transpose()?;
    Ok(PilotSettings {
        address: address(config, listening)?,
        authority,
        program: THIS_PROGRAM.into(),
        patience: machines.patience.duration(),
    })
}

/// What pilots call it in `Host`, where that is not what people call it.
pub fn names(config: &Config) -> Vec<String> {
    let Some(url) = &config.machines.gateway_url else { return Vec::new() };
    let Some((host, port)) = url.host_str().zip(url.port_or_known_default()) else { return Vec::new() };
    // Without a port it is the default of a scheme that may end at a proxy.
    let short = url.port().is_none().then(|| format!("{host}:80"));
    std::iter::once(format!("{host}:{port}")).chain(short).collect()
}

/// None when machines cannot reach it. What an administrator says that it is, is believed: machines of tests are on this
/// computer too.
fn address(config: &Config, listening: SocketAddr) -> Result<Option<String>, Problem> {
    let plain = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    if let Some(url) = &config.machines.gateway_url {
        if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("machines.gateway_url must be an address like https://gateway.example.org"));
        }
        return Ok(Some(plain(url)));
    }
    if let Some(url) = &config.public_url {
        return Ok((!is_of_this_computer(url)).then(|| plain(url)));
    }
    let ip = listening.ip();
    Ok((!ip.is_loopback() && !ip.is_unspecified()).then(|| format!("http://{listening}")))
}

fn is_of_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => is_only_here(ip.into()),
        Some(Host::Ipv6(ip)) => is_only_here(ip.into()),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => true,
    }
}

fn is_only_here(ip: IpAddr) -> bool {
    ip.is_loopback() || ip.is_unspecified()
}

fn read(file: &Path) -> Result<String, Problem> {
    let text =
        std::fs::read_to_string(file).map_err(|error| wrong(&format!("machines.authority_file: {}: {error}", file.display())))?;
    // It is written into machines for everybody there to read.
    if !text.contains("-----BEGIN CERTIFICATE-----") || text.contains("PRIVATE KEY") {
        return Err(wrong("machines.authority_file: it must have certificates in PEM, and no key"));
    }
    Ok(text)
}

fn wrong(detail: &str) -> Problem {
    Problem::new(Code::ConfigurationInvalid, format!("{detail}."), "Correct it in the configuration.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_told_an_address_that_they_can_reach() {
        let told = |public: Option<&str>, own: Option<&str>, listening: &str| {
            let mut config = Config { public_url: public.map(|url| url.parse().expect("a URL")), ..Config::default() };
            config.machines.gateway_url = own.map(|url| url.parse().expect("a URL"));
            address(&config, listening.parse().expect("an address")).map_err(|problem| problem.detail)
        };
        let at = |url: &str| Ok(Some(url.to_owned()));
        let here = "127.0.0.1:7480";
        assert_eq!(told(None, None, here), Ok(None));
        assert_eq!(told(None, None, "0.0.0.0:7480"), Ok(None));
        assert_eq!(told(None, None, "192.0.2.1:7480"), at("http://192.0.2.1:7480"));
        assert_eq!(told(Some("https://g.example.org/r/"), None, here), at("https://g.example.org/r"));
        for loopback in ["http://localhost:1/", "http://127.0.0.2/", "http://[::1]:9/", "http://0.0.0.0/"] {
            assert_eq!(told(Some(loopback), None, here), Ok(None), "{loopback}");
            assert_eq!(told(None, Some(loopback), here), at(loopback.trim_end_matches('/')), "it is said");
        }
        assert_eq!(told(Some("https://a.example.org"), Some("https://b.example.org"), here), at("https://b.example.org"));
        let machines = crate::wiring::config::Machines {
            gateway_url: Some("https://g.example.org/r".parse().expect("a URL")),
            ..crate::wiring::config::Machines::default()
        };
        assert_eq!(names(&Config { machines, ..Config::default() }), ["g.example.org:443", "g.example.org:80"]);
        assert!(told(None, Some("ftp://a.example.org"), here).expect_err("wrong").contains("gateway_url"));
    }
}
