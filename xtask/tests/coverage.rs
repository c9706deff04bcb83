//! The specification's text, compared with the list of its demands.

use xtask::coverage::{Demand, Specification};

/// Two chapters' worth of headings, then chapters 4 and 5.
const TEXT: &str = "\
# One
# Two
# Three
A reader MUST pass over this chapter.

# Formats # {#formats}

## General

<pre>
This MUST be an example.
</pre>

A name MUST be unique. A title may be anything.

# Workflow

## Update

1. **Download.** The client MUST
  ask, up to some <a>LIMIT</a>.

2. Go on.

  1. It MUST NOT go back.
";

fn demand(id: &str, words: Option<&str>) -> Demand {
    Demand {
        id: id.into(),
        demand: String::new(),
        words: words.map(Into::into),
        functions: Vec::new(),
        tests: Vec::new(),
        reason: None,
    }
}

fn complete() -> Vec<Demand> {
    vec![
        demand("4.1-name", Some("A name MUST be unique.")),
        demand("5.1.1", Some("**Download.** The client MUST ask, up to some LIMIT.")),
        demand("5.1.2", None),
        demand("5.1.2.1", Some("It MUST NOT")),
    ]
}

fn differences(demands: &[Demand]) -> Vec<String> {
    Specification::read(TEXT).differences(demands)
}

#[test]
fn accepts_a_list_of_every_step_and_sentence() {
    assert_eq!(differences(&complete()), Vec::<String>::new());
}

#[test]
fn rejects_a_step_that_is_left_out() {
    let mut demands = complete();
    demands.remove(2);
    assert_eq!(differences(&demands), ["step 5.1.2 has no demand"]);
}

#[test]
fn rejects_a_sentence_that_is_left_out() {
    let mut demands = complete();
    demands[3].words = None;
    assert_eq!(differences(&demands), ["5.1.2.1 has no demand for: It MUST NOT go back."]);
}

#[test]
fn rejects_a_demand_of_no_place_and_of_no_sentence() {
    let mut demands = complete();
    demands.push(demand("5.9", None));
    demands.push(demand("4.1-title", Some("A title MUST")));
    assert_eq!(
        differences(&demands),
        [
            "5.9: the specification has no such place or sentence",
            "4.1-title: the specification has no such place or sentence",
        ]
    );
}
