//! `ls`, `tree`, `describe`, `stats` and `attr`: what there is.

use hdf5_async_tests::{Program, Setup};
use serde_json::{Value, json};

use super::server;

#[tokio::test]
async fn ls_lists_links_in_columns() {
    let server = server().await;
    let expected = "\
entry/               4 links        1 attribute
flags                2         |b1
link -> /entry/data  3 x 4     <i4  2 attributes
log                  2         <f8
lost -> /gone        dangling
null                 null      <f8
other -> b.h5:/x
special              4         <f8
type                 datatype  <f4
";
    assert_eq!(Program::of(&server, &["ls", "a.h5"]).prints().await, expected);
    assert_eq!(
        Program::of(&server, &["ls", "a.h5:/entry/data"]).prints().await,
        "data  3 x 4  <i4  2 attributes\n"
    );
    let lines = Program::of(&server, &["ls", "--json", "a.h5:/entry"]).prints().await;
    let children: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let data = &children[1];
    assert_eq!((&data["name"], &data["kind"]), (&json!("data"), &json!("dataset")));
    assert_eq!((&data["shape"], &data["datatype"]), (&json!([3, 4]), &json!("<i4")));
    assert_eq!((&data["link"]["kind"], &data["n_attributes"]), (&json!("hard"), &json!(2)));
    assert_eq!(children.len(), 4);
}

#[tokio::test]
async fn ls_lists_the_files_of_a_server() {
    let server =
        Setup::new().file("a.h5", "").file("b.h5", "f['x'] = np.zeros(1000)").start().await;
    let listing = Program::new(&["ls", &server.url]).prints().await;
    let names: Vec<&str> = listing.lines().map(|line| line.split("  ").next().unwrap()).collect();
    assert_eq!(names, ["a.h5", "b.h5"]);
    assert!(listing.contains(" KiB  20"), "{listing}");
    let json = Program::new(&["ls", "--json", &server.url]).prints().await;
    let first: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["name"], &first["read_only"]), (&json!("a.h5"), &json!(false)));
}

#[tokio::test]
async fn ls_of_a_large_group_comes_page_by_page() {
    let script = "for i in range(25): f[f'd{i:02}'] = i";
    let server = Setup::new().file("a.h5", script).option("--max-list-page", 10).start().await;
    let listing = Program::of(&server, &["ls", "--json", "a.h5"]).prints().await;
    let names: Vec<String> = listing
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["name"].as_str().unwrap().to_owned()
        })
        .collect();
    let expected: Vec<String> = (0..25).map(|number| format!("d{number:02}")).collect();
    assert_eq!(names, expected);
    let tree = Program::of(&server, &["tree", "a.h5"]).prints().await;
    assert_eq!(tree.lines().count(), 27);
    assert_eq!(tree.lines().nth(25).unwrap(), "└── d24  scalar  <i8");
}

#[tokio::test]
async fn tree_draws_what_lies_below() {
    let server = server().await;
    let expected = "\
a.h5
├── entry/  1 attribute
│   ├── cube  2 x 2 x 3  <f8
│   ├── data  3 x 4  <i4  2 attributes
│   ├── names  3  string (UTF-8)
│   └── title  scalar  string (UTF-8)
├── flags  2  |b1
├── link -> /entry/data  3 x 4  <i4  2 attributes
├── log  2  <f8
├── lost -> /gone  dangling
├── null  null  <f8
├── other -> b.h5:/x
├── special  4  <f8
└── type  datatype  <f4
1 group, 9 datasets, 3 other links
";
    assert_eq!(Program::of(&server, &["tree", "a.h5"]).prints().await, expected);
    let expected = "\
/entry/data
@scale  2       <f8             [1.5,2.0]
@units  scalar  string (UTF-8)  mm
";
    let tree = Program::of(&server, &["tree", "--attributes", "--depth", "1", "a.h5:/entry"]);
    let tree = tree.prints().await;
    assert!(tree.starts_with("/entry\n@NX_class  scalar  string (UTF-8)  NXentry\n"), "{tree}");
    for line in expected.lines().skip(1) {
        assert!(tree.contains(&format!("│   {line}\n")), "{tree}");
    }
    let lines = Program::of(&server, &["tree", "--json", "a.h5"]).prints().await;
    let paths: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["path"].clone())
        .collect();
    assert_eq!(paths[..3], [json!("/entry"), json!("/entry/cube"), json!("/entry/data")]);
}

