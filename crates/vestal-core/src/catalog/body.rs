//! The body of an instance: any JSON object, kept as its client sent it. Owns what is accepted, and which differences
//! are only a heartbeat; does not interpret what a body says.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Refusal;
use crate::limits::BODY_DEPTH_MAX;

/// A stored body: valid JSON, an object, on one line (so that it can travel in line-based streams).
#[derive(Clone)]
pub struct Body {
    bytes: Arc<[u8]>,
    /// Where the value of its one volatile member lies, if that is a plain scalar: what a heartbeat writes anew. Empty
    /// if there is none.
    pulse: (u32, u32),
}

impl Body {
    /// Takes bytes that are known to be a body: a record written by a node, or a checked candidate.
    pub(crate) fn from_checked(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.into(),
            pulse: (0, 0),
        }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes `new` in if it is this body with at the most another volatile value in the same place, and tells whether
    /// the value is another. `None` says nothing about `new`: it has to be checked and compared.
    ///
    /// This is nearly every heartbeat, and needs no parsing: around the value `new` is byte for byte what was checked
    /// before, and a plain scalar in place of a plain scalar leaves it valid.
    pub(crate) fn take_pulse(&mut self, new: &[u8]) -> Option<bool> {
        if new.len() != self.bytes.len() {
            return None;
        }
        let (start, end) = (self.pulse.0 as usize, self.pulse.1 as usize);
        if start == end {
            return (new == &*self.bytes).then_some(false);
        }
        let (before, after) = (new.get(..start)?, new.get(end..)?);
        if before != self.bytes.get(..start)? || after != self.bytes.get(end..)? {
            return None;
        }
        let (value, stored) = (new.get(start..end)?, self.bytes.get(start..end)?);
        if value == stored {
            return Some(false);
        }
        if !is_plain_scalar(value) {
            return None;
        }
        match Arc::get_mut(&mut self.bytes) {
            Some(bytes) => bytes[start..end].copy_from_slice(value),
            None => self.bytes = new.into(),
        }
        Some(true)
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Body {}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.bytes))
    }
}

/// Members of a body that change with every heartbeat and mean nothing by it, such as `updated_at`.
#[derive(Debug, Clone, Default)]
pub struct VolatileFields(Vec<String>);

impl VolatileFields {
    pub fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|volatile| volatile == name)
    }
}

/// A body as a client sent it, checked but not yet stored.
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    text: Cow<'a, str>,
    /// Where the values of volatile members lie in `text`; `None` if there are more than are worth tracking.
    volatile: Option<Spans>,
}

/// What JSON takes for white space.
const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// BOUND: volatile members tracked for the quick comparison; more take the slow one.
const SPANS_MAX: usize = 4;

#[derive(Debug, Default, Clone, Copy)]
struct Spans {
    count: usize,
    list: [(usize, usize); SPANS_MAX],
}

impl Spans {
    fn as_slice(&self) -> &[(usize, usize)] {
        &self.list[..self.count]
    }
}

