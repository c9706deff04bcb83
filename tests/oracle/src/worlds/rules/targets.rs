//! What is listed of a target, and what it is called.

use super::Rule;
use super::case::Says::{Anything, Refuses, Takes};
use super::case::case;

pub(super) const ALL: &[Rule] = &[
    Rule {
        name: "custom-that-is-no-object",
        differs: "`custom` is an array or null. We refuse the metadata; the peers pass the value on.",
        decides: "4.5, CUSTOM: \"The format of the CUSTOM object is opaque to the framework, which only needs to know that the \
                  \"custom\" attribute maps to an object.\"",
        cases: &[case(
            &["target-custom-an-array", "target-custom-null"],
            Refuses(&["malformed-metadata"]),
            Takes,
            Takes,
        )],
    },
    Rule {
        name: "a-path-that-leaves-its-base",
        differs: "A target path is empty, begins with a slash, has an empty segment, `.` or `..`, a backslash or a control. We \
                  refuse to look for it; the peers put it behind the base URL, and verify what is there.",
        decides: "4.5, TARGETPATH: \"A string giving the path to a file that is relative to a mirror's base URL of targets. To \
                  avoid surprising behavior when resolving paths, it is RECOMMENDED that a TARGETPATH uses the forward slash \
                  (/) as directory separator and does not start with a directory separator.\"",
        cases: &[case(
            &[
                "target-named-up",
                "target-named-up-inside",
                "target-named-from-the-top",
                "target-named-with-an-empty-segment",
                "target-named-with-a-dot-segment",
                "target-named-with-a-backslash",
                "target-named-with-a-control",
                "target-named-as-a-url",
                "target-named-as-a-folder",
                "target-named-empty",
            ],
            Refuses(&["unsafe-path"]),
            Anything,
            Anything,
        )],
    },
    Rule {
        name: "a-name-that-a-url-would-change",
        differs: "A target path has `%`, `?` or `#`. We encode it and fetch the file of that name; the peers put it into the URL \
                  as it is, where it means something else, and find nothing.",
        decides: "4.5, TARGETPATH: \"A string giving the path to a file that is relative to a mirror's base URL of targets.\" \
                  5.7.3: \"the filename used to download the target file is of the fixed form FILENAME.EXT\".",
        cases: &[case(
            &[
                "target-named-with-a-percent-sign",
                "target-named-with-a-question-mark",
                "target-named-with-a-number-sign",
            ],
            Takes,
            Refuses(&["DownloadHTTPError"]),
            Refuses(&["no http"]),
        )],
    },
];
