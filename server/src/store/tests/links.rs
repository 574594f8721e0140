//! Paths through every kind of link, listings, deletion, and files that other programs have made.

use hdf5_async_protocol::message::ErrorCode;
use serde_json::{Value, json};

use super::{Access, Bench, LIMITS, Store, StoreLimits};
use crate::store::sorted_names::SortedNames;

/// Lets the `hdf5` crate build a file, and opens it.
pub(super) fn made_by(build: impl FnOnce(&hdf5::File)) -> Bench {
    let mut bench = Bench::new();
    let path = bench.path.with_file_name("made.h5");
    let file = hdf5::File::create(&path).unwrap();
    build(&file);
    file.close().unwrap();
    bench.store = Store::open(&path, "test.h5", Access::ReadWrite, LIMITS).unwrap();
    bench.path = path;
    bench
}

fn linked() -> Bench {
    made_by(|file| {
        let inner = file.create_group("a").unwrap().create_group("b").unwrap();
        inner.new_dataset_builder().with_data(&[1_i32, 2]).create("d").unwrap();
        file.link_soft("/a/b", "soft").unwrap();
        file.link_soft("a/./b//", "relative").unwrap();
        inner.link_soft("d", "near").unwrap();
        file.link_soft("/soft/near", "through").unwrap();
        file.link_soft("/no/where", "dangling").unwrap();
        file.link_soft("/soft/nothing", "dangling_below").unwrap();
        file.link_soft("/loop2", "loop1").unwrap();
        file.link_soft("loop1", "loop2").unwrap();
        file.link_hard("/a/b/d", "hard").unwrap();
        let other = std::path::Path::new(&file.filename()).with_file_name("other.h5");
        let other_file = hdf5::File::create(&other).unwrap();
        other_file.new_dataset_builder().with_data(&[9_i32]).create("x").unwrap();
        file.link_external("other.h5", "/x", "external").unwrap();
    })
}

#[test]
fn soft_and_hard_links_lead_to_the_object() {
    let mut bench = linked();
    for path in ["/a/b/d", "/soft/d", "/relative/d", "/soft/near", "/through", "/hard"] {
        assert_eq!(bench.read(path), json!([1, 2]), "{path}");
    }
    let described = bench.describe("/through");
    assert_eq!(described["link"], json!({"kind": "soft", "target": "/soft/near"}));
    assert_eq!(described["n_links"], 2);
    assert_eq!(bench.describe("/soft/d")["link"], json!({"kind": "hard"}));
    assert_eq!(bench.describe("/")["link"], json!({"kind": "hard"}));
}

