//! The whole job, with a signer that is made up in the networks' place.

use super::super::ExtractorError;
use super::super::testing::frame_at;
use super::*;
use crate::holistic::video::testing::{ffmpeg, make};
use crate::holistic::{HolisticFrame, Rgb, Stop};
use crate::pose::PoseSequence;
use std::sync::Arc;
use std::time::Duration;

type Act = dyn Fn(u32) -> Result<(), ExtractorError> + Send + Sync;

/// Finds the signer a little further in every frame, until something is to happen.
struct Pretend {
    frame: u32,
    calls: Arc<AtomicUsize>,
    act: Arc<Act>,
}

impl Extractor for Pretend {
    fn process(&mut self, image: Rgb<'_>, time: Duration) -> Result<HolisticFrame, ExtractorError> {
        assert_eq!(image.pixels().len(), image.width() * image.height() * 3);
        assert_eq!(time.is_zero(), self.frame == 0);
        self.calls.fetch_add(1, Ordering::Relaxed);
        (self.act)(self.frame)?;
        self.frame += 1;
        Ok(frame_at(0.4 + self.frame as f32 / 1000.0))
    }

    fn reset(&mut self) {
        self.frame = 0;
    }
}

struct Job {
    folder: tempfile::TempDir,
    ffmpeg: Ffmpeg,
    options: Options,
    calls: Arc<AtomicUsize>,
}

impl Job {
    /// A job over a folder with three small videos.
    fn new() -> Option<Self> {
        let ffmpeg = ffmpeg()?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("videos/deep")).unwrap();
        for (name, seconds) in [("a.mp4", "0.4"), ("b.mp4", "0.8"), ("deep/c.mp4", "0.2")] {
            let arguments = format!("-f lavfi -i testsrc=s=64x48:r=25:d={seconds} -pix_fmt yuv420p");
            make(&folder.path().join("videos").join(name), &arguments);
        }
        let options = Options { jobs: 2, ..Options::default() };
        Some(Self { folder, ffmpeg, options, calls: Arc::default() })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self) -> Report {
        self.run_with(|_| Ok(()))
    }

    fn run_with(&self, act: impl Fn(u32) -> Result<(), ExtractorError> + Send + Sync + 'static) -> Report {
        self.watched(act, &|_| {})
    }

    fn watched(
        &self,
        act: impl Fn(u32) -> Result<(), ExtractorError> + Send + Sync + 'static,
        watch: &(dyn Fn(Event<'_>) + Sync),
    ) -> Report {
        let act: Arc<Act> = Arc::new(act);
        let open = || -> Result<Box<dyn Extractor>, ExtractorError> {
            Ok(Box::new(Pretend { frame: 0, calls: self.calls.clone(), act: act.clone() }))
        };
        let (videos, out) = (self.at("videos"), self.at("out"));
        extract(&[videos], &out, &self.ffmpeg, &self.options, &open, watch).unwrap()
    }

    fn calls(&self) -> usize {
        self.calls.swap(0, Ordering::Relaxed)
    }

    /// Names of all results.
    fn results(&self) -> Vec<String> {
        fn walk(folder: &Path, below: &str, names: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let name = format!("{below}{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    walk(&entry.path(), &format!("{name}/"), names)
                } else {
                    names.push(name)
                }
            }
        }
        let mut names = Vec::new();
        walk(&self.at("out"), "", &mut names);
        names.sort();
        names
    }
}

const ALL: [&str; 6] =
    ["a.extract.json", "a.pose", "b.extract.json", "b.pose", "deep/c.extract.json", "deep/c.pose"];

#[test]
fn every_video_becomes_landmarks_at_its_place_once() {
    let Some(job) = Job::new() else { return };
    let report = job.run();
    assert_eq!((report.done, report.kept, report.exit_code()), (3, 0, 0));
    assert_eq!((report.frames, job.calls()), (35, 35));
    assert_eq!(job.results(), ALL);
    let pose = PoseSequence::read(job.at("out/b.pose")).unwrap();
    assert_eq!((pose.frame_count(), pose.point_count(), pose.fps), (20, 576, 25.0));
    assert_eq!((pose.size.width, pose.size.height), (64, 48));
    let shoulder = frame_at(0.4 + 20.0 / 1000.0).pose.unwrap().landmarks[11];
    assert_eq!(pose.frame(19)[11].x, shoulder.x * 64.0);

    let again = job.run();
    assert_eq!((again.done, again.kept, job.calls()), (0, 3, 0));
    assert_eq!(again.clips.len(), 3);
}

