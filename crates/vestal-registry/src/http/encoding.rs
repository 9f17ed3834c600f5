//! Content codings: which one a caller accepts, and how an answer is put into it.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use tracing::warn;
use vestal_core::catalog::Encoding;

/// Fast levels: an answer is compressed anew after each change, and names and addresses repeat so much that higher levels
/// gain little.
const ZSTD_LEVEL: i32 = 3;

/// The coding to use, by the caller's `Accept-Encoding`; zstd where both are wanted alike.
pub(crate) fn accepted(headers: &HeaderMap) -> Option<Encoding> {
    let mut wanted = Wanted::default();
    for value in headers.get_all(ACCEPT_ENCODING) {
        for item in value.to_str().unwrap_or_default().split(',') {
            wanted.add(item);
        }
    }
    wanted.choice()
}

/// Weights in thousandths; `None` where the caller did not say.
#[derive(Debug, Default)]
struct Wanted {
    gzip: Option<u16>,
    zstd: Option<u16>,
    any: Option<u16>,
}

impl Wanted {
    fn add(&mut self, item: &str) {
        let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight(parameters);
        let coding = coding.trim();
        if coding.eq_ignore_ascii_case("zstd") {
            self.zstd = Some(weight);
        } else if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
            self.gzip = Some(weight);
        } else if coding == "*" {
            self.any = Some(weight);
        }
    }

    fn choice(&self) -> Option<Encoding> {
        // `*` is taken to mean gzip alone: few who write it can read zstd.
        let gzip = self.gzip.or(self.any).unwrap_or(0);
        let zstd = self.zstd.unwrap_or(0);
        if zstd > 0 && zstd >= gzip {
            Some(Encoding::Zstd)
        } else {
            (gzip > 0).then_some(Encoding::Gzip)
        }
    }
}

/// `q=0.5` as 500; 1000 when absent, 0 (refused) when it cannot be read.
fn weight(parameters: &str) -> u16 {
    let Some((_, value)) = parameters
        .split(';')
        .filter_map(|one| one.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
    else {
        return 1000;
    };
    match value.trim().parse::<f32>() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range is checked here"
        )]
        Ok(q) if (0.0..=1.0).contains(&q) => (q * 1000.0) as u16,
        _ => 0,
    }
}

pub(crate) fn name(encoding: Encoding) -> HeaderValue {
    HeaderValue::from_static(match encoding {
        Encoding::Gzip => "gzip",
        Encoding::Zstd => "zstd",
    })
}

pub(crate) fn compress(encoding: Encoding, body: &[u8]) -> Option<Bytes> {
    let compressed = match encoding {
        Encoding::Gzip => gzip(body),
        Encoding::Zstd => zstd::bulk::compress(body, ZSTD_LEVEL),
    };
    compressed
        .map(Bytes::from)
        .inspect_err(|error| warn!(%error, "cannot compress an answer"))
        .ok()
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}
