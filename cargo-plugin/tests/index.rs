//! Index files.

use cargo_tuf::index::{Defect, IndexFile};
use cargo_tuf::package::PackageName;

const SUM: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn line(version: &str, rest: &str) -> String {
    format!(r#"{{"name":"words","vers":"{version}","deps":[],"cksum":"{SUM}","features":{{}}{rest}}}"#)
}

fn parse(text: &str) -> Result<IndexFile, (usize, Defect)> {
    let name: PackageName = "words".parse().expect("a name");
    IndexFile::parse(&name, text.as_bytes().to_vec()).map_err(|error| (error.line, error.defect))
}

fn choose(text: &str, wanted: &str) -> Result<String, String> {
    let spec = format!("words{wanted}").parse::<cargo_tuf::package::PackageSpec>().expect("a spec");
    let index = parse(text).expect("an index");
    index.choose(&spec.wanted).map(ToString::to_string).map_err(|none| none.to_string())
}

#[test]
fn chooses_the_newest_version_that_is_wanted() {
    let text = [
        line("1.0.0", ""),
        line("1.10.0", r#","yanked":false"#),
        line("1.9.0", r#","v":2"#),
        line("2.0.0-beta.1", ""),
        line("3.0.0", r#","yanked":true"#),
    ]
    .join("\n");
    assert_eq!(choose(&text, ""), Ok("1.10.0".into()));
    assert_eq!(choose(&text, "@~1.9"), Ok("1.9.0".into()));
    assert_eq!(choose(&text, "@1.0.0"), Ok("1.0.0".into()));
    assert_eq!(choose(&text, "@2.0.0-beta.1"), Ok("2.0.0-beta.1".into()));
    assert_eq!(choose(&text, "@^2.0.0-beta"), Ok("2.0.0-beta.1".into()));
    let yanked =
        "words has no version 3.0.0 that is not yanked (version 3.0.0 is); the newest one listed is 3.0.0";
    assert_eq!(choose(&text, "@3.0.0"), Err(yanked.into()));
    assert_eq!(
        choose(&text, "@9.9.9"),
        Err("words has no version 9.9.9; the newest one listed is 3.0.0".into())
    );
    assert_eq!(choose(&line("1.0.0+a.1", ""), "@1.0.0"), Ok("1.0.0+a.1".into()));
    assert!(choose(&line("1.0.0+a.1", ""), "@1.0.0+b").is_err());
    assert_eq!(choose("", ""), Err("words has no version".into()));
}

#[test]
fn skips_lines_of_newer_formats_as_cargo_does() {
    let text = line("1.0.0", "") + "\n{\"v\":3,\"new\":true}\n" + &line("2.0.0", r#","v":3"#) + "\n";
    assert_eq!(choose(&text, ""), Ok("1.0.0".into()));
}

#[test]
fn names_what_every_build_needs() {
    let dependency = |name: &str, rest: &str| {
        format!(r#"{{"name":"{name}","req":"^1","features":[],"default_features":true{rest}}}"#)
    };
    let dependencies = [
        dependency("a", r#","optional":false,"target":null,"kind":"normal""#),
        dependency("b", r#","optional":true,"kind":"normal""#),
        dependency("c", r#","optional":false,"target":"cfg(windows)","kind":"normal""#),
        dependency("d", r#","optional":false,"kind":"dev""#),
        dependency("e", r#","optional":false,"kind":"build""#),
        dependency("f", r#","optional":false,"package":"real-f""#),
    ];
    let text = line("1.0.0", "").replace("[]", &format!("[{}]", dependencies.join(",")));
    let index = parse(&text).expect("an index");
    let entry = index.entry(&"1.0.0".parse().expect("a version")).expect("an entry");
    assert_eq!(entry.needs, ["a", "e", "real-f"]);
    assert!(index.foreign().is_none());
}

#[test]
fn finds_dependencies_of_other_registries() {
    let other = r#"[{"name":"a","req":"^1","features":[],"optional":false,"default_features":true,"registry":"https://host/index"}]"#;
    let text = line("1.0.0", "") + "\n" + &line("1.1.0", "").replace("[]", other);
    let index = parse(&text).expect("an index");
    let foreign = index.foreign().expect("a dependency");
    assert_eq!((foreign.of.to_string(), foreign.name.as_str()), ("1.1.0".into(), "a"));
}

#[test]
fn rejects_text_that_is_no_index() {
    let good = line("1.0.0", "");
    assert!(matches!(parse(&format!("{good}\nnot json\n")), Err((2, Defect::Json(_)))));
    assert!(matches!(parse("[]"), Err((1, Defect::Json(_)))));
    assert!(matches!(parse(&good.replace("\"cksum\"", "\"cksun\"")), Err((1, Defect::Json(_)))));
    let twice = good.replace("\"deps\"", &format!("\"cksum\":\"{}\",\"deps\"", SUM.replace('a', "b")));
    assert!(matches!(parse(&twice), Err((1, Defect::Json(_)))));
    let upper = good.replace(SUM, &SUM.to_uppercase());
    assert_eq!(parse(&upper).err(), Some((1, Defect::Checksum)));
    assert_eq!(parse(&line("1.0", "")).err(), Some((1, Defect::Version("1.0".into()))));
}

#[test]
fn rejects_lines_of_which_it_depends_on_the_reader_which_counts() {
    let good = line("1.0.0", "");
    assert_eq!(parse(&format!("{good}\n{good}")).err(), Some((2, Defect::Twice("1.0.0".into()))));
    let other = good.replace("\"words\"", "\"Words\"");
    assert_eq!(parse(&other).err(), Some((1, Defect::OtherPackage("Words".into()))));
    let name: PackageName = "words".parse().expect("a name");
    let error = IndexFile::parse(&name, vec![0xff]).expect_err("no text");
    assert_eq!(error.to_string(), "malformed index: words, line 1: not UTF-8");
}
