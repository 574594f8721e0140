//! Going through everything below a group, as fast as the caller takes it.

use std::collections::VecDeque;

use futures::stream::{self, Stream};
use hdf5_async_protocol::message::command::{Search, Walk};
use hdf5_async_protocol::message::reply::{Found, WalkedGroup};

use super::File;
use crate::error::CallError;

impl File {
    /// The groups at and below one with their links; a large group comes in several parts.
    ///
    /// # Errors
    /// As [`Self::call`]; the stream ends with the first.
    pub fn walk(&self, walk: Walk) -> impl Stream<Item = Result<WalkedGroup, CallError>> {
        let file = self.clone();
        let begin = (VecDeque::new(), Some(walk));
        stream::try_unfold(begin, move |(mut ready, mut next): (VecDeque<_>, Option<Walk>)| {
            let file = file.clone();
            async move {
                while ready.is_empty() {
                    let Some(walk) = next.take() else { return Ok(None) };
                    let answer = file.call(walk.clone()).await?.reply;
                    ready.extend(answer.groups);
                    next = answer.cursor.map(|cursor| Walk { cursor: Some(cursor), ..walk });
                }
                Ok(ready.pop_front().map(|group| (group, (ready, next))))
            }
        })
    }

    /// What fits the patterns of `search`.
    ///
    /// # Errors
    /// As [`Self::walk`].
    pub fn search(&self, search: Search) -> impl Stream<Item = Result<Found, CallError>> {
        let file = self.clone();
        let begin = (VecDeque::new(), Some(search));
        stream::try_unfold(begin, move |(mut ready, mut next): (VecDeque<_>, Option<Search>)| {
            let file = file.clone();
            async move {
                while ready.is_empty() {
                    let Some(search) = next.take() else { return Ok(None) };
                    let answer = file.call(search.clone()).await?.reply;
                    ready.extend(answer.found);
                    next = answer.cursor.map(|cursor| Search { cursor: Some(cursor), ..search });
                }
                Ok(ready.pop_front().map(|found| (found, (ready, next))))
            }
        })
    }
}
