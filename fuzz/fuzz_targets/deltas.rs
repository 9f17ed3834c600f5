//! What a hera node answers, and what it asks: any text. Looks for a cursor that goes back or runs ahead, for an answer
//! that is not of hera's shape, and for a catalog whose parts disagree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use vestal_core::replication::hera;

#[path = "catalog.rs"]
mod catalog;

const CURSOR: u64 = catalog::NOW.0 - 1_000;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let catalog = catalog::empty();
    let node = catalog::name("h");
    for _ in 0..2 {
        let Ok(news) = hera::take(&catalog, catalog::NOW, &node, CURSOR, text, catalog::SKEW_MAX) else {
            continue;
        };
        assert!(news.cursor >= CURSOR);
        assert!(u128::from(news.cursor) <= u128::from(catalog::NOW.0) + catalog::SKEW_MAX.as_millis());
    }
    catalog.check_invariants().expect("a catalog whose parts agree");
    let after = text.len() as u64;
    let asked = [
        (catalog::name("a"), after),
        (node, 0),
        (catalog::name("unknown"), 0),
    ];
    let told = hera::answer(&catalog, catalog::NOW, &asked);
    // serde_json's own values have no place for numbers such as 1e400, which bodies may hold.
    let told: serde_json::Map<String, Value> = match serde_json::from_slice(&told) {
        Ok(told) => told,
        Err(error) => return assert!(is_about_a_value(&error), "{error}"),
    };
    assert!(told.keys().eq(["a"]));
    for entry in told["a"].as_array().expect("entries") {
        let entry = entry.as_array().expect("an entry");
        assert!(matches!(
            &entry[..],
            [
                Value::String(_),
                Value::String(_),
                Value::Object(_),
                Value::Number(_)
            ]
        ));
    }
});

fn is_about_a_value(error: &serde_json::Error) -> bool {
    let error = error.to_string();
    ["number out of range", "surrogate", "hex escape"]
        .iter()
        .any(|cause| error.contains(cause))
}
