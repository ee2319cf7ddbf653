//! How large a network can be. Configurations are files, and a slip in one must not ask for memory that no
//! machine has before anything else is looked at.

use candle_core::Result;

/// The largest width, length, vocabulary or count that a configuration may have.
pub const LARGEST: usize = 1 << 20;

/// The largest table that is made before weights are read: positions times width.
const LARGEST_TABLE: usize = 1 << 28;

/// Refuses sizes that are 0 or beyond [`LARGEST`], by name.
///
/// # Errors
/// Names the first that is.
pub fn check_sizes(network: &str, sizes: &[(&str, usize)]) -> Result<()> {
    match sizes.iter().find(|(_, size)| !(1..=LARGEST).contains(size)) {
        Some((name, found)) => {
            candle_core::bail!("{network}: expected {name} from 1 to {LARGEST}, found {found}")
        }
        None => Ok(()),
    }
}

/// Refuses a table of so many rows and columns where it would not fit anywhere.
///
/// # Errors
/// Says how large it would be.
pub fn check_table(network: &str, rows: usize, columns: usize) -> Result<()> {
    if rows.checked_mul(columns).is_none_or(|cells| cells > LARGEST_TABLE) {
        candle_core::bail!(
            "{network}: a table of {rows} × {columns}: expected at most {LARGEST_TABLE} cells"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_no_network_has_are_named() {
        assert!(check_sizes("GPT", &[("width", 1), ("length", LARGEST)]).is_ok());
        for size in [0, LARGEST + 1, usize::MAX] {
            let message = check_sizes("GPT", &[("width", 8), ("length", size)]).unwrap_err().to_string();
            assert!(message.contains("GPT") && message.contains("length"), "{message}");
        }
        assert!(check_table("GPT", 512, 1024).is_ok());
        assert!(check_table("GPT", usize::MAX, 2).is_err() && check_table("GPT", LARGEST, LARGEST).is_err());
    }
}
