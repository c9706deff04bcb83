//! Seeds that are text: JSON, date-times, paths and patterns.

use super::Seed;

const CANONICAL_JSON: &[(&str, &str)] = &[
    ("every_kind_of_value", r#"{"b":[1,-2,true,false,null,"x"],"a":{},"c":[]}"#),
    ("white_space", " \t\r\n{ \"b\" : [ 1 , 2 ] , \"a\" : { } }\n"),
    ("names_out_of_order", r#"{"c":1,"a":2,"b":{"z":3,"y":4}}"#),
    ("names_beyond_the_basic_plane", "{\"\u{ff5e}\":1,\"\u{1f600}\":2}"),
    ("escapes", r#"["\"\\\/","é😀","A"]"#),
    ("control_characters", r#"["\b\f\n\r\t\u0000\u001f",""]"#),
    ("integers_without_limit", "[123456789012345678901234567890,-9007199254740993]"),
    ("a_name_twice", r#"{"a":1,"a":2}"#),
    ("a_name_twice_by_an_escape", r#"{"a":1,"\u0061":2}"#),
    ("a_fraction", "[1.0]"),
    ("an_exponent", "[1e3]"),
    ("a_negative_zero", "[-0]"),
    ("a_leading_zero", "[01]"),
    ("a_lone_surrogate", r#"["\ud800"]"#),
    ("surrogates_in_the_wrong_order", r#"["\ude00\ud83d"]"#),
    ("an_open_string", "[\"a"),
    ("a_comma_too_many", "[1,]"),
    ("text_after_the_end", "{} {}"),
    ("a_byte_order_mark", "\u{feff}{}"),
];

const DATES: &[(&str, &str)] = &[
    ("the_example", "1985-10-21T01:21:00Z"),
    ("the_epoch", "1970-01-01T00:00:00Z"),
    ("a_leap_day", "2000-02-29T23:59:59Z"),
    ("no_leap_day", "1900-02-29T00:00:00Z"),
    ("the_first_year", "0000-01-01T00:00:00Z"),
    ("the_last_second", "9999-12-31T23:59:59Z"),
    ("a_leap_second", "2016-12-31T23:59:60Z"),
    ("hour_24", "2030-01-01T24:00:00Z"),
    ("a_fraction", "2030-01-01T00:00:00.5Z"),
    ("an_offset", "2030-01-01T00:00:00+01:00"),
    ("lower_case", "2030-01-01t00:00:00z"),
    ("a_sign", "+999-01-01T00:00:00Z"),
    ("other_digits", "٢٠٣٠-01-01T00:0"),
];

/// A pattern and a path.
const PATTERNS: &[(&str, &str, &str)] = &[
    ("a_star_within_a_folder", "targets/*.tgz", "targets/foo.tgz"),
    ("a_star_at_a_separator", "*.tgz", "targets/foo.tgz"),
    ("a_question_mark", "foo-version-?.tgz", "foo-version-2.tgz"),
    ("two_stars", "**/a", "b/c/a"),
    ("stars_that_go_back", "*a*a*a*b", "aaaaaaaaaaaab"),
    ("a_set", "[a-c][!x]", "by"),
    ("a_set_with_its_own_end", "[]a]*", "]b"),
    ("a_set_with_a_dash_at_its_end", "[a-]", "-"),
    ("a_set_without_an_end", "[abc", "[abc"),
    ("a_set_with_a_separator", "[a/b]", "[a/b]"),
    ("a_set_of_nothing", "[]", "[]"),
    ("a_complement_of_nothing", "[!]", "[!]"),
    ("braces", "{a,b}", "a"),
    ("a_leading_dot", "*", ".hidden"),
    ("characters_of_many_bytes", "?é[à-ü]", "😀éö"),
    ("an_empty_segment", "a//b", "a//b"),
    ("the_parent", "*/*", "a/.."),
    ("the_root", "/*", "/etc"),
    ("a_backslash", "a\\b", "a\\b"),
    ("a_control_character", "*", "a\u{7f}"),
];

pub(super) fn seeds() -> Vec<Seed> {
    let json = CANONICAL_JSON.iter().map(|(name, text)| Seed::new("canonical_json", name, *text));
    let dates = DATES.iter().map(|(name, text)| Seed::new("date", name, *text));
    let patterns = PATTERNS.iter().map(|(name, pattern, path)| {
        Seed::new("target_path_and_pattern", name, format!("{pattern}\n{path}"))
    });
    let deep = [128, 129].map(|levels| {
        let text = ["[".repeat(levels), "]".repeat(levels)].concat();
        Seed::new("canonical_json", &format!("{levels}_levels"), text)
    });
    let times = [("the_first_time", i64::MIN), ("the_last_time", i64::MAX), ("year_10000", 253_402_300_800)];
    let times = times.map(|(name, seconds)| Seed::new("date", name, seconds.to_le_bytes()));
    json.chain(deep).chain(dates).chain(times).chain(patterns).collect()
}