#[test]
fn a_clip_is_done_again_when_video_settings_or_results_change() {
    let Some(mut job) = Job::new() else { return };
    job.run();
    job.calls();
    std::fs::copy(job.at("videos/deep/c.mp4"), job.at("videos/a.mp4")).unwrap();
    assert_eq!((job.run().done, job.calls()), (1, 5));
    std::fs::write(job.at("out/b.pose"), "half").unwrap();
    assert_eq!((job.run().done, job.calls()), (1, 20));
    std::fs::remove_file(job.at("out/b.pose")).unwrap();
    assert_eq!((job.run().done, job.calls()), (1, 20));
    job.options.settings.insert("models".into(), "other".into());
    assert_eq!(job.run().done, 3);
    job.options.points = Points::Syrisign;
    assert_eq!(job.run().done, 3);
    assert_eq!(PoseSequence::read(job.at("out/a.pose")).unwrap().point_count(), 193);
    job.options.force = true;
    assert_eq!(job.run().done, 3);
}

#[test]
fn landmarks_of_other_origin_are_named_and_kept_unless_forced() {
    let Some(mut job) = Job::new() else { return };
    std::fs::create_dir(job.at("out")).unwrap();
    std::fs::write(job.at("out/a.pose"), "theirs").unwrap();
    let report = job.run();
    assert_eq!((report.done, report.failed.len(), report.exit_code()), (2, 1, 1));
    let reason = &report.failed[0].reason;
    assert!(reason.contains("a.pose") && reason.contains("--force"), "{reason}");
    assert_eq!((std::fs::read(job.at("out/a.pose")).unwrap(), job.calls()), (b"theirs".to_vec(), 25));
    job.options.force = true;
    assert_eq!((job.run().done, job.results()), (3, ALL.map(str::to_owned).to_vec()));
}

#[test]
fn a_video_with_a_previews_name_is_kept_beside_results_in_the_same_folder() {
    let Some(mut job) = Job::new() else { return };
    let (video, named) = (job.at("videos/a.mp4"), job.at("videos/a.preview.mp4"));
    std::fs::rename(job.at("videos/b.mp4"), &named).unwrap();
    let bytes = std::fs::read(&named).unwrap();
    for (preview, force, done) in [(false, false, 2), (false, true, 2), (true, true, 1)] {
        (job.options.preview, job.options.force) = (preview, force);
        let open = || -> Result<Box<dyn Extractor>, ExtractorError> {
            Ok(Box::new(Pretend { frame: 0, calls: job.calls.clone(), act: Arc::new(|_| Ok(())) }))
        };
        let inputs = [video.clone(), named.clone()];
        let report = extract(&inputs, &job.at("videos"), &job.ffmpeg, &job.options, &open, &|_| {}).unwrap();
        assert_eq!((report.done, report.failed.len()), (done, 2 - done), "{report:?}");
        assert_eq!(std::fs::read(&named).unwrap(), bytes);
    }
}

#[test]
fn results_stay_where_a_new_run_fails_before_its_own_are_complete() {
    let Some(mut job) = Job::new() else { return };
    job.options.preview = true;
    job.run();
    let before = job.results();
    job.options.force = true;
    let report = job.run_with(|frame| if frame == 3 { Err("no memory".into()) } else { Ok(()) });
    assert_eq!((report.failed.len(), job.results()), (3, before));
}

#[test]
fn bad_files_are_named_and_the_others_go_on() {
    let Some(job) = Job::new() else { return };
    std::fs::write(job.at("videos/empty.mp4"), []).unwrap();
    std::fs::write(job.at("videos/text.mp4"), "no video").unwrap();
    let report = job.run();
    assert_eq!((report.done, report.failed.len(), report.exit_code()), (3, 2, 1));
    assert!(report.failed.iter().all(|failure| failure.reason.contains(&*failure.path.to_string_lossy())));
    assert_eq!(job.results(), ALL);
}

