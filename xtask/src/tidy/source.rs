//! Rust source as the checks need it: code without comments and strings, and every path it names.
//!
//! It is a reading of tokens, not a parser: macros are looked into, names are not resolved. What an alias hides is
//! clippy's to find, which resolves names.

/// A path like `std::time::Instant`, and the line where its first segment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
}

impl Path {
    /// Whether the path begins with these segments.
    pub(crate) fn starts_with(&self, prefix: &[&str]) -> bool {
        self.segments.len() >= prefix.len()
            && self.segments.iter().zip(prefix).all(|(own, other)| own == other)
    }

    /// Whether the path ends with these segments.
    pub(crate) fn ends_with(&self, suffix: &[&str]) -> bool {
        let skipped = self.segments.len().saturating_sub(suffix.len());
        self.segments.len() >= suffix.len()
            && self.segments[skipped..]
                .iter()
                .zip(suffix)
                .all(|(own, other)| own == other)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    LineComment,
    BlockComment { depth: usize },
    Text,
    RawText { hashes: usize },
}

/// The source with every character of comments and of string and character literals replaced by a space; lines stay.
pub(crate) fn code(source: &str) -> String {
    let characters: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut state = State::Code;
    let mut at = 0;
    while at < characters.len() {
        let (next, taken) = step(state, &characters, at);
        for character in &characters[at..at + taken] {
            let keep = *character == '\n' || (state == State::Code && next == State::Code && taken == 1);
            out.push(if keep { *character } else { ' ' });
        }
        state = next;
        at += taken;
    }
    out
}

/// The state after the next characters, and how many they are.
fn step(state: State, characters: &[char], at: usize) -> (State, usize) {
    let here = characters[at];
    let after = characters.get(at + 1).copied();
    match state {
        State::Code => step_code(characters, at),
        State::LineComment if here == '\n' => (State::Code, 1),
        State::BlockComment { depth } => match (here, after) {
            ('/', Some('*')) => (State::BlockComment { depth: depth + 1 }, 2),
            ('*', Some('/')) if depth == 1 => (State::Code, 2),
            ('*', Some('/')) => (State::BlockComment { depth: depth - 1 }, 2),
            _ => (state, 1),
        },
        State::Text if here == '\\' && after.is_some() => (state, 2),
        State::Text if here == '"' => (State::Code, 1),
        State::RawText { hashes } if here == '"' && hashes_from(characters, at + 1) >= hashes => {
            (State::Code, 1 + hashes)
        }
        State::LineComment | State::Text | State::RawText { .. } => (state, 1),
    }
}

fn step_code(characters: &[char], at: usize) -> (State, usize) {
    let after = characters.get(at + 1).copied();
    let is_in_word = at > 0 && is_word(characters[at - 1]);
    match (characters[at], after) {
        ('/', Some('/')) => (State::LineComment, 2),
        ('/', Some('*')) => (State::BlockComment { depth: 1 }, 2),
        ('"', _) => (State::Text, 1),
        ('r', Some('"' | '#')) if !is_in_word || characters[at - 1] == 'b' => {
            let hashes = hashes_from(characters, at + 1);
            match characters.get(at + 1 + hashes) {
                Some('"') => (State::RawText { hashes }, 2 + hashes),
                // A raw identifier.
                _ => (State::Code, 1),
            }
        }
        ('\'', Some('\\')) => {
            let end = characters
                .iter()
                .skip(at + 3)
                .position(|character| *character == '\'');
            (State::Code, end.map_or(2, |end| end + 4))
        }
        // A character literal, not a lifetime.
        ('\'', Some(_)) if characters.get(at + 2) == Some(&'\'') => (State::Code, 3),
        _ => (State::Code, 1),
    }
}

fn hashes_from(characters: &[char], at: usize) -> usize {
    characters
        .iter()
        .skip(at)
        .take_while(|character| **character == '#')
        .count()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `::`
    Separator,
    Mark(char),
}

/// Every path in the source, groups like `a::{b, c::d}` taken apart.
pub(crate) fn paths(source: &str) -> Vec<Path> {
    let tokens = tokens(&code(source));
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = match tokens[at].1 {
            Token::Word(_) => read_path(&tokens, at, &[], &mut paths),
            _ => at + 1,
        };
    }
    paths
}

fn tokens(code: &str) -> Vec<(usize, Token)> {
    let mut tokens = Vec::new();
    for (line, text) in code.lines().enumerate() {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let word_bytes = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
            let (read, taken) = if word_bytes > 0 {
                (Token::Word(rest[..word_bytes].to_owned()), word_bytes)
            } else if rest.starts_with("::") {
                (Token::Separator, 2)
            } else {
                (Token::Mark(first), first.len_utf8())
            };
            if !first.is_whitespace() {
                tokens.push((line + 1, read));
            }
            rest = &rest[taken..];
        }
    }
    tokens
}

/// Reads the path that begins at `at`, below `prefix`; returns where it ends.
fn read_path(tokens: &[(usize, Token)], mut at: usize, prefix: &[String], paths: &mut Vec<Path>) -> usize {
    let line = tokens[at].0;
    let mut segments = prefix.to_vec();
    while let Some((_, Token::Word(word))) = tokens.get(at) {
        segments.push(word.clone());
        at += 1;
        if tokens.get(at).map(|token| &token.1) != Some(&Token::Separator) {
            break;
        }
        at += 1;
        if tokens.get(at).map(|token| &token.1) == Some(&Token::Mark('{')) {
            return read_group(tokens, at + 1, &segments, paths);
        }
    }
    paths.push(Path { line, segments });
    at
}

fn read_group(tokens: &[(usize, Token)], mut at: usize, prefix: &[String], paths: &mut Vec<Path>) -> usize {
    while let Some((line, token)) = tokens.get(at) {
        at = match token {
            Token::Mark('}') => return at + 1,
            Token::Word(word) if word == "self" => {
                paths.push(Path {
                    line: *line,
                    segments: prefix.to_vec(),
                });
                at + 1
            }
            // The new name says nothing about what is imported.
            Token::Word(word) if word == "as" => at + 2,
            Token::Word(_) => read_path(tokens, at, prefix, paths),
            Token::Separator | Token::Mark(_) => at + 1,
        };
    }
    at
}
