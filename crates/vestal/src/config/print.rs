//! `config print`: the configuration in effect, as a file that would give the same, with the source of each value.

use std::fmt::Write as _;

use super::configuration::Configuration;
use super::field::Field;
use super::layer::Setting;
use super::member::{Member, PROTOCOLS};
use super::value::Value;

/// Column of the comment that names the source.
const SOURCE_COLUMN: usize = 44;

/// YAML with comments. Reading it back gives the same configuration.
pub fn yaml(configuration: &Configuration) -> String {
    let mut text = String::new();
    let mut section = None;
    for (field, setting) in configuration.iter() {
        if field.section() != section {
            section = field.section();
            // Writing to a String cannot fail, here and below.
            let _ = section.map_or(Ok(()), |section| writeln!(text, "{section}:"));
        }
        entry(&mut text, field, setting);
    }
    text
}

/// One JSON object for each field: `key`, `value`, `source`.
pub fn json(configuration: &Configuration) -> String {
    let settings: Vec<serde_json::Value> = configuration
        .iter()
        .map(|(field, setting)| {
            serde_json::json!({
                "key": field.key,
                "value": json_value(&setting.value),
                "source": setting.source.to_string(),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::Array(settings))
}

fn entry(text: &mut String, field: &Field, setting: &Setting) {
    let indent = if field.section().is_some() { "  " } else { "" };
    let key = field.leaf();
    match &setting.value {
        Value::Members(members) if !members.is_empty() => {
            line(text, &format!("{indent}{key}:"), setting);
            for member in members {
                let _ = writeln!(text, "{indent}  {}", member_line(member));
            }
        }
        value => line(text, &format!("{indent}{key}: {}", scalar(value)), setting),
    }
}

fn line(text: &mut String, content: &str, setting: &Setting) {
    let _ = writeln!(text, "{content:SOURCE_COLUMN$} # {}", setting.source);
}

fn member_line(member: &Member) -> String {
    let protocol = match member.protocol {
        auto if auto == PROTOCOLS[0] => String::new(),
        other => format!(", protocol: {other}"),
    };
    let (name, host) = (double_quoted(member.name.as_str()), double_quoted(&member.host));
    format!("{name}: {{host: {host}, port: {}{protocol}}}", member.port)
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Members(_) => "{}".to_owned(),
        Value::Words(words) => {
            format!(
                "[{}]",
                words
                    .iter()
                    .map(|word| double_quoted(word))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        Value::Name(name) => double_quoted(name.as_str()),
        Value::Text(text) => double_quoted(text),
        Value::Folder(path) => double_quoted(&path.display().to_string()),
        other => other.text(),
    }
}

/// JSON's strings are YAML's too. Plain words stay plain where no reader could take them for something else.
fn double_quoted(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "null" | "true" | "false" | "yes" | "no" | "on" | "off"
        );
    if is_plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

fn json_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Port(port) => (*port).into(),
        Value::Count(count) => (*count).into(),
        Value::Words(words) => words.clone().into(),
        Value::Members(members) => members
            .iter()
            .map(|member| {
                let body = serde_json::json!({
                    "host": member.host, "port": member.port, "protocol": member.protocol,
                });
                (member.name.to_string(), body)
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.text().into(),
    }
}
