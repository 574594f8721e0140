//! Looking around in a file: groups page by page, links of every kind, and all facts of an object.

use hdf5_async_tests::Setup;
use hdf5_async_tests::raw::RawSocket;
use serde_json::{Value, json};

fn names(list: &Value) -> Vec<&str> {
    let children = list["children"].as_array().unwrap();
    children.iter().map(|child| child["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn children_tell_kind_shape_datatype_and_link() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            f['image'] = np.zeros((3, 4), '<u2')
            f['image'].attrs['units'] = 'counts'
            f.create_group('entry')['x'] = 1.5
            f['null'] = h5py.Empty('<i4')
            f['soft'] = h5py.SoftLink('/entry')
            f['dangling'] = h5py.SoftLink('/nowhere')
            f['external'] = h5py.ExternalLink('other.h5', '/x')
            f['type'] = np.dtype('<f4')
            ",
        )
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let list = socket.ok(json!({"command": "list"})).await;
    assert_eq!(
        (&list["total"], &list["offset"], &list["path"]),
        (&json!(7), &json!(0), &json!("/"))
    );
    let expected = ["dangling", "entry", "external", "image", "null", "soft", "type"];
    assert_eq!(names(&list), expected);
    let child = |name: &str| {
        let children = list["children"].as_array().unwrap();
        children.iter().find(|child| child["name"] == name).cloned().unwrap()
    };
    let image = child("image");
    assert_eq!((&image["kind"], &image["datatype"]), (&json!("dataset"), &json!("<u2")));
    assert_eq!((&image["shape"], &image["n_attributes"]), (&json!([3, 4]), &json!(1)));
    assert_eq!(image["link"], json!({"kind": "hard"}));
    assert_eq!(
        (&child("entry")["kind"], &child("entry")["n_children"]),
        (&json!("group"), &json!(1))
    );
    assert_eq!(child("null").get("shape"), None);
    assert_eq!(child("soft")["link"], json!({"kind": "soft", "target": "/entry"}));
    assert_eq!(child("soft")["kind"], "group");
    assert_eq!(child("dangling").get("kind"), None);
    let external = json!({"kind": "external", "file": "other.h5", "target": "/x"});
    assert_eq!((&child("external")["link"], child("external").get("kind")), (&external, None));
    assert_eq!(child("type")["kind"], "named_datatype");
    // The other file is not there.
    let code = socket.refused(json!({"command": "describe", "path": "/external"})).await;
    assert_eq!(code, "file_not_found");
}

#[tokio::test]
async fn large_groups_come_in_pages_and_in_order() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            g = f.create_group('many', track_order=True)
            for i in range(2500):
                g.create_group(f'g{(i * 7919) % 2500:04}')
            ",
        )
        .option("--max-list-page", 600)
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let mut all = Vec::new();
    for offset in (0..2500).step_by(600) {
        let page = socket.ok(json!({"command": "list", "path": "/many", "offset": offset})).await;
        assert_eq!((&page["total"], &page["offset"]), (&json!(2500), &json!(offset)));
        all.extend(names(&page).into_iter().map(str::to_owned));
    }
    let expected: Vec<String> = (0..2500).map(|number| format!("g{number:04}")).collect();
    assert_eq!(all, expected);

    let request = json!({"command": "list", "path": "/many", "order": "creation", "limit": 3});
    let first = socket.ok(request).await;
    assert_eq!(names(&first), ["g0000", "g0419", "g0838"]);
    let behind = socket.ok(json!({"command": "list", "path": "/many", "offset": 9999})).await;
    assert_eq!((names(&behind).len(), &behind["total"]), (0, &json!(2500)));
    let page = socket.ok(json!({"command": "list", "path": "/many", "limit": 5000})).await;
    assert_eq!(names(&page).len(), 600);
}

