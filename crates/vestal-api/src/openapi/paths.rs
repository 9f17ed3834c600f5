//! Paths and operations of the OpenAPI document.

use serde_json::{Map, Value, json};

pub(super) fn paths() -> Value {
    json!({
        "/{service}": { "parameters": [service()], "get": list() },
        "/{service}/{id}": {
            "parameters": [service(), id()],
            "get": instance(),
            "put": register(),
            "delete": deregister(),
        },
        "/_services": { "get": services() },
        "/_renew": { "post": renew() },
        "/_cluster": { "get": plain("cluster", "The cluster as this node sees it.", "ClusterView", &[pretty()], &["parameter-invalid"]) },
        "/_deltas": { "get": deltas() },
        "/_health/live": { "get": plain("live", "Whether the process answers at all.", "HealthView", &[], &["parameter-invalid"]) },
        "/_health/ready": { "get": plain("ready", "Whether the node answers reads.", "HealthView", &[], &["parameter-invalid", "not-ready"]) },
        "/_metrics": { "get": text("metrics", "Metrics as Prometheus reads them.", "application/openmetrics-text") },
        "/_openapi.json": { "get": text("openapi", "This document.", "application/json") },
    })
}

fn service() -> Value {
    json!({
        "name": "service", "in": "path", "required": true,
        "schema": { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$" },
    })
}

fn id() -> Value {
    json!({
        "name": "id", "in": "path", "required": true,
        "description": "Percent-encoded; up to 256 bytes of UTF-8 without control characters.",
        "schema": { "type": "string", "minLength": 1 },
    })
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

fn pretty() -> Value {
    query(
        "pretty",
        "Indent the answer by two.",
        &json!({ "type": "string" }),
    )
}

fn view() -> Value {
    query(
        "view",
        "`full`: with status, origin, version, age and what is left of the lease.",
        &json!({ "enum": ["full"] }),
    )
}

fn if_none_match() -> Value {
    json!({
        "name": "If-None-Match", "in": "header", "schema": { "type": "string" },
        "description": "The ETag of an answer already held: 304 if it still stands. Heartbeats do not change it.",
    })
}

/// Success answers plus the problem codes of the route, the problems joined under their statuses.
fn responses(success: &Value, problems: &[&str]) -> Value {
    let mut all = Map::new();
    if let Value::Object(success) = success {
        all.extend(success.clone());
    }
    for code in problems {
        let Some(known) = crate::ProblemCode::parse(code) else {
            continue;
        };
        let entry = all.entry(known.status().to_string()).or_insert_with(|| {
            json!({
                "description": "",
                "content": { (crate::PROBLEM_MEDIA_TYPE): { "schema": { "$ref": "#/components/schemas/Problem" } } },
            })
        });
        let said = entry["description"].as_str().unwrap_or_default();
        let joined = if said.is_empty() {
            format!("`{code}`")
        } else {
            format!("{said}, `{code}`")
        };
        entry["description"] = Value::String(joined);
    }
    all.insert(
        "default".to_owned(),
        json!({ "$ref": "#/components/responses/Problem" }),
    );
    Value::Object(all)
}

fn json_answer(description: &str, schema: &Value) -> Value {
    json!({
        "description": description,
        "headers": {
            "X-Vestal-Index": { "schema": { "type": "string", "pattern": "^[0-9]+$" } },
            "ETag": { "schema": { "type": "string" } },
        },
        "content": { "application/json": { "schema": schema } },
    })
}

fn list() -> Value {
    let success = json!({
        "200": json_answer(
            "The service's instances by id; `{}` when there are none.",
            &json!({ "oneOf": [
                { "$ref": "#/components/schemas/Instances" },
                { "$ref": "#/components/schemas/ServiceFull" },
            ] }),
        ),
        "304": { "description": "What the caller holds still stands." },
    });
    json!({
        "operationId": "list", "summary": "The instances of a service.",
        "parameters": [pretty(), view(), if_none_match()],
        "responses": responses(&success, &["service-name-invalid", "parameter-invalid", "name-reserved", "not-ready"]),
    })
}

fn instance() -> Value {
    let success = json!({
        "200": json_answer(
            "The body as it was registered.",
            &json!({ "oneOf": [
                { "$ref": "#/components/schemas/Body" },
                { "$ref": "#/components/schemas/InstanceFull" },
            ] }),
        ),
        "304": { "description": "What the caller holds still stands." },
    });
    json!({
        "operationId": "instance", "summary": "One instance.",
        "parameters": [pretty(), view(), if_none_match()],
        "responses": responses(&success, &[
            "service-name-invalid", "instance-id-invalid", "parameter-invalid", "name-reserved", "instance-unknown", "not-ready",
        ]),
    })
}

fn register() -> Value {
    let ttl = query(
        "ttl",
        "Seconds for which one heartbeat keeps the instance; the node's `liveness` if absent.",
        &json!({ "type": "integer", "minimum": 1 }),
    );
    json!({
        "operationId": "register",
        "summary": "Register an instance, or renew its lease.",
        "description": "An identical body, or one that differs in volatile fields alone, renews and is not a change. Any content type is accepted.",
        "parameters": [ttl],
        "requestBody": { "required": true, "content": { "*/*": { "schema": { "$ref": "#/components/schemas/Body" } } } },
        "responses": responses(&json!({ "204": { "description": "Registered or renewed." } }), &[
            "body-not-json", "body-not-object", "body-too-deep", "body-too-large", "service-name-invalid", "instance-id-invalid",
            "parameter-invalid", "name-reserved", "request-timeout", "service-full", "registry-full",
        ]),
    })
}

fn deregister() -> Value {
    json!({
        "operationId": "deregister", "summary": "Remove an instance.",
        "responses": responses(&json!({ "204": { "description": "Removed." } }), &[
            "service-name-invalid", "instance-id-invalid", "parameter-invalid", "name-reserved", "instance-unknown", "not-ready",
        ]),
    })
}

fn services() -> Value {
    let after = query(
        "after",
        "The last name of the page before.",
        &json!({ "type": "string" }),
    );
    let limit = query(
        "limit",
        "Services on a page.",
        &json!({ "type": "integer", "minimum": 1, "maximum": 10000, "default": 1000 }),
    );
    let success =
        json!({ "200": json_answer("One page.", &json!({ "$ref": "#/components/schemas/ServicesPage" })) });
    json!({
        "operationId": "services", "summary": "The services with their counts, sorted by name.",
        "parameters": [after, limit, pretty()],
        "responses": responses(&success, &["parameter-invalid", "not-ready"]),
    })
}

fn renew() -> Value {
    let schema = json!({ "$ref": "#/components/schemas/RenewReply" });
    let success = json!({ "200": { "description": "What was renewed and what is unknown.", "content": { "application/json": { "schema": schema } } } });
    json!({
        "operationId": "renew", "summary": "Renew many leases in one call.",
        "parameters": [pretty()],
        "requestBody": { "required": true, "content": { "*/*": { "schema": { "$ref": "#/components/schemas/RenewRequest" } } } },
        "responses": responses(&success, &["body-not-json", "body-shape-invalid", "body-too-large", "parameter-invalid", "request-timeout", "not-ready"]),
    })
}

fn deltas() -> Value {
    let success = json!({ "200": { "description": "Deltas by node.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Deltas" } } } } });
    json!({
        "operationId": "deltas",
        "summary": "hera's gossip: what this node knows of each node asked about since that time.",
        "description": "The query is `<node>=<milliseconds since 1970>` for each node; only entries later than that are answered.",
        "parameters": [{
            "name": "nodes", "in": "query", "style": "form", "explode": true,
            "schema": { "type": "object", "additionalProperties": { "type": "integer" } },
        }],
        "responses": responses(&success, &["parameter-invalid"]),
    })
}

/// A route without a subject that answers JSON.
fn plain(operation: &str, summary: &str, schema: &str, parameters: &[Value], problems: &[&str]) -> Value {
    let reference = format!("#/components/schemas/{schema}");
    let success = json!({ "200": { "description": summary, "content": { "application/json": { "schema": { "$ref": reference } } } } });
    json!({ "operationId": operation, "summary": summary, "parameters": parameters, "responses": responses(&success, problems) })
}

fn text(operation: &str, summary: &str, media_type: &str) -> Value {
    let success = json!({ "200": { "description": summary, "content": { (media_type): {} } } });
    json!({ "operationId": operation, "summary": summary, "responses": responses(&success, &["parameter-invalid"]) })
}
