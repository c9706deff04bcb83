//! What the server answers, byte by byte.

use std::io::{Read, Write};
use std::net::TcpStream;

use tuf_test_server::{Answer, Server};

/// Sends `request` on one connection and reads until the server closes or `length` bytes have come.
fn exchange(server: &Server, request: &str, length: usize) -> String {
    let address = server.url().strip_prefix("http://").expect("a URL").to_owned();
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = Vec::new();
    stream
        .take(u64::try_from(length).expect("a length"))
        .read_to_end(&mut answer)
        .expect("the server answers");
    String::from_utf8(answer).expect("text")
}

fn folder() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("public")).expect("a folder");
    std::fs::write(folder.path().join("secret"), "secret").expect("a file");
    std::fs::write(folder.path().join("public/a b"), "words").expect("a file");
    std::fs::create_dir(folder.path().join("public/bin")).expect("a folder");
    std::fs::write(folder.path().join("public/bin/c"), "nested").expect("a file");
    let server = Server::folder(folder.path().join("public")).expect("a port");
    (folder, server)
}

#[test]
fn serves_two_requests_on_one_connection() {
    let (_folder, server) = folder();
    let one = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwords";
    let request = "GET /a%20b?query HTTP/1.1\r\n\r\n".repeat(2);
    assert_eq!(exchange(&server, &request, one.len() * 2), one.repeat(2));
}

#[test]
fn serves_a_file_whose_slash_is_encoded() {
    let (_folder, server) = folder();
    let expected = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nnested";
    assert_eq!(exchange(&server, "GET /bin%2Fc HTTP/1.1\r\n\r\n", expected.len()), expected);
}

#[test]
fn answers_head_without_a_body() {
    let (_folder, server) = folder();
    let expected = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 404 Not Found\r\n";
    let request = "HEAD /a%20b HTTP/1.1\r\n\r\nGET /none HTTP/1.1\r\n\r\n";
    assert_eq!(exchange(&server, request, expected.len()), expected);
}

#[test]
fn rejects_paths_that_leave_the_folder() {
    let (_folder, server) = folder();
    for path in ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "//secret", "/.", "/", "/%zz", "/a%20b/"] {
        let expected = "HTTP/1.1 404 Not Found\r\n";
        assert_eq!(
            exchange(&server, &format!("GET {path} HTTP/1.1\r\n\r\n"), expected.len()),
            expected,
            "{path}"
        );
    }
}

#[test]
fn rejects_other_methods() {
    let (_folder, server) = folder();
    let expected = "HTTP/1.1 405 Method Not Allowed\r\n";
    assert_eq!(exchange(&server, "POST / HTTP/1.1\r\n\r\n", expected.len()), expected);
}

#[test]
fn stops_endless_data_when_dropped() {
    let server = Server::start(|_| Answer::Endless).expect("a port");
    let expected = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\0\0\0\0";
    assert_eq!(exchange(&server, "GET / HTTP/1.1\r\n\r\n", expected.len()), expected);
    let url = server.url();
    drop(server);
    assert!(TcpStream::connect(url.strip_prefix("http://").expect("a URL")).is_err());
}
