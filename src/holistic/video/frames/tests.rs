//! Videos as people have them, and as they are broken.

use super::super::testing::{ffmpeg, make};
use super::*;
use proptest::prelude::*;

type Seen = (Vec<Duration>, Vec<[f64; 3]>, Ending);

/// All frames' times and the mean colour of each picture.
fn read(ffmpeg: &Ffmpeg, path: &Path, reading: &Reading) -> Result<Seen, VideoError> {
    let info = VideoInfo::of(ffmpeg, path)?;
    let mut frames = Frames::open(ffmpeg, path, &info, reading)?;
    let (mut times, mut colours) = (Vec::new(), Vec::new());
    while let Some(frame) = frames.next_frame()? {
        let size = (frame.image.width() as u32, frame.image.height() as u32);
        assert_eq!(size, reading.shape.decoded_size(&info));
        let mut sum = [0.0; 3];
        for pixel in frame.image.pixels().chunks_exact(3) {
            (0..3).for_each(|i| sum[i] += f64::from(pixel[i]));
        }
        times.push(frame.time);
        colours.push(sum.map(|sum| sum / f64::from(size.0 * size.1)));
    }
    Ok((times, colours, frames.ending().clone()))
}

fn millis(times: &[Duration]) -> Vec<u128> {
    times.iter().map(|time| (time.as_nanos() + 500_000) / 1_000_000).collect()
}

#[test]
fn every_frame_of_a_video_of_variable_rate_comes_once_at_its_own_time() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("variable.mp4");
    // Frames 0, 3, 5, 6, 9, 10 … of 30 a second.
    make(
        &path,
        "-f lavfi -i testsrc=s=64x48:r=30:d=0.5 -vf select='not(mod(n,3))+not(mod(n,5))' -vsync vfr \
         -pix_fmt yuv420p",
    );
    let (times, _, ending) = read(&ffmpeg, &path, &Reading::default()).unwrap();
    assert_eq!(millis(&times), [0, 100, 167, 200, 300, 333, 400]);
    assert_eq!(ending, Ending { frames: 7, ..Ending::default() });
}

#[test]
fn odd_sizes_sixty_frames_ten_bits_and_alpha_are_read() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("odd.mkv", "-f lavfi -i testsrc=s=63x47:r=25:d=0.4 -c:v ffv1", 10, 40),
        ("sixty.mp4", "-f lavfi -i testsrc=s=64x48:r=60:d=0.5 -pix_fmt yuv420p", 30, 17),
        ("ten.mkv", "-f lavfi -i testsrc=s=64x48:r=25:d=0.4 -pix_fmt yuv420p10le -c:v ffv1", 10, 40),
        (
            "alpha.webm",
            "-f lavfi -i color=red@0.5:s=64x48:r=25:d=0.4,format=yuva420p -c:v libvpx -auto-alt-ref 0",
            10,
            40,
        ),
        ("alpha.mov", "-f lavfi -i color=red@0.5:s=64x48:r=25:d=0.4,format=argb -c:v qtrle", 10, 40),
        ("animated.gif", "-f lavfi -i testsrc=s=64x48:r=25:d=0.4", 10, 40),
    ];
    for (name, arguments, frames, second) in cases {
        let path = folder.path().join(name);
        make(&path, arguments);
        let (times, _, ending) = read(&ffmpeg, &path, &Reading::default()).unwrap();
        assert_eq!((times.len(), ending.damage.len(), ending.guessed_times), (frames, 0, 0), "{name}");
        assert_eq!(millis(&times)[1], second, "{name}");
    }
}

#[test]
fn colours_keep_their_places() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("colour.mkv");
    make(&path, "-f lavfi -i color=0xC86432:s=64x48:d=0.1 -c:v ffv1 -pix_fmt bgr0");
    let (_, colours, _) = read(&ffmpeg, &path, &Reading::default()).unwrap();
    let apart = colours[0].iter().zip([200.0, 100.0, 50.0]).map(|(found, expected)| (found - expected).abs());
    assert!(apart.fold(0.0, f64::max) <= 2.0, "{colours:?}");
}

