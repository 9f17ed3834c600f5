//! The table of routes against the contract.

use std::collections::BTreeSet;

use vestal_api::openapi;

use super::{TABLE, find, nearest};

#[test]
fn the_contract_has_every_route_and_no_other() {
    let document = openapi::document();
    let listed: BTreeSet<&str> = document["paths"]
        .as_object()
        .expect("paths")
        .keys()
        .map(String::as_str)
        .filter(|path| path.starts_with("/_"))
        .collect();
    let public: BTreeSet<&str> = TABLE
        .iter()
        .filter(|row| row.class != super::RouteClass::Peers)
        .map(|row| row.path)
        .collect();
    assert_eq!(listed, public);
}

#[test]
fn the_contract_has_every_method_of_every_route() {
    let document = openapi::document();
    for row in TABLE.iter().filter(|row| row.class != super::RouteClass::Peers) {
        for method in row
            .allow
            .split(", ")
            .filter(|method| !matches!(*method, "HEAD" | "OPTIONS"))
        {
            let operation = &document["paths"][row.path][method.to_ascii_lowercase()];
            assert!(operation.is_object(), "{method} {}", row.path);
        }
    }
    for (path, methods) in [
        ("/{service}", &["get"][..]),
        ("/{service}/{id}", &["get", "put", "delete"]),
    ] {
        for method in methods {
            assert!(document["paths"][path][*method].is_object(), "{method} {path}");
        }
    }
}

#[test]
fn a_mistyped_route_finds_its_neighbour() {
    assert!(find("/_services").is_some());
    assert!(find("/_services/").is_none());
    assert_eq!(nearest("/_service"), Some("/_services"));
    assert_eq!(nearest("/_services/"), Some("/_services"));
    assert_eq!(nearest("/_health"), Some("/_health/live"));
    assert_eq!(nearest("/_zzz"), None);
}
