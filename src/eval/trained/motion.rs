//! Whether made motions move as recordings do: energy, jerk, bones, hands.

use super::{Made, Shown};
use crate::eval::kinematics::{Kinematics, Quantity};
use crate::eval::table::{Row, Table, Value};
use crate::pose::PoseSequence;
use rayon::prelude::*;

/// Each generator's mean and its ratio to the recordings', whatever else went through a codebook, and the
/// recordings themselves.
pub fn motion(made: &[Made], through: Option<&[Shown]>, recorded: &[Shown]) -> Table {
    let clips = |shown: &'_ [Shown]| measured(shown.iter().map(|clip| &clip.of).collect());
    let mut sides: Vec<(&str, Vec<Kinematics>)> = Vec::new();
    for made in made {
        sides.push((made.name, measured(made.motions.iter().map(|motion| &motion.pose).collect())));
    }
    sides.extend(through.map(|through| ("through the codes", clips(through))));
    let recorded = clips(recorded);
    let columns = sides.iter().flat_map(|(name, _)| [(*name).to_owned(), format!("{name} / recorded")]);
    let mut table = Table::new("Motion", columns.chain(["recorded".to_owned()]).collect::<Vec<_>>());
    for quantity in Kinematics::QUANTITIES {
        let of_recorded = mean(&quantity, &recorded);
        let mut cells = Vec::new();
        for (_, found) in &sides {
            let of_made = mean(&quantity, found);
            let both = of_made.zip(of_recorded).filter(|(_, recorded)| recorded.mean > 0.0);
            cells.extend([of_made, both.map(|(made, recorded)| Value::from(made.mean / recorded.mean))]);
        }
        cells.push(of_recorded);
        let name = format!("{} ({})", quantity.name, quantity.unit);
        table.rows.push(Row::new(name, quantity.definition, cells));
    }
    table.notes.push(
        "1 is best for ratios. Recordings have a camera's trembling, which much of their jerk and bone variation \
         is: below 1 is no fault there, above 1 is"
            .into(),
    );
    table
}

fn measured(clips: Vec<&PoseSequence>) -> Vec<Kinematics> {
    clips.par_iter().filter_map(|clip| Kinematics::of(clip).ok()).collect()
}

fn mean(quantity: &Quantity, clips: &[Kinematics]) -> Option<Value> {
    Value::of(&clips.iter().filter_map(quantity.of).collect::<Vec<_>>())
}
