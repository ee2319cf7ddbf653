//! `nashra avatar check`.

use crate::avatar::Model;
use crate::avatar::alike::{Letter, alphabet};
use crate::avatar::report::{Report, Weight};
use crate::cli::shared;
use crate::lexicon::Lexicon;
use crate::retarget::RigSolver;
use anyhow::anyhow;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `nashra avatar check`.
///
/// Ends with 0 if the avatar can sign, and with 1 and the reason if it cannot.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The avatar: VRM 0.x or 1.0, Ready Player Me, Mixamo, MakeHuman, VRoid, or any humanoid glTF
    /// (.vrm, .glb, .gltf); `woman` and `man` are our own.
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(Args { file, json }: Args) -> anyhow::Result<ExitCode> {
    let file = shared::avatar(Some(file))?;
    match report(&file) {
        Ok(report) if json => {
            let mut value = serde_json::to_value(&report)?;
            value["usable"] = true.into();
            println!("{value:#}");
        }
        Ok(report) => print!("{}", told(&report)),
        Err(error) if json => {
            let value = serde_json::json!({"file": file, "usable": false, "error": error.to_string()});
            println!("{value:#}");
            return Ok(ExitCode::from(1));
        }
        Err(error) => return Err(error),
    }
    Ok(ExitCode::SUCCESS)
}

fn report(file: &std::path::Path) -> anyhow::Result<Report> {
    let model = Model::load(file)?;
    RigSolver::new(&model.proportions())
        .map_err(|error| anyhow!("the avatar {} cannot sign: {error}", file.display()))?;
    let alphabet = alphabet(&Lexicon::builtin()?)?;
    let letters: Vec<Letter<'_>> =
        alphabet.iter().map(|(letter, motion)| (letter.as_str(), &**motion)).collect();
    Ok(Report::new(&file.display().to_string(), &model, &letters))
}

/// The report for people.
fn told(report: &Report) -> String {
    let mut text = format!("{}: {}", report.file, report.kind.describe());
    if let Some(generator) = &report.generator {
        let _ = write!(text, " ({generator})");
    }
    text.push('\n');
    tell_body(report, &mut text);
    tell_bones(report, &mut text);
    tell_face(report, &mut text);
    tell_costs(report, &mut text);
    if !report.terms.is_empty() {
        text.push_str("\nTerms, as the file words them\n");
        for (name, value) in &report.terms {
            let _ = writeln!(text, "  {name}: {value}");
        }
    }
    text
}

fn tell_body(report: &Report, text: &mut String) {
    let rest = &report.rest;
    let _ = write!(text, "  {:.2} m tall", report.height_metres);
    if rest.scale != 1.0 {
        let _ = write!(text, " (its lengths × {})", rest.scale);
    }
    match rest.turned_degrees {
        turned if turned > 1.0 => drop(write!(text, ", turned by {turned:.0}° to face the viewer")),
        _ => text.push_str(", faces the viewer"),
    }
    match rest.arms_lowered_degrees {
        lowered if lowered > 5.0 => drop(write!(text, ", arms raised by {lowered:.0}° to the T-pose")),
        _ => text.push_str(", in the T-pose"),
    }
    if rest.from_bind {
        text.push_str(" from the pose that its mesh is bound in");
    }
    let Report { triangles, vertices, textures, .. } = report;
    let _ = writeln!(text, "\n  {triangles} triangles, {vertices} vertices, {textures} textures");
}

fn tell_bones(report: &Report, text: &mut String) {
    let (found, missing) = (report.bones.len(), report.missing_bones.len());
    let _ = writeln!(text, "\nBones: {found} of {}", found + missing);
    for bone in &report.bones {
        let second = bone.second_node.as_ref().map_or_else(String::new, |node| format!(" and {node}"));
        let node = format!("{}{second}", bone.node);
        let _ = writeln!(text, "  {:<24} {:<40} {}", bone.bone, node, bone.found_by.describe());
    }
    if missing > 0 {
        let _ = writeln!(text, "  missing: {}", report.missing_bones.join(", "));
    }
}

fn tell_face(report: &Report, text: &mut String) {
    let (made, missing) = (report.face.len(), report.missing_shapes.len());
    let _ = writeln!(text, "\nFace shapes: {made} of {}", made + missing);
    let own = report.face.iter().filter(|found| found.shape == found.made_from).count();
    if own > 0 {
        let _ = writeln!(text, "  {own} under ARKit's own names");
    }
    for found in report.face.iter().filter(|found| found.shape != found.made_from) {
        let _ = writeln!(text, "  {:<24} {}", found.shape, found.made_from);
    }
    if missing > 0 {
        let _ = writeln!(text, "  missing: {}", report.missing_shapes.join(", "));
    }
}

fn tell_costs(report: &Report, text: &mut String) {
    if report.costs.is_empty() {
        text.push_str("\nNothing is missing that a viewer would miss.\n");
        return;
    }
    text.push_str("\nWhat is missing, and what that costs a viewer\n");
    for cost in &report.costs {
        let mark = if cost.weight == Weight::Meaning { "!" } else { " " };
        let _ = write!(text, "{mark} {}: {}", cost.missing, cost.means);
        if !cost.letters.is_empty() {
            let _ = write!(text, " ({})", cost.letters.join(" "));
        }
        text.push('\n');
    }
    text.push_str("  (! meaning is lost; the others look wrong or stiff)\n");
}