#[test]
fn a_turned_video_comes_upright_unless_it_is_wanted_as_stored() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (flat, path) = (folder.path().join("flat.mp4"), folder.path().join("turned.mp4"));
    make(&flat, "-f lavfi -i testsrc=s=64x48:r=25:d=0.2 -pix_fmt yuv420p");
    make(&path, &format!("-i {} -c copy -metadata:s:v:0 rotate=90", flat.display()));
    let info = VideoInfo::of(&ffmpeg, &path).unwrap();
    if info.rotation_deg == 0 {
        eprintln!("skipped: this ffmpeg does not write the turn that way");
        return;
    }
    assert_eq!(Shape::default().size(&info), (48, 64));
    assert_eq!(read(&ffmpeg, &path, &Reading::default()).unwrap().0.len(), 5);
    let as_stored = Shape { upright: false, ..Shape::default() };
    assert_eq!(as_stored.size(&info), (64, 48));
    read(&ffmpeg, &path, &Reading { shape: as_stored, ..Reading::default() }).unwrap();
}

#[test]
fn large_pictures_are_made_smaller() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.mkv");
    make(&path, "-f lavfi -i testsrc=s=640x480:r=25:d=0.1 -pix_fmt yuv420p -c:v ffv1");
    let shape = Shape { largest_px: 10_000, ..Shape::default() };
    let (times, _, _) = read(&ffmpeg, &path, &Reading { shape, ..Reading::default() }).unwrap();
    assert_eq!(times.len(), 3);
}

#[test]
fn a_stream_whose_pictures_change_their_size_keeps_every_frame_and_time() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    for size in ["64x48", "128x96"] {
        let path = folder.path().join(format!("{size}.ts"));
        make(&path, &format!("-f lavfi -i testsrc=s={size}:r=25:d=0.4 -pix_fmt yuv420p -c:v libx264"));
        bytes.extend(std::fs::read(&path).unwrap());
    }
    let path = folder.path().join("both.ts");
    std::fs::write(&path, bytes).unwrap();
    let (times, _, _) = read(&ffmpeg, &path, &Reading::default()).unwrap();
    assert_eq!(times.len(), 20);
}

#[test]
fn a_video_that_breaks_off_gives_what_can_be_decoded_and_says_so() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in [("a.mp4", "-movflags +faststart"), ("b.mkv", ""), ("c.avi", "-c:v mpeg4")] {
        let path = folder.path().join(name);
        make(&path, &format!("-f lavfi -i testsrc2=s=320x240:r=25:d=4 -pix_fmt yuv420p -g 10 {options}"));
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let (times, _, ending) = read(&ffmpeg, &path, &Reading::default()).unwrap();
        assert!((10..90).contains(&times.len()), "{name}: {}", times.len());
        assert!(!ending.damage.is_empty(), "{name}: {ending:?}");
    }
}

#[test]
fn a_video_without_frames_is_an_error() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.mp4");
    make(&path, "-f lavfi -i testsrc=s=64x48:r=25:d=0.4 -pix_fmt yuv420p -movflags +faststart");
    let mut bytes = std::fs::read(&path).unwrap();
    let data = bytes.windows(4).position(|four| four == b"mdat").unwrap();
    bytes[data + 4..].fill(0);
    std::fs::write(&path, &bytes).unwrap();
    let error = read(&ffmpeg, &path, &Reading::default()).unwrap_err();
    assert!(matches!(error, VideoError::NoFrames { .. }), "{error}");
}

#[test]
fn a_wish_to_stop_ends_the_decoder() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.mkv");
    make(&path, "-f lavfi -i testsrc=s=320x240:r=25:d=20 -pix_fmt yuv420p");
    let reading = Reading::default();
    let info = VideoInfo::of(&ffmpeg, &path).unwrap();
    let mut frames = Frames::open(&ffmpeg, &path, &info, &reading).unwrap();
    assert!(frames.next_frame().unwrap().is_some());
    reading.stop.ask();
    assert!(matches!(frames.next_frame(), Err(VideoError::Interrupted)));
    let process = frames.process.id();
    drop(frames);
    assert!(!Path::new(&format!("/proc/{process}")).exists());
}

/// A program in the decoder's place.
#[cfg(unix)]
fn instead_of_ffmpeg(folder: &Path, ffmpeg: &Ffmpeg, script: &str) -> Ffmpeg {
    use std::os::unix::fs::PermissionsExt;
    let program = folder.join("decoder.sh");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut instead = ffmpeg.clone();
    instead.decoder = program;
    instead
}

