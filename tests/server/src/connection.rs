//! One connection: requests in, answers out, until either side closes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::answer::{Answer, Request};

/// Bytes of a request's head after which the connection is closed.
const HEAD_LIMIT: usize = 16 * 1024;

/// Answers the requests of one connection in order. A request with a body is not understood and closes it.
pub(crate) fn serve(mut stream: TcpStream, answer: &dyn Fn(&Request) -> Answer) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = Vec::new();
    loop {
        let Some((request, head_length)) = read_head(&mut stream, &mut received)? else { return Ok(()) };
        received.drain(..head_length);
        let head_only = request.method == "HEAD";
        let answer = match request.method.as_str() {
            "GET" | "HEAD" => answer(&request),
            _ => Answer::Status(405),
        };
        write_answer(&mut stream, answer, head_only)?;
    }
}

/// Reads until one whole head has been received: the request and the bytes of its head. None at the end of the
/// connection, and for anything that is no HTTP/1.1 request.
fn read_head(stream: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<Option<(Request, usize)>> {
    let mut chunk = [0; 4096];
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        match parsed.parse(received) {
            Ok(httparse::Status::Complete(length)) => {
                let (Some(method), Some(target)) = (parsed.method, parsed.path) else { return Ok(None) };
                let path = target.split(['?', '#']).next().unwrap_or_default();
                return Ok(Some((Request { method: method.to_owned(), path: path.to_owned() }, length)));
            }
            Ok(httparse::Status::Partial) if received.len() < HEAD_LIMIT => {}
            Ok(httparse::Status::Partial) | Err(_) => return Ok(None),
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(None),
            count => received.extend_from_slice(chunk.get(..count).unwrap_or_default()),
        }
    }
}

fn write_answer(stream: &mut TcpStream, answer: Answer, head_only: bool) -> io::Result<()> {
    match answer {
        Answer::Status(status) => write_head(stream, status, Some(0)),
        Answer::Raw(bytes) => {
            stream.write_all(&bytes)?;
            stream.shutdown(Shutdown::Both)
        }
        Answer::Bytes(bytes) => {
            write_head(stream, 200, u64::try_from(bytes.len()).ok())?;
            if head_only { Ok(()) } else { stream.write_all(&bytes) }
        }
        Answer::File(mut file) => {
            write_head(stream, 200, Some(file.metadata()?.len()))?;
            if head_only { Ok(()) } else { io::copy(&mut file, stream).map(drop) }
        }
        Answer::Endless => {
            write_head(stream, 200, None)?;
            // Ends with the error that the client's closing raises.
            if head_only { Ok(()) } else { io::copy(&mut io::repeat(0), stream).map(drop) }
        }
    }
}

fn write_head(stream: &mut TcpStream, status: u16, length: Option<u64>) -> io::Result<()> {
    let reason = match status {
        200 => "OK",
        404 => "Not Found",
        405 => "Method Not Allowed",
        _ => "Answer",
    };
    let body = match length {
        Some(length) => format!("Content-Length: {length}\r\n"),
        None => "Connection: close\r\n".to_owned(),
    };
    stream.write_all(format!("HTTP/1.1 {status} {reason}\r\n{body}\r\n").as_bytes())
}