impl<'a> Candidate<'a> {
    /// Checks that `bytes` are one JSON object of at most `bytes_max` bytes and not nested too deep.
    pub(crate) fn check(bytes: &'a [u8], bytes_max: usize, fields: &VolatileFields) -> Result<Self, Refusal> {
        if bytes.len() > bytes_max {
            return Err(Refusal::BodyTooLarge {
                bytes: bytes.len(),
                max: bytes_max,
            });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
        let behind = text.trim_start_matches(WHITE_SPACE);
        let leading = &text[..text.len() - behind.len()];
        Self::check_text(behind.trim_end_matches(WHITE_SPACE), fields)
            .map_err(|refusal| placed_after(leading, refusal))
    }

    fn check_text(text: &'a str, fields: &VolatileFields) -> Result<Self, Refusal> {
        if !text.starts_with('{') {
            return Err(not_an_object(text));
        }
        if is_too_deep(text) {
            return Err(Refusal::BodyTooDeep { max: BODY_DEPTH_MAX });
        }
        if is_beyond_some_readers(text) {
            serde_json::from_str::<serde_json::Value>(text).map_err(|error| not_json(&error))?;
        }
        if text.contains(['\n', '\r']) {
            serde_json::from_str::<IgnoredAny>(text).map_err(|error| not_json(&error))?;
            let text = on_one_line(text);
            let volatile = find_volatile(&text, fields).map_err(|error| not_json(&error))?;
            return Ok(Self {
                text: Cow::Owned(text),
                volatile,
            });
        }
        let volatile = find_volatile(text, fields).map_err(|error| not_json(&error))?;
        Ok(Self {
            text: Cow::Borrowed(text),
            volatile,
        })
    }

    pub(crate) fn is_identical_to(&self, stored: &Body) -> bool {
        self.text.as_bytes() == stored.as_bytes()
    }

    /// Whether this differs from `stored` in volatile members at the most, which makes it a heartbeat.
    pub(crate) fn is_renewal_of(&self, stored: &Body, fields: &VolatileFields) -> bool {
        self.is_identical_to(stored)
            || self
                .volatile
                .is_some_and(|spans| differs_only_in(&spans, self.text.as_bytes(), stored.as_bytes()))
            || significant_members_equal(&self.text, stored.as_bytes(), fields)
    }

    pub(crate) fn to_body(&self) -> Body {
        Body {
            pulse: self.pulse().unwrap_or_default(),
            ..Body::from_checked(self.text.as_bytes())
        }
    }

    fn pulse(&self) -> Option<(u32, u32)> {
        let spans = self.volatile?;
        let &[(start, end)] = spans.as_slice() else {
            return None;
        };
        let is_plain = is_plain_scalar(self.text.as_bytes().get(start..end)?);
        Some((u32::try_from(start).ok()?, u32::try_from(end).ok()?)).filter(|_| is_plain)
    }
}

/// The quick comparison: same length, and the same bytes outside of the volatile values. What `stored` has in their
/// place must be one scalar too, or it could hide members that the new body no longer has.
fn differs_only_in(spans: &Spans, new: &[u8], stored: &[u8]) -> bool {
    if spans.count == 0 || new.len() != stored.len() {
        return false;
    }
    let mut at = 0;
    for &(start, end) in spans.as_slice() {
        if new[at..start] != stored[at..start] || !is_plain_scalar(&stored[start..end]) {
            return false;
        }
        at = end;
    }
    new[at..] == stored[at..]
}

/// A string of plain ASCII without escapes, or a whole number that every reader takes: bytes that are valid JSON and can
/// be nothing but one value.
fn is_plain_scalar(bytes: &[u8]) -> bool {
    match bytes {
        [b'"', inner @ .., b'"'] => inner
            .iter()
            .all(|&byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\'),
        [b'1'..=b'9', digits @ ..] => digits.len() < 18 && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// The slow comparison: both bodies member by member, in order, without the volatile ones.
fn significant_members_equal(new: &str, stored: &[u8], fields: &VolatileFields) -> bool {
    let Ok(stored) = std::str::from_utf8(stored) else {
        return false;
    };
    match (members(new), members(stored)) {
        (Ok(new), Ok(stored)) => {
            let significant = |(key, _): &&(Cow<'_, str>, &str)| !fields.contains(key);
            new.iter()
                .filter(significant)
                .eq(stored.iter().filter(significant))
        }
        _ => false,
    }
}

fn members(text: &str) -> serde_json::Result<Vec<(Cow<'_, str>, &str)>> {
    let mut list = Vec::new();
    visit_members(text, |key, value| list.push((key, value)))?;
    Ok(list)
}

fn find_volatile(text: &str, fields: &VolatileFields) -> serde_json::Result<Option<Spans>> {
    let mut spans = Spans::default();
    let mut fits = true;
    visit_members(text, |key, value| {
        if fields.contains(&key) {
            if spans.count == SPANS_MAX {
                fits = false;
                return;
            }
            let start = value.as_ptr().addr() - text.as_ptr().addr();
            spans.list[spans.count] = (start, start + value.len());
            spans.count += 1;
        }
    })?;
    Ok(fits.then_some(spans))
}

fn visit_members<'a>(text: &'a str, visit: impl FnMut(Cow<'a, str>, &'a str)) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_map(Members(visit))?;
    deserializer.end()
}

struct Members<F>(F);

impl<'de, F: FnMut(Cow<'de, str>, &'de str)> Visitor<'de> for Members<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            let value: &'de RawValue = map.next_value()?;
            (self.0)(key, value.get());
        }
        Ok(())
    }
}

/// A member's name, borrowed unless it holds escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

