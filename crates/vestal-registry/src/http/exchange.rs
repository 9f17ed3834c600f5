//! One request's answer in the making, as a future that needs no box on the hot routes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use std::convert::Infallible;

use super::body::Reply;
use super::cors::PageOrigin;
use super::guarded::{Pending, guard, guard_pending};
use super::refusal::Refusal;
use super::site::Site;
use super::watch::Watch;
use crate::hot::register::Register;
use crate::metrics::requests::{MethodClass, RouteClass};

/// What a connection's requests share.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) site: Arc<Site>,
    pub(crate) watch: Arc<Watch>,
}

/// What is kept of a request until its answer is made.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) started: Instant,
    pub(crate) route: RouteClass,
    pub(crate) method: MethodClass,
    pub(crate) page: Option<Box<PageOrigin>>,
}

impl Asked {
    /// What was kept, leaving behind what a second look would only count twice.
    fn take(&mut self) -> Self {
        Self {
            page: self.page.take(),
            ..*self
        }
    }
}

impl Caller {
    /// The last touch on every answer: sharing with other origins, figures, the connection's phase.
    pub(crate) fn finish(&self, asked: Asked, mut reply: Reply) -> Reply {
        if let Some(page) = asked.page {
            self.site.cors.allow(*page, reply.headers_mut());
        }
        let took = asked.started.elapsed();
        self.site
            .node
            .metrics
            .requests
            .record(asked.route, asked.method, reply.status(), took);
        reply.body_mut().answered(&self.watch);
        reply
    }
}

pub(crate) enum Exchange {
    Answered(Option<Reply>),
    Registering {
        register: Register,
        asked: Asked,
        caller: Arc<Caller>,
    },
    Boxed(Pending),
}

impl Exchange {
    /// For work that waits: finishes it as the others are.
    pub(crate) fn pending(work: Pending, asked: Asked, caller: Arc<Caller>) -> Self {
        Self::Boxed(Box::pin(async move {
            let reply = guard_pending(work).await;
            caller.finish(asked, reply)
        }))
    }
}

impl Future for Exchange {
    type Output = Result<Reply, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Answered(reply) => {
                // hyper polls an exchange to its end once; a second poll would find the fault in itself.
                Poll::Ready(Ok(reply
                    .take()
                    .unwrap_or_else(|| Refusal::internal().into_reply())))
            }
            Self::Registering {
                register,
                asked,
                caller,
            } => poll_register(register, asked, caller, cx),
            Self::Boxed(work) => work.as_mut().poll(cx).map(Ok),
        }
    }
}

fn poll_register(
    register: &mut Register,
    asked: &mut Asked,
    caller: &Caller,
    cx: &mut Context<'_>,
) -> Poll<Result<Reply, Infallible>> {
    let taken = ready!(register.poll_body(cx));
    let reply = guard(|| {
        let body = taken?;
        register.answer(&caller.site.node, &body)
    })
    .unwrap_or_else(Refusal::into_reply);
    Poll::Ready(Ok(caller.finish(asked.take(), reply)))
}
