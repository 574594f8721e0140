//! Values into datasets: whole, in part, appended, in JSON and binary; and what h5py finds afterwards.

use hdf5_async_client::Values;
use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer};
use serde_json::{Value, json};

#[tokio::test]
async fn write_makes_the_dataset_become_the_values() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    let write = |path: &str, data: Value| json!({"command": "write", "path": path, "data": data});
    let made = socket.ok(write("/my_group/my_dataset", json!([1, 2, 3, 4, 5]))).await;
    assert_eq!((&made["shape"], &made["datatype"]), (&json!([5]), &json!("<i8")));
    let attribute = json!({"command": "write_attribute", "path": "/my_group/my_dataset", "name": "units", "data": "mm"});
    socket.ok(attribute).await;
    // In place, in another shape, in another datatype: the attribute stays.
    for data in
        [json!([9, 8, 7, 6, 5]), json!([[1, 2], [3, 4]]), json!([0.5]), json!("text"), json!(true)]
    {
        socket.ok(write("/my_group/my_dataset", data.clone())).await;
        let read = socket.ok(json!({"command": "read", "path": "/my_group/my_dataset"})).await;
        assert_eq!(read["data"], data);
        let units =
            socket.ok(json!({"command": "read_attribute", "path": "/my_group/my_dataset", "name": "units"})).await;
        assert_eq!(units["data"], "mm");
    }
    assert_eq!(socket.refused(write("/my_group", json!([1]))).await, "wrong_kind");
    assert_eq!(socket.refused(write("/bad", json!([[1], [2, 3]]))).await, "shape_mismatch");
    let found = server
        .judged(
            "a.h5",
            "d = f['my_group/my_dataset']; result = [bool(d[()]), d.attrs['units'], list(f)]",
        )
        .await;
    assert_eq!(found, json!([true, "mm", ["my_group"]]));
}

#[tokio::test]
async fn a_part_is_written_where_the_selection_says() {
    let server = Setup::new().file("a.h5", "f['d'] = np.zeros((4, 5), '<i4')").start().await;
    let mut socket = RawSocket::connect(&server).await;
    for (selection, data) in [
        ("0", json!(1)),
        ("1, ::2", json!([2, 3, 4])),
        ("2:, 1:3", json!([[5], [6]])),
        ("[0, 3], [4, 0]", json!([[7, 8], [9, 10]])),
        ("-1, -2", json!(11)),
    ] {
        socket
            .ok(json!({"command": "write", "path": "/d", "selection": selection, "data": data}))
            .await;
    }
    let refused = [
        ("0", json!([1, 2]), "shape_mismatch"),
        ("9", json!(1), "invalid_selection"),
        ("0, 0", json!(1.5), "invalid_value"),
        ("0, 0", json!(4_294_967_296_u64), "invalid_value"),
    ];
    for (selection, data, code) in refused {
        let request =
            json!({"command": "write", "path": "/d", "selection": selection, "data": data});
        assert_eq!(socket.refused(request).await, code, "{selection} {data}");
    }
    let missing = json!({"command": "write", "path": "/none", "selection": "0", "data": 1});
    assert_eq!(socket.refused(missing).await, "not_found");
    let found = server.judged("a.h5", "result = f['d'][()].tolist()").await;
    assert_eq!(
        found,
        json!([[8, 1, 1, 1, 7], [2, 0, 3, 0, 4], [0, 5, 5, 0, 0], [10, 6, 6, 11, 9]])
    );
}

#[tokio::test]
async fn update_is_for_what_exists_and_append_for_what_grows() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    let update = json!({"command": "update", "path": "/x", "data": [1]});
    assert_eq!(socket.refused(update).await, "not_found");
    let append = |data: Value| json!({"command": "append", "path": "/log", "data": data});
    assert_eq!(socket.ok(append(json!([[1, 2]]))).await["shape"], json!([1, 2]));
    assert_eq!(socket.ok(append(json!([[3, 4], [5, 6]]))).await["shape"], json!([3, 2]));
    assert_eq!(socket.ok(append(json!([7, 8]))).await["shape"], json!([4, 2]));
    assert_eq!(socket.refused(append(json!([[1, 2, 3]]))).await, "shape_mismatch");
    socket.ok(json!({"command": "update", "path": "/log", "selection": "0, 0", "data": 9})).await;
    socket.ok(json!({"command": "write", "path": "/fixed", "data": [1]})).await;
    let request = json!({"command": "append", "path": "/fixed", "data": [2]});
    assert_eq!(socket.refused(request).await, "shape_mismatch");
    let along = json!({"command": "create_dataset", "path": "/wide", "datatype": "<i4", "shape": [2, 1],
        "max_shape": [2, null], "data": [[1], [2]]});
    socket.ok(along).await;
    socket
        .ok(json!({"command": "append", "path": "/wide", "axis": 1, "data": [[3, 4], [5, 6]]}))
        .await;
    let found = server
        .judged(
            "a.h5",
            "result = [f['log'][()].tolist(), f['wide'][()].tolist(), f['fixed'][()].tolist()]",
        )
        .await;
    assert_eq!(found, json!([[[9, 2], [3, 4], [5, 6], [7, 8]], [[1, 3, 4], [2, 5, 6]], [1]]));
}

