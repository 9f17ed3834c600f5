//! Every refusal by its code, on a connection that stays usable.

use crate::client::Client;
use crate::node::Node;

#[track_caller]
fn refused(client: &mut Client, method: &str, target: &str, body: &str, status: u16, code: &str) -> String {
    client
        .ask_with(method, target, &[], body.as_bytes())
        .problem(status, code)
}

#[test]
fn a_body_that_is_no_json_object_is_refused() {
    let node = Node::start();
    let mut client = node.connect();
    for (body, code, said) in [
        ("", "body-not-json", ""),
        ("{", "body-not-json", "line 1"),
        ("{\"a\":}", "body-not-json", "column"),
        ("host=10.1.1.1", "body-not-json", ""),
        ("{} {}", "body-not-json", ""),
        ("[]", "body-not-object", "object"),
        ("\"a\"", "body-not-object", "object"),
        ("7", "body-not-object", "object"),
        ("null", "body-not-object", "object"),
    ] {
        let detail = refused(&mut client, "PUT", "/storage/a", body, 400, code);
        assert!(detail.contains(said), "{body}: {detail}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(2000), "]".repeat(2000));
    refused(&mut client, "PUT", "/storage/a", &deep, 400, "body-too-deep");
    assert_eq!(
        client.ask("GET", "/storage").text(),
        "{}",
        "nothing was registered, and the connection lives"
    );
}

#[test]
fn a_name_that_cannot_be_is_refused() {
    let node = Node::start();
    let mut client = node.connect();
    let long = "a".repeat(129);
    let long_id = "a".repeat(257);
    for (target, status, code) in [
        ("/.storage/a".to_owned(), 400, "service-name-invalid"),
        ("/sto%20rage/a".to_owned(), 400, "service-name-invalid"),
        ("/st%C3%B6rage/a".to_owned(), 400, "service-name-invalid"),
        (format!("/{long}/a"), 400, "service-name-invalid"),
        ("/%5Fstorage/a".to_owned(), 404, "name-reserved"),
        ("/_storage/a".to_owned(), 404, "name-reserved"),
        ("/%FF/a".to_owned(), 400, "service-name-invalid"),
        ("/storage/".to_owned(), 400, "instance-id-invalid"),
        ("/storage/a/b".to_owned(), 400, "instance-id-invalid"),
        ("/storage/a%0Ab".to_owned(), 400, "instance-id-invalid"),
        (format!("/storage/{long_id}"), 400, "instance-id-invalid"),
        ("/storage/%zz".to_owned(), 400, "instance-id-invalid"),
        ("/storage/%C3".to_owned(), 400, "instance-id-invalid"),
    ] {
        for method in ["PUT", "DELETE"] {
            let answer = client.ask_with(method, &target, &[], if method == "PUT" { b"{}" } else { b"" });
            answer.problem(status, code);
        }
        if !target.starts_with("/_") {
            client.ask("GET", &target).problem(status, code);
        }
    }
    client
        .ask("GET", "/.storage")
        .problem(400, "service-name-invalid");
    client.ask("GET", "//a").problem(400, "service-name-invalid");
    assert!(refused(&mut client, "GET", "/storage/a/b", "", 400, "instance-id-invalid").contains("a%2Fb"));
}

#[test]
fn a_route_that_is_not_there_names_those_that_are() {
    let node = Node::start();
    let mut client = node.connect();
    assert!(
        client
            .ask("GET", "/")
            .problem(404, "route-unknown")
            .contains("/_services")
    );
    assert!(
        client
            .ask("GET", "/_service")
            .problem(404, "route-unknown")
            .contains("/_services")
    );
    assert!(
        client
            .ask("GET", "/_nonsense")
            .problem(404, "route-unknown")
            .contains("/_openapi.json")
    );
    client.ask("GET", "/_services/").problem(404, "route-unknown");
    client.ask("POST", "/_nonsense").problem(404, "route-unknown");
}

#[test]
fn a_parameter_that_is_not_there_is_refused() {
    let node = Node::start();
    let mut client = node.connect();
    for (method, target) in [
        ("GET", "/storage?prety"),
        ("GET", "/storage?view=half"),
        ("GET", "/storage/a?wait=1"),
        ("DELETE", "/storage/a?force"),
        ("PUT", "/storage/a?ttl=abc"),
        ("PUT", "/storage/a?ttl=0"),
        ("PUT", "/storage/a?ttl=99999999"),
        ("PUT", "/storage/a?lease=3"),
        ("GET", "/_services?limit=0"),
        ("GET", "/_services?page=2"),
        ("GET", "/_cluster?verbose"),
        ("GET", "/_health/live?x"),
        ("GET", "/_deltas?node-1=yesterday"),
        ("GET", "/_deltas?%2F=0"),
        ("POST", "/_renew?all"),
    ] {
        refused(
            &mut client,
            method,
            target,
            if method == "GET" { "" } else { "{}" },
            400,
            "parameter-invalid",
        );
    }
}

#[test]
fn a_registry_that_is_full_refuses_new_instances_and_keeps_the_old() {
    let node = Node::start_with(|settings| {
        settings.limits.instances_per_service_max = 2;
        settings.limits.instances_max = 3;
    });
    let mut client = node.connect();
    let mut put = |target: &str| client.ask_with("PUT", target, &[], b"{}");
    assert_eq!((put("/storage/a").status, put("/storage/b").status), (204, 204));
    put("/storage/c").problem(409, "service-full");
    assert_eq!(put("/other/a").status, 204);
    put("/other/b").problem(507, "registry-full");
    assert_eq!(
        client.ask_with("PUT", "/storage/a", &[], b"{}").status,
        204,
        "a heartbeat is welcome"
    );
    let limited = Node::start_with(|settings| settings.limits.services_max = 1);
    limited.put("/a/1", "{}");
    limited.put("/b/1", "{}").problem(507, "registry-full");
}
