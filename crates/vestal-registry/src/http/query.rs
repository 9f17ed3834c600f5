//! The query of a request: pairs, percent-decoded, each known to its route or refused with a sentence.

use std::borrow::Cow;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use vestal_api::ProblemCode;

use super::path::is_well_encoded;
use super::refusal::Refusal;

/// The pairs of a query. A name without `=` has an empty value.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = Result<(Cow<'_, str>, Cow<'_, str>), Refusal>> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(name)?, decode(value)?))
    })
}

fn decode(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    if !raw.contains(['%', '+']) {
        return Ok(Cow::Borrowed(raw));
    }
    let spaced = raw.replace('+', " ");
    let decoded =
        is_well_encoded(raw).then(|| percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned));
    match decoded {
        Some(Ok(text)) => Ok(Cow::Owned(text)),
        _ => Err(invalid(format!(
            "In the query, {raw:?} is not percent-encoded UTF-8; a % must be followed by two hexadecimal digits, for example %25."
        ))),
    }
}

pub(crate) fn invalid(detail: impl Into<String>) -> Refusal {
    Refusal::new(ProblemCode::ParameterInvalid, detail)
}

/// Refuses a parameter that the route does not have, naming those that it has.
pub(crate) fn unknown(name: &str, known: &[&str]) -> Refusal {
    if known.is_empty() {
        return invalid(format!("{name:?} is no parameter of this route; it takes none."));
    }
    let listed = known.join(", ");
    match known.iter().find(|candidate| is_near(name, candidate)) {
        Some(near) => invalid(format!(
            "{name:?} is no parameter of this route; did you mean {near:?}? It takes: {listed}."
        )),
        None => invalid(format!(
            "{name:?} is no parameter of this route; it takes: {listed}."
        )),
    }
}

/// Whether one insertion, deletion or replacement, or another case, makes `written` of `meant`.
fn is_near(written: &str, meant: &str) -> bool {
    let written = written.to_ascii_lowercase();
    let common = written
        .bytes()
        .zip(meant.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    let (left, right) = (&written.as_bytes()[common..], &meant.as_bytes()[common..]);
    let without_first = |bytes: &'_ [u8]| bytes.get(1..).unwrap_or_default().to_vec();
    left == right
        || without_first(left) == right
        || left == without_first(right)
        || without_first(left) == without_first(right)
}

/// `pretty`, `pretty=`, `pretty=true|1` against `pretty=false|0`.
fn flag(name: &str, value: &str) -> Result<bool, Refusal> {
    match value {
        "" | "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(invalid(format!(
            "{name}={value} is neither true nor false; write ?{name}, or ?{name}=false."
        ))),
    }
}

/// Of a route that takes no parameters.
pub(crate) fn none(query: Option<&str>) -> Result<(), Refusal> {
    match pairs(query.unwrap_or_default()).next() {
        None => Ok(()),
        Some(pair) => Err(unknown(&pair?.0, &[])),
    }
}

/// Of `GET /<service>` and `GET /<service>/<id>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ReadQuery {
    pub(crate) is_pretty: bool,
    pub(crate) is_full: bool,
}

impl ReadQuery {
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, Refusal> {
        let mut read = Self::default();
        let Some(query) = query else { return Ok(read) };
        for pair in pairs(query) {
            let (name, value) = pair?;
            match (&*name, &*value) {
                ("pretty", value) => read.is_pretty = flag("pretty", value)?,
                ("view", "full") => read.is_full = true,
                ("view", other) => {
                    return Err(invalid(format!(
                        "There is no view {other:?}; write ?view=full, or leave it out."
                    )));
                }
                (other, _) => return Err(unknown(other, &["pretty", "view"])),
            }
        }
        Ok(read)
    }
}

/// The lease asked for by `PUT /<service>/<id>?ttl=…`.
pub(crate) fn ttl(query: Option<&str>) -> Result<Option<Duration>, Refusal> {
    let Some(query) = query else { return Ok(None) };
    let mut ttl = None;
    for pair in pairs(query) {
        let (name, value) = pair?;
        if name != "ttl" {
            return Err(unknown(&name, &["ttl"]));
        }
        let seconds: u64 = value.parse().map_err(|_| {
            invalid(format!(
                "ttl={value} is not a whole number of seconds; for example ?ttl=90."
            ))
        })?;
        ttl = Some(Duration::from_secs(seconds));
    }
    Ok(ttl)
}

/// BOUND: the largest page of services.
pub(crate) const PAGE_LIMIT_MAX: usize = 10_000;
const PAGE_LIMIT_DEFAULT: usize = 1000;

/// Of `GET /_services`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PageQuery {
    pub(crate) after: Option<String>,
    pub(crate) limit: usize,
    pub(crate) is_pretty: bool,
}

impl PageQuery {
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, Refusal> {
        let mut page = Self {
            after: None,
            limit: PAGE_LIMIT_DEFAULT,
            is_pretty: false,
        };
        for pair in pairs(query.unwrap_or_default()) {
            let (name, value) = pair?;
            match &*name {
                "after" => page.after = Some(value.into_owned()),
                "limit" => page.limit = limit(&value)?,
                "pretty" => page.is_pretty = flag("pretty", &value)?,
                other => return Err(unknown(other, &["after", "limit", "pretty"])),
            }
        }
        Ok(page)
    }
}

fn limit(value: &str) -> Result<usize, Refusal> {
    match value.parse() {
        Ok(limit @ 1..=PAGE_LIMIT_MAX) => Ok(limit),
        _ => Err(invalid(format!(
            "limit={value} is not a whole number from 1 to {PAGE_LIMIT_MAX}; for example ?limit={PAGE_LIMIT_DEFAULT}."
        ))),
    }
}

/// The only parameter of routes that answer JSON to people.
pub(crate) fn pretty(query: Option<&str>) -> Result<bool, Refusal> {
    let mut is_pretty = false;
    for pair in pairs(query.unwrap_or_default()) {
        let (name, value) = pair?;
        match &*name {
            "pretty" => is_pretty = flag("pretty", &value)?,
            other => return Err(unknown(other, &["pretty"])),
        }
    }
    Ok(is_pretty)
}
