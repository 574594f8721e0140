//! What makes the numbers of a block small: a transform along each axis, for blocks that may lose bits and for
//! those that may not.

use super::integer::Integer;

/// Numbers of a block along each axis.
pub(super) const SIDE: usize = 4;

/// Applies `lift` to each line of four along `axis`.
fn along<I: Integer>(block: &mut [I], axis: usize, lift: impl Fn([I; SIDE]) -> [I; SIDE]) {
    let stride = SIDE.pow(u32::try_from(axis).unwrap_or(0));
    for start in (0..block.len()).filter(|index| index / stride % SIDE == 0) {
        let at = |index: usize| start + index * stride;
        let lifted = lift([block[at(0)], block[at(1)], block[at(2)], block[at(3)]]);
        for (index, value) in lifted.into_iter().enumerate() {
            block[at(index)] = value;
        }
    }
}

pub(super) fn forward<I: Integer>(block: &mut [I], rank: usize) {
    for axis in 0..rank {
        along(block, axis, |[x, y, z, w]| {
            let (x, w) = averaged(x, w);
            let (z, y) = averaged(z, y);
            let (x, z) = averaged(x, z);
            let (w, y) = averaged(w, y);
            let w = w.plus(y.half());
            let y = y.minus(w.half());
            [x, y, z, w]
        });
    }
}

/// The average of both, and what the second is away from it.
fn averaged<I: Integer>(one: I, other: I) -> (I, I) {
    let average = one.plus(other).half();
    (average, other.minus(average))
}

pub(super) fn inverse<I: Integer>(block: &mut [I], rank: usize) {
    for axis in (0..rank).rev() {
        along(block, axis, |[x, y, z, w]| {
            let y = y.plus(w.half());
            let w = w.minus(y.half());
            let (w, y) = apart(w, y);
            let (x, z) = apart(x, z);
            let (z, y) = apart(z, y);
            let (x, w) = apart(x, w);
            [x, y, z, w]
        });
    }
}

/// Undoes [`averaged`], but for the lowest bit.
fn apart<I: Integer>(average: I, away: I) -> (I, I) {
    let other = away.plus(average);
    (average.minus(other.minus(average)), other)
}

/// Differences of third order, of which nothing is lost.
pub(super) fn forward_exact<I: Integer>(block: &mut [I], rank: usize) {
    for axis in 0..rank {
        along(block, axis, |[x, y, z, w]| {
            let [y, z, w] = [y.minus(x), z.minus(y), w.minus(z)];
            let [z, w] = [z.minus(y), w.minus(z)];
            [x, y, z, w.minus(z)]
        });
    }
}

pub(super) fn inverse_exact<I: Integer>(block: &mut [I], rank: usize) {
    for axis in (0..rank).rev() {
        along(block, axis, |[x, y, z, w]| {
            let w = w.plus(z);
            let z = z.plus(y);
            let w = w.plus(z);
            let y = y.plus(x);
            let z = z.plus(y);
            [x, y, z, w.plus(z)]
        });
    }
}
