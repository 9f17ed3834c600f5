//! Schemas of the OpenAPI document: the structs of this crate, said once more for other languages.

use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    json!({
        "Body": { "type": "object", "description": "What the owner says of its instance; any JSON object." },
        "Instances": { "type": "object", "additionalProperties": { "$ref": "#/components/schemas/Body" } },
        "InstanceFull": instance_full(),
        "ServiceFull": object(&json!({
            "service": { "type": "string" },
            "index": index(),
            "instances": array("InstanceFull"),
        })),
        "ServiceSummary": object(&json!({ "name": { "type": "string" }, "instances": count(), "index": index() })),
        "ServicesPage": object(&json!({
            "services": array("ServiceSummary"),
            "total": count(),
            "next": { "type": ["string", "null"] },
        })),
        "Lease": object(&json!({ "service": { "type": "string" }, "id": { "type": "string" } })),
        "RenewRequest": object(&json!({ "leases": array("Lease") })),
        "RenewReply": object(&json!({ "renewed": count(), "unknown": array("Lease") })),
        "ClusterView": cluster(),
        "PeerView": peer(),
        "OriginView": origin(),
        "HealthView": object(&json!({ "status": { "enum": ["live", "ready"] } })),
        "Deltas": deltas(),
        "Problem": problem(),
    })
}

/// An object all of whose properties are always there.
fn object(properties: &Value) -> Value {
    let required: Vec<&String> = properties
        .as_object()
        .into_iter()
        .flat_map(|all| all.keys())
        .collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn array(of: &str) -> Value {
    json!({ "type": "array", "items": { "$ref": format!("#/components/schemas/{of}") } })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn index() -> Value {
    json!({ "type": "integer", "minimum": 1 })
}

fn milliseconds_or_null() -> Value {
    json!({ "type": ["integer", "null"], "minimum": 0 })
}

fn instance_full() -> Value {
    object(&json!({
        "id": { "type": "string" },
        "status": { "type": "string" },
        "reason": { "type": "string" },
        "origin": { "type": "string" },
        "version": { "type": "string", "pattern": "^[0-9]+-[0-9]+$" },
        "age_ms": count(),
        "ttl_ms": count(),
        "lease_left_ms": milliseconds_or_null(),
        "body": { "$ref": "#/components/schemas/Body" },
    }))
}

fn cluster() -> Value {
    object(&json!({
        "node": { "type": "string" },
        "incarnation": count(),
        "ready": { "type": "boolean" },
        "peers": array("PeerView"),
        "origins": array("OriginView"),
    }))
}

fn peer() -> Value {
    object(&json!({
        "name": { "type": "string" },
        "address": { "type": "string" },
        "protocol": { "enum": ["vestal", "hera", "unknown"] },
        "state": { "enum": ["streaming", "connecting", "unreachable"] },
        "last_contact_ms": milliseconds_or_null(),
        "lag": count(),
        "skew_ms": { "type": "integer" },
        "error": { "type": ["string", "null"] },
    }))
}

fn origin() -> Value {
    object(&json!({
        "node": { "type": "string" },
        "incarnation": count(),
        "instances": count(),
        "sequence": count(),
        "vouched_ms_ago": milliseconds_or_null(),
        "self": { "type": "boolean" },
    }))
}

fn deltas() -> Value {
    let entry = json!({
        "type": "array",
        "prefixItems": [
            { "type": "string", "description": "service" },
            { "type": "string", "description": "id" },
            { "type": "object", "description": "body" },
            { "type": "integer", "description": "milliseconds since 1970" },
        ],
        "minItems": 4, "maxItems": 4,
    });
    json!({ "type": "object", "additionalProperties": { "type": "array", "items": entry } })
}

fn problem() -> Value {
    let codes: Vec<&str> = crate::ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
    object(&json!({
        "type": { "type": "string" },
        "title": { "type": "string" },
        "status": { "type": "integer" },
        "detail": { "type": "string" },
        "code": { "type": "string", "enum": codes },
    }))
}
