//! An event with its number and its texts: made once, shared by the history and all subscribers.

use axum::extract::ws::Utf8Bytes;
use hdf5_async_protocol::message::{Change, Event};

/// An event that is held, with its texts: each is made once and shared by all subscribers.
#[derive(Debug)]
pub struct Published {
    pub event: Event,
    /// Without values.
    pub text: Utf8Bytes,
    /// With values, where the change carries any.
    pub text_with_data: Option<Utf8Bytes>,
}

impl Published {
    pub fn new(event: &Event) -> Result<Self, serde_json::Error> {
        let mut bare = event.clone();
        let has_data = match &mut bare.change {
            Change::Written { values, .. } | Change::AttributeWritten { values, .. } => {
                values.take().is_some()
            }
            _ => false,
        };
        let text_with_data =
            has_data.then(|| serde_json::to_string(event)).transpose()?.map(Utf8Bytes::from);
        let text = serde_json::to_string(&bare)?.into();
        Ok(Self { event: bare, text, text_with_data })
    }

    pub fn text(&self, data: bool) -> &Utf8Bytes {
        self.text_with_data.as_ref().filter(|_| data).unwrap_or(&self.text)
    }

    pub fn bytes(&self) -> usize {
        self.text.len() + self.text_with_data.as_ref().map_or(0, |text| text.len())
    }
}
