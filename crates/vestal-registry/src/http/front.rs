//! Where each request enters: its limits are judged, its route is found, and it is handed to the hot routes or the router.

use std::sync::Arc;
use std::time::Instant;

use hyper::body::Incoming;
use hyper::header::{ALLOW, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::service::Service;
use hyper::{Method, Request, StatusCode};
use tower::ServiceExt as _;
use vestal_api::ProblemCode;

use super::body::{Reply, ReplyBody};
use super::exchange::{Asked, Caller, Exchange};
use super::guarded::guard;
use super::path::Target;
use super::refusal::Refusal;
use super::reply::{Outcome, bodiless};
use super::site::Site;
use super::watch::{Phase, Watch};
use crate::hot;
use crate::hot::register::Register;
use crate::metrics::requests::{MethodClass, RouteClass};
use crate::routes;

const SERVICE_ALLOW: &str = "GET, HEAD, OPTIONS";
const INSTANCE_ALLOW: &str = "GET, HEAD, PUT, DELETE, OPTIONS";
const ANY_ALLOW: &str = "GET, HEAD, PUT, DELETE, POST, OPTIONS";

/// The service of one connection.
#[derive(Debug)]
pub(crate) struct Front {
    caller: Arc<Caller>,
}

impl Front {
    pub(crate) fn new(site: Arc<Site>, watch: Arc<Watch>) -> Self {
        Self {
            caller: Arc::new(Caller { site, watch }),
        }
    }

    fn site(&self) -> &Arc<Site> {
        &self.caller.site
    }

    fn within_limits(&self, parts: &Parts) -> Result<(), Refusal> {
        let http = &self.site().node.settings.http;
        let target_bytes = parts
            .uri
            .path_and_query()
            .map_or(0, |target| target.as_str().len());
        if target_bytes > http.uri_bytes_max {
            let detail = format!(
                "Path and query have {target_bytes} bytes; this node reads at most {} (setting http.uri-bytes). The longest id is 256 bytes.",
                http.uri_bytes_max
            );
            return Err(Refusal::new(ProblemCode::UriTooLong, detail).closing());
        }
        let header_bytes = target_bytes + header_bytes(&parts.headers);
        if header_bytes > http.header_bytes_max {
            let detail = format!(
                "The request's line and headers have {header_bytes} bytes; this node reads at most {} (setting http.header-bytes). Send fewer or shorter headers.",
                http.header_bytes_max
            );
            return Err(Refusal::new(ProblemCode::HeadersTooLarge, detail).closing());
        }
        Ok(())
    }

    /// Answers anything but PUT. The route's class comes back in `route` even when the request is refused.
    fn answer(&self, parts: Parts, body: Incoming, route: &mut RouteClass) -> Result<Outcome, Refusal> {
        self.within_limits(&parts)?;
        if parts.method == Method::OPTIONS && parts.uri.path() == "*" {
            return Ok(options(ANY_ALLOW));
        }
        let query = parts.uri.query();
        match Target::parse(parts.uri.path())? {
            Target::Service(service) => {
                *route = RouteClass::List;
                match parts.method {
                    Method::GET | Method::HEAD => {
                        hot::list::answer(self.site(), &service, query, parts.headers)
                    }
                    _ => beside(&parts, SERVICE_ALLOW),
                }
            }
            Target::Instance(service, id) => {
                *route = RouteClass::Instance;
                match parts.method {
                    Method::GET | Method::HEAD => {
                        hot::instance::answer(self.site(), &service, &id, query, parts.headers)
                    }
                    Method::DELETE => {
                        hot::remove::answer(&self.site().node, &service, &id, query, parts.headers)
                            .map(Outcome::Now)
                    }
                    _ => beside(&parts, INSTANCE_ALLOW),
                }
            }
            Target::Own => self.own(parts, body, route),
        }
    }

    fn own(&self, parts: Parts, body: Incoming, route: &mut RouteClass) -> Result<Outcome, Refusal> {
        let path = parts.uri.path();
        let Some(row) = routes::find(path) else {
            return Err(unknown(&parts.method, path));
        };
        *route = row.class;
        if !row.answers(&parts.method) {
            return beside(&parts, row.allow);
        }
        let routed = self
            .site()
            .router
            .clone()
            .oneshot(Request::from_parts(parts, body));
        Ok(Outcome::Later(Box::pin(async move {
            match routed.await {
                Ok(response) => response.map(ReplyBody::from_router),
                Err(never) => match never {},
            }
        })))
    }

    /// Begins a registration: the one request whose body is waited for on the hot path, and the only use of PUT.
    fn register(&self, parts: Parts, body: Incoming, route: &mut RouteClass) -> Result<Register, Refusal> {
        self.within_limits(&parts)?;
        let path = parts.uri.path();
        match Target::parse(path)? {
            Target::Instance(..) => {
                *route = RouteClass::Instance;
                Register::begin(self.site(), parts, body)
            }
            Target::Service(_) => {
                *route = RouteClass::List;
                Err(Refusal::method_not_allowed(&parts.method, path, SERVICE_ALLOW))
            }
            Target::Own => match routes::find(path) {
                Some(row) => {
                    *route = row.class;
                    Err(Refusal::method_not_allowed(&parts.method, path, row.allow))
                }
                None => Err(unknown(&parts.method, path)),
            },
        }
    }

    fn call_register(&self, mut asked: Asked, parts: Parts, body: Incoming) -> Exchange {
        match guard(|| self.register(parts, body, &mut asked.route)) {
            Ok(register) => Exchange::Registering {
                register,
                asked,
                caller: Arc::clone(&self.caller),
            },
            Err(refusal) => Exchange::Answered(Some(self.caller.finish(asked, refusal.into_reply()))),
        }
    }
}

impl Service<Request<Incoming>> for Front {
    type Response = Reply;
    type Error = std::convert::Infallible;
    type Future = Exchange;

    fn call(&self, request: Request<Incoming>) -> Exchange {
        let started = Instant::now();
        self.caller.watch.enter(Phase::Busy);
        let (parts, body) = request.into_parts();
        let mut asked = Asked {
            started,
            route: RouteClass::Unknown,
            method: MethodClass::of(&parts.method),
            page: self.site().cors.page_origin(&parts.headers).map(Box::new),
        };
        if parts.method == Method::PUT {
            return self.call_register(asked, parts, body);
        }
        match guard(|| self.answer(parts, body, &mut asked.route)) {
            Ok(Outcome::Now(reply)) => Exchange::Answered(Some(self.caller.finish(asked, reply))),
            Ok(Outcome::Later(work)) => Exchange::pending(work, asked, Arc::clone(&self.caller)),
            Err(refusal) => Exchange::Answered(Some(self.caller.finish(asked, refusal.into_reply()))),
        }
    }
}

/// OPTIONS, or a method that the path does not answer.
fn beside(parts: &Parts, allow: &'static str) -> Result<Outcome, Refusal> {
    if parts.method == Method::OPTIONS {
        return Ok(options(allow));
    }
    Err(Refusal::method_not_allowed(
        &parts.method,
        parts.uri.path(),
        allow,
    ))
}

fn options(allow: &'static str) -> Outcome {
    let mut headers = HeaderMap::new();
    headers.insert(ALLOW, HeaderValue::from_static(allow));
    Outcome::Now(bodiless(StatusCode::NO_CONTENT, headers))
}

fn unknown(method: &Method, path: &str) -> Refusal {
    if matches!(*method, Method::PUT | Method::DELETE) {
        let detail = format!(
            "{path:?} begins with an underscore; such names are the registry's own. A service's name begins with a letter or a digit, for example /storage/a."
        );
        return Refusal::new(ProblemCode::NameReserved, detail);
    }
    let detail = match routes::nearest(path) {
        Some(near) => format!(
            "The registry has no route {path:?}; did you mean {near}? All are listed in /_openapi.json."
        ),
        None => format!("The registry has no route {path:?}. All are listed in /_openapi.json."),
    };
    Refusal::new(ProblemCode::RouteUnknown, detail)
}

/// As they came over the wire: name, colon, space, value, end of line.
fn header_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}
