//! The client commands against a real node.

use crate::scene::{BODY, Scene};

#[test]
fn what_is_registered_is_listed_until_it_is_deregistered() {
    let scene = Scene::new();
    scene
        .run(&["register", "storage", "s 1/ä", "--body", BODY, "--ttl", "60s"])
        .expect_code(0);
    scene
        .run(&["instances", "storage"])
        .expect_code(0)
        .expect_in_stdout(&format!("ID     BODY\ns 1/ä  {BODY}\n"));
    let services = scene.run(&["services"]);
    services.expect_code(0);
    let fields: Vec<Vec<&str>> = services
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        (fields[0][..2].to_vec(), fields[1][..2].to_vec()),
        (vec!["SERVICE", "INSTANCES"], vec!["storage", "1"])
    );
    scene.run(&["deregister", "storage", "s 1/ä"]).expect_code(0);
    scene
        .run(&["instances", "storage"])
        .expect_code(3)
        .expect_in_stderr("no instance of the service `storage`");
    scene
        .run(&["deregister", "storage", "s 1/ä"])
        .expect_code(3)
        .expect_in_stderr("code: instance-unknown (HTTP 404)");
}

#[test]
fn full_shows_what_the_node_knows() {
    let scene = Scene::new();
    scene
        .run(&["register", "storage", "s-1", "--body", BODY, "--ttl", "120s"])
        .expect_code(0);
    scene
        .run(&["instances", "storage", "--full"])
        .expect_code(0)
        .expect_in_stdout("2m 0s")
        .expect_in_stdout("up");
    let json = scene.run(&["instances", "storage", "--full", "--output", "json"]);
    let view: serde_json::Value = serde_json::from_str(&json.expect_code(0).stdout).expect("JSON");
    assert_eq!(view["instances"][0]["ttl_ms"], 120_000);
}

#[test]
fn json_is_the_apis_own() {
    let scene = Scene::new();
    scene
        .run(&["register", "storage", "s-1", "--body", BODY])
        .expect_code(0);
    let instances = scene.run(&["instances", "storage", "--output", "json"]);
    assert_eq!(instances.expect_code(0).stdout, format!("{{\"s-1\":{BODY}}}\n"));
    let services: serde_json::Value =
        serde_json::from_str(&scene.run(&["services", "--output", "json"]).stdout).expect("JSON");
    assert_eq!(
        (&services["total"], &services["services"][0]["name"]),
        (&1.into(), &"storage".into())
    );
    let cluster: serde_json::Value =
        serde_json::from_str(&scene.run(&["cluster", "--output", "json"]).stdout).expect("JSON");
    assert_eq!(cluster["ready"], true);
    scene
        .run(&["cluster"])
        .expect_code(0)
        .expect_in_stdout("no peers: a single node");
}
