//! Defaults, the file, the environment, flags: the later wins, and the source is told.

use std::time::Duration;

use vestal::config::fields::{LIVENESS, NAME, VOLATILE};
use vestal::config::{ConfigurationFlags, Surroundings, load_text};

use crate::check::{Given, accepted, field};

const FILE: &str = "liveness: 60\n";

#[track_caller]
fn check(given: &Given<'_>, liveness: u64, source: &str) {
    let configuration = given.load().unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(configuration.duration(&LIVENESS), Duration::from_secs(liveness));
    assert_eq!(configuration.setting(&LIVENESS).source.to_string(), source);
}

#[test]
fn the_later_source_wins_and_is_told() {
    let environment = &[("VESTAL_LIVENESS", "50s")];
    let flags = &[("liveness", "40")];
    check(&Given::default(), 90, "default");
    check(
        &Given {
            file: FILE,
            ..Given::default()
        },
        60,
        "vestal.yml:1:11",
    );
    check(
        &Given {
            file: FILE,
            environment,
            ..Given::default()
        },
        50,
        "VESTAL_LIVENESS",
    );
    check(
        &Given {
            file: FILE,
            environment,
            flags,
        },
        40,
        "--liveness",
    );
    check(
        &Given {
            file: FILE,
            flags,
            ..Given::default()
        },
        40,
        "--liveness",
    );
}

#[test]
fn a_mistake_in_a_source_that_is_overruled_is_still_a_mistake() {
    let given = Given {
        file: "liveness: soon\n",
        flags: &[("liveness", "40")],
        ..Given::default()
    };
    assert!(given.load().is_err());
}

#[test]
fn the_name_is_the_host_name_unless_that_is_none() {
    assert_eq!(accepted("").name().as_str(), "host-1");
    assert_eq!(accepted("").setting(&NAME).source.to_string(), "host name");
    let surroundings = Surroundings {
        host_name: "-bad name-".to_owned(),
        ..Default::default()
    };
    let configuration = load_text("vestal.yml", "", &ConfigurationFlags::default(), &surroundings);
    assert_eq!(
        configuration.map(|configuration| configuration.name().to_string()),
        Ok("vestal".to_owned())
    );
}

#[test]
fn a_single_node_listens_on_the_loopback_address() {
    assert_eq!(accepted("").listen(), ("127.0.0.1", 3222));
}

#[test]
fn the_cluster_can_be_given_in_the_environment() {
    let environment = &[("VESTAL_CLUSTER", "host-1=[::1]:4000, old=10.0.0.2:3222/hera")];
    let configuration = Given {
        environment,
        ..Given::default()
    }
    .load()
    .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(configuration.listen(), ("::1", 4000));
    let peers: Vec<_> = configuration
        .peers()
        .map(|peer| (peer.address(), peer.protocol))
        .collect();
    assert_eq!(peers, [("10.0.0.2:3222".to_owned(), "hera")]);
}

#[test]
fn an_empty_list_is_a_list() {
    assert!(accepted("volatile: []\n").words(&VOLATILE).is_empty());
    let configuration = Given {
        environment: &[("VESTAL_VOLATILE", "")],
        ..Given::default()
    }
    .load();
    assert_eq!(
        configuration.map(|configuration| configuration.words(&VOLATILE).len()),
        Ok(0)
    );
}

#[test]
fn every_example_is_accepted_from_the_environment() {
    for field in vestal::config::fields::FIELDS {
        let name = field.environment_name();
        // The example of `cluster` needs a node that is in it.
        let environment = [("VESTAL_NAME", "node-1"), (name.as_str(), field.example)];
        let configuration = Given {
            environment: &environment,
            ..Given::default()
        }
        .load();
        let configuration = configuration.unwrap_or_else(|problems| panic!("{}: {problems}", field.key));
        let expected = field.kind.parse(field.example);
        assert_eq!(
            Ok(&configuration.setting(field).value),
            expected.as_ref(),
            "{}",
            field.key
        );
    }
    assert_eq!(
        field("http.idle-timeout").environment_name(),
        "VESTAL_HTTP_IDLE_TIMEOUT"
    );
}