#[cfg(unix)]
#[test]
fn a_decoder_that_hangs_is_given_up_and_one_that_crashes_is_told() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mkv");
    make(&path, "-f lavfi -i testsrc=s=64x48:r=25:d=0.2 -c:v ffv1");
    let hung = instead_of_ffmpeg(folder.path(), &ffmpeg, "head -c 9216 /dev/zero; exec sleep 60");
    let reading = Reading { patience: Duration::from_millis(300), ..Reading::default() };
    let error = read(&hung, &path, &reading).unwrap_err();
    assert!(matches!(error, VideoError::Stalled { frames: 1, .. }), "{error}");
    let crashed = instead_of_ffmpeg(folder.path(), &ffmpeg, "echo '[fatal] oh' >&2; kill -9 $$");
    let error = read(&crashed, &path, &Reading::default()).unwrap_err().to_string();
    assert!(error.contains("signal: 9") && error.contains("oh"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_decoder_that_a_signal_ended_is_told_and_another_failure_is_damage() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mkv");
    make(&path, "-f lavfi -i testsrc=s=64x48:r=25:d=0.2 -c:v ffv1");
    let ending = |script: &str| {
        let instead = instead_of_ffmpeg(folder.path(), &ffmpeg, script);
        read(&instead, &path, &Reading::default()).map(|(_, _, ending)| ending)
    };
    let error = ending("head -c 9216 /dev/zero; exit 255").unwrap_err();
    assert!(
        matches!(&error, VideoError::Crashed { frames: 1, status, .. } if status.contains("255")),
        "{error}"
    );
    let damage = ending("head -c 9216 /dev/zero; exit 183").unwrap().damage;
    assert!(damage[0].starts_with("ffmpeg ended with") && damage[0].contains("183"), "{damage:?}");
    let damage = ending("echo '[error] oh' >&2; head -c 9216 /dev/zero; exit 183").unwrap().damage;
    assert_eq!(damage, ["oh"]);
    assert!(matches!(ending("exit 1"), Err(VideoError::NoFrames { said, .. }) if said.contains('1')));
}

#[cfg(unix)]
#[test]
fn a_decoder_that_closes_its_pipe_and_does_not_end_is_given_up() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mkv");
    make(&path, "-f lavfi -i testsrc=s=64x48:r=25:d=0.2 -c:v ffv1");
    let script = "head -c 9216 /dev/zero; exec sleep 60 >&-";
    let stays = instead_of_ffmpeg(folder.path(), &ffmpeg, script);
    let reading = Reading { patience: Duration::from_millis(300), ..Reading::default() };
    let began = Instant::now();
    let error = read(&stays, &path, &reading).unwrap_err();
    assert!(matches!(error, VideoError::Stalled { frames: 1, .. }), "{error}");
    let reading = Reading::default();
    let stop = reading.stop.clone();
    let asks = std::thread::Builder::new().spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        stop.ask();
    });
    assert!(matches!(read(&stays, &path, &reading), Err(VideoError::Interrupted)));
    asks.unwrap().join().unwrap();
    assert!(began.elapsed() < Duration::from_secs(30));
}

proptest! {
    #[test]
    fn times_always_rise(stamps in proptest::collection::vec(proptest::option::of(any::<i64>()), 1..50)) {
        let mut clock = Clock::new(25.0);
        let times: Vec<Duration> = stamps.into_iter().map(|stamp| clock.time(stamp)).collect();
        prop_assert_eq!(times[0], Duration::ZERO);
        prop_assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
    }
}

#[test]
fn times_rise_through_many_new_counts_however_far_apart() {
    let stamps = [
        -638_696_487_317_162_840,
        1_177_083_934_807_897_781,
        -1_833_049_669_011_196_539,
        1_529_870_706_378_127_175,
        -2_071_006_315_772_351_493,
        2_203_233_319_357_696_178,
        -468_672_354_092_183_980,
    ];
    let mut clock = Clock::new(25.0);
    let times = stamps.map(|stamp| clock.time(Some(stamp)));
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
}

#[test]
fn times_that_are_missing_or_go_back_are_made_up_and_counted() {
    let mut clock = Clock::new(25.0);
    let stamps = [None, Some(500), Some(540), Some(540), Some(580), Some(-90_000), Some(-89_960)];
    let times: Vec<u128> =
        stamps.map(|stamp| clock.time(stamp.map(|millis: i64| millis * 1_000_000)).as_millis()).into();
    assert_eq!(times, [0, 40, 80, 100, 120, 160, 200]);
    assert_eq!(clock.guessed, 3);
}
