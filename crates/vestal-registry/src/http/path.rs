//! What a request's path names. Nothing is allocated unless the path is percent-encoded.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use vestal_api::ProblemCode;

use super::refusal::Refusal;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// `/<service>`
    Service(Cow<'a, str>),
    /// `/<service>/<id>`
    Instance(Cow<'a, str>, Cow<'a, str>),
    /// `/_…`: the registry's own.
    Own,
}

impl<'a> Target<'a> {
    pub(crate) fn parse(path: &'a str) -> Result<Self, Refusal> {
        let Some(rest) = path.strip_prefix('/').filter(|rest| !rest.is_empty()) else {
            return Err(Refusal::new(
                ProblemCode::RouteUnknown,
                format!(
                    "Nothing lives at {path:?}. Services are at /<service>, the list of them at /_services, all routes in /_openapi.json."
                ),
            ));
        };
        if rest.starts_with('_') {
            return Ok(Target::Own);
        }
        match rest.split_once('/') {
            None => Ok(Target::Service(service(rest)?)),
            Some((name, raw)) => Ok(Target::Instance(service(name)?, id(name, raw)?)),
        }
    }
}

fn service(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    if raw.is_empty() {
        return Err(Refusal::new(
            ProblemCode::ServiceNameInvalid,
            "The service's name is empty: the path has two slashes in a row. Expected is /<service>/<id>, for example /storage/a.",
        ));
    }
    decode(raw).map_err(|wrong| {
        Refusal::new(
            ProblemCode::ServiceNameInvalid,
            format!("The service's name {raw:?} cannot be used: {wrong}"),
        )
    })
}

fn id<'a>(service: &str, raw: &'a str) -> Result<Cow<'a, str>, Refusal> {
    if raw.is_empty() {
        return Err(Refusal::new(
            ProblemCode::InstanceIdInvalid,
            format!(
                "The id after /{service}/ is empty. Ask for /{service} without the slash for all instances, or name one as in /{service}/a."
            ),
        ));
    }
    if raw.contains('/') {
        return Err(Refusal::new(
            ProblemCode::InstanceIdInvalid,
            format!(
                "The path has more than two parts. A slash within an id is written %2F, for example /{service}/{}.",
                raw.replace('/', "%2F")
            ),
        ));
    }
    decode(raw).map_err(|wrong| {
        Refusal::new(
            ProblemCode::InstanceIdInvalid,
            format!("The instance's id {raw:?} cannot be used: {wrong}"),
        )
    })
}

/// Percent-decodes, strictly: a lone `%` would be kept by some clients' encoders and dropped by others'.
fn decode(raw: &str) -> Result<Cow<'_, str>, &'static str> {
    if !raw.contains('%') {
        return Ok(Cow::Borrowed(raw));
    }
    if !is_well_encoded(raw) {
        return Err(
            "a % must be followed by two hexadecimal digits, for example %2F for a slash and %25 for % itself.",
        );
    }
    percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| "what its percent-encoding stands for is not UTF-8, for example ü is %C3%BC.")
}

/// Whether each `%` is followed by two hexadecimal digits.
pub(crate) fn is_well_encoded(raw: &str) -> bool {
    let digits = |bytes: &[u8]| bytes.len() >= 2 && bytes[..2].iter().all(u8::is_ascii_hexdigit);
    raw.as_bytes().split(|byte| *byte == b'%').skip(1).all(digits)
}
