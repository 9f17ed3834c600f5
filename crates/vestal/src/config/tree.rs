//! YAML as a small tree with a position on every node.
//!
//! Owns the bounds that keep a hostile file harmless: nesting is limited and aliases are refused rather than expanded,
//! so that the tree is never larger than its text. Knows nothing of what the keys mean.

use saphyr_parser::{Event, Marker, Parser, Span, Tag};

use super::problem::{Fault, Problem};
use super::source::{Position, Source};

/// BOUND: nesting. The deepest key of the configuration is four levels down.
const DEPTH_MAX: usize = 16;

/// A node and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub position: Position,
    pub content: Content,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Text as written; what type it is depends on the key that it stands under.
    Scalar(String),
    /// A key followed by nothing, `~` or `null`.
    Nothing,
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
    /// Already complained about; nothing more should be said of it.
    Refused,
}

impl Content {
    /// How the shape is called in a message.
    pub(super) fn shape(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "a single value",
            Self::Nothing => "nothing",
            Self::Sequence(_) => "a list",
            Self::Mapping(_) => "a mapping",
            Self::Refused => "an unusable value",
        }
    }
}

/// One `key: value` of a mapping, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub key: String,
    pub position: Position,
    pub value: Node,
}

/// Reads the text. `None` when it has no content; broken syntax is one problem, and then nothing of the text is used.
pub(super) fn read(
    text: &str,
    place: &dyn Fn(Position) -> Source,
    problems: &mut Vec<Problem>,
) -> Option<Node> {
    let mut builder = Builder {
        open: Vec::new(),
        document: None,
        place,
        problems,
    };
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => builder.accept(event, span),
            Err(error) => Err(syntax_problem(error.info()).at(place(position(error.marker())))),
        };
        if let Err(problem) = step {
            builder.problems.push(problem);
            return None;
        }
    }
    builder.document
}

struct Builder<'a> {
    open: Vec<Open>,
    document: Option<Node>,
    place: &'a dyn Fn(Position) -> Source,
    problems: &'a mut Vec<Problem>,
}

/// A collection whose end has not been seen.
enum Open {
    Sequence(Position, Vec<Node>),
    Mapping {
        position: Position,
        entries: Vec<Entry>,
        key: Option<(String, Position)>,
    },
}

impl Builder<'_> {
    /// An error ends the reading; what can be read past is only noted.
    fn accept(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let position = position(&span.start);
        match event {
            Event::DocumentStart(_) if self.document.is_some() => Err(Fault::new(
                "a second document begins here; the configuration is one document",
            )
            .suggest("remove the `---` line, or what follows it")
            .at((self.place)(position))),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
            Event::Alias(_) => {
                self.note(position, "aliases are not supported", "write the value out");
                self.close(Node {
                    position,
                    content: Content::Refused,
                })
            }
            Event::Scalar(text, style, _, tag) => {
                self.check_tag(tag.as_deref(), position);
                let plain = style == saphyr_parser::ScalarStyle::Plain;
                let nothing = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let content = if nothing {
                    Content::Nothing
                } else {
                    Content::Scalar(text.into_owned())
                };
                self.close(Node { position, content })
            }
            Event::SequenceStart(_, tag) => {
                self.check_tag(tag.as_deref(), position);
                self.open(position, Open::Sequence(position, Vec::new()))
            }
            Event::MappingStart(_, tag) => {
                self.check_tag(tag.as_deref(), position);
                self.open(
                    position,
                    Open::Mapping {
                        position,
                        entries: Vec::new(),
                        key: None,
                    },
                )
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::Sequence(position, nodes)) => self.close(Node {
                    position,
                    content: Content::Sequence(nodes),
                }),
                Some(Open::Mapping {
                    position, entries, ..
                }) => self.close(Node {
                    position,
                    content: Content::Mapping(entries),
                }),
                None => Ok(()),
            },
        }
    }

    fn open(&mut self, position: Position, open: Open) -> Result<(), Problem> {
        if self.open.len() >= DEPTH_MAX {
            return Err(too_deep().at((self.place)(position)));
        }
        self.open.push(open);
        Ok(())
    }

    /// Hands a finished node to the collection it belongs to.
    fn close(&mut self, node: Node) -> Result<(), Problem> {
        match self.open.last_mut() {
            None => self.document = Some(node),
            Some(Open::Sequence(_, nodes)) => nodes.push(node),
            Some(Open::Mapping { entries, key, .. }) => match key.take() {
                Some((key, position)) => entries.push(Entry {
                    key,
                    position,
                    value: node,
                }),
                None => *key = Some((key_text(node.content, node.position, self.place)?, node.position)),
            },
        }
        Ok(())
    }

    fn check_tag(&mut self, tag: Option<&Tag>, position: Position) {
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
            self.note(
                position,
                "tags are not supported",
                "remove the word that begins with `!`",
            );
        }
    }

    fn note(&mut self, position: Position, message: &str, suggestion: &str) {
        self.problems
            .push(Fault::new(message).suggest(suggestion).at((self.place)(position)));
    }
}

fn key_text(
    content: Content,
    position: Position,
    place: &dyn Fn(Position) -> Source,
) -> Result<String, Problem> {
    match content {
        Content::Scalar(text) => Ok(text),
        other => {
            Err(Fault::new(format!("a key must be a word; found {}", other.shape())).at(place(position)))
        }
    }
}

fn syntax_problem(info: &str) -> Fault {
    // The scanner's own bound on brackets, which it meets before ours.
    if info.contains("recursion limit") {
        return too_deep();
    }
    Fault::new(format!("not YAML: {info}"))
        .suggest("indent with spaces, put a space after each `key:`, and quote text that holds `: ` or ` #`")
}

fn too_deep() -> Fault {
    Fault::new(format!("nested more than {DEPTH_MAX} levels deep"))
        .suggest("no setting of Vestal is nested that deep; `vestal config explain` lists them")
}

/// The parser counts columns from 0.
fn position(marker: &Marker) -> Position {
    Position {
        line: marker.line().max(1),
        column: marker.col() + 1,
    }
}
