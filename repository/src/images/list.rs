//! Images by a list of digests, for those whose bytes are elsewhere.

use std::path::Path;

use tuf_oci::{Digest, MediaType, Reference};

use crate::error::Error;
use crate::images::collect::{Image, ListedManifest, MOST_MANIFESTS, check_algorithm};
use crate::images::error::ImageError;

/// Most bytes of a list: each of the most manifests with a long line.
const MOST_BYTES: u64 = 1024 * 1024;

impl Image {
    /// Reads a list: one manifest a line, as `DIGEST SIZE MEDIA-TYPE`. The first is what the reference stands for, the
    /// others are its children. Empty lines, and those that begin with `#`, are passed over.
    ///
    /// # Errors
    /// [`Error::Image`], [`Error::Io`].
    pub fn from_list(reference: &Reference, path: &Path) -> Result<Self, Error> {
        let bytes =
            tuf_files::read_regular(path, MOST_BYTES).map_err(|cause| Error::io("read", path, cause))?;
        let text = String::from_utf8(bytes).map_err(|error| Error::unreadable(path, error))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let mut manifests = Vec::new();
        for (number, line) in lines {
            let listed = listed(line).map_err(|reason| ImageError::File {
                path: path.to_owned(),
                reason: format!("line {}: {reason}", number + 1),
            })?;
            check_algorithm(&listed.digest)?;
            manifests.push(listed);
            if manifests.len() > MOST_MANIFESTS + 1 {
                return Err(ImageError::TooMany(path.display().to_string()).into());
            }
        }
        let mut manifests = manifests.into_iter();
        let manifest = manifests.next().ok_or_else(|| ImageError::Absent {
            place: path.display().to_string(),
            name: "line with a digest".to_owned(),
        })?;
        match reference.digest().is_none_or(|digest| *digest == manifest.digest) {
            true => Ok(Self { reference: reference.clone(), manifest, children: manifests.collect() }),
            false => {
                let reason = format!("the list begins with {}", manifest.digest);
                Err(ImageError::contradiction(reference, reason).into())
            }
        }
    }
}

fn listed(line: &str) -> Result<ListedManifest, String> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let [digest, size, media_type] = words[..] else {
        return Err(format!("{line:?} is not DIGEST SIZE MEDIA-TYPE"));
    };
    let digest: Digest = digest.parse().map_err(|error| format!("{error}"))?;
    let size = size.parse().map_err(|_| format!("{size:?} is no number of bytes"))?;
    let media_type: MediaType = media_type.parse().map_err(|error| format!("{error}"))?;
    Ok(ListedManifest { media_type, digest, size, bytes: None })
}
