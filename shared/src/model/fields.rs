//! Which members of compound elements are meant.

use serde::{Deserialize, Serialize};

use super::Datatype;

/// As in numpy: a name gives the member's values themselves, a list of names compounds of those members alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a member's name, or a list of names")]
pub enum Fields {
    One(String),
    Several(Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    #[error("the elements are {datatype}, which has no members")]
    NoCompound { datatype: String },
    #[error("there is no member {name:?}; there are {known}")]
    NoMember { name: String, known: String },
    #[error("the member {name:?} is named twice")]
    Twice { name: String },
    #[error("\"fields\" names no member")]
    None,
}

impl Fields {
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }

    /// The members with their datatypes, in the order in which they are named.
    ///
    /// # Errors
    /// Members that are not there, or stand twice.
    pub fn of(&self, datatype: &Datatype) -> Result<Vec<(String, Datatype)>, FieldsError> {
        let Datatype::Compound { members, .. } = datatype else {
            return Err(FieldsError::NoCompound { datatype: datatype.to_string() });
        };
        let names = self.names();
        if names.is_empty() {
            return Err(FieldsError::None);
        }
        let mut found = Vec::with_capacity(names.len());
        for (position, name) in names.iter().enumerate() {
            if names[..position].contains(name) {
                return Err(FieldsError::Twice { name: name.clone() });
            }
            let Some(member) = members.iter().find(|member| member.name == *name) else {
                let known: Vec<&str> = members.iter().map(|member| &*member.name).collect();
                let (name, known) = (name.clone(), known.join(", "));
                return Err(FieldsError::NoMember { name, known });
            };
            found.push((name.clone(), member.datatype.clone()));
        }
        Ok(found)
    }
}
