//! Which request becomes which verified file.

use percent_encoding::percent_decode_str;
use semver::Version;
use sha2::{Digest, Sha256};

use super::request::Request;
use super::response::Response;
use super::{HOST, VerifiedFiles};
use crate::failure::Failure;
use crate::package::{PackageId, PackageName};

/// What a registry of the sparse protocol says about itself: where its crates are.
const INDEX_CONFIG: &str = r#"{"dl":"http://tuf.invalid/crates/{crate}/{crate}-{version}.crate"}"#;

/// What a path on [`HOST`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    IndexConfig,
    Index(PackageName),
    Crate(PackageId),
}

/// Answers one request. `refused` hears of every file that was asked for and not verified.
pub(super) fn answer(request: &Request, files: &dyn VerifiedFiles, refused: &dyn Fn(Failure)) -> Response {
    if !request.authorized {
        return Response::unauthorized();
    }
    let refuse = |failure: Failure| {
        let response = Response::forbidden(&failure.sentence());
        refused(failure);
        response
    };
    let own = request.target.strip_prefix("http://").and_then(|rest| rest.strip_prefix(HOST));
    let Some(path) = own.filter(|path| request.method == "GET" && path.starts_with('/')) else {
        return refuse(Failure::OtherSource { target: request.target.clone() });
    };
    let result = match Route::parse(path) {
        Some(Route::IndexConfig) => Ok(Response::verified(INDEX_CONFIG.into())),
        Some(Route::Index(name)) => index(files, &name, request.if_none_match.as_deref()),
        Some(Route::Crate(package)) => files.crate_file(&package).map(Response::verified),
        None => Err(Failure::OtherSource { target: request.target.clone() }),
    };
    result.unwrap_or_else(refuse)
}

fn index(
    files: &dyn VerifiedFiles,
    name: &PackageName,
    if_none_match: Option<&str>,
) -> Result<Response, Failure> {
    let index = files.index(name)?;
    if let Some(foreign) = index.foreign() {
        return Err(Failure::ForeignDependency { name: name.clone(), dependency: foreign.clone() });
    }
    let etag = format!("\"{}\"", base16ct::lower::encode_string(&Sha256::digest(index.bytes())));
    Ok(Response::verified_or_unchanged(index.bytes().to_vec(), etag, if_none_match))
}

impl Route {
    /// Takes a path that is exactly what its route would be written as, and no other spelling of it.
    fn parse(path: &str) -> Option<Self> {
        let path = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
        if path == "index/config.json" {
            return Some(Self::IndexConfig);
        }
        let last = path.rsplit('/').next()?;
        if path.starts_with("index/") {
            let name: PackageName = last.parse().ok()?;
            return (name.index_path() == path).then_some(Self::Index(name));
        }
        let mut segments = path.strip_prefix("crates/")?.split('/');
        let name: PackageName = segments.next()?.parse().ok()?;
        let version = last.strip_prefix(name.as_str())?.strip_prefix('-')?.strip_suffix(".crate")?;
        let package = PackageId { name, version: Version::parse(version).ok()? };
        (package.crate_path() == path).then_some(Self::Crate(package))
    }
}