#[test]
fn links_that_lead_nowhere_or_out_of_the_file_are_refused() {
    let mut bench = linked();
    let cases = [
        ("/dangling", ErrorCode::NotFound, "no link \"no\" in /"),
        ("/dangling/x", ErrorCode::NotFound, "/dangling leads to \"/no/where\""),
        ("/dangling_below", ErrorCode::NotFound, "no link \"nothing\" in /a/b"),
        ("/loop1", ErrorCode::Unsupported, "32 soft links"),
        ("/external", ErrorCode::ExternalLink, "external link to \"other.h5\":\"/x\""),
        ("/a/c/d", ErrorCode::NotFound, "no link \"c\" in /a"),
        ("/soft/zz", ErrorCode::NotFound, "no link \"zz\" in /a/b"),
        ("/a/..", ErrorCode::NotFound, "no link \"..\" in /a"),
        ("/hard/x", ErrorCode::WrongKind, "/hard is a dataset"),
        ("/soft", ErrorCode::WrongKind, "/a/b is a group"),
    ];
    for (path, expected, part) in cases {
        let json = format!(r#"{{"command": "read", "path": "{path}"}}"#);
        let (code, message) = bench.refused(&json);
        assert_eq!(code, expected, "{path}: {message}");
        assert!(message.contains(part), "{path}: {message}");
    }
}

#[test]
fn changes_through_a_soft_link_are_announced_where_they_happen() {
    let mut bench = linked();
    let events =
        bench.events(r#"{"command": "write", "path": "/soft/d", "selection": "0", "data": 5}"#);
    assert_eq!(events[0]["path"], "/a/b/d");
    let events = bench.events(r#"{"command": "write", "path": "/soft/new/x", "data": 5}"#);
    assert_eq!(events[0]["path"], "/a/b/new");
    assert_eq!(events[1]["path"], "/a/b/new/x");
    let events = bench.events(r#"{"command": "delete", "path": "/soft/new"}"#);
    assert_eq!(events, [json!({"event": "deleted", "path": "/a/b/new"})]);
    let (code, _) = bench.refused(r#"{"command": "write", "path": "/dangling/x", "data": 5}"#);
    assert_eq!(code, ErrorCode::NotFound);
}

#[test]
fn deleting_removes_the_link_and_not_what_it_leads_to() {
    let mut bench = linked();
    for path in ["/through", "/external", "/dangling", "/loop1", "/hard"] {
        bench.run(&format!(r#"{{"command": "delete", "path": "{path}"}}"#));
        let again = bench.refused(&format!(r#"{{"command": "delete", "path": "{path}"}}"#));
        assert_eq!(again.0, ErrorCode::NotFound, "{path}");
    }
    assert_eq!(bench.read("/a/b/d"), json!([1, 2]));
    bench.run(r#"{"command": "delete", "path": "/a"}"#);
    assert_eq!(bench.refused(r#"{"command": "read", "path": "/soft/d"}"#).0, ErrorCode::NotFound);
    let (code, _) = bench.refused(r#"{"command": "delete", "path": "/"}"#);
    assert_eq!(code, ErrorCode::InvalidRequest);
}

#[test]
fn space_of_what_is_deleted_is_used_again() {
    let mut bench = Bench::new();
    bench.run(r#"{"command": "create_group", "path": "/keep"}"#);
    for _ in 0..20 {
        bench.run(
            r#"{"command": "create_dataset", "path": "/d", "datatype": "<f8", "shape": [20000], "data": 1}"#,
        );
        bench.run(r#"{"command": "read", "path": "/d"}"#);
        bench.run(r#"{"command": "delete", "path": "/d"}"#);
    }
    bench.run(r#"{"command": "flush"}"#);
    let bytes = std::fs::metadata(&bench.path).unwrap().len();
    assert!(bytes < 1_000_000, "{bytes} bytes after 20 datasets of 160,000 that are gone");
}

#[test]
fn a_listing_shows_links_and_what_they_lead_to() {
    let mut bench = linked();
    let list = bench.fields(r#"{"command": "list"}"#);
    let child = |name: &str| {
        let children = list["children"].as_array().unwrap();
        children.iter().find(|child| child["name"] == name).unwrap().clone()
    };
    assert_eq!(list["total"], 10);
    assert_eq!(child("soft")["kind"], "group");
    assert_eq!(child("soft")["n_children"], 2);
    assert_eq!(child("through")["shape"], json!([2]));
    assert_eq!(child("through")["datatype"], "<i4");
    assert_eq!(child("hard")["kind"], "dataset");
    for name in ["dangling", "loop1", "external"] {
        assert!(child(name).get("kind").is_none(), "{name}");
    }
    assert_eq!(
        child("external")["link"],
        json!({"kind": "external", "file": "other.h5", "target": "/x"})
    );
}

fn names(list: &Value) -> Vec<String> {
    let children = list["children"].as_array().unwrap();
    children.iter().map(|child| child["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn pages_of_a_listing_make_the_whole() {
    let mut bench = Bench::with_limits(StoreLimits { max_list_page: 7, ..LIMITS });
    let mut expected: Vec<String> = (0..30).map(|number| format!("n{number}")).collect();
    for name in &expected {
        bench.run(&format!(r#"{{"command": "create_group", "path": "/g/{name}"}}"#));
    }
    expected.sort();
    let page = |bench: &mut Bench, offset: usize, limit: usize| {
        bench.fields(&format!(
            r#"{{"command": "list", "path": "/g", "offset": {offset}, "limit": {limit}}}"#
        ))
    };
    let mut seen = Vec::new();
    while seen.len() < 30 {
        let list = page(&mut bench, seen.len(), 100);
        assert_eq!(list["total"], 30);
        assert_eq!(list["offset"], seen.len());
        let found = names(&list);
        assert!((1..=7).contains(&found.len()));
        seen.extend(found);
    }
    assert_eq!(seen, expected);
    assert_eq!(names(&page(&mut bench, 2, 3)), expected[2..5]);
    assert!(names(&page(&mut bench, 30, 5)).is_empty());
    assert!(names(&page(&mut bench, 0, 0)).is_empty());
    // What changes after a page was listed is in the next one.
    bench.run(r#"{"command": "delete", "path": "/g/n0"}"#);
    bench.run(r#"{"command": "write", "path": "/g/aaa", "data": 1}"#);
    let list = page(&mut bench, 0, 2);
    assert_eq!(
        (names(&list), &list["total"]),
        (vec!["aaa".to_owned(), "n1".to_owned()], &json!(30))
    );
}

#[test]
fn pages_of_a_group_of_which_only_some_names_are_kept_fit_together() {
    let mut bench = Bench::new();
    for group in ["g", "h"] {
        for number in 10..40 {
            let path = format!("/{group}/{group}{number}");
            bench.run(&format!(r#"{{"command": "create_group", "path": "{path}"}}"#));
        }
    }
    for most in [1, 4, 10, 29, 30] {
        bench.store.names = SortedNames::keeping(most);
        let offsets = (0..30).chain((0..30).rev());
        for (offset, limit) in offsets.flat_map(|offset| [1, 3, 30].map(|limit| (offset, limit))) {
            for group in ["g", "h"] {
                let list = bench.fields(&format!(
                    r#"{{"command": "list", "path": "/{group}", "offset": {offset}, "limit": {limit}}}"#
                ));
                let end = (offset + limit).min(30);
                let expected = (offset..end).map(|at| format!("{group}{}", at + 10));
                assert_eq!(names(&list), expected.collect::<Vec<_>>(), "{most} {offset} {limit}");
                assert_eq!(list["total"], 30);
            }
        }
    }
}

#[test]
fn links_are_listed_in_the_order_of_their_making_where_the_group_knows_it() {
    let mut bench = made_by(|file| {
        let tracking = file.create_group_builder().with_gcpl(|list| {
            list.link_creation_order(hdf5::plist::group_create::LinkCreationOrder::Tracked)
        });
        let tracked = tracking.create("tracked").unwrap();
        let plain = file.create_group("plain").unwrap();
        for name in ["z", "a", "m"] {
            tracked.create_group(name).unwrap();
            plain.create_group(name).unwrap();
        }
    });
    for (path, expected) in [("/tracked", ["z", "a", "m"]), ("/plain", ["a", "m", "z"])] {
        let list = bench
            .fields(&format!(r#"{{"command": "list", "path": "{path}", "order": "creation"}}"#));
        assert_eq!(names(&list), expected);
    }
}
