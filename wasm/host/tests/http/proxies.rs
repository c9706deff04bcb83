//! Which requests go through a proxy.

use std::env;
use std::process::Command;
use std::time::Duration;

use tuf_verifier_host::source::{Phase, Timeouts};
use tuf_verifier_host::{HttpSource, SourceError};

use crate::server::{Reply, Server, answer, ok};
use crate::{build, builder, failure, fetch, shown};

/// A proxy that opens a tunnel to a repository of its own, whatever it is asked for.
fn proxy() -> Server {
    Server::start(|seen| match seen.method() {
        "CONNECT" => Reply::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
        _ => ok(b"{}"),
    })
}

/// A host that no name server knows: only a proxy can lead there.
fn elsewhere() -> tuf_verifier_host::source::HttpSourceBuilder {
    HttpSource::builder("http://repository.invalid/metadata", "http://repository.invalid/targets").retries(0)
}

#[test]
fn asks_the_proxy_for_a_tunnel() {
    let proxy = proxy();
    let source = build(elsewhere().proxy(&proxy.url()));
    assert_eq!(fetch(&source).expect("an answer"), Some(b"{}".to_vec()));
    assert_eq!(proxy.paths(), ["repository.invalid:80", "/metadata/1.root.json"]);
}

#[test]
fn gives_the_proxy_its_credentials() {
    let proxy = proxy();
    let url = format!("http://us%65r:p%40ss@{}", proxy.address());
    fetch(&build(elsewhere().proxy(&url))).expect("an answer");
    assert_eq!(proxy.seen()[0].header("proxy-authorization"), Some("Basic dXNlcjpwQHNz"));
    assert_eq!(proxy.seen()[1].header("proxy-authorization"), None);
}

#[test]
fn reports_a_proxy_that_refuses() {
    let proxy = Server::start(|_| Reply::Close(answer(407, "", b"")));
    let url = format!("http://user:hunter2@{}", proxy.address());
    let error = failure(&build(elsewhere().proxy(&url).retries(2)));
    assert!(matches!(error, SourceError::Proxy { .. }), "{error:?}");
    assert!(error.to_string().contains("407"), "{error}");
    assert!(error.to_string().contains(&proxy.address().to_string()), "{error}");
    assert!(!shown(&error).contains("hunter2"), "{error:?}");
    // Wrong credentials are not tried again and again.
    assert_eq!(proxy.seen().len(), 1);
}

#[test]
fn names_a_proxy_that_is_not_there() {
    for scheme in ["http", "socks4a", "socks5h"] {
        // Nothing listens at port 1.
        let url = format!("{scheme}://user:hunter2@127.0.0.1:1");
        let error = failure(&build(elsewhere().proxy(&url)));
        assert_eq!(error.code(), "source-unreachable", "{error:?}");
        let words = format!(
            "cannot reach the proxy {scheme}://127.0.0.1:1 on the way to \
             http://repository.invalid/metadata/1.root.json"
        );
        assert_eq!(error.to_string().replace(":1/ ", ":1 "), words);
        assert!(!shown(&error).contains("hunter2"), "{error:?}");
    }
    // Here the server's name is looked up before the proxy is asked for anything.
    let error = failure(&build(elsewhere().proxy("socks5://127.0.0.1:1")));
    assert_eq!(error.to_string(), "cannot reach http://repository.invalid/metadata/1.root.json");
}