fn not_json(error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    // serde_json ends its messages with " at line L column C", which the refusal says in its own words.
    let message = text.split(" at line ").next().unwrap_or_default().to_owned();
    Refusal::BodyNotJson {
        line: error.line(),
        column: error.column(),
        message,
    }
}

/// Tells the place of a fault in the text as it was sent, of which `leading` was passed over.
fn placed_after(leading: &str, refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::BodyNotJson {
            line,
            column,
            message,
        } => {
            let indent = leading.len() - leading.rfind('\n').map_or(0, |at| at + 1);
            let column = if line == 1 { column + indent } else { column };
            Refusal::BodyNotJson {
                line: line + leading.matches('\n').count(),
                column,
                message,
            }
        }
        other => other,
    }
}

fn not_utf8(bytes: &[u8], valid: usize) -> Refusal {
    let before = &bytes[..valid];
    let line = before.split(|&byte| byte == b'\n').count();
    let column = valid
        - before
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1)
        + 1;
    Refusal::BodyNotJson {
        line,
        column,
        message: "the bytes are not UTF-8".to_owned(),
    }
}

fn not_an_object(text: &str) -> Refusal {
    if text.is_empty() {
        return Refusal::BodyNotJson {
            line: 1,
            column: 1,
            message: "it is empty".to_owned(),
        };
    }
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return not_json(&error);
    }
    let found = match text.as_bytes().first() {
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    };
    Refusal::BodyNotObject { found }
}

/// BOUND: digits in a row that every reader of numbers takes.
const DIGITS_MAX: usize = 300;

/// Whether a body may hold what is JSON by the letter but is refused by strict readers: half a surrogate pair, a number
/// beyond every float. Readers parse a service as a whole, so one such body would hide all instances from them.
fn is_beyond_some_readers(text: &str) -> bool {
    let mut digits = 0;
    let has_great_number = text.bytes().any(|byte| {
        let was_digit = digits > 0;
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        digits > DIGITS_MAX || was_digit && matches!(byte, b'e' | b'E')
    });
    has_great_number || text.contains("\\u")
}

fn is_too_deep(text: &str) -> bool {
    let opening = text.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count();
    opening > BODY_DEPTH_MAX && depth(text) > BODY_DEPTH_MAX
}

fn depth(text: &str) -> usize {
    let mut deepest = 0;
    let mut depth = 0_usize;
    for_each_outside_strings(text, |byte| match byte {
        b'{' | b'[' => {
            depth += 1;
            deepest = deepest.max(depth);
        }
        b'}' | b']' => depth = depth.saturating_sub(1),
        _ => {}
    });
    deepest
}

/// Drops the white space between tokens. `text` is valid JSON, so line breaks lie nowhere else.
fn on_one_line(text: &str) -> String {
    let mut line = Vec::with_capacity(text.len());
    scan(text, |byte, in_string| {
        if in_string || !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            line.push(byte);
        }
    });
    // Only ASCII bytes were left out, so what remains is the UTF-8 that came in.
    String::from_utf8(line).unwrap_or_default()
}

fn for_each_outside_strings(text: &str, mut visit: impl FnMut(u8)) {
    scan(text, |byte, in_string| {
        if !in_string {
            visit(byte);
        }
    });
}

/// Visits every byte with whether it belongs to a string, its quotes included.
pub(super) fn scan(text: &str, mut visit: impl FnMut(u8, bool)) {
    let mut in_string = false;
    let mut escaped = false;
    for byte in text.bytes() {
        if in_string {
            visit(byte, true);
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
        } else {
            in_string = byte == b'"';
            visit(byte, in_string);
        }
    }
}

/// Whether bytes from another node are a body: they came through its checks, but nothing that enters an answer is
/// believed without looking.
pub(crate) fn is_body(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    text.starts_with('{')
        && text.ends_with('}')
        && !text.contains(['\n', '\r'])
        && !is_too_deep(text)
        && is_json(text)
}

fn is_json(text: &str) -> bool {
    if is_beyond_some_readers(text) {
        return serde_json::from_str::<serde_json::Value>(text).is_ok();
    }
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Whether two stored bodies differ in volatile members at the most.
pub(crate) fn is_same_but_volatile(new: &[u8], stored: &Body, fields: &VolatileFields) -> bool {
    new == stored.as_bytes()
        || std::str::from_utf8(new).is_ok_and(|new| significant_members_equal(new, stored.as_bytes(), fields))
}
