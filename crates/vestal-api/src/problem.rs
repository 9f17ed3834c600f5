//! Problem codes: every way in which a node refuses, with status, title and meaning, and the document that carries one.
//!
//! The table below is the one definition: answers, the OpenAPI document and `docs/reference/problems.md` are made from it.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

/// What the `type` of a problem begins with; the code follows.
pub const PROBLEM_TYPE_PREFIX: &str = "urn:vestal:problem:";

macro_rules! problem_codes {
    ($($variant:ident = $code:literal, $status:literal, $title:literal, $meaning:literal;)+) => {
        /// A stable name for one kind of refusal. Codes are never renamed or reused; new ones may be added.
        ///
        /// ```
        /// use vestal_api::ProblemCode;
        ///
        /// assert_eq!(ProblemCode::InstanceUnknown.as_str(), "instance-unknown");
        /// assert_eq!(ProblemCode::InstanceUnknown.status(), 404);
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ProblemCode {
            $(#[doc = $meaning] $variant,)+
        }

        impl ProblemCode {
            /// Every code, in the order of the reference page.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$variant,)+];

            /// The code as it stands in a problem document.
            pub const fn as_str(self) -> &'static str {
                match self { $(ProblemCode::$variant => $code,)+ }
            }

            /// The HTTP status that always goes with the code.
            pub const fn status(self) -> u16 {
                match self { $(ProblemCode::$variant => $status,)+ }
            }

            /// A few words for people; the same for every problem of this code.
            pub const fn title(self) -> &'static str {
                match self { $(ProblemCode::$variant => $title,)+ }
            }

            /// When it is answered, and what to do about it.
            pub const fn meaning(self) -> &'static str {
                match self { $(ProblemCode::$variant => $meaning,)+ }
            }
        }
    };
}

problem_codes! {
    BodyNotJson = "body-not-json", 400, "The body is not JSON",
        "The request's body could not be read as JSON. The detail names line and column. Nothing was changed.";
    BodyNotObject = "body-not-object", 400, "The body is not a JSON object",
        "The body is JSON, but not an object in braces: an instance is described by an object, e.g. `{\"host\":\"10.1.1.1\"}`. Nothing was changed.";
    BodyTooDeep = "body-too-deep", 400, "The body is nested too deeply",
        "The body nests arrays and objects deeper than the node accepts. Nothing was changed.";
    BodyShapeInvalid = "body-shape-invalid", 400, "The body has the wrong shape",
        "The body is JSON, but lacks what this route expects, e.g. `/_renew` expects `{\"leases\":[{\"service\":\"a\",\"id\":\"b\"}]}`. Nothing was changed.";
    BodyTooLarge = "body-too-large", 413, "The body is too large",
        "The body is larger than the node's setting `limits.body-bytes` allows. Nothing was changed.";
    ServiceNameInvalid = "service-name-invalid", 400, "The service's name is invalid",
        "A service's name is 1 to 128 of the characters A-Z a-z 0-9 . _ - and begins with a letter or a digit.";
    InstanceIdInvalid = "instance-id-invalid", 400, "The instance's id is invalid",
        "An instance's id is 1 to 256 bytes of UTF-8 without control characters, percent-encoded in the path (a slash as %2F).";
    NameReserved = "name-reserved", 404, "The name is reserved",
        "Names that begin with an underscore are the registry's own; no service can have one.";
    RouteUnknown = "route-unknown", 404, "There is no such route",
        "The path is none of the registry's own routes. `/_openapi.json` lists them.";
    ParameterInvalid = "parameter-invalid", 400, "A query parameter is invalid",
        "A parameter of the query is unknown on this route or its value is out of range. The detail says what is expected. Nothing was changed.";
    RequestInvalid = "request-invalid", 400, "The request could not be read",
        "The request is not HTTP/1.1 as the standard has it, or its body broke off. The connection is closed after the answer. Nothing was changed.";
    InstanceUnknown = "instance-unknown", 404, "The instance is unknown",
        "No instance of that service has that id: never registered, deregistered, or expired. Register it again with PUT.";
    MethodNotAllowed = "method-not-allowed", 405, "The method is not allowed here",
        "The path exists but does not answer this method. The `Allow` header lists those that it does.";
    RequestTimeout = "request-timeout", 408, "The request took too long to arrive",
        "The body did not arrive within the node's setting `http.body-timeout`. The connection is closed after the answer. Nothing was changed; the request may be sent again.";
    ServiceFull = "service-full", 409, "The service is full",
        "The service has as many instances as the setting `limits.instances-per-service` allows. Nothing was changed; renewals are still accepted.";
    UriTooLong = "uri-too-long", 414, "The path and query are too long",
        "Path and query together are longer than the setting `http.uri-bytes` allows.";
    HeadersTooLarge = "headers-too-large", 431, "The headers are too large",
        "The request's headers are larger than the setting `http.header-bytes` allows, or more than 100.";
    Internal = "internal", 500, "The node failed",
        "The node failed on this request by its own fault and has logged why. Whether the change was made is unknown; a PUT or DELETE may be sent again.";
    NotReady = "not-ready", 503, "The node is not ready",
        "The node has just started and is still fetching what its peers know, so it will not answer what could be untrue. Ask again after `Retry-After` seconds, or ask another node. PUT is accepted meanwhile, and so is `/_renew` of leases that are known already.";
    TooManyConnections = "too-many-connections", 503, "There are too many connections",
        "The node holds as many connections as the setting `http.connections` allows. Reuse connections, or ask another node.";
    RegistryFull = "registry-full", 507, "The registry is full",
        "The node holds as many instances or services as its settings `limits.instances` and `limits.services` allow. Nothing was changed; renewals are still accepted.";
}

