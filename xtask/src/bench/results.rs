//! All measurements of one run, and what follows from them: medians, and ratios between servers.

use serde::Serialize;

use super::cluster::Cluster;
use super::machine::Machine;
use super::memory::Memory;
use super::server::Server;
use super::speed::{Sample, Speed};

/// One run.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) seconds: f64,
    pub(crate) rounds: u32,
    pub(crate) speed: Vec<Sample>,
    pub(crate) memory: Vec<Memory>,
    pub(crate) cluster: Option<Cluster>,
}

impl Results {
    pub(crate) fn new(machine: Machine, seconds: f64, rounds: u32) -> Results {
        Results {
            machine,
            seconds,
            rounds,
            speed: Vec::new(),
            memory: Vec::new(),
            cluster: None,
        }
    }

    /// The median over the rounds of something about one server at one kind of work.
    pub(crate) fn median(
        &self,
        work: Speed,
        server: Server,
        value: impl Fn(&Sample) -> Option<f64>,
    ) -> Option<f64> {
        median(self.samples(work, server).filter_map(value).collect())
    }

    /// How fast `server` was beside `reference`: the median of the rounds' ratios, so that a machine whose speed
    /// drifts from round to round does not distort it.
    pub(crate) fn ratio(
        &self,
        work: Speed,
        (server, reference): (Server, Server),
        value: impl Fn(&Sample) -> Option<f64>,
    ) -> Option<f64> {
        let of_round = |sample: &Sample| {
            let mut others = self.samples(work, reference);
            let other = others.find(|other| other.round == sample.round)?;
            Some(value(sample)? / value(other)?)
        };
        median(self.samples(work, server).filter_map(of_round).collect())
    }

    /// Resident bytes of a filled server.
    pub(crate) fn resident_bytes(&self, server: Server, instances: u64) -> Option<u64> {
        let mut memory = self.memory.iter();
        let found = memory.find(|memory| memory.server == server && memory.instances == instances);
        found.map(|memory| memory.resident_bytes)
    }

    fn samples(&self, work: Speed, server: Server) -> impl Iterator<Item = &Sample> {
        self.speed
            .iter()
            .filter(move |sample| sample.work == work && sample.server == server)
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_of_an_even_number_of_values_is_between_the_middle_ones() {
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![]), None);
    }
}
