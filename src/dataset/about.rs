//! What a dataset says of itself, and the layouts that its clips have.

use super::DatasetError;
use super::files::{self, failed, read_text};
use crate::lexicon::TrainedOn;
use crate::pose::{Component, Layout};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// What a dataset is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What people call it.
    pub name: String,
    /// What a model learns that is trained on it: recordings of a language, practice signs, or both.
    pub trained_on_kind: TrainedOn,
    /// How it was made: the command, the seed, what was left out.
    pub notes: String,
}

/// `dataset.json`.
#[derive(Serialize, Deserialize)]
pub(super) struct Card {
    version: u32,
    #[serde(flatten)]
    pub(super) about: About,
    /// How many clips there are, and how many bytes they take.
    pub(super) clips: usize,
    pub(super) clip_bytes: u64,
    layouts: Vec<NamedLayout>,
}

const VERSION: u32 = 1;

/// A layout in the terms of a `.pose` header.
#[derive(Serialize, Deserialize)]
struct NamedLayout {
    name: String,
    points: usize,
    components: Vec<NamedComponent>,
}

#[derive(Serialize, Deserialize)]
struct NamedComponent {
    name: String,
    format: String,
    points: Vec<String>,
    limbs: Vec<(u16, u16)>,
    colors: Vec<(u16, u16, u16)>,
}

/// The layouts that models know by name.
fn known_layouts() -> [(&'static str, Arc<Layout>); 4] {
    [
        ("signclip-203", Layout::signclip_203()),
        ("syrisign-193", Layout::syrisign_193()),
        ("holistic-543", Layout::holistic_543()),
        ("reduced-178", Layout::reduced_178()),
    ]
}

fn named(layout: &Layout) -> NamedLayout {
    let known = known_layouts().into_iter().find(|(_, known)| **known == *layout);
    let points = layout.point_count();
    let component = |c: &Component| NamedComponent {
        name: c.name.clone(),
        format: c.format.clone(),
        points: c.points.clone(),
        limbs: c.limbs.clone(),
        colors: c.colors.clone(),
    };
    NamedLayout {
        name: known.map_or_else(|| format!("points-{points}"), |(name, _)| name.to_owned()),
        points,
        components: layout.components.iter().map(component).collect(),
    }
}

impl NamedLayout {
    fn layout(self) -> Result<Arc<Layout>, String> {
        let component = |c: NamedComponent| Component {
            name: c.name,
            points: c.points,
            limbs: c.limbs,
            colors: c.colors,
            format: c.format,
        };
        let layout = Layout { components: self.components.into_iter().map(component).collect() };
        check(&layout)?;
        if layout.point_count() != self.points {
            let found = layout.point_count();
            return Err(format!(
                "expected {} points in the layout {}, found {found}",
                self.points, self.name
            ));
        }
        // One layout in memory for all that have it.
        let known = known_layouts().into_iter().find(|(_, known)| **known == layout);
        Ok(known.map_or_else(|| Arc::new(layout), |(_, known)| known))
    }
}

/// What a layout must be for its clips to be stored.
pub(super) fn check(layout: &Layout) -> Result<(), String> {
    const MOST: usize = u16::MAX as usize;
    let points = layout.point_count();
    if !(1..=MOST).contains(&points) {
        return Err(format!("expected 1 to {MOST} points, found {points}"));
    }
    for component in &layout.components {
        if !matches!(component.format.as_str(), "XYC" | "XYZC") {
            let (name, format) = (&component.name, &component.format);
            return Err(format!("expected the format XYZC or XYC of component {name}, found {format:?}"));
        }
        let count = component.points.len();
        if let Some((a, b)) = component.limbs.iter().find(|(a, b)| usize::from(*a.max(b)) >= count) {
            let name = &component.name;
            return Err(format!("expected limbs among the {count} points of {name}, found {a} to {b}"));
        }
    }
    Ok(())
}

impl Card {
    pub(super) fn new(about: About, clips: usize, clip_bytes: u64, layouts: &[Arc<Layout>]) -> Self {
        let layouts = layouts.iter().map(|layout| named(layout)).collect();
        Self { version: VERSION, about, clips, clip_bytes, layouts }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), DatasetError> {
        let path = folder.join(files::ABOUT);
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| DatasetError::File { path: path.clone(), message: error.to_string() })?;
        text.push('\n');
        files::write(&path, text.as_bytes())
    }

    pub(super) fn read(folder: &Path) -> Result<Self, DatasetError> {
        let path = folder.join(files::ABOUT);
        if !path.try_exists().map_err(failed(&path, "looking for it"))? {
            return Err(DatasetError::NoDataset { path: folder.to_owned() });
        }
        let text = read_text(&path)?;
        let wrong = |message| DatasetError::File { path: path.clone(), message };
        let card: Card = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if card.version != VERSION {
            return Err(wrong(format!("expected version {VERSION}, found {}", card.version)));
        }
        Ok(card)
    }

    /// The layouts, in the order of the numbers in clips' headers.
    pub(super) fn layouts(&mut self, folder: &Path) -> Result<Vec<Arc<Layout>>, DatasetError> {
        let layouts = std::mem::take(&mut self.layouts).into_iter().map(NamedLayout::layout);
        layouts
            .collect::<Result<_, _>>()
            .map_err(|message| DatasetError::File { path: folder.join(files::ABOUT), message })
    }
}
