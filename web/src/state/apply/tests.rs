//! Events and answers as the server sends them, and what becomes of them.

use super::*;
use crate::state::{ChangeLog, Missed};
use hdf5_async_protocol::model::ObjectKind;

const ME: u64 = 5;

fn path(text: &str) -> ObjectPath {
    ObjectPath::new(text).unwrap()
}

fn event(session: u64, change: &str) -> Event {
    let text = format!(
        r#"{{"file":"f","epoch":1,"seq":1,"by":"scan.py","session":{session},"time":2.0,{change}}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn described_as(text: &str) -> ObjectInfo {
    serde_json::from_str(text).unwrap()
}

/// A session that shows the dataset /d of shape [4, 2] in a listed root group.
fn state_with_dataset(owner: &Owner) -> State {
    owner.with(|| {
        let state = State::new(Signal::stored(Some("f".to_owned())));
        let hello = format!(
            r#"{{"server":"hdf5-async","server_version":"0","version":1,"session":{ME},"name":"x","read_only":false,
            "commands":[],"capabilities":[],"limits":{{"max_message_bytes":1,"max_json_values_bytes":1,
            "max_inline_value_bytes":1,"max_requests_in_flight":1,"max_subscriptions":1,"max_list_page":1,"max_batch_commands":1}}}}"#
        );
        greeted(state, serde_json::from_str(&hello).unwrap());
        file_chosen(state);
        let list = r#"{"path":"/","total":1,"offset":0,"children":[{"name":"d","link":{"kind":"hard"},"kind":"dataset","shape":[4,2],"datatype":"<f4"}]}"#;
        page(state, serde_json::from_str(list).unwrap());
        object_chosen(state, path("/d"));
        let info = r#"{"path":"/d","kind":"dataset","link":{"kind":"hard"},"attributes":[],"n_links":1,
            "dataset":{"datatype":"<f4","shape":[4,2],"layout":"chunked","storage_bytes":32}}"#;
        described(state, &path("/d"), Ok(described_as(info)));
        state
    })
}

fn applied(state: State, events: Vec<Event>) -> Questions {
    let mut waiting = Batch::default();
    for event in events {
        waiting.push(event);
    }
    batch(state, waiting, 1000.0)
}

#[test]
fn a_write_changes_shape_row_and_region_at_once() {
    let owner = Owner::new();
    let state = state_with_dataset(&owner);
    let changes = owner.with(|| state.changes(&path("/d")));
    let written =
        r#""event":"written","path":"/d","region":"4:5, 0:2","old_shape":[4,2],"shape":[5,2]"#;
    let questions = applied(state, vec![event(9, written)]);
    assert!(questions.object && questions.stale.is_empty() && !questions.everything);
    assert_eq!(state.dataset.get_untracked().unwrap().shape, Some(vec![5, 2]));
    let Missed::Regions(regions) = changes.with_untracked(|log: &ChangeLog| log.since(0)) else {
        panic!("everything")
    };
    assert_eq!(regions[0].region.to_string(), "4:5, 0:2");
    assert!(!regions[0].by_me);
    let row = state.tree.with_untracked(|tree| tree.row(1)).unwrap();
    assert_eq!((row.detail.as_str(), row.mark.is_some()), ("f4 5 × 2", true));
}

