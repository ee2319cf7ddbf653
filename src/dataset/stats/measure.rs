//! Counting a dataset's words, signers, lengths and parts.

use super::{CategoryCount, LengthCount, Presence, SignerCount, Spread, Stats};
use crate::dataset::{ClipRecord, Dataset, DatasetError};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// About how many bars the lengths are shown in.
const LENGTH_BARS: usize = 12;

pub(super) fn stats(dataset: &Dataset, progress: impl Fn(usize) + Sync) -> Result<Stats, DatasetError> {
    let clips = dataset.clips();
    let by_word = clips.iter().fold(BTreeMap::<usize, usize>::new(), |mut counts, clip| {
        *counts.entry(clip.word).or_default() += 1;
        counts
    });
    let mut by_word_and_signer = BTreeMap::<(usize, &str), usize>::new();
    for clip in clips {
        *by_word_and_signer.entry((clip.word, &clip.signer)).or_default() += 1;
    }
    let by_signer = signers(clips);
    let seconds = || clips.iter().map(seconds);
    let (presence, modality) = presence(dataset, progress)?;
    Ok(Stats {
        name: dataset.about().name.clone(),
        words: by_word.len(),
        signers: by_signer.len(),
        samples: clips.len(),
        copies: clips.iter().filter(|clip| clip.copy_of.is_some()).count(),
        repetitions: spread(by_word.values().map(|count| *count as f64)),
        repetitions_by_signer: spread(by_word_and_signer.values().map(|count| *count as f64)),
        fps: spread(clips.iter().map(|clip| f64::from(clip.fps))),
        modality,
        total_seconds: seconds().sum(),
        seconds: spread(seconds()),
        frames: spread(clips.iter().map(|clip| clip.frames as f64)),
        categories: categories(dataset, &by_word),
        by_signer,
        lengths: lengths(clips),
        presence,
    })
}

fn seconds(clip: &ClipRecord) -> f64 {
    clip.frames as f64 / f64::from(clip.fps)
}

/// Of nothing: zeros.
fn spread(values: impl Iterator<Item = f64>) -> Spread {
    let (mut count, mut sum, mut least, mut most) = (0.0, 0.0, f64::MAX, f64::MIN);
    for value in values {
        count += 1.0;
        sum += value;
        least = least.min(value);
        most = most.max(value);
    }
    if count == 0.0 { Spread::default() } else { Spread { least, mean: sum / count, most } }
}

fn signers(clips: &[ClipRecord]) -> Vec<SignerCount> {
    let mut by_signer: BTreeMap<&str, (usize, BTreeSet<usize>, f64)> = BTreeMap::new();
    for clip in clips {
        let (count, words, length) = by_signer.entry(&clip.signer).or_default();
        *count += 1;
        words.insert(clip.word);
        *length += seconds(clip);
    }
    let count = |(signer, (clips, words, seconds)): (&str, (usize, BTreeSet<usize>, f64))| SignerCount {
        signer: signer.to_owned(),
        clips,
        words: words.len(),
        seconds,
    };
    by_signer.into_iter().map(count).collect()
}

fn categories(dataset: &Dataset, by_word: &BTreeMap<usize, usize>) -> Vec<CategoryCount> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (word, clips) in by_word {
        let category = dataset.words()[*word].category.as_str();
        let count = counts.entry(if category.is_empty() { "none" } else { category }).or_default();
        (count.0, count.1) = (count.0 + 1, count.1 + clips);
    }
    let all = by_word.len().max(1) as f64;
    let count = |(name, (words, clips)): (&str, (usize, usize))| CategoryCount {
        name: name.to_owned(),
        words,
        share: words as f64 / all,
        clips,
    };
    let mut counts: Vec<CategoryCount> = counts.into_iter().map(count).collect();
    counts.sort_by(|a, b| b.words.cmp(&a.words).then_with(|| a.name.cmp(&b.name)));
    counts
}

/// Clips by their length, in bars of one round width.
fn lengths(clips: &[ClipRecord]) -> Vec<LengthCount> {
    let frames = || clips.iter().map(|clip| clip.frames);
    let (Some(least), Some(most)) = (frames().min(), frames().max()) else { return Vec::new() };
    let width = round_width((most - least) / LENGTH_BARS + 1);
    let first = least / width;
    let mut bars: Vec<LengthCount> = (first..=most / width)
        .map(|bar| LengthCount { from_frames: bar * width, to_frames: (bar + 1) * width - 1, clips: 0 })
        .collect();
    for frames in frames() {
        if let Some(bar) = bars.get_mut(frames / width - first) {
            bar.clips += 1;
        }
    }
    bars
}

/// The next of 1, 2, 5, 10, 20, 50, …
fn round_width(least: usize) -> usize {
    let mut power = 1;
    loop {
        for step in [1, 2, 5] {
            if step * power >= least {
                return step * power;
            }
        }
        power *= 10;
    }
}

