//! tough: refresh, look one target up, fetch and verify it.

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use tough::{Limits, RepositoryLoader, TargetName};
use tuf_peers::{Arguments, arguments};
use url::Url;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Arguments { root, store, metadata_url, targets_url, target } = arguments()?;
    let root = std::fs::read(root)?;
    std::fs::create_dir_all(&store)?;
    let limits = Limits { max_targets_size: 1 << 30, ..Limits::default() };
    let repository = RepositoryLoader::new(&root, base(&metadata_url)?, base(&targets_url)?)
        .datastore(store)
        .limits(limits)
        .load()
        .await?;
    let target = TargetName::new(target)?;
    let stream = repository.read_target(&target).await?.context("the target was not found")?;
    stream.try_for_each(|_| std::future::ready(Ok(()))).await?;
    Ok(())
}

/// A base URL ends in a slash here.
fn base(url: &str) -> Result<Url> {
    Ok(Url::parse(&format!("{}/", url.trim_end_matches('/')))?)
}
