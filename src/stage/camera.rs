//! The camera, and how the signer is framed.
//!
//! Television's rule for an interpreter: from below the waist to above the head, an elbow's width
//! free on each side, 8 to 10 % of the picture above the head, hands never cropped nor covered.

use crate::avatar::Model;
use bevy::camera::Projection;
use bevy::prelude::*;

/// What the picture shows.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Framing {
    /// From the waist to above the head, with the signing space.
    #[default]
    Interpreter,
    /// The face, to judge its expressions.
    Face,
}

/// A part of the avatar, seen from some side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// What stands in the middle of the picture, the model's frame, metres.
    pub centre: Vec3,
    /// How much of the space around it the picture's height shows, metres.
    pub height: f32,
    /// How far the camera is turned to the signer's left, radians; 0 looks the signer in the face.
    pub turn: f32,
    /// The share of the picture's height at its bottom that is kept free.
    pub free_below: f32,
}

/// A part of the avatar that is shown instead of the framing's. Only for looking at an avatar: the
/// label that belongs to every broadcast makes way for it.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Default)]
pub struct CloseUp(pub Option<View>);

/// What is behind the signer.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub enum Background {
    /// One colour.
    Plain(Srgba),
    /// Nothing: pictures with transparency.
    Alpha,
}

impl Default for Background {
    /// A calm blue-grey, mid-tone: both skin and dark clothes stand out from it.
    fn default() -> Self {
        Self::Plain(Srgba::rgb(0.47, 0.54, 0.60))
    }
}

impl std::str::FromStr for Background {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "alpha" => Ok(Self::Alpha),
            "green" => Ok(Self::Plain(Srgba::rgb_u8(0, 177, 64))),
            "default" => Ok(Self::default()),
            _ if text.starts_with('#') => Srgba::hex(text)
                .map(Self::Plain)
                .map_err(|error| format!("{error}; expected #RRGGBB, as in #7A8A99")),
            _ => Err("expected #RRGGBB, green, alpha or default".into()),
        }
    }
}

impl Background {
    /// The colour that a picture begins with.
    pub fn clear_color(self) -> Color {
        match self {
            Self::Plain(color) => color.into(),
            Self::Alpha => Color::NONE,
        }
    }
}

/// The share of the picture's height that captions take, at its bottom.
pub const CAPTION_SHARE: f32 = 0.165;

/// Vertical field of view: long enough a lens that a hand held forward does not swell.
const FIELD_OF_VIEW: f32 = 0.30;
/// Free space above the head, share of the picture's height.
const HEADROOM: f32 = 0.085;
/// The lowest place of signing, shoulder widths below the shoulders.
const WAIST: f32 = -1.3;
/// Half the width of the signing space with elbows out, shoulder widths.
const ELBOWS: f32 = 1.5;

/// Measures of an avatar that framing needs, metres.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Figure {
    origin: Vec3,
    shoulder_width: f32,
    head_top: f32,
}

impl Figure {
    /// Measures an avatar at rest.
    pub fn of(model: &Model) -> Self {
        let origin = model.body_origin();
        let shoulder_width = model.shoulder_width();
        let vertices = model.parts.iter().flat_map(|part| model.rest_vertices(part));
        let top = vertices.map(|p| p.y).fold(f32::MIN, f32::max);
        // A hat or a broken file must not push the signer out of the picture.
        let bounds = [0.9, 1.5].map(|widths| origin.y + widths * shoulder_width);
        Self { origin, shoulder_width, head_top: top.clamp(bounds[0], bounds[1]) }
    }
}

