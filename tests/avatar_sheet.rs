//! The contact sheet, drawn by the real program without a display.

#![cfg(feature = "app")]

mod common;

use common::{Home, stderr};

#[test]
fn a_small_sheet_has_a_cell_for_every_shot_and_something_in_each() {
    let home = Home::new();
    let args = ["avatar", "sheet", "-o", "sheet.png", "--cell", "48", "--columns", "9", "--quality", "low"];
    let output = home.run(args.into_iter().chain(["--only", "face,arms"]));
    assert!(output.status.success(), "{}", stderr(&output));
    let file = std::io::BufReader::new(std::fs::File::open(home.path("sheet.png")).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    // Two rows, three faces and nine arms, two pixels between cells.
    assert_eq!((info.width, info.height), (9 * 50 - 2, 2 * 50 - 2));
    let colours = |column: usize, row: usize| {
        let (x, y) = (column * 50, row * 50);
        let rows = (y..y + 40).map(|y| &bytes[(y * 448 + x) * 4..(y * 448 + x + 48) * 4]);
        let mut colours: Vec<_> = rows.flat_map(|row| row.chunks_exact(4)).collect();
        colours.sort_unstable();
        colours.dedup();
        colours.len()
    };
    for column in 0..9 {
        assert!(colours(column, 1) > 50, "nothing in arm cell {column}");
        assert_eq!(colours(column, 0) > 50, column < 3, "face row, cell {column}");
    }
}

#[test]
fn a_sheet_of_a_file_that_is_not_there_says_so() {
    let home = Home::new();
    let output = home.run(["avatar", "sheet", "no-such.glb", "-o", "sheet.png"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no-such.glb"), "{}", stderr(&output));
}
