//! Holds back events that come faster than a subscriber asked for, and merges them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hdf5_async_protocol::message::{Change, Event};
use hdf5_async_protocol::model::{AxisSelection, ObjectPath, Selection};
use tokio::time::Instant;

use crate::published::Published;

/// Per path: at most one event an interval. Only writes of elements are held back; what is held for a path is
/// dropped when its link is deleted or moved, so that it does not come after.
#[derive(Debug)]
pub struct Pace {
    interval: Duration,
    paths: HashMap<ObjectPath, Held>,
}

#[derive(Debug)]
struct Held {
    last_sent: Instant,
    waiting: Option<Arc<Published>>,
}

impl Pace {
    /// `rate` is in events per second and path; rates that make no sense give `None`, no pacing.
    pub fn new(rate: f64) -> Option<Self> {
        (rate.is_finite() && rate > 0.0)
            .then(|| Duration::try_from_secs_f64(1.0 / rate).ok())
            .flatten()
            .map(|interval| Self { interval, paths: HashMap::new() })
    }

    /// The shortest time between two events of a path.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Whether the event goes out now; otherwise it is merged with what waits for its path.
    pub fn admits(&mut self, published: &Arc<Published>, now: Instant) -> bool {
        let path = match &published.event.change {
            Change::Written { path, .. } => path,
            Change::Deleted { path } | Change::Moved { path, .. } => {
                self.paths.retain(|held, _| !held.is_within(path));
                return true;
            }
            _ => return true,
        };
        let Some(held) = self.paths.get_mut(path) else {
            self.paths.insert(path.clone(), Held { last_sent: now, waiting: None });
            return true;
        };
        if held.waiting.is_none() && now >= held.last_sent + self.interval {
            held.last_sent = now;
            return true;
        }
        held.waiting = Some(match held.waiting.take() {
            Some(earlier) => merged(&earlier, published),
            None => Arc::clone(published),
        });
        false
    }

    /// When the next held event is to go out.
    pub fn next_due(&self) -> Option<Instant> {
        let waiting = self.paths.values().filter(|held| held.waiting.is_some());
        waiting.map(|held| held.last_sent + self.interval).min()
    }

    /// Takes what is due; forgets paths that have been quiet for an interval.
    pub fn due(&mut self, now: Instant) -> Vec<Arc<Published>> {
        let mut due = Vec::new();
        let interval = self.interval;
        self.paths.retain(|_, held| {
            if now < held.last_sent + interval {
                return true;
            }
            let Some(published) = held.waiting.take() else { return false };
            held.last_sent = now;
            due.push(published);
            true
        });
        due.sort_by_key(|published| published.event.seq);
        due
    }
}

/// The later event over a region that contains both; its values, if it had any, cover only the later write and
/// are left out.
fn merged(earlier: &Published, later: &Arc<Published>) -> Arc<Published> {
    let mut event: Event = later.event.clone();
    if let (
        Change::Written { region: first, old_shape: before, .. },
        Change::Written { region, old_shape, values, .. },
    ) = (&earlier.event.change, &mut event.change)
    {
        *region = union(first, region);
        if before.is_some() {
            old_shape.clone_from(before);
        }
        *values = None;
    }
    match serde_json::to_string(&event) {
        Ok(text) => Arc::new(Published { event, text: text.into(), text_with_data: None }),
        Err(_) => Arc::clone(later),
    }
}

/// The smallest selection of slices around two bounding selections; everything where their ranks differ.
fn union(first: &Selection, second: &Selection) -> Selection {
    if first.axes.len() != second.axes.len() {
        return Selection::all();
    }
    let bounds = |axis: &AxisSelection| match axis {
        AxisSelection::Index(index) => Some((*index, index + 1)),
        AxisSelection::Slice { start: Some(start), stop: Some(stop), .. } => Some((*start, *stop)),
        _ => None,
    };
    let axes = first.axes.iter().zip(&second.axes).map(|(first, second)| {
        if first == second {
            return first.clone();
        }
        let both = bounds(first).zip(bounds(second));
        let (start, stop) =
            both.map_or((None, None), |((a, b), (c, d))| (Some(a.min(c)), Some(b.max(d))));
        AxisSelection::Slice { start, stop, step: None }
    });
    Selection { axes: axes.collect() }
}

#[cfg(test)]
mod tests {
    use hdf5_async_protocol::message::Position;

    use super::*;

    fn written(seq: u64, region: &str) -> Arc<Published> {
        let change = Change::Written {
            path: ObjectPath::new("/d").unwrap(),
            region: region.parse().unwrap(),
            old_shape: None,
            shape: vec![100],
            values: None,
        };
        let event = Event::of_nobody("f", Position { epoch: 1, seq }, 0.0, change);
        Arc::new(Published {
            text: serde_json::to_string(&event).unwrap().into(),
            event,
            text_with_data: None,
        })
    }

    #[test]
    fn events_within_an_interval_are_merged_into_the_newest() {
        let mut pace = Pace::new(10.0).unwrap();
        let start = Instant::now();
        assert!(pace.admits(&written(1, "0:5"), start));
        assert!(!pace.admits(&written(2, "10:11"), start));
        assert!(!pace.admits(&written(3, "3"), start));
        let due = pace.next_due().unwrap();
        assert_eq!(due - start, Duration::from_millis(100));
        assert!(pace.due(start).is_empty());
        let released = pace.due(due);
        assert_eq!(released.len(), 1);
        assert_eq!(released[0].event.seq, 3);
        let Change::Written { region, .. } = &released[0].event.change else { panic!() };
        assert_eq!(region.to_string(), "3:11");
        assert_eq!(pace.next_due(), None);
        assert!(pace.due(due + Duration::from_millis(100)).is_empty());
        assert!(pace.admits(&written(4, "0:5"), due + Duration::from_millis(100)));
    }

    #[test]
    fn what_is_held_is_dropped_with_its_link() {
        let mut pace = Pace::new(10.0).unwrap();
        let start = Instant::now();
        assert!(pace.admits(&written(1, "0"), start));
        assert!(!pace.admits(&written(2, "1"), start));
        let mut deleted = written(3, "0").event.clone();
        deleted.change = Change::Deleted { path: ObjectPath::new("/d").unwrap() };
        assert!(pace.admits(
            &Arc::new(Published { event: deleted, text: "".into(), text_with_data: None }),
            start
        ));
        assert!(pace.due(start + Duration::from_secs(1)).is_empty());
    }

    #[test]
    fn rates_without_sense_mean_no_pacing() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300] {
            assert!(Pace::new(rate).is_none(), "{rate}");
        }
    }
}
