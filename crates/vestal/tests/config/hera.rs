//! hera's own files work as they are.

use std::time::Duration;

use vestal::config::fields::{GOSSIP_INTERVAL, LIVENESS};

use crate::check::Given;

const FILE: &str = "\
# hera.yml
liveness: 300
gossip-interval: 3
cluster:
  hera-1:
    host: 10.0.0.1
    port: 3222
  hera-2:
    host: 10.0.0.2
    port: 3223
";

#[test]
fn a_file_of_hera_gives_the_same_cluster() {
    let given = Given {
        file: FILE,
        flags: &[("name", "hera-2")],
        ..Given::default()
    };
    let configuration = given.load().unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(configuration.duration(&LIVENESS), Duration::from_mins(5));
    assert_eq!(configuration.duration(&GOSSIP_INTERVAL), Duration::from_secs(3));
    let peers: Vec<String> = configuration
        .peers()
        .map(|peer| format!("{} {}", peer.name, peer.address()))
        .collect();
    assert_eq!(peers, ["hera-1 10.0.0.1:3222"]);
}

#[test]
fn a_node_listens_where_the_cluster_says_it_is() {
    let given = Given {
        file: FILE,
        flags: &[("name", "hera-2")],
        ..Given::default()
    };
    let configuration = given.load().unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(configuration.listen(), ("10.0.0.2", 3223));
}

#[test]
fn bind_and_port_win_over_the_cluster() {
    let flags = [("name", "hera-2"), ("bind", "0.0.0.0"), ("port", "80")];
    let given = Given {
        file: FILE,
        flags: &flags,
        ..Given::default()
    };
    let configuration = given.load().unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(configuration.listen(), ("0.0.0.0", 80));
}