#[tokio::test]
async fn a_tree_that_bites_its_tail_ends() {
    let script = "a = f.create_group('a'); b = a.create_group('b'); b['a'] = a; b['root'] = f['/']";
    let server = Setup::new().file("a.h5", script).start().await;
    let tree = Program::of(&server, &["tree", "a.h5"]).prints().await;
    assert!(tree.contains("... several links lead to this group"), "{tree}");
    assert!(tree.lines().count() < 20, "{tree}");
}

#[tokio::test]
async fn describe_tells_everything() {
    let server = server().await;
    let expected = "\
/log
  kind         dataset
  datatype     <f8
  shape        2
  can grow to  unlimited
  layout       chunked, 10
  filters      deflate 4
";
    let described = Program::of(&server, &["describe", "a.h5:/log"]).prints().await;
    assert!(described.starts_with(expected), "{described}");
    let expected = "\
/entry/data
  kind      dataset
  link to   /entry/data
  datatype  <i4
  shape     3 x 4
  layout    contiguous
  storage   48 B
2 attributes
  scale  2       <f8             [1.5,2.0]
  units  scalar  string (UTF-8)  mm
";
    let described = Program::of(&server, &["describe", "a.h5:/link"]).prints().await;
    assert_eq!(described, expected.replacen("/entry/data", "/link", 1));
    let ordered = Setup::new().file("o.h5", "f.create_group('g', track_order=True)").start().await;
    let described = Program::of(&ordered, &["describe", "o.h5:/g"]).prints().await;
    assert_eq!(described, "/g\n  kind        group\n  links       0\n  order kept  of creation\n");
    let json = Program::of(&server, &["describe", "--json", "a.h5:/entry/data"]).prints().await;
    let object: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(object["dataset"]["shape"], json!([3, 4]));
}

#[tokio::test]
async fn stats_are_the_servers() {
    let server = server().await;
    let expected = "\
count              4
finite             1
nan                1
positive infinity  1
negative infinity  1
min                1.5
max                1.5
sum                1.5
mean               1.5
std                0.0
";
    assert_eq!(Program::of(&server, &["stats", "a.h5:/special"]).prints().await, expected);
    let json = Program::of(&server, &["stats", "--json", "a.h5:/entry/data[1]"]).prints().await;
    let stats: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&stats["sum"], &stats["mean"]), (&json!(22), &json!(5.5)));
    let none = Program::of(&server, &["stats", "a.h5:/log[:0]"]).prints().await;
    assert!(none.contains("mean               -\n"), "{none}");
}

#[tokio::test]
async fn attributes_are_listed_read_set_and_deleted() {
    let server = server().await;
    let attr = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["attr"].iter().chain(arguments).copied().collect();
        Program::of(&server, &arguments)
    };
    let listed = "scale  2       <f8             [1.5,2.0]\nunits  scalar  string (UTF-8)  mm\n";
    assert_eq!(attr(&["list", "a.h5:/entry/data"]).prints().await, listed);
    assert_eq!(attr(&["get", "a.h5:/entry/data", "units"]).prints().await, "mm\n");
    assert_eq!(attr(&["get", "a.h5:/entry/data", "scale"]).prints().await, "1.5\n2.0\n");
    let set = attr(&["set", "a.h5:/entry/data", "units", "10 µm"]).prints().await;
    assert_eq!(set, "/entry/data  scalar  string (UTF-8)\n");
    attr(&["set", "a.h5:/entry/data", "offset", "-5", "--datatype", "<i2"]).prints().await;
    attr(&["set", "a.h5", "serial", "007", "--text"]).prints().await;
    let json = attr(&["get", "--json", "a.h5:/entry/data", "offset"]).prints().await;
    assert_eq!(json, "{\"datatype\":\"<i2\",\"name\":\"offset\",\"shape\":[],\"value\":-5}\n");
    let deleted = attr(&["delete", "a.h5:/entry/data", "offset", "scale"]).prints().await;
    assert_eq!(deleted, "deleted offset of /entry/data\ndeleted scale of /entry/data\n");
    let found =
        server.judged("a.h5", "result = [dict(f['entry/data'].attrs), f.attrs['serial']]").await;
    assert_eq!(found, json!([{"units": "10 µm"}, "007"]));
}
