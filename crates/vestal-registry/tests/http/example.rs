//! hera's own example, as its users type it.

use crate::node::Node;

const ID: &str = "1f11bbbb-df7a-47c5-8ba7-662f70261673";
const BODY: &str = r#"{"host":"10.1.1.1","port":12345,"updated_at":"2012-12-18T13:27:01Z"}"#;

#[test]
fn heras_example_answers_as_hera_did() {
    let node = Node::start();
    let mut client = node.connect();
    let curl = [
        ("user-agent", "curl/8.0"),
        ("accept", "*/*"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let put = client.ask_with("PUT", &format!("/storage/{ID}"), &curl, BODY.as_bytes());
    assert_eq!((put.status, put.body.len()), (204, 0));
    let plain = client.ask("GET", "/storage");
    assert_eq!(plain.text(), format!(r#"{{"{ID}":{BODY}}}"#));
    assert_eq!(plain.header("content-type"), Some("application/json"));
    let pretty = client.ask("GET", "/storage?pretty");
    let expected = format!(
        "{{\n  \"{ID}\": {{\n    \"host\": \"10.1.1.1\",\n    \"port\": 12345,\n    \"updated_at\": \"2012-12-18T13:27:01Z\"\n  }}\n}}"
    );
    assert_eq!(pretty.text().trim_end(), expected);
}

#[test]
fn an_unknown_service_is_an_empty_object() {
    let node = Node::start();
    let answer = node.ask("GET", "/nothing");
    assert_eq!((answer.status, answer.text()), (200, "{}"));
    assert!(
        answer
            .header("x-vestal-index")
            .expect("an index")
            .parse::<u64>()
            .expect("a number")
            > 0
    );
}
