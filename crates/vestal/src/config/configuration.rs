//! The configuration as a whole: one value for each field, and where each came from.

use std::path::Path;
use std::time::Duration;

use vestal_core::id::NodeName;

use super::field::Field;
use super::fields::{BIND, CLUSTER, DATA, FIELDS, NAME, PORT};
use super::layer::Setting;
use super::member::Member;
use super::value::Value;

/// A setting for every field, checked by itself and against the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// In the order of `FIELDS`.
    pub(super) settings: Vec<Setting>,
}

/// INVARIANT: a setting's value was made by its field's kind, so it has that kind's shape. A mismatch is a bug of the
/// caller, who took one field for another.
macro_rules! accessor {
    ($(#[$meta:meta])* $name:ident, $shape:path, $type:ty, $convert:expr) => {
        $(#[$meta])*
        pub fn $name(&self, field: &Field) -> $type {
            match &self.setting(field).value {
                $shape(value) => $convert(value),
                other => unreachable!("`{}` is {other:?}", field.key),
            }
        }
    };
}

impl Configuration {
    accessor!(duration, Value::Duration, Duration, |value: &Duration| *value);
    accessor!(bytes, Value::Bytes, u64, |value: &u64| *value);
    accessor!(count, Value::Count, u64, |value: &u64| *value);
    accessor!(text, Value::Text, &str, String::as_str);
    accessor!(words, Value::Words, &[String], Vec::as_slice);
    accessor!(name_of, Value::Name, &NodeName, |value| value);
    accessor!(port_of, Value::Port, u16, |value: &u16| *value);
    accessor!(folder_of, Value::Folder, &Path, std::path::PathBuf::as_path);
    accessor!(members_of, Value::Members, &[Member], Vec::as_slice);

    pub fn setting(&self, field: &Field) -> &Setting {
        let index = FIELDS.iter().position(|known| known.key == field.key);
        match index.and_then(|index| self.settings.get(index)) {
            Some(setting) => setting,
            None => unreachable!("`{}` is not in the table of fields", field.key),
        }
    }

    /// Every field with its setting, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Field, &Setting)> {
        FIELDS.into_iter().zip(&self.settings)
    }

    pub fn name(&self) -> &NodeName {
        self.name_of(&NAME)
    }

    pub fn data(&self) -> &Path {
        self.folder_of(&DATA)
    }

    /// Where to listen: a host that may still have to be resolved, and a port.
    pub fn listen(&self) -> (&str, u16) {
        (self.text(&BIND), self.port_of(&PORT))
    }

    /// All nodes of the cluster, this one included; empty for a single node.
    pub fn members(&self) -> &[Member] {
        self.members_of(&CLUSTER)
    }

    /// The other nodes of the cluster.
    pub fn peers(&self) -> impl Iterator<Item = &Member> {
        self.members().iter().filter(|member| member.name != *self.name())
    }
}
