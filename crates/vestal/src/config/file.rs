//! The configuration file: reading it within bounds, and turning its keys into settings.

use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use super::field::Field;
use super::fields;
use super::layer::Layer;
use super::members;
use super::problem::{Fault, Problem};
use super::source::{Position, Source};
use super::tree::{self, Content, Entry, Node};
use super::value::{Kind, Value};

/// BOUND: bytes of a file. A cluster of a thousand nodes needs a tenth of it.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The settings of the file at `path`.
pub(super) fn read(path: &Path) -> Layer {
    let name: Arc<str> = path.display().to_string().into();
    match text(path) {
        Ok(text) => parse(&name, &text),
        Err(fault) => {
            let mut layer = Layer::default();
            layer.complain(fault.at(Source::File {
                path: name,
                position: None,
            }));
            layer
        }
    }
}

/// The settings of a text; `name` is what problems call it.
pub(super) fn parse(name: &Arc<str>, text: &str) -> Layer {
    let place = |position| Source::File {
        path: Arc::clone(name),
        position: Some(position),
    };
    let mut walk = Walk {
        layer: Layer::default(),
        place: &place,
    };
    let mut problems: Vec<Problem> = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = tree::read(text, &place, &mut problems);
    walk.layer.complain_of_all(problems);
    match root {
        Some(Node {
            content: Content::Mapping(entries),
            ..
        }) => walk.section(None, entries),
        None
        | Some(Node {
            content: Content::Nothing | Content::Refused,
            ..
        }) => {}
        Some(node) => walk.complain(
            node.position,
            Fault::new(format!(
                "the configuration must be a mapping of keys; found {}",
                node.content.shape()
            ))
            .suggest("write lines such as `port: 3222`, with a space after the colon"),
        ),
    }
    walk.layer
}

fn text(path: &Path) -> Result<String, Fault> {
    let unreadable = |error: std::io::Error| {
        let suggestion = match error.kind() {
            ErrorKind::NotFound => {
                "check the path given with `-c` or VESTAL_CONFIG; it starts at the current folder"
            }
            ErrorKind::PermissionDenied => "let the user that runs vestal read it",
            _ => "check the path given with `-c` or VESTAL_CONFIG",
        };
        Fault::new(format!("cannot be read: {error}")).suggest(suggestion)
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(
            Fault::new("is a folder, not a file").suggest("name the file in it, such as `vestal.yml`")
        );
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Fault::new("is larger than 1MiB, which no configuration is")
            .suggest("check that this is the file you meant"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let readable = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        let line = readable.matches('\n').count() + 1;
        Fault::new(format!("is not UTF-8 text: line {line} holds other bytes")).suggest("save it as UTF-8")
    })
}

struct Walk<'a> {
    layer: Layer,
    place: &'a dyn Fn(Position) -> Source,
}

impl Walk<'_> {
    /// The keys of the top (`None`) or of one section.
    fn section(&mut self, section: Option<&str>, entries: Vec<Entry>) {
        let mut lines: HashMap<String, usize> = HashMap::new();
        for entry in entries {
            let key = match section {
                Some(section) => format!("{section}.{}", entry.key),
                None => entry.key.clone(),
            };
            if let Some(line) = lines.get(&key) {
                let fault = Fault::new(format!("`{}` is given twice, first in line {line}", shown(&key)));
                self.complain(entry.position, fault.suggest("keep one of the two"));
                continue;
            }
            lines.insert(key.clone(), entry.position.line);
            self.entry(section, &key, entry);
        }
    }

    fn entry(&mut self, section: Option<&str>, key: &str, entry: Entry) {
        if let Some(field) = fields::find(key) {
            return self.field(field, entry);
        }
        let fields_below = fields::of_section(key);
        if section.is_some() || fields_below.is_empty() {
            return self.complain(entry.position, unknown_key(key));
        }
        match entry.value.content {
            Content::Mapping(entries) => self.section(Some(key), entries),
            Content::Refused => {}
            other => {
                let first = fields_below.first().map_or("", |field| field.leaf());
                let fault = Fault::new(format!("`{key}` must be a mapping; found {}", other.shape()));
                self.complain(
                    entry.position,
                    fault.suggest(format!("put its keys below it, indented: `{first}: …`")),
                );
            }
        }
    }

    fn field(&mut self, field: &'static Field, entry: Entry) {
        let position = entry.value.position;
        let value = match (field.kind, entry.value.content) {
            (_, Content::Refused) => return self.layer.refuse(field),
            (_, Content::Nothing) => {
                let fault = Fault::new("has no value").suggest(format!(
                    "give one, or remove the key for the default: {}",
                    field.default_text()
                ));
                return self.layer.set(field, Err(fault), (self.place)(entry.position));
            }
            (Kind::Members, Content::Mapping(entries)) => {
                let (members, problems) = members::read(entries, self.place);
                if !problems.is_empty() {
                    self.layer.complain_of_all(problems);
                    return self.layer.refuse(field);
                }
                Ok(Value::Members(members))
            }
            (kind @ Kind::Members, other) => Err(kind
                .wrong_shape(other.shape())
                .suggest("write `NAME: {host: 10.0.0.1, port: 3222}` for each node")),
            (kind @ Kind::Words { .. }, Content::Sequence(nodes)) => {
                match nodes.into_iter().map(word).collect() {
                    Ok(words) => kind.words(words),
                    Err(fault) => Err(fault),
                }
            }
            (kind, Content::Scalar(text)) => kind.parse(&text),
            (kind, other) => Err(kind.wrong_shape(other.shape())),
        };
        self.layer.set(field, value, (self.place)(position));
    }

    fn complain(&mut self, position: Position, fault: Fault) {
        self.layer.complain(fault.at((self.place)(position)));
    }
}

fn word(node: Node) -> Result<String, Fault> {
    match node.content {
        Content::Scalar(text) => Ok(text),
        other => Err(Fault::new(format!(
            "must hold words only; line {} holds {}",
            node.position.line,
            other.shape()
        ))),
    }
}

fn unknown_key(key: &str) -> Fault {
    Fault::new(format!("unknown key `{}`", shown(key))).suggest(match fields::nearest_key(key) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`vestal config explain` lists all keys".to_owned(),
    })
}

/// A key in a message: no longer than a line, and without what would move the cursor.
fn shown(key: &str) -> String {
    key.chars().take(80).flat_map(char::escape_debug).collect()
}
