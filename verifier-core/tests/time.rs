//! The one form of date-times.

use tuf_verifier_core::UnixTime;

#[test]
fn accepts_the_form_of_the_specification() {
    for (text, seconds) in [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59Z", -1),
        ("1985-10-21T01:21:00Z", 498_705_660),
        ("2000-02-29T12:00:00Z", 951_825_600),
        ("2027-01-15T08:00:00Z", 1_800_000_000),
        ("2038-01-19T03:14:08Z", 2_147_483_648),
        ("2100-03-01T00:00:00Z", 4_107_542_400),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("0000-01-01T00:00:00Z", -62_167_219_200),
    ] {
        assert_eq!(UnixTime::parse(text), Some(UnixTime(seconds)), "{text}");
        assert_eq!(UnixTime(seconds).to_string(), text);
    }
}

#[test]
fn rejects_other_forms() {
    for text in [
        "",
        "2030-01-01",
        "2030-01-01T00:00:00",
        "2030-01-01T00:00:00z",
        "2030-01-01t00:00:00Z",
        "2030-01-01 00:00:00Z",
        "2030-01-01T00:00:00.000Z",
        "2030-01-01T00:00:00+00:00",
        "2030-01-01T00:00:00+02:00",
        "2030-01-01T00:00:00Z ",
        " 2030-01-01T00:00:00Z",
        "2030-1-1T0:0:0Z",
        "20300101T000000Z",
        "+2030-01-01T00:00:00Z",
        "-030-01-01T00:00:00Z",
        "12030-01-01T00:00:00Z",
        "2030-W01-1T00:00:00Z",
        "２０３０-01-01T00:00:00Z",
        "1900000000",
    ] {
        assert_eq!(UnixTime::parse(text), None, "{text}");
    }
}

#[test]
fn rejects_days_and_times_that_there_are_not() {
    for text in [
        "2030-00-01T00:00:00Z",
        "2030-13-01T00:00:00Z",
        "2030-01-00T00:00:00Z",
        "2030-01-32T00:00:00Z",
        "2030-04-31T00:00:00Z",
        "2030-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2030-01-01T24:00:00Z",
        "2030-01-01T00:60:00Z",
        "2030-01-01T00:00:60Z",
    ] {
        assert_eq!(UnixTime::parse(text), None, "{text}");
    }
}

#[test]
fn writes_every_day_as_it_reads_it() {
    for day in (-719_528..2_932_897).step_by(13) {
        let time = UnixTime(day * 86_400 + 45_296);
        assert_eq!(UnixTime::parse(&time.to_string()), Some(time));
    }
}

#[test]
fn writes_times_that_have_no_such_form() {
    assert_eq!(UnixTime(i64::MAX).to_string(), "9223372036854775807 s since 1970");
    assert_eq!(UnixTime(253_402_300_800).to_string(), "253402300800 s since 1970");
    assert_eq!(UnixTime(i64::MIN).to_string(), "-9223372036854775808 s since 1970");
}
