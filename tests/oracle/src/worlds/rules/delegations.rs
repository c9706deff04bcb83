//! Delegations.

use super::Rule;
use super::case::Says::{Absent, Anything, Finds, Refuses, Takes};
use super::case::case;
use crate::worlds::Place;

const MALFORMED: &[&str] = &["malformed-metadata"];
const NO_JSON: &[&str] = &["DeserializationError"];
const PREFIXES_IN_OTHER_WORDS: &[&str] =
    &["delegation-of-prefixes-in-capitals", "delegation-of-a-prefix-not-hexadecimal"];

pub(super) const ALL: &[Rule] = &[
    Rule {
        name: "terminating-left-out",
        differs: "A delegation has no `terminating`. We take it for false; the peers refuse.",
        decides: "4.5: the format lists `terminating` among the members, the example of a targets.json file delegates without \
                  it. Where the two disagree we read what the specification itself shows.",
        cases: &[case(
            &["delegation-terminating-missing"],
            Takes,
            Refuses(NO_JSON),
            Refuses(&["terminating must be a boolean"]),
        )],
    },
    Rule {
        name: "a-delegation-of-another-type",
        differs: "A member of a delegation is of another JSON type: a number as name or `terminating`, a string as `paths`. We \
                  refuse, as tuf-js does; python-tuf takes it for true or false, or for a list.",
        decides: "4.5, ROLENAME: \"A string giving the name of the delegated role.\" TERMINATING: \"A boolean\". paths: \"A list \
                  of strings\".",
        cases: &[case(
            &[
                "delegation-paths-a-string",
                "delegation-paths-of-numbers",
                "delegation-terminating-a-number",
                "delegation-terminating-a-string",
                "delegation-to-a-number",
            ],
            Refuses(MALFORMED),
            Takes,
            Refuses(&["must be a", "must be an"]),
        )],
    },
    Rule {
        name: "a-delegation-of-nothing",
        differs: "A delegation has neither `paths` nor `path_hash_prefixes`. We take the metadata, as tuf-js does, and say that \
                  the delegation is not understood where a search gets to it; python-tuf refuses the metadata.",
        decides: "4.5: \"The \"path_hash_prefixes\" and \"paths\" attributes are OPTIONAL, if used, exactly one of them should be \
                  set.\"",
        cases: &[
            case(&["delegation-without-paths"], Takes, Refuses(NO_JSON), Takes),
            case(
                &["delegation-without-paths"],
                Refuses(&["unsupported-delegation"]),
                Refuses(NO_JSON),
                Takes,
            ),
        ],
    },
    Rule {
        name: "a-hash-prefix-that-is-not-understood",
        differs: "A hash prefix has other characters than the digits 0 to 9 and a to f. The peers pass the delegation over; we \
                  say that it is not understood, and do not go past it to a later role.",
        decides: "4.5: \"we treat the order of delegations such that the first delegation is trusted over the second one\". A \
                  delegation whose paths cannot be read may be the one that speaks for the path (ADR 0054).",
        cases: &[
            case(PREFIXES_IN_OTHER_WORDS, Refuses(&["unsupported-delegation"]), Absent, Absent),
            case(PREFIXES_IN_OTHER_WORDS, Refuses(&["unsupported-delegation"]), Takes, Takes),
        ],
    },
    Rule {
        name: "a-delegation-to-nobody",
        differs: "A delegated role has the empty name. We refuse, as python-tuf does; tuf-js takes it. As long as it has such a file \
                  stored, and the version is used again, it asks for the role without a name, which the snapshot does not list.",
        decides: "4.5, ROLENAME: \"A string giving the name of the delegated role.\"",
        cases: &[
            case(&["delegation-to-nobody"], Refuses(MALFORMED), Refuses(NO_JSON), Takes),
            case(&["delegation-to-nobody"], Takes, Takes, Refuses(&["reading 'length'"]))
                .since()
                .when(|difference| matches!(difference.place, Place::Target(_))),
        ],
    },
    Rule {
        name: "delegations-without-roles",
        differs: "`delegations` has no `roles`. We refuse, as python-tuf does; tuf-js takes it for none.",
        decides: "4.5: DELEGATIONS \"is an OPTIONAL object and if defined it has the following format\", with `keys` and `roles`.",
        cases: &[case(&["delegations-without-roles"], Refuses(MALFORMED), Refuses(NO_JSON), Takes)],
    },
    Rule {
        name: "roles-named-by-numbers",
        differs: "Delegated roles are called `10` and `2`. We keep their order, as python-tuf does; tuf-js keeps them in an \
                  object, which sorts such names, so its canonical form is another and the signatures fail.",
        decides: "4.5: \"In order to accommodate prioritized delegations, the \"roles\" key in the DELEGATIONS object above points \
                  to an array of delegated roles, rather than to a hash table.\"",
        cases: &[case(&["delegations-to-roles-named-by-numbers"], Takes, Takes, Refuses(&["was signed by"]))],
    },
    Rule {
        name: "a-leading-dot",
        differs: "A pattern `*` and a target `.hidden`. To us a leading dot is a character like any other, as to python-tuf; \
                  tuf-js does not match it, and goes on to the next delegation, whose role it may have to refuse.",
        decides: "4.5, PATHPATTERN: \"Its format may either indicate a path to a single file, or to multiple files with the use of \
                  shell-style wildcards\". glob(7) lets a leading period be matched explicitly alone, for the sake of a \
                  shell's hidden files; target files know none (ADR 0006).",
        cases: &[
            case(&["delegation-of-a-leading-dot"], Finds, Finds, Absent),
            case(&["delegation-of-a-leading-dot"], Finds, Finds, Refuses(&["Unable to load targets"]))
                .when(|difference| matches!(&difference.place, Place::Target(path) if path.starts_with('.'))),
        ],
    },
    Rule {
        name: "patterns-beyond-glob",
        differs: "A pattern has braces, a leading `!` or `#`, an extended group, two stars or a set that begins with a caret. To \
                  us, as to python-tuf, these are characters; tuf-js reads them as minimatch does, and another role is searched.",
        decides: "4.5, PATHPATTERN: it \"supports the Unix shell pattern matching convention for paths (globbing pathnames)\", \
                  which is glob(7): `*`, `?` and `[...]`, complemented by `!`.",
        cases: &[case(
            &[
                "delegation-of-alternatives",
                "delegation-of-a-negation",
                "delegation-of-a-number-sign",
                "delegation-of-an-extended-pattern",
                "delegation-of-a-set-with-a-caret",
                "delegation-of-two-stars",
                "delegation-of-two-stars-and-a-name",
                "delegation-of-a-backslash",
            ],
            Anything,
            Anything,
            Anything,
        )
        .since()
        .when(|difference| {
            matches!(difference.place, Place::Target(_))
                && difference.answers.ours.same_verdict(&difference.answers.python)
        })],
    },
];
