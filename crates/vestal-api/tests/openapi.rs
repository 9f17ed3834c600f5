//! The OpenAPI document: complete over the problem codes, and closed under its own references.

use serde_json::Value;
use vestal_api::{ProblemCode, openapi};

#[test]
fn every_problem_code_is_in_the_document() {
    let document = openapi::document();
    let listed = &document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];
    let listed: Vec<&str> = listed
        .as_array()
        .expect("an enum")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let known: Vec<&str> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(listed, known);
}

#[test]
fn every_reference_resolves() {
    let document = openapi::document();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference
            .strip_prefix('#')
            .expect("references stay inside the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn a_problem_named_by_an_operation_is_a_known_code() {
    let document = openapi::document();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let Some(responses) = operation["responses"].as_object() else {
                continue;
            };
            for (status, response) in responses
                .iter()
                .filter(|(status, _)| status.starts_with(['4', '5']))
            {
                let described = response["description"].as_str().unwrap_or_default();
                for code in described.split(", ").map(|code| code.trim_matches('`')) {
                    let known = ProblemCode::parse(code).unwrap_or_else(|| panic!("{method} {path}: {code}"));
                    assert_eq!(known.status().to_string(), *status, "{method} {path}");
                }
            }
        }
    }
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("$ref", Value::String(reference)) => references.push(reference),
                    _ => collect(member, references),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
