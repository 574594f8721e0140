//! What happens to a long read, a waiting request or a subscription when the ground moves under it.

use futures::StreamExt as _;
use hdf5_async_client::protocol::message::ErrorCode;
use hdf5_async_client::{Blocks, CallError, Values};
use hdf5_async_tests::events::{next_event, write_number};
use hdf5_async_tests::raw::{Heard, RawSocket};
use hdf5_async_tests::{Setup, within};
use serde_json::json;

/// 256 MiB of ones: far more than the sockets and queues between server and client hold.
const BIG: &str = "f.create_dataset('big', (1 << 25,), '<f8', fillvalue=1, chunks=(1 << 16,))";

/// Takes blocks to the end; how many elements came, all of them ones, and why no more.
async fn drain(blocks: &mut Blocks) -> (u64, Option<CallError>) {
    let mut elements = 0;
    while let Some(block) = within("a block", blocks.next()).await {
        match block {
            Ok(block) => {
                let mut numbers = block.payload.chunks_exact(8);
                assert!(
                    numbers.all(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()).to_bits()
                        == 1_f64.to_bits())
                );
                elements += block.payload.len() as u64 / 8;
            }
            Err(error) => return (elements, Some(error)),
        }
    }
    (elements, None)
}

#[tokio::test]
async fn a_dataset_that_is_deleted_or_replaced_during_a_read_ends_it_with_an_error() {
    let server = Setup::new().file("a.h5", BIG).start().await;
    let replacements = [
        json!({"command": "delete", "path": "/big"}),
        json!({"command": "write", "path": "/big", "data": [[7]]}),
    ];
    for replacement in replacements {
        let file = server.file("a.h5").await;
        let mut blocks = file.read_blocks("/big", "").await.unwrap();
        let mut socket = RawSocket::connect(&server).await;
        socket.ok(replacement.clone()).await;
        let (elements, error) = drain(&mut blocks).await;
        let code =
            error.unwrap_or_else(|| panic!("{elements} elements after {replacement}")).code();
        let expected = [
            ErrorCode::NotFound,
            ErrorCode::InvalidSelection,
            ErrorCode::ShapeMismatch,
            ErrorCode::Cancelled,
        ];
        assert!(code.is_some_and(|code| expected.contains(&code)), "{replacement}: {code:?}");
        // As it was, for the next one.
        let again = json!({"command": "delete", "path": "/big"});
        drop(socket.ask(&again).await);
        let make = json!({"command": "create_dataset", "path": "/big", "datatype": "<f8", "shape": [1 << 25],
            "fill_value": 1, "chunks": [1 << 16]});
        socket.ok(make).await;
    }
}

#[tokio::test]
async fn a_dataset_that_grows_during_a_read_is_read_as_it_was() {
    let script = "f.create_dataset('big', (1 << 25,), '<f8', fillvalue=1, chunks=(1 << 16,), maxshape=(None,))";
    let server = Setup::new().file("a.h5", script).start().await;
    let file = server.file("a.h5").await;
    let mut blocks = file.read_blocks("/big", "").await.unwrap();
    file.append("/big", 0, &Values::from_slice(&[2], &[5.0_f64, 6.0]).unwrap()).await.unwrap();
    let (elements, error) = drain(&mut blocks).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(elements, 1 << 25);
}

#[tokio::test]
async fn a_client_that_vanishes_with_requests_under_way_leaves_nothing_behind() {
    let server = Setup::new().file("a.h5", BIG).start().await;
    for _ in 0..20 {
        let mut socket = RawSocket::connect(&server).await;
        for id in 0..8 {
            socket
                .text(
                    &json!({"id": id, "command": "read", "path": "/big", "encoding": "binary"})
                        .to_string(),
                )
                .await;
        }
        assert!(matches!(socket.hear().await, Heard::Binary { .. }));
    }
    let file = server.file("a.h5").await;
    assert_eq!(file.read("/big", "-1").await.unwrap().reply.to_vec::<f64>().unwrap(), [1.0]);
    let memory =
        server.process().peak_resident_bytes() + server.worker("a.h5").peak_resident_bytes();
    assert!(memory < 256 << 20, "{} MiB", memory >> 20);
}

#[tokio::test]
async fn a_file_that_was_idle_is_opened_again_and_its_events_go_on() {
    let server =
        Setup::new().file("a.h5", "f['d'] = [0]").option("--close-when-idle-secs", 1).start().await;
    let file = server.file("a.h5").await;
    write_number(&file, "/d", 1).await;
    let worker = server.worker("a.h5");
    within("the end of the idle file's worker", worker.ended()).await;
    let mut events = file.subscribe("/").await.unwrap();
    let start = events.start().position.unwrap();
    let position = write_number(&file, "/d", 2).await;
    let event = next_event(&mut events).await;
    assert_eq!((event.epoch, event.seq), (position.epoch, position.seq));
    assert_eq!((start.epoch, start.seq + 1), (position.epoch, position.seq));
    assert_eq!(file.read("/d", "").await.unwrap().reply.to_vec::<i64>().unwrap(), [2]);
}

#[tokio::test]
async fn a_subscriber_who_only_listens_keeps_hearing() {
    let setup = Setup::new().file("a.h5", "f['d'] = [0]").option("--close-when-idle-secs", 1);
    let server = setup.option("--ping-secs", 1).option("--dead-after-secs", 2).start().await;
    let watcher = server.file("a.h5").await;
    let mut events = watcher.subscribe("/").await.unwrap();
    let writer = server.file("a.h5").await;
    // Longer than a file is kept open, and than a client may be silent.
    let mut silent = RawSocket::connect(&server).await;
    for _ in 0..4 {
        silent.hear_ping().await;
    }
    let mut last = 0;
    for number in 1..=3 {
        last = write_number(&writer, "/d", number).await.seq;
    }
    loop {
        let seq = next_event(&mut events).await.seq;
        if seq == last {
            break;
        }
    }
}
