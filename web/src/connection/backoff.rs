//! How long to wait before the next attempt to connect.

/// Milliseconds before attempt number `attempt` (0 is the first after a loss): 0.5, 1, 2, 4 ... 30 s, each
/// 20 % shorter to 20 % longer by `random` (0 to 1), so that many browsers do not come back at once.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the product lies between 0 and 36,000"
)]
pub(super) fn delay_ms(attempt: u32, random: f64) -> u32 {
    const FIRST_MS: u32 = 500;
    const LONGEST_MS: u32 = 30_000;
    let doubled = FIRST_MS.saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX));
    let spread = 0.8 + 0.4 * random.clamp(0.0, 1.0);
    (f64::from(doubled.min(LONGEST_MS)) * spread) as u32
}

#[cfg(test)]
mod tests {
    use super::delay_ms;

    #[test]
    fn doubles_up_to_half_a_minute() {
        let schedule: Vec<u32> = (0..8).map(|attempt| delay_ms(attempt, 0.5)).collect();
        assert_eq!(schedule, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(delay_ms(u32::MAX, 0.5), 30_000);
    }

    #[test]
    fn spreads_by_a_fifth() {
        assert_eq!((delay_ms(1, 0.0), delay_ms(1, 1.0)), (800, 1200));
    }
}
