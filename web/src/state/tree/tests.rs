//! The tree against listings and changes as the server sends them.

use super::*;

fn path(text: &str) -> ObjectPath {
    ObjectPath::new(text).unwrap()
}

fn child(name: &str, kind: ObjectKind) -> Child {
    Child {
        name: name.to_owned(),
        link: Link::Hard,
        kind: Some(kind),
        datatype: None,
        shape: None,
        n_attributes: 0,
        address: None,
        n_children: (kind == ObjectKind::Group).then_some(1),
    }
}

fn datasets(names: &[&str]) -> Vec<Child> {
    names.iter().map(|name| child(name, ObjectKind::Dataset)).collect()
}

fn shown(tree: &Tree) -> Vec<String> {
    let text = |row: RowFacts| match row.kind {
        RowKind::Object(_) => row.path.to_string(),
        RowKind::More(missing) => format!("{missing} more"),
        RowKind::Loading => "loading".to_owned(),
        RowKind::Failed(message) => message,
    };
    (0..tree.n_rows()).filter_map(|index| tree.row(index)).map(text).collect()
}

fn tree_of(names: &[&str], total: u64) -> Tree {
    let mut tree = Tree::default();
    tree.begin();
    tree.page(&ObjectPath::root(), 0, total, datasets(names));
    tree
}

#[test]
fn opens_page_by_page() {
    let mut tree = tree_of(&["a", "b"], 5);
    assert_eq!(shown(&tree), ["/", "/a", "/b", "3 more"]);
    assert!(tree.begin_loading(&path("/")));
    assert!(!tree.begin_loading(&path("/")));
    assert_eq!(shown(&tree), ["/", "/a", "/b", "loading"]);
    tree.page(&path("/"), 2, 5, datasets(&["c", "d", "e"]));
    assert_eq!(shown(&tree), ["/", "/a", "/b", "/c", "/d", "/e"]);
    tree.set_open(&path("/"), false);
    assert_eq!(shown(&tree), ["/"]);
}

#[test]
fn a_page_read_again_replaces_what_it_covers() {
    let mut tree = tree_of(&["a", "b", "c", "d"], 6);
    tree.page(&path("/"), 0, 5, datasets(&["a", "bb", "c"]));
    assert_eq!(shown(&tree), ["/", "/a", "/bb", "/c", "/d", "1 more"]);
    tree.page(&path("/"), 0, 2, datasets(&["a", "c"]));
    assert_eq!(shown(&tree), ["/", "/a", "/c"]);
    tree.page(&path("/"), 0, 0, Vec::new());
    assert_eq!(shown(&tree), ["/"]);
}

#[test]
fn created_and_deleted_objects_come_and_go_in_order() {
    let mut tree = tree_of(&["a", "d"], 2);
    assert!(tree.created(&path("/c"), Some(ObjectKind::Group), Link::Hard));
    assert!(tree.created(&path("/e"), Some(ObjectKind::Dataset), Link::Hard));
    tree.settle();
    assert_eq!(shown(&tree), ["/", "/a", "/c", "/d", "/e"]);
    tree.deleted(&path("/d"));
    tree.settle();
    assert_eq!(shown(&tree), ["/", "/a", "/c", "/e"]);
    assert!(!tree.created(&path("/c/x"), Some(ObjectKind::Dataset), Link::Hard));
    assert_eq!(tree.child(&path("/c")).unwrap().n_children, Some(1));
}

#[test]
fn a_moved_group_takes_what_is_known_below_it_along() {
    let mut tree = Tree::default();
    tree.begin();
    let groups = ["a", "b"].map(|name| child(name, ObjectKind::Group));
    tree.page(&path("/"), 0, 2, groups.to_vec());
    tree.page(&path("/a"), 0, 1, datasets(&["d"]));
    tree.page(&path("/b"), 0, 0, Vec::new());
    tree.set_open(&path("/a"), true);
    tree.set_open(&path("/b"), true);
    assert!(tree.moved(&path("/a"), &path("/b/c")));
    tree.settle();
    assert_eq!(shown(&tree), ["/", "/b", "/b/c", "/b/c/d"]);
    assert_eq!(tree.child(&path("/b")).unwrap().n_children, Some(1));
    assert!(!tree.moved(&path("/elsewhere/x"), &path("/b/x")));
}

#[test]
fn what_lies_in_the_unlisted_part_is_only_counted() {
    let mut tree = tree_of(&["a", "b"], 4);
    assert!(!tree.created(&path("/z"), Some(ObjectKind::Dataset), Link::Hard));
    tree.settle();
    assert_eq!(shown(&tree), ["/", "/a", "/b", "3 more"]);
    tree.deleted(&path("/y"));
    tree.settle();
    assert_eq!(shown(&tree), ["/", "/a", "/b", "2 more"]);
}

#[test]
fn the_filter_keeps_the_way_to_what_it_finds() {
    let mut tree = Tree::default();
    tree.begin();
    let root = vec![child("entry", ObjectKind::Group), child("other", ObjectKind::Dataset)];
    tree.page(&path("/"), 0, 2, root);
    tree.page(&path("/entry"), 0, 2, datasets(&["counts", "energy"]));
    assert_eq!(shown(&tree), ["/", "/entry", "/other"]);
    tree.set_filter("ENER");
    assert_eq!(shown(&tree), ["/", "/entry", "/entry/energy"]);
    tree.set_filter("");
    tree.open_above(&path("/entry/energy"));
    assert_eq!(shown(&tree), ["/", "/entry", "/entry/counts", "/entry/energy", "/other"]);
    assert_eq!(tree.row_of(&path("/entry/energy")), Some(3));
    assert_eq!(tree.row_of(&path("/nowhere")), None);
}

#[test]
fn a_hidden_change_marks_the_nearest_row_above() {
    let mut tree = Tree::default();
    tree.begin();
    tree.page(&path("/"), 0, 1, vec![child("entry", ObjectKind::Group)]);
    tree.mark(&path("/entry/deep/data"), 5.0);
    assert_eq!(tree.row(1).unwrap().mark.unwrap().number, 1);
    assert_eq!(tree.row(0).unwrap().mark, None);
}

#[test]
fn a_listing_that_failed_says_why() {
    let mut tree = Tree::default();
    tree.begin();
    tree.begin_loading(&path("/"));
    tree.loading_failed(&path("/"), Refusal::new("hdf5", "it is broken"));
    assert_eq!(shown(&tree), ["/", "it is broken"]);
}

#[test]
fn after_a_gap_only_what_is_hidden_is_forgotten() {
    let mut tree = Tree::default();
    tree.begin();
    let groups = ["closed", "open", "shown"].map(|name| child(name, ObjectKind::Group));
    tree.page(&path("/"), 0, 3, groups.to_vec());
    for group in ["/closed", "/open", "/shown"] {
        tree.page(&path(group), 0, 1, datasets(&["d"]));
    }
    tree.set_open(&path("/open"), true);
    tree.forget_closed(Some(&path("/shown")));
    assert_eq!(tree.listed(), ["/", "/open", "/shown"].map(path));
}