#[tokio::test]
async fn binary_writes_carry_their_datatype_and_shape() {
    let (server, _) = TestServer::with_empty_file().await;
    let file = server.file("a.h5").await;
    let image =
        Values::from_slice(&[2, 3], &[1.5_f32, -2.0, f32::NAN, f32::INFINITY, 0.0, 6.0]).unwrap();
    let written = file.write("/g/image", &image).await.unwrap().reply;
    assert_eq!((written.datatype.to_string().as_str(), written.shape), ("<f4", Some(vec![2, 3])));
    let big = Values {
        datatype: ">u2".parse().unwrap(),
        shape: Some(vec![2]),
        payload: vec![1, 2, 3, 4],
    };
    file.write("/big", &big).await.unwrap();
    // Values of one datatype into a dataset of another are converted, as H5Dwrite does.
    file.write_part("/g/image", "0, :2", &Values::from_slice(&[2], &[7_i16, 8]).unwrap())
        .await
        .unwrap();
    let texts = Values::from_texts(&[3], &["", "a", "日本"]).unwrap();
    file.write("/texts", &texts).await.unwrap();
    file.append("/rows", 0, &Values::from_slice(&[1, 2], &[1_u64, u64::MAX]).unwrap())
        .await
        .unwrap();
    file.append("/rows", 0, &Values::from_slice(&[2], &[3_u64, 4]).unwrap()).await.unwrap();
    let found = server.judged("a.h5",
        "result = [[str(v) for v in f['g/image'][()].ravel()], f['big'].dtype.str, f['big'][()].tolist(),
          f['texts'].asstr()[()].tolist(), [[str(n) for n in row] for row in f['rows'][()]]]",
    )
    .await;
    let expected = json!([
        ["7.0", "8.0", "nan", "inf", "0.0", "6.0"],
        ">u2",
        [258, 772],
        ["", "a", "日本"],
        [["1", "18446744073709551615"], ["3", "4"]]
    ]);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn values_that_do_not_match_their_header_are_refused() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    let cases: [(Value, &[u8]); 4] = [
        (json!({"datatype": "<i4", "shape": [2]}), &[0; 7]),
        (json!({"datatype": "<i4", "shape": [2]}), &[0; 12]),
        (json!({"datatype": "string", "shape": [1]}), &[0xff; 16]),
        (json!({"datatype": "<i4", "shape": [1_u64 << 40, 1_u64 << 40]}), &[0; 4]),
    ];
    for (fields, values) in cases {
        let mut header = json!({"command": "write", "path": "/x", "id": 1});
        header.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let frame = hdf5_async_client::protocol::frame::encode(&header.to_string(), values);
        socket.binary(frame).await;
        let answer = socket.json().await;
        assert_eq!((&answer["status"], &answer["id"]), (&json!("error"), &json!(1)), "{header}");
        let code = answer["code"].as_str().unwrap();
        assert!(
            ["shape_mismatch", "invalid_value", "too_large"].contains(&code),
            "{header}: {answer}"
        );
    }
    assert_eq!(socket.ok(json!({"command": "list"})).await["total"], 0);
    drop(server);
}

#[tokio::test]
async fn a_read_only_server_changes_nothing() {
    let mut server =
        Setup::new().file("a.h5", "f['d'] = [1]").argument("--read-only").start().await;
    let before = std::fs::read(server.path("a.h5")).unwrap();
    let mut socket = RawSocket::connect(&server).await;
    assert_eq!(socket.ok(json!({"command": "hello"})).await["read_only"], true);
    for request in [
        json!({"command": "create_group", "path": "/g"}),
        json!({"command": "create_dataset", "path": "/n", "datatype": "<i4", "shape": [1]}),
        json!({"command": "write", "path": "/d", "data": [2]}),
        json!({"command": "update", "path": "/d", "data": [2]}),
        json!({"command": "append", "path": "/d", "data": [2]}),
        json!({"command": "delete", "path": "/d"}),
        json!({"command": "write_attribute", "path": "/d", "name": "a", "data": 1}),
        json!({"command": "delete_attribute", "path": "/d", "name": "a"}),
    ] {
        assert_eq!(socket.refused(request.clone()).await, "read_only", "{request}");
    }
    assert_eq!(socket.ok(json!({"command": "read", "path": "/d"})).await["data"], json!([1]));
    assert!(server.terminate().await.success());
    assert!(std::fs::read(server.path("a.h5")).unwrap() == before, "the file has changed");
}