/// How much is seen of each part, and what clips hold in words.
fn presence(
    dataset: &Dataset,
    progress: impl Fn(usize) + Sync,
) -> Result<(Vec<Presence>, String), DatasetError> {
    type Shares = (usize, usize, Vec<(String, f32)>);
    let read = |clip: usize| -> Result<Shares, DatasetError> {
        let clip = dataset.read(clip)?;
        progress(1);
        Ok((clip.point_count(), clip.frame_count(), clip.seen_shares()))
    };
    let shares: Vec<Shares> =
        (0..dataset.clips().len()).into_par_iter().map(read).collect::<Result<_, _>>()?;
    let points: BTreeSet<usize> = shares.iter().map(|(points, ..)| *points).collect();
    let frames: usize = shares.iter().map(|(_, frames, _)| frames).sum();
    let mut order: Vec<&str> = Vec::new();
    for (part, _) in shares.iter().flat_map(|(.., parts)| parts) {
        if !order.contains(&part.as_str()) {
            order.push(part);
        }
    }
    let part = |name: &str| {
        let of_clip = |(_, frames, parts): &Shares| {
            let share = parts.iter().find(|(part, _)| part == name).map_or(0.0, |(_, share)| *share);
            (f64::from(share) * *frames as f64, share == 0.0)
        };
        let clips: Vec<(f64, bool)> = shares.iter().map(of_clip).collect();
        Presence {
            part: name.to_owned(),
            share: clips.iter().map(|(seen, _)| seen).sum::<f64>() / frames.max(1) as f64,
            clips_without: clips.iter().filter(|(_, is_without)| *is_without).count(),
        }
    };
    let points: Vec<String> = points.iter().map(usize::to_string).collect();
    let modality = format!("landmarks, {} points", points.join(" or "));
    Ok((order.into_iter().map(part).collect(), modality))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{About, DatasetWriter, Word};
    use crate::lexicon::TrainedOn;
    use crate::pose::{ImageSize, Layout, PoseSequence, holistic};
    use proptest::prelude::*;

    /// `(word, signer, frames, right hand seen)` of each clip, at 10 frames a second.
    fn dataset(folder: &std::path::Path, clips: &[(&str, &str, usize, bool)]) -> Dataset {
        let about = About { name: "t".into(), trained_on_kind: TrainedOn::Practice, notes: String::new() };
        let mut writer = DatasetWriter::create(folder, about).unwrap();
        for (number, (key, signer, frames, has_hand)) in clips.iter().enumerate() {
            let category = if *key == "a" { "health" } else { "" };
            let word =
                Word { key: (*key).into(), gloss: (*key).into(), category: category.into(), forms: vec![] };
            let mut clip = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 10.0, *frames);
            for frame in 0..*frames {
                let at = frame * clip.point_count();
                clip.confidences[at] = 1.0;
                clip.confidences[at + holistic::RIGHT_HAND.start] = f32::from(u8::from(*has_hand));
            }
            let record = ClipRecord {
                id: number.to_string(),
                word: writer.word(word),
                signer: (*signer).into(),
                session: String::new(),
                take: 1,
                fps: 10.0,
                frames: *frames,
                source: String::new(),
                copy_of: None,
            };
            writer.push(record, &clip).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn the_rows_of_the_table_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let clips =
            [("a", "s1", 10, true), ("a", "s1", 20, true), ("a", "s2", 30, false), ("b", "s2", 40, true)];
        let stats = stats(&dataset(folder.path(), &clips), |_| {}).unwrap();
        assert_eq!((stats.words, stats.signers, stats.samples), (2, 2, 4));
        assert_eq!(stats.repetitions, Spread { least: 1.0, mean: 2.0, most: 3.0 });
        assert!((stats.total_seconds - 10.0).abs() < 1e-6 && (stats.seconds.most - 4.0).abs() < 1e-6);
        assert_eq!(stats.categories[0].name, "health");
        assert_eq!(stats.categories.iter().map(|c| c.words).collect::<Vec<_>>(), [1, 1]);
        assert_eq!((stats.by_signer[1].clips, stats.by_signer[1].words), (2, 2));
        let hand = stats.presence.iter().find(|p| p.part == "RIGHT_HAND_LANDMARKS").unwrap();
        assert!((hand.share - 0.7).abs() < 1e-6, "{}", hand.share);
        assert_eq!(hand.clips_without, 1);
        assert_eq!(stats.modality, "landmarks, 543 points");
        let saved = stats.save(&folder.path().join("out")).unwrap();
        assert_eq!(saved.len(), 3);
        assert!(std::fs::read_to_string(&saved[1]).unwrap().contains("health"));
    }

    #[test]
    fn an_empty_dataset_has_zeros_and_no_bars() {
        let folder = tempfile::tempdir().unwrap();
        let stats = stats(&dataset(folder.path(), &[]), |_| {}).unwrap();
        assert_eq!((stats.samples, stats.repetitions, stats.lengths.len()), (0, Spread::default(), 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_length_is_in_one_bar_and_bars_are_few(frames in proptest::collection::vec(0_usize..5000, 1..40)) {
            let record = |frames: &usize| ClipRecord {
                id: String::new(), word: 0, signer: String::new(), session: String::new(), take: 1, fps: 1.0,
                frames: *frames, source: String::new(), copy_of: None,
            };
            let bars = lengths(&frames.iter().map(record).collect::<Vec<_>>());
            prop_assert_eq!(bars.iter().map(|bar| bar.clips).sum::<usize>(), frames.len());
            prop_assert!(bars.len() <= LENGTH_BARS + 2);
            prop_assert!(bars.windows(2).all(|pair| pair[0].to_frames + 1 == pair[1].from_frames));
        }
    }
}
