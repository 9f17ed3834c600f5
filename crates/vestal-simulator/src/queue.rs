//! What is going to happen, in order. Events of one moment come in the order in which they were planned, so that a run
//! has one history only.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::moment::Moment;

#[derive(Debug)]
pub(crate) struct Queue<E> {
    heap: BinaryHeap<Reverse<Due<E>>>,
    planned: u64,
}

#[derive(Debug)]
struct Due<E> {
    at: Moment,
    order: u64,
    event: E,
}

impl<E> Queue<E> {
    pub(crate) fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            planned: 0,
        }
    }

    pub(crate) fn plan(&mut self, at: Moment, event: E) {
        self.planned += 1;
        self.heap.push(Reverse(Due {
            at,
            order: self.planned,
            event,
        }));
    }

    pub(crate) fn next(&mut self) -> Option<(Moment, E)> {
        self.heap.pop().map(|Reverse(due)| (due.at, due.event))
    }
}

impl<E> PartialEq for Due<E> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl<E> Eq for Due<E> {}

impl<E> PartialOrd for Due<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Due<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}
