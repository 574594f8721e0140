//! The elements of a dataset on their way into its copy, slab by slab.

use futures::StreamExt as _;
use hdf5_async_client::protocol::model::ObjectPath;

use super::Carrier;
use crate::elements::Selected;
use crate::failure::Failure;
use crate::progress;
use crate::wording::printable;

impl Carrier {
    pub(super) async fn elements(
        &mut self,
        selected: &Selected,
        target: &ObjectPath,
    ) -> Result<(), Failure> {
        let bar = progress::bytes(selected.bytes(), &printable(selected.path.as_str()));
        let from = self.from.clone();
        let mut values = std::pin::pin!(selected.stream(&from));
        for slab in selected.slabs() {
            let Some(read) = values.next().await.transpose()? else { break };
            let bytes = read.payload.len() as u64;
            let written = self.with_places(read).await?;
            let part = slab.selection.to_string();
            self.to.write_part(target.as_str(), &part, &written).await?;
            bar.inc(bytes);
        }
        bar.finish_and_clear();
        Ok(())
    }
}
