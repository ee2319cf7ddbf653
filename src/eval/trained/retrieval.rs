//! SignCLIP's retrieval beside what needs no training, text to pose and pose to text.

use super::{Bench, Judge, ModelsError, Shown, Tell};
use crate::dataset::Part as Portion;
use crate::eval::baseline::{FeatureClip, Labelled, Warping, nearest_centroid, nearest_vector};
use crate::eval::paper;
use crate::eval::retrieval::{Metric, Retrieval, Scores, pose_to_text, text_to_pose};
use crate::eval::table::{Row, Table, Value};
use crate::models::features::{Features, Measured, MotionFeatures, Part};

/// Neighbours see at most so many frames of a clip, evenly spread: some 25 a second.
const WARPED_FRAMES: usize = 64;
/// Clips as single rows have so many frames.
const ROW_FRAMES: usize = 16;
/// How far from the diagonal frames may be matched.
const BAND: f32 = 0.2;

/// One way to rank: its name, and its scores of texts for clips and of clips for texts.
struct Way {
    name: &'static str,
    text_to_pose: Scores,
    pose_to_text: Scores,
}

/// Two tables: each word looks for its clips, and each clip for its word. `clips` are the part's, as
/// the judge embedded them; without a judge neighbours and chance stand alone.
///
/// # Errors
/// Where clips cannot be read, or a word of the part has no training clip.
pub fn retrieval(
    bench: &Bench,
    judged: Option<(&Judge, &[Shown<Vec<f32>>])>,
    tell: Tell,
) -> Result<[Table; 2], ModelsError> {
    let mut ways = Vec::new();
    if let Some((judge, clips)) = judged {
        let labels: Vec<usize> = clips.iter().map(|clip| clip.word).collect();
        let scores = judge.scores(clips.iter().map(|clip| Some(&clip.of[..])));
        let there: Vec<usize> =
            (0..judge.words().len()).filter(|&i| labels.contains(&judge.words()[i])).collect();
        let asked: Vec<usize> = there.iter().map(|&i| judge.words()[i]).collect();
        let rows = there.iter().flat_map(|&i| &scores[i * labels.len()..(i + 1) * labels.len()]);
        ways.push(Way {
            name: "SignCLIP",
            text_to_pose: text_to_pose(&asked, &labels, &rows.copied().collect::<Vec<_>>())?,
            pose_to_text: pose_to_text(judge.words(), &labels, &scores)?,
        });
    }
    ways.extend(neighbours(bench, tell)?);
    Ok([true, false].map(|is_text_to_pose| table(bench, &ways, is_text_to_pose)))
}

/// Nearest clip by warping, nearest clip and nearest mean as rows.
fn neighbours(bench: &Bench, tell: Tell) -> Result<Vec<Way>, ModelsError> {
    let (train, test) = numbers(bench)?;
    let made = [
        ("1-NN DTW", Warping { band: Some(BAND) }.nearest(&train, &test)?),
        ("1-NN vector", nearest_vector(&train, &test, ROW_FRAMES)?),
        ("nearest centroid", nearest_centroid(&train, &test, ROW_FRAMES)?),
    ];
    tell("neighbours", test.len(), test.len());
    let way =
        |(name, scores): (_, Scores)| Ok(Way { name, text_to_pose: scores.turned()?, pose_to_text: scores });
    made.into_iter().map(way).collect()
}

/// The training clips and the part's as standardised numbers of body and hands.
fn numbers(bench: &Bench) -> Result<(Vec<Labelled>, Vec<Labelled>), ModelsError> {
    let features = MotionFeatures::new(&[Part::Body, Part::LeftHand, Part::RightHand]);
    let read = |part| {
        bench
            .read(&bench.clips(part), |pose| features.read(&pose).map(|found| found.resampled(WARPED_FRAMES)))
    };
    let (train, test) = (read(Portion::Train)?, read(bench.part())?);
    let mut measured = Measured::default();
    for clip in &train {
        clip.of.values.chunks_exact(clip.of.width).for_each(|row| measured.add(clip.of.width, 0, row));
    }
    let statistics = measured.finish()?;
    let labelled = |clips: Vec<Shown<Features>>| -> Result<Vec<Labelled>, ModelsError> {
        let one = |clip: Shown<Features>| {
            let Features { values, width } = statistics.apply(&clip.of)?;
            Ok(Labelled { label: clip.word, clip: FeatureClip::new(width, values)? })
        };
        clips.into_iter().map(one).collect()
    };
    Ok((labelled(train)?, labelled(test)?))
}

fn table(bench: &Bench, ways: &[Way], is_text_to_pose: bool) -> Table {
    let scores =
        |way: &Way| if is_text_to_pose { way.text_to_pose.clone() } else { way.pose_to_text.clone() };
    let found: Vec<(&str, Scores)> = ways.iter().map(|way| (way.name, scores(way))).collect();
    let measured: Vec<Retrieval> = found.iter().map(|(_, scores)| scores.measure()).collect();
    let chance = found.first().map(|(_, scores)| scores.chance());
    let title = if is_text_to_pose { "Text to pose" } else { "Pose to text" };
    let names = found.iter().map(|(name, _)| *name).chain(["chance", "paper"]);
    let mut table = Table::new(format!("{title}: retrieval on the {} part", bench.part().name()), names);
    let printed = paper::find("SignCLIP", "both towers", "R@5");
    for metric in Metric::REPORTED {
        let mut cells: Vec<Option<Value>> =
            measured.iter().chain(&chance).map(|found| found.get(metric).map(Value::from)).collect();
        cells.push(printed.filter(|_| metric == Metric::HitRate(5)).map(|printed| printed.value.into()));
        table.rows.push(Row::new(metric.name(), metric.definition(), cells));
    }
    if let Some(first) = measured.first() {
        let (queries, items) = if is_text_to_pose { ("texts", "clips") } else { ("clips", "texts") };
        table.notes.push(format!("{} {queries} look among {} {items}", first.queries, first.items));
    }
    table.notes.push(format!(
        "neighbours among the training clips: body and hands in the signer's frame, standardised; 1-NN DTW over \
         at most {WARPED_FRAMES} frames, band {BAND}; vectors and centroids over {ROW_FRAMES}; a word's score is \
         that of its nearest clip or mean"
    ));
    table.notes.extend(printed.map(|printed| format!("the paper's R@5: {}", printed.undefined)));
    table
}
