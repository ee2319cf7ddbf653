//! Looking for a display before the window library does, which would panic where there is none.

/// Whether a window can be opened.
///
/// # Errors
/// What was found instead of a display, for people to read.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) fn find() -> Result<(), String> {
    let name = std::env::var("DISPLAY").unwrap_or_default();
    if name.is_empty() {
        return Err("DISPLAY is not set".into());
    }
    match local_number(&name) {
        Some(number) if !answers(number) => Err(format!("DISPLAY is {name}, and nothing answers there")),
        _ => Ok(()),
    }
}

/// Whether a window can be opened: these systems always have a display.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) fn find() -> Result<(), String> {
    Ok(())
}

/// The number of a display of this machine: `:N`, `:N.S`, `unix:N`; none of another's.
#[cfg(all(unix, not(target_os = "macos")))]
fn local_number(name: &str) -> Option<u32> {
    let number = name.strip_prefix("unix").unwrap_or(name).strip_prefix(':')?;
    number.split('.').next()?.parse().ok()
}

#[cfg(all(unix, not(target_os = "macos")))]
fn answers(number: u32) -> bool {
    use std::os::unix::net::UnixStream;
    let path = format!("/tmp/.X11-unix/X{number}");
    if UnixStream::connect(&path).is_ok() {
        return true;
    }
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::SocketAddr;
        let address = SocketAddr::from_abstract_name(&path);
        address.and_then(|address| UnixStream::connect_addr(&address)).is_ok()
    }
    #[cfg(not(target_os = "linux"))]
    false
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn local_displays_are_told_from_remote_ones() {
        assert_eq!(local_number(":0"), Some(0));
        assert_eq!(local_number(":99.1"), Some(99));
        assert_eq!(local_number("unix:3"), Some(3));
        assert_eq!(local_number("elsewhere:0"), None);
        assert_eq!(local_number(":"), None);
    }

    #[test]
    fn nobody_answers_at_a_display_that_nobody_has() {
        assert!(!answers(4_000_000_000));
    }
}
