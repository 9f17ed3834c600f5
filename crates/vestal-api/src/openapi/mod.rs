//! The OpenAPI 3.1 document that a node serves at `/_openapi.json`.
//!
//! Written by hand rather than derived: half of the routes are answered below any framework that could derive it. A test of
//! the registry compares it with the routes that exist, one of this crate with the problem codes.

mod paths;
mod schemas;

use serde_json::{Value, json};

/// The whole document.
///
/// ```
/// let document = vestal_api::openapi::document();
/// assert_eq!(document["openapi"], "3.1.0");
/// ```
pub fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vestal registry",
            "summary": "Register, renew, discover.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths::paths(),
        "components": {
            "schemas": schemas::schemas(),
            "responses": { "Problem": problem_response() },
        },
    })
}

fn problem_response() -> Value {
    json!({
        "description": "A refusal; `code` says which.",
        "content": { (crate::PROBLEM_MEDIA_TYPE): { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}
