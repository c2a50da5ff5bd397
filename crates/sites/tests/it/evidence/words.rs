//! Short words for verdicts, for comparing and for reading what failed.

use model::offer::{Attachment, Image, Obstacle, Router, Size, Standing, TenantNetwork};

pub fn attachment(attachment: &Attachment) -> String {
    match attachment {
        Attachment::Direct { network, versions } => {
            let versions: Vec<String> = versions.iter().map(u8::to_string).collect();
            format!("direct {} v{}", network.id, versions.join("+"))
        }
        Attachment::Floating { network, router, pool } => format!("floating {} {} {}", home(network), gate(router), pool.id),
        Attachment::Outbound { network } => format!("outbound {}", network.id),
        Attachment::OutboundThrough { network, router, pool } => {
            format!("outbound-through {} {} {}", home(network), gate(router), pool.id)
        }
        Attachment::Isolated { network } => format!("isolated {}", network.id),
    }
}

fn home(network: &TenantNetwork) -> String {
    match network {
        TenantNetwork::Existing { id, subnet, .. } => format!("{id}/{subnet}"),
        TenantNetwork::ToCreate => "(new)".to_owned(),
    }
}

fn gate(router: &Router) -> String {
    match router {
        Router::Existing { id, .. } => format!("-{id}->"),
        Router::ToAttach { id, .. } => format!("-attach:{id}->"),
        Router::ToOpen { id, .. } => format!("-open:{id}->"),
        Router::ToCreate => "-(new)->".to_owned(),
    }
}

pub fn obstacle(obstacle: &Obstacle) -> String {
    let figures = |what: &str, used: &u64, limit: &u64| format!("{what} {used}/{limit}");
    match obstacle {
        Obstacle::NoNetwork => "no network".to_owned(),
        Obstacle::NoPublicNetwork => "no public network".to_owned(),
        Obstacle::OnlyPrivatePools { pools } => {
            let ids: Vec<&str> = pools.iter().map(|pool| pool.id.as_str()).collect();
            format!("only private pools: {}", ids.join(" "))
        }
        Obstacle::NoFloatingAddresses { used, limit } => figures("floating", used, limit),
        Obstacle::NoPorts { used, limit } => figures("ports", used, limit),
        Obstacle::NoRouters { used, limit } => figures("routers", used, limit),
        Obstacle::NoNetworks { used, limit } => figures("networks", used, limit),
        Obstacle::NoSubnets { used, limit } => figures("subnets", used, limit),
        Obstacle::NotAllowed { what } => format!("not allowed: {what}"),
        Obstacle::NotKnown { what } => format!("not known: {what}"),
    }
}

/// `8 cores 64GiB 100GiB, 1 NVIDIA A40 48GiB Vgpu`
pub fn size(size: &Size) -> String {
    let disk = if size.from_volume { "volume".to_owned() } else { size.disk.to_string() };
    let mut words = format!("{} cores {} {disk}", size.cores, size.memory);
    if let Some(accelerator) = &size.accelerator {
        let particulars =
            [accelerator.vendor.clone(), accelerator.model.clone(), accelerator.memory.map(|memory| memory.to_string())];
        let particulars: Vec<String> = particulars.into_iter().map(|one| one.unwrap_or("?".to_owned())).collect();
        words += &format!(", {} {} {:?}", size.accelerators, particulars.join(" "), accelerator.kind);
    }
    words
}

/// `ubuntu 22.04 x86_64 as ubuntu: offered`
pub fn image(image: &Image) -> String {
    let system = image.system.as_ref().map_or("?", |system| &system.name);
    let version = image.system.as_ref().and_then(|system| system.version.as_deref()).unwrap_or("?");
    let architecture = image.architecture.as_deref().unwrap_or("?");
    let user = image.login_user.as_deref().unwrap_or("?");
    format!("{system} {version} {architecture} as {user}: {}", standing(&image.standing))
}

pub fn standing(standing: &Standing) -> String {
    match standing {
        Standing::Offered => "offered".to_owned(),
        Standing::Superseded { by } => format!("superseded by {by}"),
        Standing::Hidden => "hidden".to_owned(),
        Standing::Snapshot => "snapshot".to_owned(),
        Standing::Foreign { owner } => format!("foreign of {owner}"),
        Standing::Unusable { .. } => "unusable".to_owned(),
    }
}
