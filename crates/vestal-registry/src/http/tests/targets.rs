//! Paths and queries.

use std::time::Duration;

use vestal_api::ProblemCode;

use crate::http::path::Target;
use crate::http::query::{PageQuery, ReadQuery, ttl};

#[test]
fn a_path_names_a_service_an_instance_or_a_route() {
    let instance = |service: &'static str, id: &'static str| Target::Instance(service.into(), id.into());
    for (path, expected) in [
        ("/storage", Target::Service("storage".into())),
        ("/st%6Frage", Target::Service("storage".into())),
        ("/storage/a", instance("storage", "a")),
        ("/storage/a%2Fb", instance("storage", "a/b")),
        ("/storage/%C3%BC", instance("storage", "ü")),
        ("/storage/ü", instance("storage", "ü")),
        ("/storage/a+b", instance("storage", "a+b")),
        ("/_services", Target::Own),
        ("/_", Target::Own),
    ] {
        assert_eq!(Target::parse(path).expect("a target"), expected, "{path}");
    }
}

#[test]
fn a_path_that_names_nothing_is_refused_with_its_reason() {
    for (path, code) in [
        ("/", ProblemCode::RouteUnknown),
        ("", ProblemCode::RouteUnknown),
        ("//a", ProblemCode::ServiceNameInvalid),
        ("/storage/", ProblemCode::InstanceIdInvalid),
        ("/storage/a/b", ProblemCode::InstanceIdInvalid),
        ("/storage/a/", ProblemCode::InstanceIdInvalid),
        ("/storage/%", ProblemCode::InstanceIdInvalid),
        ("/storage/%2", ProblemCode::InstanceIdInvalid),
        ("/storage/%zz", ProblemCode::InstanceIdInvalid),
        ("/storage/%FF", ProblemCode::InstanceIdInvalid),
        ("/%FF", ProblemCode::ServiceNameInvalid),
    ] {
        let refusal = Target::parse(path).expect_err(path);
        assert_eq!(refusal.code, code, "{path}: {}", refusal.detail);
    }
}

#[test]
fn a_reading_query_is_understood_or_corrected() {
    let read = |query| ReadQuery::parse(Some(query)).map(|read| (read.is_pretty, read.is_full));
    assert_eq!(read("pretty").expect("valid"), (true, false));
    assert_eq!(read("pretty=false&view=full").expect("valid"), (false, true));
    assert_eq!(read("&&").expect("valid"), (false, false));
    for (query, said) in [
        ("prety", "did you mean \"pretty\""),
        ("Pretty", "did you mean \"pretty\""),
        ("depth=3", "it takes: pretty, view"),
        ("view=half", "?view=full"),
        ("pretty=perhaps", "neither true nor false"),
        ("%zz", "percent-encoded"),
    ] {
        let refusal = read(query).expect_err(query);
        assert_eq!(refusal.code, ProblemCode::ParameterInvalid);
        assert!(refusal.detail.contains(said), "{query}: {}", refusal.detail);
    }
}

#[test]
fn a_lease_is_whole_seconds() {
    assert_eq!(ttl(None).expect("valid"), None);
    assert_eq!(ttl(Some("ttl=90")).expect("valid"), Some(Duration::from_secs(90)));
    for query in ["ttl=soon", "ttl=-1", "ttl=1.5", "ttl=", "ttl", "tll=90"] {
        assert_eq!(
            ttl(Some(query)).expect_err(query).code,
            ProblemCode::ParameterInvalid
        );
    }
}

#[test]
fn a_page_has_a_bounded_limit() {
    let page = PageQuery::parse(Some("after=a%20b&limit=10")).expect("valid");
    assert_eq!((page.after.as_deref(), page.limit), (Some("a b"), 10));
    for query in ["limit=0", "limit=10001", "limit=x"] {
        assert_eq!(
            PageQuery::parse(Some(query)).expect_err(query).code,
            ProblemCode::ParameterInvalid
        );
    }
}
