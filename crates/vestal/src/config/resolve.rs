//! From all sources to one configuration: precedence, what follows from other settings, and all problems together.

use vestal_core::id::NodeName;

use super::configuration::Configuration;
use super::field::{DefaultValue, Field};
use super::fields::{BIND, CLUSTER, FIELDS, NAME, PORT};
use super::layer::{Layer, Setting};
use super::member::Member;
use super::problem::{Problem, Problems};
use super::relations;
use super::source::Source;
use super::value::Value;

const PORT_DEFAULT: u16 = 3222;
const BIND_DEFAULT: &str = "127.0.0.1";
const NAME_DEFAULT: &str = "vestal";

/// Puts the layers together, the strongest last.
pub(super) fn resolve(layers: Vec<Layer>, host_name: &str) -> Result<Configuration, Problems> {
    let given = |field: &Field| {
        layers
            .iter()
            .rev()
            .find_map(|layer| layer.setting(field))
            .cloned()
    };
    let mut derivation = Derivation {
        host_name,
        members: members(given(&CLUSTER)),
        own: None,
    };
    let settings: Vec<Setting> = FIELDS
        .into_iter()
        .map(|field| {
            let setting = given(field).unwrap_or_else(|| derivation.default_setting(field));
            derivation.learn(&setting);
            setting
        })
        .collect();
    let configuration = Configuration { settings };
    let is_refused = |field: &Field| layers.iter().any(|layer| layer.is_refused(field));
    let mut problems: Vec<Problem> = relations::check(&configuration, &is_refused);
    problems.extend(layers.into_iter().flat_map(Layer::into_problems));
    Problems::check(problems).map(|()| configuration)
}

fn members(cluster: Option<Setting>) -> Vec<Member> {
    match cluster {
        Some(Setting {
            value: Value::Members(members),
            ..
        }) => members,
        _ => Vec::new(),
    }
}

/// Defaults that depend on the machine and on the cluster. `name` stands before `port` and `bind` in the table, so
/// that this node's entry is known when they are asked for.
struct Derivation<'a> {
    host_name: &'a str,
    members: Vec<Member>,
    own: Option<Member>,
}

impl Derivation<'_> {
    fn learn(&mut self, setting: &Setting) {
        if let Value::Name(name) = &setting.value {
            self.own = self.members.iter().find(|member| member.name == *name).cloned();
        }
    }

    fn default_setting(&self, field: &'static Field) -> Setting {
        match field.default {
            DefaultValue::Text(text) => Setting {
                value: default_value(field, text),
                source: Source::Default,
            },
            DefaultValue::Derived(_) => self.derived(field),
        }
    }

    fn derived(&self, field: &'static Field) -> Setting {
        const FROM_CLUSTER: Source = Source::Derived("from `cluster`");
        let (value, source) = match (field.key, &self.own) {
            (key, _) if key == NAME.key => match NodeName::parse(self.host_name) {
                Ok(name) => (Value::Name(name), Source::Derived("host name")),
                Err(_) => (default_value(field, NAME_DEFAULT), Source::Default),
            },
            (key, Some(own)) if key == PORT.key => (Value::Port(own.port), FROM_CLUSTER),
            (key, None) if key == PORT.key => (Value::Port(PORT_DEFAULT), Source::Default),
            (key, Some(own)) if key == BIND.key => (Value::Text(own.host.clone()), FROM_CLUSTER),
            (key, None) if key == BIND.key => (Value::Text(BIND_DEFAULT.to_owned()), Source::Default),
            (key, _) => unreachable!("nothing says how `{key}` is derived"),
        };
        Setting { value, source }
    }
}

/// INVARIANT: the table's own defaults are accepted by their kinds; the first test that loads a configuration checks
/// every one of them.
fn default_value(field: &Field, text: &str) -> Value {
    match field.kind.parse(text) {
        Ok(value) => value,
        Err(fault) => unreachable!("the default of `{}` is refused: {}", field.key, fault.message),
    }
}