#[test]
fn names_a_proxy_that_does_not_answer() {
    let proxy = Server::start(|_| Reply::Stall(Vec::new()));
    let limits = Timeouts { connect: Duration::from_millis(40), ..Timeouts::default() };
    let error = failure(&build(elsewhere().proxy(&proxy.url()).timeouts(limits)));
    assert!(matches!(error, SourceError::Timeout { phase: Phase::Connection, .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("the proxy {}", proxy.url())), "{error}");
}

#[test]
fn spares_the_listed_hosts() {
    for listed in ["127.0.0.1", "*", " a.example, 127.0.0.1 ", "example,.0.0.1"] {
        let (proxy, server) = (proxy(), Server::start(|_| ok(b"[]")));
        let source = build(builder(&server).proxy(&proxy.url()).no_proxy(listed));
        assert_eq!(fetch(&source).expect("an answer"), Some(b"[]".to_vec()), "{listed}");
    }
    let port = |server: &Server| format!("127.0.0.1:{}", server.address().port());
    let (proxy, server) = (proxy(), Server::start(|_| ok(b"[]")));
    let source = build(builder(&server).proxy(&proxy.url()).no_proxy(&port(&server)));
    assert_eq!(fetch(&source).expect("an answer"), Some(b"[]".to_vec()));
}

#[test]
fn spares_no_other_host() {
    for listed in ["", "27.0.0.1", "127.0.0.1:1", "127.0.0", "xinvalid", "repository", "."] {
        let (proxy, server) = (proxy(), Server::start(|_| ok(b"[]")));
        let source = build(builder(&server).proxy(&proxy.url()).no_proxy(listed));
        assert_eq!(fetch(&source).expect("an answer"), Some(b"{}".to_vec()), "{listed}");
    }
}

#[test]
fn refuses_a_proxy_that_cannot_work() {
    for url in
        ["", "gopher://user:hunter2@127.0.0.1", "http://user:hunter2@", "http://user:hun/ter2@127.0.0.1:x"]
    {
        match elsewhere().proxy(url).build() {
            Err(error @ SourceError::Unusable { .. }) => {
                assert!(!shown(&error).contains("ter2"), "{error:?}")
            }
            Err(other) => panic!("{url}: {other:?}"),
            Ok(_) => panic!("{url} was accepted"),
        }
    }
}

/// Runs `fetches_as_the_environment_says` in a process with these variables and no others that name a proxy.
fn fetched_with(base: &str, variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(env::current_exe().expect("this program"));
    child.args(["--exact", "proxies::fetches_as_the_environment_says", "--ignored", "--nocapture"]);
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        child.env_remove(name).env_remove(name.to_uppercase());
    }
    child.env_remove("REQUEST_METHOD").env("TUF_TEST_BASE", base).envs(variables.iter().copied());
    let output = child.output().expect("this program runs again");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, after) = text.split_once("fetched<").unwrap_or_else(|| panic!("{text}"));
    after.split_once('>').expect("an end").0.to_owned()
}

#[test]
#[ignore = "a part of the tests below, which run it with an environment of their own"]
fn fetches_as_the_environment_says() {
    let base = env::var("TUF_TEST_BASE").expect("run by another test");
    let builder = HttpSource::builder(&base, &base).retries(0);
    let fetched = match builder.build().and_then(|source| fetch(&source)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned(),
        Err(error) => format!("{}: {error}", error.code()),
    };
    println!("fetched<{fetched}>");
}

#[test]
fn takes_the_proxy_of_the_environment() {
    let proxy = proxy();
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        assert_eq!(fetched_with("http://repository.invalid/", &[(name, &proxy.url())]), "{}", "{name}");
    }
    let dead = "http://127.0.0.1:1";
    let variables =
        [("http_proxy", proxy.url()), ("HTTP_PROXY", dead.to_owned()), ("ALL_PROXY", dead.to_owned())];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(fetched_with("http://repository.invalid/", &variables), "{}");
}

#[test]
fn takes_no_proxy_from_the_client_of_a_cgi_program() {
    let proxy = proxy();
    // No loopback address, which would be spared, and yet nowhere else: nothing listens.
    let fetched =
        fetched_with("http://0.0.0.0:1/", &[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", &proxy.url())]);
    assert!(fetched.starts_with("source-unreachable"), "{fetched}");
    assert!(proxy.seen().is_empty());
    assert_eq!(fetched_with("http://0.0.0.0:1/", &[("HTTP_PROXY", &proxy.url())]), "{}");
}

#[test]
fn reaches_this_machine_without_the_proxy_of_the_environment() {
    let (proxy, server) = (proxy(), Server::start(|_| ok(b"[]")));
    assert_eq!(fetched_with(&server.url(), &[("http_proxy", &proxy.url())]), "[]");
    let by_name = format!("http://localhost:{}/", server.address().port());
    assert_eq!(fetched_with(&by_name, &[("all_proxy", &proxy.url())]), "[]");
}

#[test]
fn refuses_an_environment_that_cannot_work() {
    let fetched = fetched_with("http://127.0.0.1:1/", &[("http_proxy", "gopher://user:hunter2@127.0.0.1")]);
    assert!(fetched.starts_with("source-unusable: gopher://127.0.0.1: http_proxy is"), "{fetched}");
}