#[test]
fn my_own_change_does_not_flash() {
    let owner = Owner::new();
    let state = state_with_dataset(&owner);
    let changes = owner.with(|| state.changes(&path("/d")));
    applied(
        state,
        vec![event(ME, r#""event":"written","path":"/d","region":"0:1","shape":[4,2]"#)],
    );
    assert!(state.tree.with_untracked(|tree| tree.row(1)).unwrap().mark.is_none());
    let Missed::Regions(regions) = changes.with_untracked(|log| log.since(0)) else { panic!() };
    assert!(regions[0].by_me);
    assert!(state.event_log.with_untracked(|log| log.newest_first().next().unwrap().by_me));
}

#[test]
fn created_rows_are_asked_about_and_deleted_ones_go() {
    let owner = Owner::new();
    let state = state_with_dataset(&owner);
    let created = event(9, r#""event":"created","path":"/a","kind":"group""#);
    let questions = applied(state, vec![created]);
    assert_eq!(questions.stale.into_iter().collect::<Vec<_>>(), [path("/a")]);
    let child = state.tree.with_untracked(|tree| tree.child(&path("/a")).cloned()).unwrap();
    assert_eq!(child.kind, Some(ObjectKind::Group));
    applied(state, vec![event(9, r#""event":"deleted","path":"/d""#)]);
    assert!(state.tree.with_untracked(|tree| tree.child(&path("/d")).is_none()));
    let object = state.object.get_untracked();
    assert!(
        matches!(object, ShownObject::Deleted { by, time_ms, .. } if by == "scan.py" && (time_ms - 2000.0).abs() < 0.5)
    );
}

#[test]
fn what_is_not_told_in_detail_is_read_again() {
    let owner = Owner::new();
    let state = state_with_dataset(&owner);
    let changes = owner.with(|| state.changes(&path("/d")));
    let questions = applied(state, vec![event(9, r#""event":"file_changed""#)]);
    assert!(questions.everything);
    assert_eq!(changes.with_untracked(|log| log.since(0)), Missed::Everything);
    let lagged = applied(state, vec![event(9, r#""event":"lagged","from":3,"to":9"#)]);
    assert!(lagged.everything);
}

#[test]
fn attributes_of_the_shown_object_say_who_changed_them() {
    let owner = Owner::new();
    let state = state_with_dataset(&owner);
    let written = r#""event":"attribute_written","path":"/d","name":"units""#;
    let questions = applied(state, vec![event(9, written), event(9, written)]);
    assert!(questions.object && questions.stale.contains(&path("/d")));
    let change = state.attribute_changes.with_untracked(|changes| changes["units"].clone());
    assert_eq!((change.by.as_str(), change.number, change.by_me), ("scan.py", 2, false));
}

#[test]
fn a_resize_tells_the_elements_that_came_or_went() {
    assert_eq!(resized_region(&[4, 2], &[9, 2]).to_string(), "4:9, :");
    assert_eq!(resized_region(&[4, 7], &[4, 2]).to_string(), ":, 2:7");
    assert_eq!(resized_region(&[4, 7], &[5, 2]).to_string(), "");
}

#[test]
fn more_than_fits_into_a_batch_is_a_resync() {
    let owner = Owner::new();
    let state = state_with_dataset(&owner);
    let written = event(9, r#""event":"written","path":"/d","region":"0:1","shape":[4,2]"#);
    let questions = applied(state, vec![written; 20_001]);
    assert!(questions.everything);
}

#[test]
fn a_moved_object_keeps_its_row_and_is_followed() {
    let owner = Owner::new();
    let state = state_with_dataset(&owner);
    let created = r#""event":"created","path":"/g","kind":"group""#;
    applied(state, vec![event(9, created)]);
    let questions = applied(state, vec![event(9, r#""event":"moved","path":"/d","to":"/e""#)]);
    assert_eq!(questions.follow, Some(path("/e")));
    let (row, gone) = state.tree.with_untracked(|tree| {
        (tree.child(&path("/e")).cloned(), tree.child(&path("/d")).cloned())
    });
    assert_eq!((row.and_then(|row| row.shape), gone), (Some(vec![4, 2]), None));
    let unknown = r#""event":"moved","path":"/g/x","to":"/y""#;
    let questions = applied(state, vec![event(9, unknown)]);
    assert_eq!((questions.groups.contains(&path("/")), questions.follow), (true, None));
}

#[test]
fn a_link_that_leads_nowhere_is_a_row_and_is_not_described() {
    let owner = Owner::new();
    let state = state_with_dataset(&owner);
    let link = r#""event":"created","path":"/l","link":{"kind":"soft","target":"/x"}"#;
    let questions = applied(state, vec![event(9, link)]);
    assert!(questions.stale.is_empty());
    let row = state.tree.with_untracked(|tree| tree.child(&path("/l")).cloned()).unwrap();
    assert_eq!((row.kind, row.link), (None, Link::Soft { target: "/x".to_owned() }));
}
