//! A client whose connection is cut: calls say what is in doubt, subscriptions go on where they were.

use std::time::Duration;

use futures::StreamExt as _;
use hdf5_async_client::protocol::message::Outcome;
use hdf5_async_client::{
    Address, CallError, Client, ConnectOptions, ConnectionState, Limits, ResyncCause, Update,
    Values,
};
use hdf5_async_tests::events::next_update;
use hdf5_async_tests::proxy::Proxy;
use hdf5_async_tests::{Setup, TestServer, within};

/// A client that comes back at once.
async fn client(server: &TestServer, authority: &str) -> Client {
    let limits = Limits { min_backoff: Duration::from_millis(1), ..Limits::default() };
    let mut address: Address = format!("ws://{authority}").parse().unwrap();
    address.token.clone_from(&server.address.token);
    server.connect(ConnectOptions::from(address).limits(limits)).await
}

fn number(number: i64) -> Values {
    Values::from_slice(&[1], &[number]).unwrap()
}

async fn cut(proxy: &Proxy, client: &Client) {
    proxy.cut();
    let lost = within("the loss", client.state_after(&ConnectionState::Connected)).await;
    assert!(matches!(lost, ConnectionState::Reconnecting { .. }), "{lost:?}");
}

#[tokio::test]
async fn a_subscription_misses_nothing_while_the_network_is_cut() {
    let server = Setup::new().file("a.h5", "f['d'] = [0]; f['e'] = [0]").start().await;
    let proxy = Proxy::before(server.address.authority()).await;
    let client = client(&server, &proxy.authority).await;
    let mut all = client.file("a.h5").subscribe("/").await.unwrap();
    let mut one = client.file("a.h5").subscribe("/d").await.unwrap();
    let start = all.start().position.unwrap().seq;
    let writer = server.file("a.h5").await;
    for round in 0..5 {
        writer.write("/d", &number(round)).await.unwrap();
        cut(&proxy, &client).await;
        writer.write("/d", &number(round + 100)).await.unwrap();
        writer.write("/e", &number(round + 200)).await.unwrap();
        // A call made meanwhile waits for the new connection.
        let read = within("a read", client.file("a.h5").read("/d", "")).await;
        assert_eq!(read.unwrap().reply.to_vec::<i64>().unwrap(), [round + 100]);
    }
    for seq in start + 1..=start + 15 {
        let Update::Event(event) = next_update(&mut all).await else { panic!("resync") };
        assert_eq!(event.seq, seq);
        if event.change.path().unwrap().as_str() == "/d" {
            let Update::Event(same) = next_update(&mut one).await else { panic!("resync") };
            assert_eq!(same, event);
        }
    }
}

#[tokio::test]
async fn a_call_that_was_cut_off_says_whether_it_is_in_doubt() {
    let server = Setup::new().file("a.h5", "f['d'] = [0]").start().await;
    let proxy = Proxy::before(server.address.authority()).await;
    let client = client(&server, &proxy.authority).await;
    let file = client.file("a.h5");
    file.read("/d", "").await.unwrap();
    let worker = server.worker("a.h5");
    // Nothing is answered from here on.
    worker.signal("STOP");
    let (one, two) = (number(1), number(2));
    let calls = async {
        tokio::join!(file.write("/d", &one), file.append("/new", 0, &two), file.read("/d", ""))
    };
    let cut_when_sent = async {
        // Answered by the session behind the three calls, which are therefore sent.
        client.call(hdf5_async_client::protocol::message::command::Ping {}).await.unwrap();
        cut(&proxy, &client).await;
    };
    let ((write, append, read), ()) =
        within("the calls' end", Box::pin(async { tokio::join!(calls, cut_when_sent) })).await;
    worker.signal("CONT");
    for (error, outcome) in [
        (write.unwrap_err(), Outcome::Unknown),
        (append.unwrap_err(), Outcome::Unknown),
        (read.unwrap_err(), Outcome::NotApplied),
    ] {
        assert!(matches!(error, CallError::ConnectionLost { .. }), "{error:?}");
        assert_eq!(error.outcome(), outcome);
    }
    within("a read", file.read("/d", "")).await.unwrap();
}

#[tokio::test]
async fn after_a_restart_of_the_server_a_subscriber_reads_again_and_goes_on() {
    let server = Setup::new().file("a.h5", "f['d'] = [0]").start().await;
    let authority = server.address.authority();
    let client = client(&server, &authority).await;
    let mut events = client.file("a.h5").subscribe("/").await.unwrap();
    client.file("a.h5").write("/d", &number(1)).await.unwrap();
    assert!(matches!(next_update(&mut events).await, Update::Event(_)));
    let server = server.restart().await;
    let Update::Resync(resync) = next_update(&mut events).await else { panic!("an event") };
    assert_eq!(resync.cause, ResyncCause::HistoryLost);
    let position =
        server.file("a.h5").await.write("/d", &number(2)).await.unwrap().position.unwrap();
    let Update::Event(event) = next_update(&mut events).await else { panic!("resync") };
    assert_eq!((event.epoch, event.seq), (position.epoch, position.seq));
    assert_eq!(client.state(), ConnectionState::Connected);
}

#[tokio::test]
async fn a_client_that_may_not_reconnect_ends_with_the_reason() {
    let mut server = Setup::new().file("a.h5", "f['d'] = [0]").start().await;
    let file = server.file("a.h5").await;
    let mut events = file.subscribe("/").await.unwrap();
    assert!(server.terminate().await.success());
    let end = loop {
        match within("the end", events.next()).await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(end.to_string().contains("1001"), "{end}");
    assert!(within("the end", events.next()).await.is_none());
    let error = file.read("/d", "").await.unwrap_err();
    assert!(matches!(error, CallError::Closed { .. }), "{error:?}");
}
