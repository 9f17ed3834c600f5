//! Cross-origin sharing: off unless origins are configured; then their pages may call every route.

use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap,
    HeaderValue, ORIGIN, VARY,
};

#[derive(Debug)]
pub(crate) struct Cors {
    origins: Vec<HeaderValue>,
    allows_any: bool,
}

/// The calling page's origin, taken from a request while CORS is on.
#[derive(Debug)]
pub(crate) struct PageOrigin {
    origin: HeaderValue,
    is_preflight: bool,
}

impl Cors {
    pub(crate) fn new(origins: &[String]) -> Self {
        Self {
            origins: origins
                .iter()
                .filter_map(|origin| HeaderValue::from_str(origin).ok())
                .collect(),
            allows_any: origins.iter().any(|origin| origin == "*"),
        }
    }

    /// The origin that the answer will need, if it will need one.
    pub(crate) fn page_origin(&self, headers: &HeaderMap) -> Option<PageOrigin> {
        if self.origins.is_empty() {
            return None;
        }
        Some(PageOrigin {
            origin: headers.get(ORIGIN)?.clone(),
            is_preflight: headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD),
        })
    }

    pub(crate) fn allow(&self, page: PageOrigin, headers: &mut HeaderMap) {
        if self.allows_any {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else {
            // Said whether or not this origin is allowed: another's answer would differ.
            headers.append(VARY, HeaderValue::from_static("origin"));
            if !self.origins.contains(&page.origin) {
                return;
            }
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, page.origin);
        }
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("etag, x-vestal-index, retry-after"),
        );
        if page.is_preflight {
            headers.insert(
                ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static("GET, HEAD, PUT, DELETE, POST, OPTIONS"),
            );
            headers.insert(
                ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static("content-type, if-none-match, authorization"),
            );
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        }
    }
}