#[tokio::test]
async fn describe_tells_how_a_dataset_is_stored() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            d = f.create_dataset('x', (10, 20), '>f4', maxshape=(None, 20), chunks=(5, 10),
                                 compression='gzip', compression_opts=4, shuffle=True, fletcher32=True,
                                 fillvalue=1.5)
            d[0] = 2
            d.attrs['b'] = [1, 2]
            d.attrs['a'] = 'text'
            f['same'] = d
            ",
        )
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let object = socket.ok(json!({"command": "describe", "path": "x"})).await["object"].clone();
    assert_eq!((&object["path"], &object["kind"]), (&json!("/x"), &json!("dataset")));
    assert_eq!(object["n_links"], 2);
    let attributes: Vec<(&Value, &Value)> = object["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| (&attribute["name"], &attribute["value"]))
        .collect();
    assert_eq!(attributes, [(&json!("a"), &json!("text")), (&json!("b"), &json!([1, 2]))]);
    let dataset = &object["dataset"];
    assert_eq!((&dataset["datatype"], &dataset["shape"]), (&json!(">f4"), &json!([10, 20])));
    assert_eq!(dataset["max_shape"], json!([null, 20]));
    assert_eq!((&dataset["layout"], &dataset["chunks"]), (&json!("chunked"), &json!([5, 10])));
    let filters: Vec<&Value> =
        dataset["filters"].as_array().unwrap().iter().map(|filter| &filter["name"]).collect();
    assert_eq!(filters, ["shuffle", "deflate", "fletcher32"]);
    assert_eq!(dataset["fill_value"], 1.5);
    assert!(dataset["storage_bytes"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn elements_of_more_than_one_value_are_read() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            f['compound'] = np.array([(1, 2.5)], dtype=[('a', '<i4'), ('b', '>f8')])
            f.create_dataset('vlen', (1,), h5py.vlen_dtype('<i4'))[0] = [1, 2, 3]
            f['enum'] = np.array([1], dtype=h5py.enum_dtype({'RED': 0, 'BLUE': 1}, basetype='u1'))
            f['array'] = np.zeros(2, dtype=[('v', '<f4', (3,))])
            f['opaque'] = np.array([b'abc'], dtype='V3')
            f['reference'] = np.array([f['compound'].ref], dtype=h5py.ref_dtype)
            f['complex'] = np.array([1 + 2j], dtype='<c8')
            ",
        )
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    for (name, expected) in [
        ("compound", json!([[1, 2.5]])),
        ("vlen", json!([[1, 2, 3]])),
        ("enum", json!([1])),
        ("array", json!([[[0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]]])),
        ("opaque", json!([{"base64": "YWJj"}])),
        ("reference", json!([{"object": "/compound"}])),
        ("complex", json!([[1.0, 2.0]])),
    ] {
        let read = socket.ok(json!({"command": "read", "path": name})).await;
        assert_eq!(read["data"], expected, "{name}");
    }
    let compound = socket.ok(json!({"command": "describe", "path": "compound"})).await;
    let members = compound["object"]["dataset"]["datatype"].to_string();
    assert!(members.contains("\"<i4\"") && members.contains("\">f8\""), "{members}");
}

#[tokio::test]
async fn what_is_not_there_is_said_with_its_path() {
    let server = Setup::new().file("a.h5", "f['d'] = [1]").start().await;
    let mut socket = RawSocket::connect(&server).await;
    for command in ["list", "describe", "read", "attributes", "delete", "subscribe"] {
        let mut request = json!({"command": command, "path": "/nowhere/at/all"});
        if command == "subscribe" {
            request["snapshot"] = true.into();
        }
        let answer = socket.ask(&request).await;
        assert_eq!(
            (&answer["code"], &answer["path"]),
            (&json!("not_found"), &json!("/nowhere/at/all")),
            "{answer}"
        );
    }
    assert_eq!(socket.refused(json!({"command": "list", "path": "/d"})).await, "wrong_kind");
    assert_eq!(socket.refused(json!({"command": "read", "path": "/"})).await, "wrong_kind");
    let below = socket.refused(json!({"command": "read", "path": "/d/x"})).await;
    assert!(["not_found", "wrong_kind"].contains(&&*below), "{below}");
}
