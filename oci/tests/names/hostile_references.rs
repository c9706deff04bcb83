//! References that another program might read in another way: all refused.

use tuf_oci::{DigestError, MAX_REFERENCE, Reference, ReferenceError};

const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Each with the words that a person reads.
#[track_caller]
fn refused(table: &[(&str, &str)]) {
    for (text, words) in table {
        let error = Reference::parse(text).expect_err(text);
        assert_eq!((error.code(), error.to_string().as_str()), ("bad-reference", *words), "{text:?}");
    }
}

#[test]
fn rejects_what_containerd_passes_on() {
    refused(&[
        ("h.example/team/../team/app:v1", "\"..\" is no part of a repository's name"),
        ("h.example//team/app", "a part of the repository's name is empty"),
        ("h.example/team%2fapp:v1", "the character '%' at byte 14 is in no reference"),
        ("h.example/app:v1?x=1", "the character '?' at byte 16 is in no reference"),
        ("h.example/app:v1#a", "the character '#' at byte 16 is in no reference"),
        (
            "user@h.example/app:v1",
            "what stands after @ is no digest: the algorithm of a digest is sha256, sha384 or sha512",
        ),
        ("LOCALHOST:5000/app:v1", "the host \"LOCALHOST\" is not written in lower case"),
    ]);
}

#[test]
fn rejects_foreign_characters() {
    refused(&[
        ("", "the reference is empty"),
        (" h.example/app:v1", "the character ' ' at byte 0 is in no reference"),
        ("h.example/app:v1\n", "the character '\\n' at byte 16 is in no reference"),
        ("h.example/app:v1\0", "the character '\\0' at byte 16 is in no reference"),
        ("h.example/\u{1b}[31mapp:v1", "the character '\\u{1b}' at byte 10 is in no reference"),
        ("h.example/\u{430}pp:v1", "the character '\u{430}' at byte 10 is in no reference"),
        ("h.example/a\u{202e}pp:v1", "the character '\\u{202e}' at byte 11 is in no reference"),
        ("b\u{fc}cher.example/app:v1", "the character '\u{fc}' at byte 1 is in no reference"),
        ("h.example/app:v\u{ff11}", "the character '\u{ff11}' at byte 15 is in no reference"),
        ("h.example\\app:v1", "the character '\\\\' at byte 9 is in no reference"),
        ("h.example/app:v1&x", "the character '&' at byte 16 is in no reference"),
        ("h.example/app;a=b:v1", "the character ';' at byte 13 is in no reference"),
        ("h.example/*:v1", "the character '*' at byte 10 is in no reference"),
        ("h.example/app+x:v1", "the character '+' at byte 13 is in no reference"),
    ]);
}

#[test]
fn rejects_hosts_with_two_readings() {
    refused(&[
        (
            "app:v1",
            "the registry is not named: a reference begins with a host such as registry.example/ or localhost/",
        ),
        (
            "team/app:v1",
            "the registry is not named: a reference begins with a host such as registry.example/ or localhost/",
        ),
        (
            "/h.example/app:v1",
            "the registry is not named: a reference begins with a host such as registry.example/ or localhost/",
        ),
        (
            ":5000/app:v1",
            "the registry is not named: a reference begins with a host such as registry.example/ or localhost/",
        ),
        ("https://h.example/app:v1", "\"\" is no port: 1 to 65535, without leading zeros"),
        ("h.example./app:v1", "\"h.example.\" is no name of a host"),
        ("h..example/app:v1", "\"h..example\" is no name of a host"),
        (".h.example/app:v1", "\".h.example\" is no name of a host"),
        ("../app:v1", "\"..\" is no name of a host"),
        ("-h.example/app:v1", "\"-h.example\" is no name of a host"),
        ("h_1.example/app:v1", "\"h_1.example\" is no name of a host"),
        ("H.example/app:v1", "the host \"H.example\" is not written in lower case"),
        (
            "[::1]:5000/app:v1",
            "the host \"[::1]:5000\" is an address in brackets, which no path pattern can name: use a name",
        ),
        ("[fe80::1%25eth0]/app:v1", "the character '%' at byte 8 is in no reference"),
        (
            "::1/app:v1",
            "the registry is not named: a reference begins with a host such as registry.example/ or localhost/",
        ),
        (
            "127.1:5000/app:v1",
            "the host \"127.1\" is no address of four decimal numbers without leading zeros",
        ),
        (
            "2130706433:5000/app:v1",
            "the host \"2130706433\" is no address of four decimal numbers without leading zeros",
        ),
        (
            "0x7f.0.0.0x1:5000/app:v1",
            "the host \"0x7f.0.0.0x1\" is no address of four decimal numbers without leading zeros",
        ),
        (
            "127.0.0.01:5000/app:v1",
            "the host \"127.0.0.01\" is no address of four decimal numbers without leading zeros",
        ),
        (
            "256.0.0.1:5000/app:v1",
            "the host \"256.0.0.1\" is no address of four decimal numbers without leading zeros",
        ),
    ]);
    let label = "a".repeat(64);
    assert_eq!(
        Reference::parse(&format!("{label}.example/app:v1")),
        Err(ReferenceError::HostName { host: format!("{label}.example") })
    );
}

