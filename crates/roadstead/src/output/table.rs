//! Tables that fit the width of the screen.

use super::line::{Line, Style};

/// How a column behaves when there is too little room.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    pub right: bool,
    /// Down to how many columns it may be cut; `None`: never (identifiers are copied).
    pub least: Option<usize>,
}

impl Column {
    pub const fn fixed(title: &'static str) -> Self {
        Self { title, right: false, least: None }
    }

    pub const fn number(title: &'static str) -> Self {
        Self { title, right: true, least: None }
    }

    pub const fn flexible(title: &'static str, least: usize) -> Self {
        Self { title, right: false, least: Some(least) }
    }
}

pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Line>>,
}

const GAP: usize = 2;

impl Table {
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = Line>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// For people: none wider than `width`. Where that is too narrow for a row, each cell has its own line, and only what
    /// must not be cut may be wider.
    pub fn lines(&self, width: usize) -> Vec<Line> {
        let needed = self.fit(width).iter().sum::<usize>() + self.gaps();
        if needed > width { self.records(width) } else { self.rows(width) }
    }

    /// The titles and the rows, each in one line: programs count on that.
    pub fn rows(&self, width: usize) -> Vec<Line> {
        let widths = self.fit(width);
        let titles = self.columns.iter().map(|column| Line::styled(Style::Dim, column.title)).collect::<Vec<_>>();
        std::iter::once(&titles).chain(&self.rows).map(|row| self.format(row, &widths)).collect()
    }

    fn gaps(&self) -> usize {
        GAP * self.columns.len().saturating_sub(1)
    }

    fn records(&self, width: usize) -> Vec<Line> {
        let titles = self.columns.iter().map(|column| super::text::width(column.title)).max().unwrap_or(0) + GAP;
        let mut lines = Vec::new();
        for row in &self.rows {
            if !lines.is_empty() {
                lines.push(Line::new());
            }
            for (column, cell) in self.columns.iter().zip(row).filter(|(_, cell)| cell.width() > 0) {
                let title = Line::styled(Style::Dim, format!("{:<titles$}", column.title));
                let room = if column.least.is_some() { width.saturating_sub(titles).max(1) } else { usize::MAX };
                lines.push(title.append(cell.shortened(room)));
            }
        }
        lines
    }

    fn format(&self, row: &[Line], widths: &[usize]) -> Line {
        let last = self.columns.len().saturating_sub(1);
        let mut whole = Line::new();
        for (i, (column, width)) in self.columns.iter().zip(widths).enumerate() {
            let cell = row.get(i).map(|cell| cell.shortened(*width)).unwrap_or_default();
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            whole = match (column.right, i == last) {
                (true, _) => whole.plain(padding).append(cell),
                (false, true) => whole.append(cell),
                (false, false) => whole.append(cell).plain(padding),
            };
            if i != last {
                whole = whole.plain(" ".repeat(GAP));
            }
        }
        whole.trimmed()
    }

    /// Takes from the column that can spare most, until all fit.
    fn fit(&self, width: usize) -> Vec<usize> {
        let cell_width = |row: &Vec<Line>, i: usize| row.get(i).map_or(0, Line::width);
        let natural = |(i, column): (usize, &Column)| {
            let cells = self.rows.iter().map(|row| cell_width(row, i)).max().unwrap_or(0);
            cells.max(super::text::width(column.title))
        };
        let mut widths: Vec<usize> = self.columns.iter().enumerate().map(natural).collect();
        let mut excess = (widths.iter().sum::<usize>() + self.gaps()).saturating_sub(width);
        while excess > 0 {
            let spare = |(width, column): &(&mut usize, &Column)| column.least.map_or(0, |least| width.saturating_sub(least));
            // From the left: of two that can spare as much, the latter is more often a time or a state.
            let richest = widths.iter_mut().zip(&self.columns).rev().max_by_key(spare).filter(|pair| spare(pair) > 0);
            let Some((richest, _)) = richest else { break };
            *richest -= 1;
            excess -= 1;
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_fit_and_never_cut_identifiers() {
        let mut table =
            Table::new([Column::fixed("ID"), Column::flexible("NAME", 8), Column::number("SIZE"), Column::flexible("WHY", 8)]);
        let id = "run-0123456789abcdefghijklmnop";
        table.row([id.into(), "x".repeat(200).as_str().into(), "12".into(), "銀河".repeat(50).as_str().into()]);
        table.row([id.into(), "short".into(), "1234".into(), "\u{1b}[2J".into()]);
        table.row([id.into(), "".into(), "5".into(), "".into()]);
        for width in [60, 80, 132] {
            let lines: Vec<String> = table.lines(width).iter().map(|line| line.render(false)).collect();
            assert_eq!(lines.len(), 4);
            for line in &lines {
                assert!(super::super::text::width(line) <= width, "{width}: {line}");
                assert!(!line.ends_with(' ') && !line.contains('\u{1b}'), "{line:?}");
            }
            assert!(lines[1].starts_with(id) && lines[1].contains('…'));
            assert!(lines[2].contains("1234"));
        }
        // Too narrow for a row: a line for each cell, and what must not be cut is not.
        let lines: Vec<String> = table.lines(40).iter().map(|line| line.render(false)).collect();
        assert_eq!(lines[0], format!("ID    {id}"));
        assert!(lines[1].starts_with("NAME  xxx") && lines[2] == "SIZE  12" && lines[3].starts_with("WHY   銀"), "{lines:?}");
        assert!(lines[4].is_empty() && lines.iter().all(|line| super::super::text::width(line) <= 40), "{lines:?}");
        assert!(table.lines(10)[0].render(false).ends_with(id));
    }
}
