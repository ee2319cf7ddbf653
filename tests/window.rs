//! `nashra sign` in a window on a virtual screen: the program as a person starts it.
#![cfg(all(feature = "app", target_os = "linux"))]

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const NASHRA: &str = env!("CARGO_BIN_EXE_nashra");
const HEADLINE: &str = "وزارة الصحة تعلن افتتاح مشفى جديد في حلب يوم الخميس";
/// After this the program has hung; it is no measure of its speed.
const PATIENCE: Duration = Duration::from_secs(240);

/// `xvfb-run` with the program and its arguments; none, with a message, where there is no Xvfb and
/// this is not a CI run.
fn on_a_virtual_screen(arguments: &[&str]) -> Option<Command> {
    let there = Command::new("xvfb-run").arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if there.is_err() {
        assert!(std::env::var_os("CI").is_none(), "xvfb-run is missing: install xvfb and xauth");
        eprintln!("skipped: xvfb-run is not installed");
        return None;
    }
    let mut command = Command::new("xvfb-run");
    command.args(["-a", "-s", "-screen 0 1280x720x24", NASHRA, "sign"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(command)
}

fn run_to_its_end(mut command: Command) -> Output {
    let mut child = command.spawn().expect("the program starts");
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().expect("the program can be asked").is_none() {
        if Instant::now() > deadline {
            child.kill().expect("the program can be ended");
            let output = child.wait_with_output().expect("its output can be read");
            panic!("did not end: {}", String::from_utf8_lossy(&output.stderr));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    child.wait_with_output().expect("its output can be read")
}

#[test]
fn a_headline_is_signed_in_a_window_which_then_closes() {
    let arguments = [HEADLINE, "--speed", "2", "--exit-when-done", "--size", "640x480"];
    let Some(command) = on_a_virtual_screen(&arguments) else { return };
    let output = run_to_its_end(command);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}\n{log}", output.status);
    assert!(log.contains("first signing frame"), "{log}");
}

#[test]
fn without_a_display_the_error_names_the_way_without_one() {
    let mut command = Command::new(NASHRA);
    command.args(["sign", HEADLINE]).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = run_to_its_end(command);
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{log}");
    assert!(log.contains("nashra render") && log.contains("DISPLAY"), "{log}");
}