#[test]
fn rejects_ports_that_are_none() {
    for port in ["0", "65536", "99999999999", "05000", "5e3", "-1", "", "5000.", "5000:5000", "_"] {
        let refused = Reference::parse(&format!("h.example:{port}/app:v1"));
        assert_eq!(refused, Err(ReferenceError::Port { port: port.to_owned() }));
    }
}

#[test]
fn rejects_repositories_outside_the_grammar() {
    for component in [
        ".", "..", "App", "_tags", "_digests", "a_", "-a", "a-", "a..b", "a___b", "a.-b", "a_-b", "[a]",
        ".git",
    ] {
        for text in [format!("h.example/{component}/app:v1"), format!("h.example/team/{component}:v1")] {
            let refused = Reference::parse(&text);
            assert_eq!(refused, Err(ReferenceError::Component { component: component.to_owned() }), "{text}");
        }
    }
    for text in ["h.example/:v1", "h.example/app/:v1", "h.example//app:v1", "h.example/a//b:v1", "h.example/"]
    {
        assert_eq!(Reference::parse(text), Err(ReferenceError::EmptyComponent), "{text}");
    }
}

#[test]
fn rejects_tags_outside_the_grammar() {
    for tag in ["", ".", "..", ".v1", "-v1", "v1/x", "../x", "v1:v2", "[v1]", "5000/app:v1"] {
        let refused = Reference::parse(&format!("h.example/app:{tag}"));
        assert_eq!(refused, Err(ReferenceError::Tag { tag: tag.to_owned() }));
    }
    let refused = Reference::parse(&format!("h.example/app:{}", "t".repeat(129)));
    assert_eq!(refused, Err(ReferenceError::TagTooLong { length: 129 }));
}

#[test]
fn rejects_digests_that_are_none() {
    let table = [
        ("", DigestError::Form),
        ("sha256", DigestError::Form),
        (":", DigestError::Algorithm),
        (&*format!("md5:{}", &SHA256[..32]), DigestError::Algorithm),
        (&*format!("SHA256:{SHA256}"), DigestError::Algorithm),
        (&*format!("sha256+b64:{SHA256}"), DigestError::Algorithm),
        (&*format!("sha256:{}", SHA256.to_uppercase()), DigestError::Digit),
        (&*format!("sha256:{}@", &SHA256[..63]), DigestError::Digit),
        (&*format!("sha256:/{}", &SHA256[..63]), DigestError::Digit),
    ];
    for (digest, why) in table {
        let refused = Reference::parse(&format!("h.example/app@{digest}"));
        let expected = match digest {
            _ if digest.contains('+') => ReferenceError::Character { character: '+', position: 20 },
            _ => ReferenceError::Digest(why),
        };
        assert_eq!(refused, Err(expected), "{digest}");
    }
    for (algorithm, length) in [("sha256", 63), ("sha256", 65), ("sha256", 0), ("sha384", 64), ("sha512", 64)]
    {
        let digest = format!("{algorithm}:{}", "0".repeat(length));
        let Err(ReferenceError::Digest(DigestError::Length { length: told, .. })) =
            Reference::parse(&format!("h.example/app:v1@{digest}"))
        else {
            panic!("{digest}")
        };
        assert_eq!(told, length);
    }
}

#[test]
fn rejects_references_without_a_version_and_those_too_long() {
    assert_eq!(Reference::parse("h.example/app"), Err(ReferenceError::NeitherTagNorDigest));
    let long = format!("localhost/{}:v1", "a".repeat(246));
    assert_eq!(Reference::parse(&long), Err(ReferenceError::NameTooLong { length: 256 }));
    let length = MAX_REFERENCE + 1;
    assert_eq!(Reference::parse(&"a".repeat(length)), Err(ReferenceError::TooLong { length }));
}
