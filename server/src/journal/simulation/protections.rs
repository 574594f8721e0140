//! The simulation can fail: with any one of the protections taken out it finds bad states.

use super::super::protection::{Protection, without};
use super::states::{Report, run_chain};
use super::tell;

/// Chains after which a protection that nobody misses is held to be useless.
const CHAINS: u64 = 100;

/// In which chain something goes wrong.
fn is_missed(protection: Option<Protection>, chains: u64) -> Option<u64> {
    (1..=chains).find(|seed| {
        let Report { bad, .. } = without(protection, || run_chain(*seed, 3));
        bad > 0
    })
}

#[test]
fn with_all_of_them_nothing_goes_wrong() {
    assert_eq!(is_missed(None, 10), None);
}

macro_rules! each_is_missed {
    ($($name:ident: $protection:ident,)+) => {
        $(
            #[test]
            fn $name() {
                let chains = is_missed(Some(Protection::$protection), CHAINS);
                tell(&format!("without {:?}: bad in chain {chains:?}", Protection::$protection));
                assert!(chains.is_some(), "nothing goes wrong without it");
            }
        )+
    };
}

each_is_missed! {
    sync_of_record_is_missed: SyncOfRecord,
    sync_of_direct_is_missed: SyncOfDirect,
    sync_of_mark_is_missed: SyncOfMark,
    sync_of_file_is_missed: SyncOfFile,
    sync_of_header_is_missed: SyncOfHeader,
    sync_of_cut_is_missed: SyncOfCut,
    sync_of_taken_is_missed: SyncOfTaken,
    order_of_checkpoint_is_missed: OrderOfCheckpoint,
    checksum_of_record_is_missed: ChecksumOfRecord,
    checksum_of_header_is_missed: ChecksumOfHeader,
    sequence_of_record_is_missed: SequenceOfRecord,
    identity_of_record_is_missed: IdentityOfRecord,
    stamp_of_file_is_missed: StampOfFile,
    zeros_of_regrowth_are_missed: ZerosOfRegrowth,
}
