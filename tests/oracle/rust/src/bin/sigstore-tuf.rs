//! sigstore-tuf: refresh, look one target up, fetch and verify it.

use anyhow::Result;
use jiff::Timestamp;
use sigstore_tuf::UpdaterConfig;
use sigstore_tuf::cache::FileStore;
use sigstore_tuf::client::{HttpRepository, Updater};
use tuf_peers::{Arguments, arguments};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Arguments { root, store, metadata_url, targets_url, target } = arguments()?;
    let repository = HttpRepository::new(&metadata_url)?.with_targets_base(&targets_url)?;
    let mut config = UpdaterConfig::default();
    config.targets_max_length = 1 << 30;
    let updater = Updater::new(repository, &std::fs::read(root)?)?;
    let mut updater = updater.with_config(config).with_store(FileStore::new(store));
    let now = Timestamp::now();
    updater.refresh(now).await?;
    updater.get_target(&target, now).await?;
    Ok(())
}
