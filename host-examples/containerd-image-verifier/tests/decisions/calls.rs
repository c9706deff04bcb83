//! How the verifier is called: containerd's three flags and a descriptor, and nothing else.

use crate::world::{MANIFEST, Offer, World, blocked, blocked_by, feed, flags};

const V1: &str = "h.example/team/app:v1";

#[test]
fn rejects_unknown_flags() {
    let world = World::new();
    let offer = Offer::of(b"one");
    for flag in ["-operation", "--name", "-name=x", "-", "--", "-v"] {
        let mut arguments = flags(V1, &offer.digest).to_vec();
        arguments.extend([flag, "pull"]);
        let words = format!(
            "unknown-flag: the flag {flag:?} is not known: a newer containerd needs a newer verifier"
        );
        blocked(&world.call(&arguments, &offer.json()), &words);
    }
}

#[test]
fn rejects_flags_that_are_missing_or_twice() {
    let world = World::new();
    let offer = Offer::of(b"one");
    let whole = flags(V1, &offer.digest);
    for (left, flag) in [(0, "-name"), (2, "-digest"), (4, "-stdin-media-type")] {
        let mut arguments = whole.to_vec();
        arguments.drain(left..left + 2);
        let words = format!("bad-call: the flag {flag} is not given");
        blocked(&world.call(&arguments, &offer.json()), &words);
    }
    let twice = [whole.as_slice(), &["-name", "h.example/team/other:v1"]].concat();
    blocked(&world.call(&twice, &offer.json()), "bad-call: the flag -name is given twice");
    let cut = &whole[..5];
    blocked(&world.call(cut, &offer.json()), "bad-call: the flag -stdin-media-type has no value");
}

#[test]
fn rejects_other_kinds_of_input() {
    let world = World::new();
    let offer = Offer::of(b"one");
    let mut arguments = flags(V1, &offer.digest);
    arguments[5] = "application/vnd.oci.descriptor.v2+json";
    let words = "unsupported-media-type: the input is \"application/vnd.oci.descriptor.v2+json\", \
        only application/vnd.oci.descriptor.v1+json is understood";
    blocked(&world.call(&arguments, &offer.json()), words);
    let layer = Offer { media_type: "application/vnd.oci.image.layer.v1.tar".to_owned(), ..offer };
    let words = "unsupported-media-type: \"application/vnd.oci.image.layer.v1.tar\" \
        is no media type of a manifest or an index";
    blocked(&world.pull(V1, &layer), words);
}

#[test]
fn rejects_what_is_no_descriptor() {
    let world = World::new();
    let offer = Offer::of(b"one");
    let arguments = flags(V1, &offer.digest);
    for input in
        ["", "{}", "[]", &format!("{}{}", offer.json(), offer.json()), &offer.json().replace(":3", ":-3")]
    {
        blocked_by(&world.call(&arguments, input), "bad-descriptor");
    }
    let long = offer.json() + &" ".repeat(100_000);
    blocked(&world.call(&arguments, &long), "bad-descriptor: the descriptor is longer than 65536 bytes");
    blocked_by(&world.call(&flags(V1, "sha256:0"), &offer.json()), "bad-descriptor");
}

#[test]
fn rejects_digests_that_do_not_agree() {
    let world = World::new();
    let (one, two) = (Offer::of(b"one"), Offer::of(b"two"));
    let words = format!("digest-differs: {} is asked for, {} is offered", two.digest, one.digest);
    blocked(&world.call(&flags(V1, &two.digest), &one.json()), &words);
    blocked(&world.pull(&format!("{V1}@{}", two.digest), &one), &words);
}

#[test]
fn rejects_names_that_are_no_references() {
    let world = World::new();
    for name in [
        "h.example/team/../team/app:v1",
        "h.example//team/app:v1",
        "h.example/team%2fapp:v1",
        "h.example/team/app:v1?x=1",
        "h.example/team/app:v1#a",
        "user@h.example/team/app:v1",
        "H.EXAMPLE/team/app:v1",
        "h.example/team/app",
        "h.example/team/app:v1\nlisted: all is well",
        "h.example/team/\u{430}pp:v1",
        "",
    ] {
        let told = world.pull(name, &Offer::of(b"one"));
        blocked_by(&told, "bad-reference");
        assert_eq!(told.metadata, "no metadata was asked for");
    }
    assert!(!world.path("state").exists(), "nothing was asked for");
}

#[test]
fn passes_over_what_else_a_descriptor_has() {
    let world = World::new();
    let digest = Offer::of(b"one").digest;
    let input =
        format!(r#"{{"mediaType":"{MANIFEST}","digest":"{digest}","size":3,"annotations":{{"a":"b"}}}}"#);
    assert!(world.call(&flags(V1, &digest), &input).allowed);
}

#[test]
fn decides_once_where_nobody_reads() {
    let world = World::new();
    let offer = Offer::of(b"one");
    let mut child = world.start(&flags(V1, &offer.digest));
    drop(child.stdout.take());
    feed(&mut child, &offer.json());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
