//! The list of services, in pages.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction
)]

mod clockwork;

use clockwork::Node;
use proptest::prelude::*;

fn node() -> Node {
    let node = Node::named("a");
    for (service, id) in [
        ("c", "1"),
        ("a", "1"),
        ("b", "1"),
        ("b", "2"),
        ("d", "1"),
        ("gone", "1"),
    ] {
        node.put(service, id, "{}");
    }
    node.remove("gone", "1");
    node
}

fn check(after: Option<&str>, limit: usize, expected: &[(&str, usize)], more: bool) {
    let page = node().catalog.services(after, limit);
    let told: Vec<_> = page
        .services
        .iter()
        .map(|service| (service.name.as_str(), service.instances))
        .collect();
    assert_eq!(
        (told.as_slice(), page.total, page.more),
        (expected, 4, more),
        "after {after:?}, {limit}"
    );
}

#[test]
fn services_are_told_by_name_with_their_counts() {
    check(None, 10, &[("a", 1), ("b", 2), ("c", 1), ("d", 1)], false);
}

#[test]
fn a_page_ends_at_its_limit_and_says_whether_more_follow() {
    check(None, 2, &[("a", 1), ("b", 2)], true);
    check(None, 4, &[("a", 1), ("b", 2), ("c", 1), ("d", 1)], false);
    check(None, 0, &[], true);
}

#[test]
fn a_page_goes_on_after_a_name_whether_or_not_it_is_there() {
    check(Some("b"), 10, &[("c", 1), ("d", 1)], false);
    check(Some("bb"), 1, &[("c", 1)], true);
    check(Some("d"), 10, &[], false);
    check(Some("gone"), 10, &[], false);
}

#[test]
fn a_service_is_listed_with_the_index_of_its_answer() {
    let node = node();
    for service in node.catalog.services(None, 10).services {
        assert_eq!(service.index, node.index_of(&service.name));
    }
}

proptest! {
    #[test]
    fn pages_put_together_are_the_whole_list(
        names in prop::collection::btree_set("[a-z]{1,3}", 0..40),
        limit in 1_usize..7,
    ) {
        let node = Node::named("a");
        for name in &names {
            node.put(name, "i", "{}");
        }
        let mut listed = Vec::new();
        loop {
            let page = node.catalog.services(listed.last().map(String::as_str), limit);
            prop_assert_eq!(page.total, names.len());
            listed.extend(page.services.into_iter().map(|service| service.name));
            if !page.more {
                break;
            }
        }
        prop_assert!(listed.iter().eq(names.iter()));
    }
}