/// The picture's upper edge, lower edge and centre line that a framing asks for, metres.
fn window(framing: Framing, figure: Figure, aspect: f32, caption_share: f32) -> (f32, f32) {
    let at = |widths: f32| figure.origin.y + widths * figure.shoulder_width;
    match framing {
        Framing::Interpreter => {
            let shown = figure.head_top - at(WAIST);
            let for_height = shown / (1.0 - HEADROOM - caption_share.max(0.02));
            let for_width = 2.0 * ELBOWS * figure.shoulder_width / aspect;
            let height = for_height.max(for_width);
            let top = figure.head_top + HEADROOM * for_height + 0.5 * (height - for_height);
            (top, top - height)
        }
        Framing::Face => {
            let height = 1.35 * (figure.head_top - at(0.1)) / (1.0 - caption_share);
            let top = figure.head_top + 0.1 * height;
            (top, top - height)
        }
    }
}

/// Where the camera stands for a picture of that aspect.
fn placed(framing: Framing, figure: Figure, aspect: f32, caption_share: f32) -> Transform {
    let (top, bottom) = window(framing, figure, aspect, caption_share);
    let middle = Vec3::new(figure.origin.x, 0.5 * (top + bottom), figure.origin.z);
    let distance = 0.5 * (top - bottom) / (0.5 * FIELD_OF_VIEW).tan();
    // The signing space lies before the body, so that is where the picture has its full height.
    let nearest = 0.4 * figure.shoulder_width;
    Transform::from_translation(middle + Vec3::Z * (distance + nearest))
}

/// What the stage's camera makes of space: which pixel of a picture shows a point.
#[derive(Clone, Copy, Debug)]
pub struct Lens {
    /// `view_from_world`.
    view: Mat4,
    size: Vec2,
    /// Where the captions begin, pixels from the top; the picture's height without them.
    captions_top: f32,
}

impl Lens {
    /// The camera of a framed signer, in a picture of that size.
    pub fn new(framing: Framing, figure: Figure, size: UVec2, captions: bool) -> Lens {
        let share = if captions { CAPTION_SHARE } else { 0.0 };
        let size = size.as_vec2();
        let place = placed(framing, figure, size.x / size.y, share);
        Lens { view: place.to_matrix().inverse(), size, captions_top: size.y * (1.0 - share) }
    }

    /// Pixels a metre at a distance of one metre.
    pub fn focal(&self) -> f32 {
        0.5 * self.size.y / (0.5 * FIELD_OF_VIEW).tan()
    }

    /// Pixels from the upper left corner, and the distance before the camera in metres; none behind it.
    pub fn pixel(&self, point: Vec3) -> Option<Vec3> {
        let seen = self.view.transform_point3(point);
        let distance = -seen.z;
        let scale = self.focal() / distance;
        let (x, y) = (0.5 * self.size.x + seen.x * scale, 0.5 * self.size.y - seen.y * scale);
        (distance > 0.0).then_some(Vec3::new(x, y, distance))
    }

    /// The lower right corner of what captions leave free, pixels.
    pub fn free(&self) -> Vec2 {
        Vec2::new(self.size.x, self.captions_top)
    }
}

/// Where the camera stands for a close-up.
fn close_up(view: View) -> Transform {
    let height = view.height / (1.0 - view.free_below);
    let middle = view.centre - 0.5 * view.free_below * height * Vec3::Y;
    let away = Quat::from_rotation_y(view.turn) * Vec3::Z * (0.5 * height / (0.5 * FIELD_OF_VIEW).tan());
    Transform::from_translation(middle + away).looking_at(middle, Vec3::Y)
}

/// The camera of the stage.
#[derive(Component)]
pub struct StageCamera;

/// The camera's components but for its target.
pub(super) fn camera(background: Background, msaa: Msaa) -> impl Bundle {
    (
        StageCamera,
        Camera3d::default(),
        Camera { clear_color: ClearColorConfig::Custom(background.clear_color()), ..default() },
        Projection::Perspective(PerspectiveProjection {
            fov: FIELD_OF_VIEW,
            near: 0.1,
            far: 20.0,
            ..default()
        }),
        bevy::core_pipeline::tonemapping::Tonemapping::None,
        bevy::core_pipeline::tonemapping::DebandDither::Disabled,
        // The light is in the shader and the meshes are few: neither wants sorting out on the GPU.
        bevy::light::cluster::ClusterConfig::Single,
        bevy::render::view::NoIndirectDrawing,
        msaa,
        IsDefaultUiCamera,
    )
}

