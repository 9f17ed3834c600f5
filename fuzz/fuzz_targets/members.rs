//! The members of a body in their order, repeated ones too: the model of what a heartbeat must leave as it is.

use std::fmt;

use serde_json::Deserializer;
use serde_json::value::RawValue;

/// Names and values of all members but `updated_at`.
pub fn significant(body: &str) -> Vec<(String, String)> {
    let mut members = Deserializer::from_str(body);
    let members =
        serde::de::Deserializer::deserialize_map(&mut members, Members).expect("a body is an object");
    members
        .into_iter()
        .filter(|(name, _)| name != "updated_at")
        .collect()
}

struct Members;

impl<'de> serde::de::Visitor<'de> for Members {
    type Value = Vec<(String, String)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            members.push((name, map.next_value::<Box<RawValue>>()?.get().to_owned()));
        }
        Ok(members)
    }
}
