//! Single elements of a dataset by their coordinates: on the wire a list of lists, in memory one flat list.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, SeqAccess, Visitor};
use serde::ser::SerializeSeq as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::SelectionError;

/// Coordinates before the shape is known; negative ones count from the end.
///
/// The list is flat because a list of short lists would take many times the memory of its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coordinates {
    rank: usize,
    count: usize,
    /// Point by point.
    flat: Vec<i64>,
}

impl Coordinates {
    /// Points of `rank` coordinates each; `None` where they do not come out even.
    pub fn new(rank: usize, coordinates: Vec<i64>) -> Option<Self> {
        if rank == 0 || !coordinates.len().is_multiple_of(rank) {
            return None;
        }
        Some(Self { rank, count: coordinates.len() / rank, flat: coordinates })
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Fixes the points against `dims`: the coordinates point by point, none of them outside.
    ///
    /// # Errors
    /// Another rank, or a coordinate outside.
    pub fn resolve(&self, dims: &[u64]) -> Result<Vec<u64>, SelectionError> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        if self.rank != dims.len() {
            return Err(SelectionError::PointRank { given: self.rank, rank: dims.len() });
        }
        let inside = |(position, &index): (usize, &i64)| {
            let axis = position % self.rank;
            let length = dims[axis];
            let from_end = if index < 0 { i128::from(length) } else { 0 };
            u64::try_from(from_end + i128::from(index))
                .ok()
                .filter(|index| *index < length)
                .ok_or(SelectionError::OutOfBounds { index, axis, length })
        };
        self.flat.iter().enumerate().map(inside).collect()
    }
}

impl Serialize for Coordinates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.count))?;
        if self.rank == 0 {
            for _ in 0..self.count {
                list.serialize_element::<[i64]>(&[])?;
            }
        } else {
            for point in self.flat.chunks(self.rank) {
                list.serialize_element(point)?;
            }
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Coordinates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PointList)
    }
}

struct PointList;

impl<'de> Visitor<'de> for PointList {
    type Value = Coordinates;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of points, each a list with one index for each axis")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Coordinates, A::Error> {
        let mut points = Coordinates::default();
        loop {
            let before = points.flat.len();
            let Some(()) = list.next_element_seed(OnePoint(&mut points.flat))? else {
                return Ok(points);
            };
            let rank = points.flat.len() - before;
            if points.count == 0 {
                points.rank = rank;
            } else if points.rank != rank {
                let (count, expected) = (points.count, points.rank);
                let message = format!(
                    "point {count} has {rank} coordinates, but those before it have {expected}"
                );
                return Err(A::Error::custom(message));
            }
            points.count += 1;
        }
    }
}

/// Reads one point behind those that are there.
struct OnePoint<'a>(&'a mut Vec<i64>);

impl<'de> DeserializeSeed<'de> for OnePoint<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for OnePoint<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a point: a list with one index for each axis")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(index) = list.next_element()? {
            self.0.push(index);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(text: &str) -> Result<Coordinates, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn points_come_back_as_they_were() {
        for text in ["[]", "[[1]]", "[[0,-1],[3,4]]", "[[],[]]"] {
            assert_eq!(serde_json::to_string(&points(text).unwrap()).unwrap(), text);
        }
    }

    #[test]
    fn points_are_all_of_one_rank_and_integers() {
        assert!(points("[[1, 2], [3]]").unwrap_err().contains("point 1 has 1 coordinates"));
        for text in ["[1, 2]", "{}", "[[1.5]]", "[[\"a\"]]", "[[9223372036854775808]]", "5"] {
            points(text).unwrap_err();
        }
    }

    #[test]
    fn points_lie_inside() {
        let resolved = points("[[0, -1], [3, 1]]").unwrap().resolve(&[4, 5]);
        assert_eq!(resolved, Ok(vec![0, 4, 3, 1]));
        let outside = points("[[0, 0], [0, -6]]").unwrap().resolve(&[4, 5]);
        assert_eq!(outside, Err(SelectionError::OutOfBounds { index: -6, axis: 1, length: 5 }));
        let rank = points("[[0]]").unwrap().resolve(&[4, 5]);
        assert_eq!(rank, Err(SelectionError::PointRank { given: 1, rank: 2 }));
        assert_eq!(points("[]").unwrap().resolve(&[4, 5]), Ok(vec![]));
        assert_eq!(points("[[]]").unwrap().resolve(&[]), Ok(vec![]));
    }
}
