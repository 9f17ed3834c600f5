//! What a client's PUT, renewal and DELETE come to, and what is refused.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction
)]

mod clockwork;

use std::time::Duration;

use clockwork::{Node, START, config, name, origin};
use vestal_core::catalog::{Catalog, Put, Refusal};
use vestal_core::id::NameError;
use vestal_core::limits::Limits;
use vestal_core::time::{Version, WallMillis};

const BODY: &str = r#"{"host":"10.1.1.1","port":1,"updated_at":"10:00:00"}"#;
const BEAT: &str = r#"{"host":"10.1.1.1","port":1,"updated_at":"10:00:30"}"#;
const OTHER: &str = r#"{"host":"10.1.1.1","port":2,"updated_at":"10:00:30"}"#;

/// A node that holds s/i with `BODY`, kept by itself.
fn own() -> Node {
    let node = Node::named("a");
    assert_eq!(node.put("s", "i", BODY), Put::Registered);
    node
}

/// A node that holds s/i with `BODY`, kept by another node.
fn another() -> Node {
    let (node, keeper) = (Node::named("a"), Node::named("b"));
    keeper.put("s", "i", BODY);
    node.hear(&keeper);
    node
}

fn check(node: &Node, body: &str, expected: Put) {
    assert_eq!(node.put("s", "i", body), expected, "{body}");
    assert_eq!(node.answer("s"), format!(r#"{{"i":{body}}}"#));
    assert_eq!(node.keeper("s", "i"), "a");
    node.audit();
}

#[test]
fn the_first_put_registers() {
    check(&Node::named("a"), BODY, Put::Registered);
}

#[test]
fn a_put_that_differs_in_nothing_or_in_volatile_members_renews() {
    check(&own(), BODY, Put::Renewed);
    check(&own(), BEAT, Put::Renewed);
}

#[test]
fn a_put_that_differs_in_more_changes() {
    check(&own(), OTHER, Put::Changed);
}

#[test]
fn another_ttl_is_a_change_even_if_the_body_is_the_same() {
    let node = own();
    assert_eq!(
        node.put_for("s", "i", Duration::from_secs(30), BODY),
        Put::Changed
    );
    assert_eq!(
        node.put_for("s", "i", Duration::from_secs(30), BEAT),
        Put::Renewed
    );
    assert_eq!(
        node.catalog.instance("s", "i").map(|view| view.ttl),
        Some(Duration::from_secs(30))
    );
}

#[test]
fn a_put_at_another_node_moves_the_lease_there_and_readers_see_nothing_of_it() {
    for body in [BODY, BEAT] {
        let node = another();
        let (index, etag) = (node.index_of("s"), node.etag("s"));
        check(&node, body, Put::Moved);
        assert_eq!((node.index_of("s"), node.etag("s")), (index, etag), "{body}");
    }
}

#[test]
fn a_put_of_another_body_at_another_node_is_a_change_there() {
    check(&another(), OTHER, Put::Changed);
}

#[test]
fn a_lease_that_moved_has_a_greater_version_than_before() {
    let node = another();
    let before = node.version("s", "i");
    node.put("s", "i", BODY);
    assert!(node.version("s", "i") > before);
}

#[test]
fn a_lease_moves_above_a_version_from_a_clock_that_runs_a_year_ahead() {
    let node = Node::named("a");
    let ahead = START + 365 * 24 * 3600 * 1000;
    let record = clockwork::live("s", "i", 1, ahead, BODY);
    node.apply(&clockwork::batch(&origin("b", START), 0, &[record]));
    node.put("s", "i", BODY);
    assert_eq!(node.version("s", "i"), Version::at(ahead).next());
    node.put("s", "j", BODY);
    assert_eq!(
        node.version("s", "j").millis(),
        START,
        "one wrong clock raises one entry, not this node's clock"
    );
}

#[test]
fn a_renewal_without_a_body_keeps_the_body() {
    let node = own();
    assert_eq!(node.renew("s", "i"), Some(Put::Renewed));
    let node = another();
    assert_eq!(node.renew("s", "i"), Some(Put::Moved));
    assert_eq!(node.keeper("s", "i"), "a");
    assert_eq!(node.renew("s", "i"), Some(Put::Renewed));
    assert_eq!(node.answer("s"), format!(r#"{{"i":{BODY}}}"#));
    node.audit();
}

#[test]
fn what_is_not_known_cannot_be_renewed() {
    let node = own();
    assert_eq!(node.renew("s", "j"), None);
    assert_eq!(node.renew("t", "i"), None);
    node.remove("s", "i");
    assert_eq!(
        node.renew("s", "i"),
        None,
        "a removed instance must be registered again"
    );
}

#[test]
fn a_removal_ends_the_instance_once_whoever_keeps_it() {
    for node in [own(), another()] {
        assert!(node.remove("s", "i"));
        assert!(!node.remove("s", "i"));
        assert!(!node.has("s", "i"));
        assert_eq!(node.answer("s"), "{}");
        assert_eq!(node.put("s", "i", BODY), Put::Registered);
        node.audit();
    }
    assert!(!Node::named("a").remove("s", "i"));
}

#[test]
fn figures_count_what_was_done() {
    let node = own();
    node.put("s", "i", BEAT);
    node.put("s", "i", OTHER);
    node.put("t", "j", BODY);
    node.remove("t", "j");
    let stats = node.catalog.stats();
    assert_eq!(
        (
            stats.instances,
            stats.services,
            stats.tombstones,
            stats.own_instances
        ),
        (1, 1, 1, 1)
    );
    let totals = (
        stats.registered_total,
        stats.changed_total,
        stats.renewed_total,
        stats.removed_total,
    );
    assert_eq!(totals, (2, 1, 1, 1));
    let node = another();
    node.renew("s", "i");
    assert_eq!(
        (
            node.catalog.stats().moved_total,
            node.catalog.stats().merged_total
        ),
        (1, 1)
    );
}

fn refuse(node: &Node, service: &str, id: &str, ttl: Option<u64>, expected: &Refusal) {
    let before = node.catalog.stats();
    let index = node.catalog.index();
    let refused = node.catalog.put(
        node.wall(),
        service,
        id,
        ttl.map(Duration::from_millis),
        BODY.as_bytes(),
    );
    assert_eq!(refused.as_ref(), Err(expected), "{service}/{id}");
    assert_eq!(
        (node.catalog.stats(), node.catalog.index()),
        (before, index),
        "a refusal changes nothing"
    );
    node.audit();
}

#[test]
fn names_are_checked() {
    refuse(
        &own(),
        "_own",
        "i",
        None,
        &Refusal::Service(NameError::BadStart { found: '_' }),
    );
    refuse(&own(), "s", "", None, &Refusal::Instance(NameError::Empty));
}

#[test]
fn a_ttl_lies_between_its_bounds() {
    let bounds = Refusal::TtlOutOfRange {
        min: Duration::from_secs(1),
        max: Duration::from_secs(24 * 3600),
    };
    for ttl in [0, 999, 24 * 3600 * 1000 + 1, u64::from(u32::MAX) + 2000, u64::MAX] {
        refuse(&own(), "s", "i", Some(ttl), &bounds);
    }
    for ttl in [1, 24 * 3600] {
        assert_eq!(
            own().put_for("s", "i", Duration::from_secs(ttl), BODY),
            Put::Changed
        );
    }
}

fn narrow(limits: Limits) -> Node {
    let node = Node::with(vestal_core::catalog::CatalogConfig {
        limits,
        ..config("a")
    });
    node.put("s", "i", BODY);
    node
}

#[test]
fn a_full_service_takes_up_no_more_but_renews_what_it_has() {
    let node = narrow(Limits {
        instances_per_service_max: 1,
        ..Limits::default()
    });
    refuse(&node, "s", "j", None, &Refusal::ServiceFull { max: 1 });
    assert_eq!(node.put("s", "i", OTHER), Put::Changed);
    assert_eq!(node.put("t", "j", BODY), Put::Registered);
    node.remove("s", "i");
    assert_eq!(
        node.put("s", "j", BODY),
        Put::Registered,
        "a mark of deletion takes no room"
    );
}

#[test]
fn a_full_registry_takes_up_no_more() {
    let node = narrow(Limits {
        instances_max: 1,
        ..Limits::default()
    });
    refuse(&node, "t", "j", None, &Refusal::RegistryFull { max: 1 });
    assert_eq!(node.put("s", "i", BEAT), Put::Renewed);
}

#[test]
fn as_many_services_as_are_accepted_can_still_grow() {
    let node = narrow(Limits {
        services_max: 1,
        ..Limits::default()
    });
    refuse(&node, "t", "j", None, &Refusal::ServicesFull { max: 1 });
    assert_eq!(node.put("s", "j", BODY), Put::Registered);
}

#[test]
fn a_refusal_teaches_what_would_be_accepted() {
    let refusal = Refusal::TtlOutOfRange {
        min: Duration::from_millis(1500),
        max: Duration::from_secs(60),
    };
    assert_eq!(
        refusal.to_string(),
        "the lease must last between 1.5 and 60 seconds"
    );
    let refusal = Refusal::Service(NameError::Empty);
    assert_eq!(
        refusal.to_string(),
        "the service name cannot be used: the name is empty; give at least one character"
    );
}

#[test]
fn the_index_is_never_0_and_starts_above_that_of_an_earlier_life() {
    let catalog_at = |wall| {
        Catalog::new(vestal_core::catalog::CatalogConfig {
            wall: WallMillis(wall),
            ..config("a")
        })
    };
    assert!(catalog_at(0).index() > 0);
    let earlier = own();
    earlier.put("s", "i", OTHER);
    assert!(catalog_at(START + 1).index() > earlier.catalog.index());
    assert_eq!(name("a"), earlier.origin().node);
}