impl ProblemCode {
    /// The code of that name, if this version knows it.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == code)
    }

    /// The value of `type`: a URN that ends in the code.
    pub fn type_urn(self) -> String {
        format!("{PROBLEM_TYPE_PREFIX}{}", self.as_str())
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A refusal as it is sent: RFC 9457 with the code as a member of its own.
///
/// ```
/// use vestal_api::{Problem, ProblemCode};
///
/// let problem = Problem::new(ProblemCode::InstanceUnknown, "storage has no instance `a`.");
/// let json = serde_json::to_string(&problem)?;
/// let read: Problem = serde_json::from_str(&json)?;
/// assert_eq!(read.code(), Some(ProblemCode::InstanceUnknown));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:vestal:problem:<code>`.
    pub r#type: String,
    /// The same for every problem of the code.
    pub title: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What was wrong this time, what is expected, and an example.
    pub detail: String,
    /// The code alone. Text, so that a client reads the codes of newer nodes as well.
    pub code: String,
}

impl Problem {
    /// A problem of that code about this one request.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            r#type: code.type_urn(),
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            code: code.as_str().to_owned(),
        }
    }

    /// The code, unless a newer node sent one that this version does not know.
    pub fn code(&self) -> Option<ProblemCode> {
        ProblemCode::parse(&self.code)
    }
}

/// The reference page of all codes, as Markdown.
pub fn reference_page() -> String {
    let mut page = String::from(
        "# Problem codes\n\n\
         Every refusal of a node is `application/problem+json` (RFC 9457):\n\n\
         ```json\n{\"type\":\"urn:vestal:problem:instance-unknown\",\"title\":\"The instance is unknown\",\"status\":404,\n \
         \"detail\":\"…\",\"code\":\"instance-unknown\"}\n```\n\n\
         `code` is stable: decide by it, show `detail` to people. This page is generated from `crates/vestal-api/src/problem.rs`.\n\n\
         | code | status | meaning |\n|---|---|---|\n",
    );
    for code in ProblemCode::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{code}` | {} | {} |", code.status(), code.meaning());
    }
    page
}
