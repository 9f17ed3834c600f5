//! What the registry is told.

use vestal::config::settings::{listen_address, settings};
use vestal_registry::settings::{PeerProtocol, Settings};

use crate::check::accepted;

#[test]
fn the_default_configuration_gives_the_registrys_default_settings() {
    let configuration = accepted("");
    let listen = listen_address(&configuration).expect("127.0.0.1 needs no resolver");
    assert_eq!(
        settings(&configuration, listen),
        Settings::single(configuration.name().clone())
    );
}

#[test]
fn every_setting_reaches_the_registry() {
    let configuration = accepted(
        "name: n\nport: 1\nbind: 127.0.0.2\ndata: /d\nliveness: 100\nlease-ttl-min: 2\nlease-ttl-max: 200\n\
         gossip-interval: 3\njoin-timeout: 4\nclock-skew-max: 5\ntombstone-life: 600\nshutdown-grace: 7\nvolatile: [v]\n\
         limits: {body-bytes: 80, instances-per-service: 9, instances: 10, services: 11}\n\
         http: {connections: 12, header-bytes: 13KiB, uri-bytes: 14KiB, header-timeout: 15, body-timeout: 16,\n\
         \x20 idle-timeout: 17, cors-origins: ['*'], compress-bytes-min: 18}\n\
         cluster: {n: {host: a, port: 1}, p: {host: b, port: 2, protocol: hera}}\n",
    );
    let listen = listen_address(&configuration).expect("an address needs no resolver");
    let settings = settings(&configuration, listen);
    let defaults = Settings::single(settings.name.clone());
    let seconds = |duration: std::time::Duration| duration.as_secs();
    assert_eq!(settings.listen.to_string(), "127.0.0.2:1");
    assert_eq!(settings.data.to_str(), Some("/d"));
    assert_eq!(
        (
            seconds(settings.liveness),
            seconds(settings.lease_ttl_min),
            seconds(settings.lease_ttl_max)
        ),
        (100, 2, 200)
    );
    assert_eq!(
        (seconds(settings.gossip_interval), seconds(settings.join_timeout)),
        (3, 4)
    );
    assert_eq!(
        (seconds(settings.clock_skew_max), seconds(settings.tombstone_life)),
        (5, 600)
    );
    assert_eq!(seconds(settings.shutdown_grace), 7);
    assert_eq!(settings.volatile, ["v"]);
    let limits = settings.limits;
    assert_eq!((limits.body_bytes_max, limits.instances_per_service_max), (80, 9));
    assert_eq!((limits.instances_max, limits.services_max), (10, 11));
    let http = &settings.http;
    assert_eq!(
        (http.connections_max, http.header_bytes_max, http.uri_bytes_max),
        (12, 13 << 10, 14 << 10)
    );
    assert_eq!(
        (
            seconds(http.header_timeout),
            seconds(http.body_timeout),
            seconds(http.idle_timeout)
        ),
        (15, 16, 17)
    );
    assert_eq!(
        (http.cors_origins.as_slice(), http.compress_bytes_min),
        (["*".to_owned()].as_slice(), 18)
    );
    assert_eq!(settings.cluster.len(), 1);
    assert_eq!(
        (settings.cluster[0].port, settings.cluster[0].protocol),
        (2, PeerProtocol::Hera)
    );
    // A field added to the settings but not to the file above would still equal its default.
    assert_ne!(settings.limits, defaults.limits);
}

#[test]
fn an_unknown_host_is_told_with_its_source() {
    let configuration = accepted("bind: host.invalid\n");
    let error = listen_address(&configuration)
        .expect_err("`.invalid` never resolves")
        .to_string();
    assert!(
        error.starts_with("`bind` is `host.invalid` (vestal.yml:1:7), which cannot be resolved"),
        "{error}"
    );
}