/// Keeps the signer framed when the picture or what it shows changes.
pub(super) fn frame_signer(
    framing: Res<Framing>,
    close: Res<CloseUp>,
    figure: Res<Figure>,
    captions: Res<super::Captions>,
    mut cameras: Query<(&Camera, &mut Transform), With<StageCamera>>,
) {
    for (camera, mut transform) in &mut cameras {
        let Some(size) = camera.logical_viewport_size().filter(|size| size.min_element() > 0.0) else {
            continue;
        };
        let share = if captions.visible { CAPTION_SHARE } else { 0.0 };
        let wanted = match close.0 {
            Some(view) => close_up(view),
            None => placed(*framing, *figure, size.x / size.y, share),
        };
        if *transform != wanted {
            *transform = wanted;
        }
    }
}

/// Paints the background anew when another is chosen.
pub(super) fn paint_background(
    background: Res<Background>,
    mut cameras: Query<&mut Camera, With<StageCamera>>,
) {
    if background.is_changed() {
        for mut camera in &mut cameras {
            camera.clear_color = ClearColorConfig::Custom(background.clear_color());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURE: Figure = Figure { origin: Vec3::new(0.0, 1.4, 0.0), shoulder_width: 0.36, head_top: 1.80 };

    #[test]
    fn the_waist_is_above_the_captions_and_the_head_below_the_headroom() {
        for aspect in [16.0 / 9.0, 4.0 / 3.0, 1.0, 9.0 / 16.0] {
            let (top, bottom) = window(Framing::Interpreter, FIGURE, aspect, CAPTION_SHARE);
            let height = top - bottom;
            assert!((top - FIGURE.head_top) / height > 0.08, "{aspect}");
            let strip_top = bottom + CAPTION_SHARE * height;
            assert!(strip_top <= 1.4 + WAIST * 0.36 + 1e-4, "{aspect}: {strip_top}");
            assert!(height * aspect >= 2.0 * ELBOWS * 0.36 - 1e-4, "{aspect}");
        }
    }

    #[test]
    fn a_lens_shows_the_head_below_the_headroom_and_the_waist_above_the_captions() {
        let lens = Lens::new(Framing::Interpreter, FIGURE, UVec2::new(1280, 720), true);
        let head = lens.pixel(Vec3::new(0.0, FIGURE.head_top, 0.144)).unwrap();
        let waist = lens.pixel(Vec3::new(0.0, 1.4 + WAIST * 0.36, 0.144)).unwrap();
        assert!((head.x - 640.0).abs() < 0.1 && (55.0..70.0).contains(&head.y), "{head}");
        assert!(waist.y <= lens.free().y + 0.1 && waist.y > head.y, "{waist}");
        assert!(lens.pixel(Vec3::Z * 100.0).is_none());
    }

    #[test]
    fn a_close_up_stands_on_the_side_asked_for_with_its_subject_above_the_free_strip() {
        let view = View { centre: Vec3::Y, height: 0.4, turn: 0.5, free_below: 0.2 };
        let camera = close_up(view);
        assert!(camera.translation.x > 0.5, "{camera:?}");
        let seen = camera.to_matrix().inverse().transform_point3(view.centre);
        let half_height = -seen.z * (0.5 * FIELD_OF_VIEW).tan();
        assert!(seen.x.abs() < 1e-4 && (seen.y / half_height - 0.2).abs() < 1e-3, "{seen}");
    }

    #[test]
    fn backgrounds_are_read_and_nonsense_is_refused() {
        assert_eq!("alpha".parse(), Ok(Background::Alpha));
        assert_eq!("#ff0000".parse(), Ok(Background::Plain(Srgba::rgb_u8(255, 0, 0))));
        assert!("#12".parse::<Background>().is_err());
        assert!("blue".parse::<Background>().is_err());
    }
}
