//! Which views suit a dataset, by its datatype and rank.

use hdf5_async_protocol::model::Datatype;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewKind {
    Table,
    Line,
    Heatmap,
    Value,
}

impl ViewKind {
    pub const ALL: [Self; 4] = [Self::Table, Self::Line, Self::Heatmap, Self::Value];

    /// As it stands in the address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Line => "line",
            Self::Heatmap => "heatmap",
            Self::Value => "value",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Table => "Table",
            Self::Line => "Line",
            Self::Heatmap => "Heatmap",
            Self::Value => "Value",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How many axes of a dataset of this rank it shows at once; the others are sliced.
    pub fn axes(self, rank: usize) -> usize {
        match self {
            Self::Table => rank.min(2),
            Self::Line => 1,
            Self::Heatmap => 2,
            Self::Value => 0,
        }
    }
}

/// The views that make sense, the default one first.
pub fn views(datatype: &Datatype, shape: &[u64]) -> Vec<ViewKind> {
    /// Smaller images are easier to read as lines.
    const MIN_SIDE: u64 = 16;
    const MAX_ASPECT: u64 = 64;
    let plots = datatype.is_numeric();
    match shape {
        [] => vec![ViewKind::Value],
        _ if !plots || shape.contains(&0) => vec![ViewKind::Table],
        [_] => vec![ViewKind::Line, ViewKind::Table],
        [rows, columns] => {
            let (short, long) = (*rows.min(columns), *rows.max(columns));
            if short >= MIN_SIDE && long / short <= MAX_ASPECT {
                vec![ViewKind::Heatmap, ViewKind::Line, ViewKind::Table]
            } else {
                vec![ViewKind::Line, ViewKind::Table, ViewKind::Heatmap]
            }
        }
        _ => vec![ViewKind::Heatmap, ViewKind::Line, ViewKind::Table],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default_view(datatype: &str, shape: &[u64]) -> ViewKind {
        views(&datatype.parse().unwrap(), shape)[0]
    }

    #[test]
    fn the_default_follows_datatype_and_rank() {
        assert_eq!(default_view("<f8", &[]), ViewKind::Value);
        assert_eq!(default_view("<f8", &[100]), ViewKind::Line);
        assert_eq!(default_view("<u2", &[16, 1024]), ViewKind::Heatmap);
        assert_eq!(default_view("<u2", &[15, 1024]), ViewKind::Line);
        assert_eq!(default_view("<u2", &[16, 2000]), ViewKind::Line);
        assert_eq!(default_view("|b1", &[3, 4, 5]), ViewKind::Heatmap);
        assert_eq!(default_view("string", &[]), ViewKind::Value);
        assert_eq!(default_view("string", &[3, 4, 5]), ViewKind::Table);
        assert_eq!(default_view("|S8", &[3]), ViewKind::Table);
    }

    #[test]
    fn without_elements_there_is_nothing_to_plot() {
        assert_eq!(views(&"<f8".parse().unwrap(), &[0, 5]), [ViewKind::Table]);
        assert_eq!(views(&"<f8".parse().unwrap(), &[0]), [ViewKind::Table]);
    }

    #[test]
    fn names_come_back() {
        for kind in ViewKind::ALL {
            assert_eq!(ViewKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(ViewKind::from_name("rgb"), None);
    }

    #[test]
    fn a_table_of_one_axis_has_one_column() {
        assert_eq!(ViewKind::Table.axes(1), 1);
        assert_eq!(ViewKind::Table.axes(32), 2);
    }
}
