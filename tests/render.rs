//! Pictures and files, made by the real program without a display.

#![cfg(feature = "app")]

mod common;

use common::{Home, stderr, stdout};
use std::path::Path;

const HEADLINE: &str = "مشفى جديد في حلب";
const SMALL: [&str; 4] = ["--size", "320x180", "--fps", "5"];

struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<[f32; 3]>,
    /// Opacity, 0 to 255.
    alpha: Vec<f32>,
}

fn picture(path: &Path) -> Picture {
    let file = std::io::BufReader::new(std::fs::File::open(path).expect("a picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut bytes).expect("pixels");
    let channels = info.color_type.samples();
    let pixels = || bytes[..info.buffer_size()].chunks(channels);
    let rgb = pixels().map(|p| [0, 1, 2].map(|c| f32::from(p[c]))).collect();
    let alpha = pixels().map(|p| p.get(3).map_or(255.0, |alpha| f32::from(*alpha))).collect();
    Picture { width: info.width as usize, height: info.height as usize, rgb, alpha }
}

/// Mean difference of two pictures of one size, in 255ths.
fn difference(a: &Picture, b: &Picture) -> f32 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let sum: f32 = a.rgb.iter().flatten().zip(b.rgb.iter().flatten()).map(|(a, b)| (a - b).abs()).sum();
    sum / (3 * a.rgb.len()) as f32
}

fn render(home: &Home, out: &str, more: &[&str]) {
    let output = home.run(["render", HEADLINE, "-o", out].iter().chain(&SMALL).chain(more));
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_folder_holds_exactly_as_many_frames_as_the_motion_lasts_and_twice_the_same() {
    let home = Home::new();
    render(&home, "once", &[]);
    render(&home, "twice", &[]);
    render(&home, "x.pose", &[]);
    let info = home.run(["pose", "info", "x.pose", "--json"]);
    let info: serde_json::Value = serde_json::from_str(&stdout(&info)).expect("JSON");
    let files = |folder: &str| {
        let mut names: Vec<_> =
            std::fs::read_dir(home.path(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let names = files("once");
    assert_eq!(Some(names.len() as u64), info["frames"].as_u64(), "{info}");
    assert_eq!(names, files("twice"));
    for name in &names {
        let read = |folder: &str| std::fs::read(home.path(folder).join(name)).unwrap();
        assert!(read("once") == read("twice"), "{name:?} differs between two runs");
    }
}

#[test]
fn a_still_looks_as_it_did_when_somebody_looked_at_it() {
    let home = Home::new();
    render(&home, "still.png", &["--still", "1.5"]);
    let now = picture(&home.path("still.png"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/still.png");
    if std::env::var_os("NASHRA_ACCEPT").is_some() {
        std::fs::copy(home.path("still.png"), &path).unwrap();
    }
    let off = difference(&now, &picture(&path));
    assert!(
        off < 3.0,
        "{off} of 255 from tests/data/still.png on average; look at both, then NASHRA_ACCEPT=1"
    );
}

#[test]
fn captions_and_background_do_what_they_say() {
    let home = Home::new();
    render(&home, "with.png", &["--still", "1.5"]);
    render(&home, "without.png", &["--still", "1.5", "--captions", "off"]);
    render(&home, "green.png", &["--still", "1.5", "--captions", "off", "--background", "green"]);
    let [with, without, green] = ["with.png", "without.png", "green.png"].map(|p| picture(&home.path(p)));
    let strip = with.width * (with.height - 20)..with.rgb.len();
    let changed = |a: &Picture, b: &Picture| {
        strip.clone().filter(|i| (0..3).any(|c| (a.rgb[*i][c] - b.rgb[*i][c]).abs() > 20.0)).count()
    };
    assert!(changed(&with, &without) > strip.len() / 4, "the caption strip is not there");
    let corner = green.rgb[green.width - 2];
    assert!(corner[1] > corner[0] + 100.0 && corner[1] > corner[2] + 100.0, "{corner:?}");
}

#[test]
fn a_practice_sign_is_marked_without_captions_too() {
    let home = Home::new();
    render(&home, "practice.png", &["--still", "1.5", "--captions", "off"]);
    render(&home, "before.png", &["--still", "0", "--captions", "off"]);
    let [practice, before] = ["practice.png", "before.png"].map(|p| picture(&home.path(p)));
    // The mark is orange and stands in the upper left; nothing else there is.
    let orange = |picture: &Picture| {
        let corner =
            |i: &usize| i / picture.width < picture.height / 3 && i % picture.width < picture.width / 3;
        let is_orange = |p: [f32; 3]| p[0] > p[2] + 60.0 && p[0] > p[1] + 20.0;
        (0..picture.rgb.len()).filter(corner).filter(|i| is_orange(picture.rgb[*i])).count()
    };
    assert_eq!(orange(&before), 0);
    assert!(orange(&practice) > 20, "{} orange pixels", orange(&practice));
}

#[test]
fn a_video_has_even_sides_and_every_frame() {
    let home = Home::new();
    render(&home, "x.mp4", &[]);
    let bytes = std::fs::read(home.path("x.mp4")).unwrap();
    assert_eq!(&bytes[4..8], b"ftyp");
    let output = home.run(["render", HEADLINE, "-o", "odd.mp4", "--size", "321x180"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("even"), "{}", stderr(&output));
    assert!(!home.path("odd.mp4").exists());
}

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    let home = Home::new();
    let fails = |mut command: std::process::Command, words: &[&str]| {
        let output = command.output().expect("the program starts");
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        for word in words {
            assert!(stderr(&output).contains(word), "{word}: {}", stderr(&output));
        }
    };
    let render = |out: &str| {
        let mut command = home.nashra();
        command.args(["render", HEADLINE, "-o", out]).args(SMALL);
        command
    };
    let mut command = render("x.mp4");
    command.env("PATH", home.path("nothing"));
    fails(command, &["ffmpeg", "install"]);
    let mut command = render("x.png.d");
    command.env("VK_DRIVER_FILES", "/nothing").env("VK_ICD_FILENAMES", "/nothing");
    fails(command, &["Vulkan", "mesa-vulkan-drivers"]);
    let mut command = render("frames");
    command.args(["--avatar", "no-such.glb"]);
    fails(command, &["no-such.glb", "--avatar"]);
    assert!(!home.path("x.mp4").exists());
}

#[test]
fn a_stream_with_an_empty_and_a_broken_line_is_rendered_without_them() {
    let home = Home::new();
    let input = [b"\n\xff\xfe\n".as_slice(), "😀\n".as_bytes(), HEADLINE.as_bytes(), b"\n"].concat();
    let output = home.run_with_input(["render", "-", "-o", "x.pose"], &input);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(home.path("x.pose").exists());
    assert!(stderr(&output).contains("emoji"), "{}", stderr(&output));
}

#[test]
fn a_key_colour_is_exactly_flat_and_nothing_of_the_avatar_comes_near_it() {
    const KEY: [f32; 3] = [0.0, 177.0, 64.0];
    let home = Home::new();
    for quality in ["low", "medium"] {
        let still = |background: &str| {
            let out = format!("{quality}-{background}.png");
            let more = ["--still", "1.5", "--captions", "off", "--background", background];
            render(&home, &out, &[&more[..], &["--quality", quality]].concat());
            picture(&home.path(&out))
        };
        // The same picture with true opacity says which pixels are backdrop and which are avatar;
        // those of an edge are between the two, as they must be.
        let (keyed, matte) = (still("green"), still("alpha"));
        let backdrop = matte.alpha.iter().filter(|alpha| **alpha == 0.0).count();
        assert!(backdrop * 3 > matte.alpha.len(), "{quality}: {backdrop} pixels are backdrop");
        for (i, (pixel, alpha)) in keyed.rgb.iter().zip(&matte.alpha).enumerate() {
            let at = format!("{quality}: {pixel:?} at {}, {}", i % keyed.width, i / keyed.width);
            let apart = (0..3).map(|c| (pixel[c] - KEY[c]).powi(2)).sum::<f32>().sqrt();
            match *alpha as u8 {
                0 => assert_eq!(apart, 0.0, "{at}"),
                255 => assert!(apart > 60.0, "{at}"),
                _ => {}
            }
        }
    }
}
