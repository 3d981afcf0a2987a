//! The names of the cells, in English and in Chinese.

use super::question::Classes;

/// Scores of recency, frequency and money.
pub type Scores = [u8; 3];

/// A class: its id and its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Id in questions and answers.
    pub id: String,
    /// In English.
    pub en: String,
    /// 用中文。
    pub zh: String,
}

/// Id, English, Chinese and cells of the eleven names, all 125 cells among them.
const RFM11: [(&str, &str, &str, &str); 11] = [
    ("champions", "Champions", "冠军客户", "555 554 544 545 454 455 445"),
    ("loyal", "Loyal", "忠诚客户", "543 444 435 355 354 345 344 335"),
    (
        "potential_loyalist",
        "Potential loyalist",
        "潜在忠诚客户",
        "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323",
    ),
    ("new", "New", "新客户", "512 511 422 421 412 411 311"),
    (
        "promising",
        "Promising",
        "有潜力客户",
        "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    ),
    ("needs_attention", "Needs attention", "需关注客户", "535 534 443 434 343 334 325 324"),
    ("about_to_sleep", "About to sleep", "即将沉睡客户", "331 321 312 221 213 231 241 251"),
    (
        "at_risk",
        "At risk",
        "有流失风险客户",
        "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124",
    ),
    ("cannot_lose", "Cannot lose", "不可失去客户", "155 154 144 214 215 115 114 113"),
    ("hibernating", "Hibernating", "沉睡客户", "332 322 233 232 223 222 132 123 122 212 211"),
    ("lost", "Lost", "已流失客户", "111 112 121 131 141 151"),
];

/// Id, English and Chinese of the ten names of R and F.
const RF10: [(&str, &str, &str); 10] = [
    ("champions", "Champions", "冠军客户"),
    ("loyal", "Loyal customers", "忠诚客户"),
    ("potential_loyalist", "Potential loyalists", "潜在忠诚客户"),
    ("new", "New customers", "新客户"),
    ("promising", "Promising", "有潜力客户"),
    ("needs_attention", "Need attention", "需关注客户"),
    ("about_to_sleep", "About to sleep", "即将沉睡客户"),
    ("at_risk", "At risk", "有流失风险客户"),
    ("cannot_lose", "Can't lose", "不可失去客户"),
    ("hibernating", "Hibernating", "沉睡客户"),
];

/// Scores, id, English and Chinese of the split in two; 2 is the better.
const RFM8: [(Scores, &str, &str, &str); 8] = [
    ([2, 2, 2], "important_value", "Important value", "重要价值客户"),
    ([2, 2, 1], "general_value", "General value", "一般价值客户"),
    ([2, 1, 2], "important_develop", "Important to develop", "重要发展客户"),
    ([2, 1, 1], "new", "New", "新客户"),
    ([1, 2, 2], "important_keep", "Important to keep", "重要保持客户"),
    ([1, 2, 1], "general_keep", "General to keep", "一般保持客户"),
    ([1, 1, 2], "important_win_back", "Important to win back", "重要挽留客户"),
    ([1, 1, 1], "lost", "Lost", "流失客户"),
];

/// The names of the cells of a question.
#[derive(Clone, Debug)]
pub struct Naming {
    bins: u8,
    classes: Vec<Class>,
    /// Class of every cell, by [`Naming::cell_index`].
    by_cell: Vec<u16>,
}

impl Naming {
    /// The names of the cells of so many scores; `None` where they name cells of another number.
    pub fn new(kind: Classes, bins: u8) -> Option<Naming> {
        let needed = match kind {
            Classes::Rfm11 | Classes::Rf10 => 5,
            Classes::Rfm8 => 2,
            Classes::Cells => bins,
        };
        if needed != bins {
            return None;
        }
        let class = |id: &str, en: &str, zh: &str| Class {
            id: id.to_owned(),
            en: en.to_owned(),
            zh: zh.to_owned(),
        };
        let classes = match kind {
            Classes::Rfm11 => RFM11.iter().map(|(id, en, zh, _)| class(id, en, zh)).collect(),
            Classes::Rf10 => RF10.iter().map(|(id, en, zh)| class(id, en, zh)).collect(),
            Classes::Rfm8 => RFM8.iter().map(|(_, id, en, zh)| class(id, en, zh)).collect(),
            Classes::Cells => cells(bins).map(digits).map(|id| class(&id, &id, &id)).collect(),
        };
        let by_cell = cells(bins).enumerate().map(|(index, cell)| match kind {
            Classes::Rfm11 => {
                position(&RFM11, |one| one.3.split(' ').any(|known| known == digits(cell)))
            }
            Classes::Rf10 => position(&RF10, |one| one.0 == rf10(cell)),
            Classes::Rfm8 => position(&RFM8, |one| one.0 == cell),
            Classes::Cells => index as u16,
        });
        let by_cell = by_cell.collect();
        Some(Naming { bins, classes, by_cell })
    }

    /// Every class, in the order of the lists.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The position of the class of that id.
    pub fn named(&self, id: &str) -> Option<usize> {
        self.classes.iter().position(|class| class.id == id)
    }

    /// The position of the class of a cell.
    pub fn class_of(&self, cell: Scores) -> usize {
        self.by_cell.get(self.cell_index(cell)).copied().unwrap_or_default().into()
    }

    /// Number of cells.
    pub fn n_cells(&self) -> usize {
        self.by_cell.len()
    }

    /// Every cell, the lowest first.
    pub fn cells(&self) -> impl Iterator<Item = Scores> + use<> {
        cells(self.bins)
    }

    /// The position of a cell among [`Naming::cells`].
    pub fn cell_index(&self, cell: Scores) -> usize {
        let bins = usize::from(self.bins);
        cell.iter().fold(0, |index, score| index * bins + usize::from(score.saturating_sub(1)))
    }
}

/// The digits of a cell: `545`.
pub fn digits(cell: Scores) -> String {
    cell.iter().map(u8::to_string).collect()
}

fn cells(bins: u8) -> impl Iterator<Item = Scores> {
    (1..=bins).flat_map(move |r| (1..=bins).flat_map(move |f| (1..=bins).map(move |m| [r, f, m])))
}

fn position<T>(list: &[T], is_it: impl Fn(&T) -> bool) -> u16 {
    list.iter().position(is_it).unwrap_or_default() as u16
}

/// The map of R and F in common use.
fn rf10([r, f, _]: Scores) -> &'static str {
    match (r, f) {
        (1 | 2, 1 | 2) => "hibernating",
        (1 | 2, 3 | 4) => "at_risk",
        (1 | 2, _) => "cannot_lose",
        (3, 1 | 2) => "about_to_sleep",
        (3, 3) => "needs_attention",
        (3 | 4, 4 | 5) => "loyal",
        (4, 1) => "promising",
        (5, 1) => "new",
        (5, 4 | 5) => "champions",
        _ => "potential_loyalist",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_one_of_the_125_cells_has_exactly_one_of_eleven_names() {
        let listed: Vec<&str> = RFM11.iter().flat_map(|one| one.3.split(' ')).collect();
        let mut once = listed.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((listed.len(), once.len()), (125, 125));
        let naming = Naming::new(Classes::Rfm11, 5).unwrap();
        for cell in naming.cells() {
            let class = &naming.classes()[naming.class_of(cell)];
            let own = RFM11.iter().find(|one| one.0 == class.id).unwrap();
            assert!(own.3.contains(&digits(cell)), "{cell:?} is {}", class.id);
        }
    }

    #[test]
    fn the_map_of_r_and_f_is_that_of_the_regular_expressions() {
        // [1-2][1-2] Hibernating, [1-2][3-4] At Risk, [1-2]5 Can't Lose, 3[1-2] About to Sleep,
        // 33 Need Attention, [3-4][4-5] Loyal, 41 Promising, 51 New, [4-5][2-3] Potential
        // Loyalists, 5[4-5] Champions: how many cells each has.
        let naming = Naming::new(Classes::Rf10, 5).unwrap();
        let mut n_cells = vec![0; 10];
        naming.cells().for_each(|cell| n_cells[naming.class_of(cell)] += 1);
        assert_eq!(n_cells, [2, 4, 4, 1, 1, 1, 2, 4, 2, 4].map(|rf| rf * 5));
    }

    #[test]
    fn names_fit_only_their_own_number_of_scores() {
        assert!(
            Naming::new(Classes::Rfm11, 4).is_none() && Naming::new(Classes::Rfm8, 5).is_none()
        );
        let naming = Naming::new(Classes::Rfm8, 2).unwrap();
        assert_eq!(naming.classes()[naming.class_of([1, 1, 2])].zh, "重要挽留客户");
        let cells = Naming::new(Classes::Cells, 3).unwrap();
        assert_eq!(
            (cells.n_cells(), cells.classes()[cells.class_of([3, 1, 2])].id.as_str()),
            (27, "312")
        );
    }
}
