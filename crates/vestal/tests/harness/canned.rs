//! A server that gives prepared answers, for what a healthy node never says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Answers the given requests in order, one connection each, and then ends.
#[derive(Debug)]
pub(crate) struct Canned {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
    thread: JoinHandle<()>,
}

impl Canned {
    /// Each answer is a status line's rest (`503 Service Unavailable`), a content type and a body.
    pub(crate) fn start(answers: &[(&str, &str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let answers: Vec<String> = answers
            .iter()
            .map(|(status, media_type, body)| {
                let length = body.len();
                format!(
                    "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                )
            })
            .collect();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let thread = std::thread::spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().expect("a connection");
                exchange(&stream, &answer, &seen);
            }
        });
        Self {
            url,
            requests,
            thread,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The request lines, once all answers were given.
    pub(crate) fn requests(self) -> Vec<String> {
        self.thread.join().expect("all answers were given");
        std::mem::take(&mut self.requests.lock().expect("an unpoisoned lock"))
    }

    /// The request lines that were answered until now; prepared answers may be left.
    pub(crate) fn requests_so_far(&self) -> Vec<String> {
        self.requests.lock().expect("an unpoisoned lock").clone()
    }
}

/// Reads a whole request, so that closing the connection resets nothing, and answers it.
fn exchange(mut stream: &TcpStream, answer: &str, seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).expect("a request line");
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    std::io::Read::read_exact(&mut reader, &mut vec![0; length]).expect("a body");
    // Noted before it is answered: whoever has the answer finds the request here.
    seen.lock()
        .expect("an unpoisoned lock")
        .push(first.trim_end().to_owned());
    stream.write_all(answer.as_bytes()).expect("an answer sent");
}
