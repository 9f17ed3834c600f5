//! How a refusal becomes an answer: a problem document with the headers that its code calls for.

use bytes::Bytes;
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use vestal_api::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode};
use vestal_core::catalog;
use vestal_core::id::NameError;

use super::body::{Reply, ReplyBody};

/// One refusal: what is wrong, in a code and a sentence.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: ProblemCode,
    pub(crate) detail: String,
    /// For 405: what is allowed.
    allow: Option<&'static str>,
    /// Whether the connection cannot be used after it.
    closes: bool,
}

impl Refusal {
    pub(crate) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            allow: None,
            closes: false,
        }
    }

    #[must_use]
    pub(crate) fn closing(self) -> Self {
        Self { closes: true, ..self }
    }

    pub(crate) fn method_not_allowed(method: &hyper::Method, path: &str, allow: &'static str) -> Self {
        let detail = format!("{path} does not answer {method}; it answers {allow}.");
        Self {
            allow: Some(allow),
            ..Self::new(ProblemCode::MethodNotAllowed, detail)
        }
    }

    pub(crate) fn not_ready() -> Self {
        Self::new(
            ProblemCode::NotReady,
            "This node has just started and is still fetching what its peers know; ask again in a second, or ask another node.",
        )
    }

    pub(crate) fn instance_unknown(service: &str, id: &str) -> Self {
        Self::new(
            ProblemCode::InstanceUnknown,
            format!(
                "Service {service:?} has no instance {id:?}: never registered, deregistered, or expired. Register it with PUT."
            ),
        )
    }

    pub(crate) fn service_name(name: &str, error: NameError) -> Self {
        if name.starts_with('_') {
            let detail = format!(
                "{name:?} begins with an underscore; such names are the registry's own. Choose one that begins with a letter or a digit."
            );
            return Self::new(ProblemCode::NameReserved, detail);
        }
        let detail =
            format!("The service's name {name:?} cannot be used: {error}. For example: /storage.eu-1/a.");
        Self::new(ProblemCode::ServiceNameInvalid, detail)
    }

    pub(crate) fn instance_id(id: &str, error: NameError) -> Self {
        let detail =
            format!("The instance's id {id:?} cannot be used: {error}. For example: /storage/10.1.1.1:8080.");
        Self::new(ProblemCode::InstanceIdInvalid, detail)
    }

    /// From the catalog, with the names that were asked for.
    pub(crate) fn of_catalog(refusal: &catalog::Refusal, service: &str, id: &str) -> Self {
        use catalog::Refusal as Of;
        let code = match refusal {
            Of::Service(error) => return Self::service_name(service, *error),
            Of::Instance(error) => return Self::instance_id(id, *error),
            Of::BodyNotJson { .. } => ProblemCode::BodyNotJson,
            Of::BodyNotObject { .. } => ProblemCode::BodyNotObject,
            Of::BodyTooDeep { .. } => ProblemCode::BodyTooDeep,
            Of::BodyTooLarge { .. } => ProblemCode::BodyTooLarge,
            Of::TtlOutOfRange { .. } => ProblemCode::ParameterInvalid,
            Of::ServiceFull { .. } => ProblemCode::ServiceFull,
            Of::RegistryFull { .. } | Of::ServicesFull { .. } => ProblemCode::RegistryFull,
        };
        Self::new(code, sentence(&refusal.to_string()))
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            ProblemCode::Internal,
            "The node failed on this request and has logged why; whether it took effect is unknown, so it may be sent again.",
        )
    }

    pub(crate) fn into_reply(self) -> Reply {
        let problem = Problem::new(self.code, self.detail);
        // Four strings and a number always have a JSON form.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut reply = Response::new(ReplyBody::Whole(Bytes::from(body)));
        *reply.status_mut() =
            StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = reply.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if self.code == ProblemCode::NotReady {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        reply
    }
}

/// The core's errors are phrases, as Rust has them; a problem's detail is a sentence.
fn sentence(phrase: &str) -> String {
    let mut characters = phrase.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    format!("{}{}.", first.to_uppercase(), characters.as_str())
}
