//! From the configuration to the settings of the registry: the one place where the two meet.

use std::net::{SocketAddr, ToSocketAddrs};

use vestal_core::limits::Limits;
use vestal_registry::settings::{HttpSettings, Peer, PeerProtocol, Settings};

use super::configuration::Configuration;
use super::fields::{
    BIND, CLOCK_SKEW_MAX, GOSSIP_INTERVAL, HTTP_BODY_TIMEOUT, HTTP_COMPRESS_BYTES_MIN, HTTP_CONNECTIONS,
    HTTP_CORS_ORIGINS, HTTP_HEADER_BYTES, HTTP_HEADER_TIMEOUT, HTTP_IDLE_TIMEOUT, HTTP_URI_BYTES,
    JOIN_TIMEOUT, LEASE_TTL_MAX, LEASE_TTL_MIN, LIMITS_BODY_BYTES, LIMITS_INSTANCES,
    LIMITS_INSTANCES_PER_SERVICE, LIMITS_SERVICES, LIVENESS, SHUTDOWN_GRACE, TOMBSTONE_LIFE, VOLATILE,
};
use super::member::Member;

/// Why the configured host cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("`bind` is `{host}` ({from}), which cannot be resolved to an address: {reason}")]
pub struct ListenAddressError {
    host: String,
    from: String,
    reason: String,
}

/// Where to listen. Asks the system's resolver when `bind` is a host name.
pub fn listen_address(configuration: &Configuration) -> Result<SocketAddr, ListenAddressError> {
    let (host, port) = configuration.listen();
    let failed = |reason: String| ListenAddressError {
        host: host.to_owned(),
        from: configuration.setting(&BIND).source.to_string(),
        reason,
    };
    let mut addresses = (host, port)
        .to_socket_addrs()
        .map_err(|error| failed(error.to_string()))?;
    addresses
        .next()
        .ok_or_else(|| failed("the resolver knows no address of it".to_owned()))
}

/// The registry's settings, listening on `listen`.
pub fn settings(configuration: &Configuration, listen: SocketAddr) -> Settings {
    Settings {
        name: configuration.name().clone(),
        listen,
        data: configuration.data().to_path_buf(),
        liveness: configuration.duration(&LIVENESS),
        lease_ttl_min: configuration.duration(&LEASE_TTL_MIN),
        lease_ttl_max: configuration.duration(&LEASE_TTL_MAX),
        gossip_interval: configuration.duration(&GOSSIP_INTERVAL),
        cluster: configuration.peers().map(peer).collect(),
        volatile: configuration.words(&VOLATILE).to_vec(),
        limits: Limits {
            body_bytes_max: size(configuration.bytes(&LIMITS_BODY_BYTES)),
            instances_per_service_max: size(configuration.count(&LIMITS_INSTANCES_PER_SERVICE)),
            instances_max: size(configuration.count(&LIMITS_INSTANCES)),
            services_max: size(configuration.count(&LIMITS_SERVICES)),
        },
        http: http(configuration),
        join_timeout: configuration.duration(&JOIN_TIMEOUT),
        clock_skew_max: configuration.duration(&CLOCK_SKEW_MAX),
        tombstone_life: configuration.duration(&TOMBSTONE_LIFE),
        shutdown_grace: configuration.duration(&SHUTDOWN_GRACE),
    }
}

fn http(configuration: &Configuration) -> HttpSettings {
    HttpSettings {
        connections_max: size(configuration.count(&HTTP_CONNECTIONS)),
        header_bytes_max: size(configuration.bytes(&HTTP_HEADER_BYTES)),
        uri_bytes_max: size(configuration.bytes(&HTTP_URI_BYTES)),
        header_timeout: configuration.duration(&HTTP_HEADER_TIMEOUT),
        body_timeout: configuration.duration(&HTTP_BODY_TIMEOUT),
        idle_timeout: configuration.duration(&HTTP_IDLE_TIMEOUT),
        cors_origins: configuration.words(&HTTP_CORS_ORIGINS).to_vec(),
        compress_bytes_min: size(configuration.bytes(&HTTP_COMPRESS_BYTES_MIN)),
    }
}

fn peer(member: &Member) -> Peer {
    Peer {
        name: member.name.clone(),
        host: member.host.clone(),
        port: member.port,
        protocol: match member.protocol {
            "vestal" => PeerProtocol::Vestal,
            "hera" => PeerProtocol::Hera,
            _ => PeerProtocol::Auto,
        },
    }
}

/// Every limit of the table fits 32 bits, so this never cuts.
fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