#[test]
fn a_network_that_fails_or_panics_costs_one_clip() {
    let Some(job) = Job::new() else { return };
    let report = job.run_with(|frame| if frame == 15 { Err("no memory".into()) } else { Ok(()) });
    assert_eq!((report.done, report.failed.len()), (2, 1));
    assert!(report.failed[0].reason.contains("frame 15: no memory"), "{report:?}");
    assert_eq!(job.results().len(), 4);
    let report = job.run_with(|frame| if frame == 15 { panic!("out of range") } else { Ok(()) });
    assert_eq!((report.done, report.kept, report.failed.len(), report.exit_code()), (0, 2, 1, 1));
    assert!(report.failed[0].reason.contains("out of range"), "{report:?}");
    assert_eq!(job.results().len(), 4);
}

#[test]
fn an_interruption_finishes_nothing_half_and_the_next_run_goes_on() {
    let Some(mut job) = Job::new() else { return };
    job.options.jobs = 1;
    let stop = job.options.reading.stop.clone();
    // The largest video is the first.
    let report = job.run_with(move |frame| {
        if frame == 12 {
            stop.ask();
        }
        Ok(())
    });
    assert_eq!((report.done, report.left, report.exit_code()), (0, 3, 130));
    assert!(job.results().is_empty(), "{:?}", job.results());
    job.options.reading.stop = Stop::new();
    assert_eq!(job.run().done, 3);
}

#[test]
fn missing_models_end_the_job_before_it_begins() {
    let Some(job) = Job::new() else { return };
    let open = || -> Result<Box<dyn Extractor>, ExtractorError> { Err("no such model".into()) };
    let options = &job.options;
    let ended = extract(&[job.at("videos")], &job.at("out"), &job.ffmpeg, options, &open, &|_| {});
    assert!(ended.unwrap_err().to_string().contains("no such model"));
    assert!(job.results().is_empty());
}

#[test]
fn shards_share_the_clips() {
    let Some(mut job) = Job::new() else { return };
    let mut done = 0;
    for shard in ["1/2", "2/2"] {
        job.options.shard = Some(shard.parse().unwrap());
        done += job.run().done;
    }
    assert_eq!((done, job.results().len()), (3, 6));
}

#[test]
fn a_preview_is_made_with_the_landmarks_or_later() {
    let Some(mut job) = Job::new() else { return };
    job.run();
    job.calls();
    job.options.preview = true;
    let report = job.run();
    assert_eq!((report.done, report.kept, report.exit_code(), job.calls()), (0, 3, 0, 0));
    let preview = report.clips[0].preview.clone().unwrap();
    let info = crate::holistic::video::VideoInfo::of(&job.ffmpeg, &preview).unwrap();
    assert_eq!((info.stored_width, info.stored_height), (64, 48));
    assert_eq!(info.frames, Some(report.clips[0].frames));
    assert_eq!(job.results().len(), 9);
    job.options.force = true;
    job.options.preview = false;
    job.run();
    assert_eq!(job.results(), ALL);
}

#[test]
fn a_video_that_breaks_off_is_kept_as_far_as_it_goes_and_told_first() {
    let Some(job) = Job::new() else { return };
    let path = job.at("videos/broken.mkv");
    make(&path, "-f lavfi -i testsrc2=s=320x240:r=25:d=4 -pix_fmt yuv420p -g 10");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let report = job.run();
    assert_eq!((report.done, report.exit_code()), (4, 0));
    assert!(!report.clips[0].damage.is_empty() && report.clips[0].frames < 95, "{report:?}");
}

#[test]
fn the_job_tells_how_far_it_is() {
    let Some(job) = Job::new() else { return };
    let heard = Mutex::new(Vec::new());
    let watch = |event: Event<'_>| {
        let share = match event {
            Event::Begun { clips, .. } => clips as f64,
            Event::Frames(progress) | Event::Done(_, progress) | Event::Failed(_, progress) => progress.share,
        };
        heard.lock().unwrap().push(share);
    };
    job.watched(|_| Ok(()), &watch);
    let heard = heard.into_inner().unwrap();
    assert_eq!((heard.first(), heard.last()), (Some(&3.0), Some(&1.0)));
}
