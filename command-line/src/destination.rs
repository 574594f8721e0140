//! Where something goes: an address, or a path in the file it comes from; a group that is there takes it in.

use hdf5_async_client::protocol::model::{ObjectKind, ObjectPath};
use hdf5_async_client::{CallError, File, Location};

use crate::connect::Access;
use crate::failure::{Failure, is_not_found};

/// Reads a second address; what begins with `/` is a path in the file of the first.
///
/// # Errors
/// When it is no address, or one of the two has a selection.
pub fn beside(access: &Access, first: &Location, text: &str) -> Result<Location, Failure> {
    let second = if text.starts_with('/') {
        let path = Some(ObjectPath::new(text).map_err(CallError::from)?);
        Location { address: first.address.clone(), path, selection: None }
    } else {
        access.location(text)?
    };
    if first.selection.is_some() || second.selection.is_some() {
        let message = "whole objects only; read and write go with a selection";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(second)
}

/// Whether the two are in one file, as far as their addresses say it.
pub fn same_file(first: &Location, second: &Location) -> bool {
    first.address.authority() == second.address.authority()
        && first.address.file == second.address.file
}

/// The path itself, or the name of `object` in it, where it is a group that is there.
///
/// # Errors
/// When the server cannot say what is there.
pub async fn within(
    file: &File,
    path: &ObjectPath,
    object: &ObjectPath,
) -> Result<ObjectPath, Failure> {
    match file.describe(path.as_str()).await {
        Ok(answer) if answer.reply.object.kind == ObjectKind::Group => match object.name() {
            Some(name) => Ok(path.join(name).map_err(CallError::from)?),
            None => Ok(path.clone()),
        },
        Ok(_) => Ok(path.clone()),
        Err(CallError::Refused(error)) if is_not_found(&error) => Ok(path.clone()),
        Err(error) => Err(error.into()),
    }
}
