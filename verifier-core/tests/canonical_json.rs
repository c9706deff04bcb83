//! JSON is read strictly and written canonically.
#![allow(clippy::panic, reason = "a test ends so")]

use tuf_verifier_core::{Defect, Malformed, canonicalize};

fn canonical(text: &str) -> String {
    canonicalize(text.as_bytes()).unwrap_or_else(|malformed| panic!("{text}: {malformed}"))
}

/// The words and the place of the defect.
fn defect(text: &[u8]) -> (&'static str, usize) {
    match canonicalize(text) {
        Err(Malformed { defect: Defect::Json(words), offset: Some(offset), .. }) => (words, offset),
        other => panic!("{}: {other:?}", String::from_utf8_lossy(text)),
    }
}

#[test]
fn accepts_every_kind_of_value() {
    for text in ["null", "true", "false", "0", "-1", "12345678901234567890", "\"\"", "[]", "{}", "[[],{}]"] {
        assert_eq!(canonical(text), text);
    }
}

#[test]
fn drops_white_space_between_tokens() {
    assert_eq!(canonical(" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" :\tnull } \n"), r#"{"a":[1,2],"b":null}"#);
    assert_eq!(canonical("[ ]"), "[]");
    assert_eq!(canonical("{\n}"), "{}");
}

#[test]
fn sorts_members_at_every_level() {
    let text = r#"{"b":{"z":[{"d":1,"c":2}],"y":0},"a":1,"aa":2,"B":3,"":4}"#;
    assert_eq!(canonical(text), r#"{"":4,"B":3,"a":1,"aa":2,"b":{"y":0,"z":[{"c":2,"d":1}]}}"#);
}

#[test]
fn sorts_members_by_code_point_and_not_by_utf_16_unit() {
    let (private, astral) = ("\u{e000}", "\u{10000}");
    let expected = format!("{{\"{private}\":1,\"{astral}\":2}}");
    assert_eq!(canonical(&format!("{{\"{astral}\":2,\"{private}\":1}}")), expected);
    assert_eq!(canonical(r#"{"\ud800\udc00":2,"\ue000":1}"#), expected);
}

#[test]
fn sorts_members_by_what_their_escapes_mean() {
    let text = r#"{"\\":3,"]":4,"\"":1,"#.to_owned() + r##""#":2,"\u0021":0}"##;
    assert_eq!(canonical(&text), r##"{"!":0,"\"":1,"#":2,"\\":3,"]":4}"##);
}

#[test]
fn escapes_quotes_and_backslashes_alone() {
    assert_eq!(
        canonical(r#""\"\\\/\b\f\n\r\t\u0001\u00fc\u20AC\ud83d\ude00""#),
        "\"\\\"\\\\/\u{8}\u{c}\n\r\t\u{1}ü€😀\""
    );
    assert_eq!(canonical(r#""\u0022\u005c\u0041""#), r#""\"\\A""#);
}

#[test]
fn keeps_canonical_text_as_it_is() {
    let text = r#"{"a":[1,-2,"\"\\é",{"b":null}],"c":true}"#;
    assert_eq!(canonical(text), text);
    assert_eq!(canonical(&canonical(text)), text);
}

#[test]
fn keeps_the_digits_of_integers_of_any_size() {
    for digits in ["9007199254740993", "18446744073709551616", &"9".repeat(1_000)] {
        assert_eq!(canonical(digits), digits);
        assert_eq!(canonical(&format!("[-{digits}]")), format!("[-{digits}]"));
    }
}

#[test]
fn keeps_composed_and_decomposed_text_apart() {
    let text = "{\"e\u{301}\":1,\"\u{e9}\":2}";
    assert_eq!(canonical(text), text);
}

#[test]
fn rejects_a_name_that_is_there_twice() {
    let words = "the same name twice in one object";
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"a":1}"#,
        r#"{"b":1,"a":2,"b":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"\"":1,"\u0022":2}"#,
        r#"{"":1,"":2}"#,
        r#"[{"x":{"c":0,"b":0,"a":0,"b":0}}]"#,
    ] {
        assert_eq!(defect(text.as_bytes()).0, words, "{text}");
    }
    assert_eq!(canonical(r#"[{"a":1},{"a":1}]"#), r#"[{"a":1},{"a":1}]"#);
}

#[test]
fn rejects_invalid_utf_8() {
    for (bytes, offset) in [
        (&b"\"\xff\""[..], 1),
        (b"\"\xc3\"", 1),
        (b"\"\xed\xa0\x80\"", 1),
        (b"\"\xc0\xaf\"", 1),
        (b"\"\xf5\x80\x80\x80\"", 1),
        (b"{}\x80", 2),
    ] {
        assert_eq!(defect(bytes), ("invalid UTF-8", offset));
    }
}

#[test]
fn rejects_a_byte_order_mark() {
    assert_eq!(defect("\u{feff}{}".as_bytes()), ("no JSON value", 0));
}

#[test]
fn rejects_lone_surrogates() {
    for text in [
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800\ud800""#,
        r#""\ud800x""#,
        r#""\ud800\n""#,
        r#""\udc00\ud800""#,
    ] {
        assert_eq!(defect(text.as_bytes()).0, "a lone surrogate in a string", "{text}");
    }
}

#[test]
fn rejects_numbers_with_a_fraction_or_an_exponent() {
    for text in ["1.0", "0.5", "-1.5", "1e3", "1E3", "1e-3", "0e0"] {
        assert_eq!(defect(text.as_bytes()).0, "a number with a fraction or an exponent", "{text}");
    }
}

#[test]
fn rejects_numbers_that_json_does_not_have() {
    for (text, words) in [
        ("01", "a number that begins with 0"),
        ("-0", "a number that begins with -0"),
        ("-01", "a number that begins with -0"),
        ("-", "no digit in a number"),
        ("--1", "no digit in a number"),
        ("+1", "no JSON value"),
        (".5", "no JSON value"),
        ("NaN", "no JSON value"),
        ("Infinity", "no JSON value"),
        ("-Infinity", "no digit in a number"),
    ] {
        assert_eq!(defect(text.as_bytes()).0, words, "{text}");
    }
    assert_eq!(defect(b"0x10").0, "text after the end of the JSON value");
}

#[test]
fn rejects_strings_that_json_does_not_have() {
    for (text, words) in [
        ("\"a", "the text ends inside of a string"),
        ("\"\\\"", "the text ends inside of a string"),
        ("\"\u{0}\"", "a control character inside of a string"),
        ("\"\n\"", "a control character inside of a string"),
        ("\"\u{1f}\"", "a control character inside of a string"),
        (r#""\x41""#, "an unknown escape in a string"),
        (r#""\U0041""#, "an unknown escape in a string"),
        (r#""\u004""#, "no four hexadecimal digits after \\u"),
        (r#""\u00g0""#, "no four hexadecimal digits after \\u"),
        (r#""\u+041""#, "no four hexadecimal digits after \\u"),
        (r#""\ud83d\u""#, "no four hexadecimal digits after \\u"),
        ("'a'", "no JSON value"),
    ] {
        assert_eq!(defect(text.as_bytes()).0, words, "{text:?}");
    }
    assert_eq!(canonical("\"\u{7f}\u{2028}\""), "\"\u{7f}\u{2028}\"");
}

#[test]
fn rejects_arrays_and_objects_that_json_does_not_have() {
    for text in [
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1",
        "[",
        "]",
        "{\"a\":1,}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{a:1}",
        "{1:2}",
        "{\"a\":1",
        "{",
        "}",
        "{\"a\":1 \"b\":2}",
        "[}",
        "{]",
        "/**/{}",
        "{}//",
        "{}{}",
        "[] []",
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "tru",
        "undefined",
    ] {
        defect(text.as_bytes());
    }
}

#[test]
fn rejects_more_than_128_levels() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert_eq!(canonical(&nested(128)), nested(128));
    assert_eq!(defect(nested(129).as_bytes()), ("nested more than 128 levels deep", 128));
    assert_eq!(defect("[".repeat(1_000_000).as_bytes()).1, 128);
    assert_eq!(defect("{\"a\":".repeat(1_000_000).as_bytes()).0, "nested more than 128 levels deep");
    assert_eq!(canonical(&format!("[{0},{0}]", nested(127))), format!("[{0},{0}]", nested(127)));
}

#[test]
fn tells_where_the_defect_is() {
    assert_eq!(defect(br#"{"a": 1, "b": 2.5}"#).1, 15);
    assert_eq!(defect(br#"{"a": 1} x"#), ("text after the end of the JSON value", 9));
}
