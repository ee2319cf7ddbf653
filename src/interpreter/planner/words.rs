//! Words → units: expressions, function words, signs found with or without clitics, names, and
//! what is left.

use super::resolve::{NameHint, Resolver};
use super::unit::{Content, Part, Question, Role, Tense, Unit};
use crate::arabic::{
    Ending, Expression, Function, NameKind, Split, Token, TokenKind, back_splits, expression_at, fold,
    front_splits, functions, gazetteer, light_fold, normalise, ordinal,
};
use crate::interpreter::SignKind;
use crate::lexicon::{Category, SignId};

/// What a single word is.
enum Found {
    Sign(SignId, Split),
    Name(NameKind, Split),
}

impl Resolver<'_> {
    /// Resolves the words that begin at a token, longest expression first; the tokens that it takes.
    pub(super) fn word(&mut self, at: usize) -> usize {
        let sign = expression_at(&self.tokens, at, &self.usable);
        let name = expression_at(&self.tokens, at, gazetteer());
        let words: Vec<&str> = self.tokens[at..]
            .iter()
            .take_while(|t| t.kind == TokenKind::Word)
            .take(4)
            .map(|t| t.surface.as_str())
            .collect();
        let phrase = functions().phrase(&words);
        let sign_tokens = sign.as_ref().map_or(0, |found| found.tokens);
        if let Some((function, tokens)) = phrase.filter(|(_, tokens)| *tokens >= sign_tokens) {
            return self.function(at, tokens, function, false);
        }
        match (sign, name) {
            (Some(sign), name) if name.as_ref().is_none_or(|name| name.tokens <= sign.tokens) => {
                self.expression(at, &sign)
            }
            (_, Some(name)) => self.long_name(at, &name),
            _ => self.single(at),
        }
    }

    fn expression(&mut self, at: usize, found: &Expression) -> usize {
        let key: Vec<&str> = found.key.iter().map(String::as_str).collect();
        let Some(id) = self.usable.find(&key) else { return self.single(at) };
        let last = &self.tokens[at + found.tokens - 1].surface;
        let unit = Unit::sign(self.span(at..at + found.tokens), &last.clone(), id, "expression");
        let may_speak = matches!(
            self.category(id),
            Category::Government | Category::Security | Category::Health | Category::Weather
        );
        let unit = Unit { words: found.tokens, may_speak, ..unit };
        self.push_found(unit, &found.first, self.category(id), false);
        self.hint =
            if gazetteer().is_title(&self.tokens[at].folded) { NameHint::Title } else { NameHint::None };
        found.tokens
    }

    /// A name of several words without a sign of its own.
    fn long_name(&mut self, at: usize, found: &Expression) -> usize {
        let kind = gazetteer().kind(&found.key.join(" ")).unwrap_or(NameKind::Place);
        let mut words = vec![found.first.surface.clone()];
        words.extend(self.tokens[at + 1..at + found.tokens].iter().map(|token| token.surface.clone()));
        let text = words.iter().map(|word| bare(word)).collect::<Vec<_>>().join(" ");
        let content = Content::Unknown { text, keep: true, refused: false };
        let unit = Unit::new(self.span(at..at + found.tokens), &words.join(" "), content, "names");
        self.push_name(Unit { words: found.tokens, ..unit }, &found.first, kind);
        found.tokens
    }

    fn single(&mut self, at: usize) -> usize {
        let token = self.tokens[at].clone();
        if let Some((function, joined)) = functions().word(&token.surface) {
            return self.function(at, 1, function, joined);
        }
        let neighbour = |at: Option<usize>| {
            at.and_then(|at| self.tokens.get(at)).map_or("", |token| token.surface.as_str())
        };
        let found = self.analyse(&token, neighbour(at.checked_sub(1)), neighbour(Some(at + 1)));
        let span = token.span.clone();
        match found {
            Some(Found::Sign(id, split)) => self.sign_found(&token, id, &split),
            Some(Found::Name(kind, split)) => {
                let content =
                    Content::Unknown { text: bare(&split.surface).to_owned(), keep: true, refused: false };
                self.push_name(Unit::new(span, &token.surface, content, "names"), &split, kind);
            }
            None => self.unknown(&token),
        }
        1
    }

    fn category(&self, id: SignId) -> Category {
        self.usable.signs.entry(id).category
    }

    fn sign_found(&mut self, token: &Token, id: SignId, split: &Split) {
        let category = self.category(id);
        let inflected = split.ending != Ending::None || fold_changed(split, &token.folded);
        let rule = match (split.strips, inflected) {
            (0, _) => "lexicon",
            (_, true) => "inflection",
            (_, false) => "clitic",
        };
        let mut unit = Unit::sign(token.span.clone(), &token.surface, id, rule);
        if category == Category::Number {
            unit.content = Content::Made(vec![Part::Sign(id, SignKind::Number)]);
        }
        let is_title = gazetteer().is_title(&token.folded) || gazetteer().is_title(&split.stem);
        unit.may_speak = is_title || category == Category::Government;
        unit.dual = split.ending == Ending::Dual;
        unit.plural = split.ending == Ending::Plural && !split.stem.starts_with('ي');
        let is_name = gazetteer().kind(&split.stem) == Some(NameKind::Person);
        self.push_found(unit, split, category, split.ending == Ending::Nisba);
        self.hint = match (is_title, is_name) {
            (true, _) => NameHint::Title,
            (_, true) => NameHint::Name(1),
            _ => NameHint::None,
        };
    }

    /// Adds a unit with what its clitics say.
    fn push_found(&mut self, mut unit: Unit, split: &Split, category: Category, nisba: bool) {
        let surface = unit.surface.strip_prefix("ال").unwrap_or(&unit.surface);
        let adjective =
            nisba || surface.ends_with("ية") || (surface.ends_with('ي') && category == Category::Time);
        unit.role = match category {
            _ if functions().is_place_noun(surface) => Role::Place,
            Category::Time if !adjective => Role::Time,
            Category::Place if !adjective => Role::Place,
            _ => Role::Plain,
        };
        unit.link.conjunction |= split.conjunction;
        unit.link.article |= split.article;
        unit.link.preposition |= split.preposition.is_some();
        unit.link.locative |= split.preposition == Some('ب') && unit.role == Role::Place;
        if split.future {
            unit.link.tense = Some(Tense::Future);
        }
        self.push(unit);
    }

    fn push_name(&mut self, unit: Unit, split: &Split, kind: NameKind) {
        let category = if kind == NameKind::Place { Category::Place } else { Category::Other };
        self.push_found(Unit { may_speak: true, ..unit }, split, category, false);
        self.hint = if kind == NameKind::Person { NameHint::Name(1) } else { NameHint::None };
    }

    /// What a word is: fewest clitics first; among equals a sign before a name.
    fn analyse(&self, token: &Token, before: &str, after: &str) -> Option<Found> {
        let mut name = None;
        for split in candidates(&token.surface) {
            let with_article =
                if split.article { format!("ال{}", split.surface) } else { split.surface.clone() };
            if !functions().holds_between(&with_article, before, after) {
                continue;
            }
            // A name with its article gives way to the sign of the word without: الجيش, الوحدة.
            if name.is_some() && (split.strips > 1 || !split.article) {
                break;
            }
            if let Some(id) = self.usable.find(&[&split.stem]).filter(|&id| self.agrees(id, &split)) {
                return Some(Found::Sign(id, split));
            }
            if name.is_none()
                && split.ending == Ending::None
                && !split.future
                && let Some(kind) = gazetteer().kind(&split.stem)
            {
                let has_article = split.stem.starts_with("ال");
                name = Some(Found::Name(kind, split));
                if !has_article {
                    break;
                }
            }
        }
        name.or_else(|| self.adjective_of_place(token))
    }

    /// فرنسي without a sign of its own is signed or spelled as فرنسا.
    fn adjective_of_place(&self, token: &Token) -> Option<Found> {
        front_splits(&token.surface).into_iter().filter(|split| is_sound(&token.surface, split)).find_map(
            |split| {
                let place = gazetteer().place_of(&split.stem)?;
                let split = Split { surface: place.to_owned(), ending: Ending::Nisba, ..split };
                match self.usable.find(&fold(place).split(' ').collect::<Vec<_>>()) {
                    Some(id) => Some(Found::Sign(id, split)),
                    None => Some(Found::Name(NameKind::Organisation, split)),
                }
            },
        )
    }

    /// Where an ending was taken off, what remains must be a form as written, not only as folded:
    /// قوية without its ending is قوي (strong) and not قوى (forces).
    fn agrees(&self, id: SignId, split: &Split) -> bool {
        if split.ending == Ending::None {
            return true;
        }
        // ى is written ي before an ending: مشفى, مشفيان.
        let counted = matches!(split.ending, Ending::Dual | Ending::Plural | Ending::DualOrPlural);
        let bare = |form: &str| {
            let bare = light_fold(form.strip_prefix("ال").unwrap_or(form));
            if counted { bare.replace('ى', "ي") } else { bare }
        };
        let written = bare(&split.surface);
        let long_enough = split.ending != Ending::Nisba || written.chars().count() >= 4;
        long_enough
            && self.usable.signs.entry(id).forms.iter().any(|form| bare(normalise(form).text()) == written)
    }

    /// A word that has neither sign nor name: an ordinal, part of a person's name, or unknown.
    fn unknown(&mut self, token: &Token) {
        if let Some(value) = ordinal(&token.folded)
            && let Some(id) = self.usable.number(value)
        {
            let content = Content::Made(vec![Part::Sign(id, SignKind::Number)]);
            self.push(Unit::new(token.span.clone(), &token.surface, content, "ordinal"));
            return;
        }
        let refused =
            candidates(&token.surface).into_iter().find(|split| self.usable.is_refused(&[&split.stem]));
        let is_particle = gazetteer().is_particle(&token.folded);
        let (keep, next) = match self.hint {
            _ if refused.is_some() => (false, NameHint::None),
            _ if is_particle => (true, NameHint::Name(2)),
            NameHint::Title if !token.surface.starts_with("ال") => (true, NameHint::Name(1)),
            NameHint::Name(more) => (true, if more > 1 { NameHint::Name(more - 1) } else { NameHint::None }),
            NameHint::Title | NameHint::None => (false, NameHint::None),
        };
        let text = refused.as_ref().map_or(bare(&token.surface), |split| bare(&split.surface)).to_owned();
        let rule = if keep { "names" } else { "spelled" };
        let content = Content::Unknown { text, keep, refused: refused.is_some() };
        let mut unit = Unit::new(token.span.clone(), &token.surface, content, rule);
        unit.link.article = token.surface.starts_with("ال");
        unit.may_speak = keep;
        if functions().is_place_noun(&token.surface) {
            unit.role = Role::Place;
        }
        self.push(unit);
        self.hint = next;
    }

    /// A function word or phrase of some tokens, by what it does.
    fn function(&mut self, at: usize, tokens: usize, function: Function, joined: bool) -> usize {
        let begins = self.clause.units.is_empty();
        self.link.conjunction |= joined;
        if self.config.mark_questions && self.question_word(at, function, begins) {
            return tokens;
        }
        if function.subordinator {
            self.end_clause(0, self.tokens[at].span.start, false);
        }
        if tokens == 1 && self.is_condition(at) {
            self.begin_condition();
            self.omit(at..at + 1, "condition-particle");
            return tokens;
        }
        if function.negator {
            self.negator(at, tokens);
        } else if function.passive && !self.config.drop_passive {
            self.signed_or_omitted(at, tokens, "finish", "function-word");
        } else if function.optional || !self.config.drop_function_words {
            let reason = if function.passive { "passive" } else { "function-word" };
            self.signed_or_omitted(at, tokens, "", reason);
            if function.temporal
                && let Some(unit) =
                    self.clause.units.last_mut().filter(|unit| unit.span.end == self.tokens[at].span.end)
            {
                unit.role = Role::BeforeTime;
            }
        } else {
            self.omit(at..at + tokens, if function.passive { "passive" } else { "function-word" });
        }
        self.link.preposition |= !function.negator && !function.passive && !function.subordinator;
        self.link.locative |= function.locative;
        self.link.temporal |= function.temporal;
        self.link.passive |= function.passive && self.config.drop_passive;
        if function.future {
            self.link.tense = Some(Tense::Future);
        } else if function.past {
            self.link.tense = Some(Tense::Past);
        }
        self.hint = NameHint::None;
        tokens
    }

    /// إذا and لو are said by the face.
    fn is_condition(&self, at: usize) -> bool {
        let word = self.tokens[at].surface.trim_start_matches(['و', 'ف']);
        self.config.mark_conditions && matches!(light_fold(word).as_str(), "اذا" | "لو")
    }

    /// جدا without a sign is said by the face, with the word before it.
    fn is_intensity(&mut self, at: usize) -> bool {
        if self.tokens[at].folded != "جدا" {
            return false;
        }
        let Some(before) = self.clause.units.last_mut() else { return false };
        before.intense = true;
        true
    }

    /// هل is said by the face; ماذا, أين … have signs.
    fn question_word(&mut self, at: usize, function: Function, begins: bool) -> bool {
        if function.polar && begins && self.question() == Question::YesNo {
            self.omit(at..at + 1, "question-particle");
            return true;
        }
        let asks = function.content
            || (function.content_from_start && begins && self.question() == Question::Content);
        if !asks {
            return false;
        }
        let token = self.tokens[at].clone();
        let word = token.surface.strip_prefix(['و', 'ف']).unwrap_or(&token.surface);
        let key = match fold(word).as_str() {
            "ماذا" | "ما" | "اي" => "question-what",
            "متي" => "question-when",
            "اين" => "question-where",
            "كيف" => "question-how",
            "لماذا" => "question-why",
            "كم" => "question-how-many",
            _ => "question-who",
        };
        let unit = match self.usable.grammatical(&[], key).or_else(|| self.usable.grammatical(&[word], "")) {
            Some(id) => Unit::sign(token.span, word, id, "lexicon"),
            None => {
                let content = Content::Unknown { text: word.to_owned(), keep: true, refused: false };
                Unit::new(token.span, word, content, "spelled")
            }
        };
        self.push(Unit { role: Role::Question, ..unit });
        true
    }

    /// The negator is never lost: without a sign it is spelled.
    fn negator(&mut self, at: usize, tokens: usize) {
        let span = self.span(at..at + tokens);
        let unit = match self.usable.grammatical(&["لا"], "not") {
            Some(id) => Unit::sign(span, "لا", id, "lexicon"),
            None => {
                let content = Content::Unknown { text: "لا".to_owned(), keep: true, refused: false };
                Unit::new(span, "لا", content, "spelled")
            }
        };
        self.push(Unit { role: Role::Negator, words: tokens, ..unit });
    }

    /// A function word that is signed where it has a sign.
    fn signed_or_omitted(&mut self, at: usize, tokens: usize, key: &str, reason: &'static str) {
        let words: Vec<&str> =
            self.tokens[at..at + tokens].iter().map(|token| token.folded.as_str()).collect();
        let bare = words.first().and_then(|word| word.strip_prefix(['و', 'ف'])).unwrap_or_default();
        let found = self.usable.find(&words).or_else(|| self.usable.find(&[bare]).filter(|_| tokens == 1));
        let found = found.or_else(|| self.usable.grammatical(&[], key));
        let Some(id) = found else {
            let reason = if self.is_intensity(at) { "intensity" } else { reason };
            return self.omit(at..at + tokens, reason);
        };
        let surface = self.tokens[at].surface.clone();
        let unit = Unit { words: tokens, ..Unit::sign(self.span(at..at + tokens), &surface, id, "lexicon") };
        self.push(unit);
    }
}

/// The ways to read a word, fewest changes first, without those that take a whole word apart.
fn candidates(surface: &str) -> Vec<Split> {
    let fronts: Vec<Split> =
        front_splits(surface).into_iter().filter(|split| is_sound(surface, split)).collect();
    let mut candidates = Vec::new();
    for front in &fronts {
        if !functions().is_whole(&front.surface) {
            candidates.extend(back_splits(front));
        }
        // A form that is known only with its article: ثلاثاء, الثلاثاء.
        if !front.article && front.stem.chars().count() >= 4 && !front.future {
            let stem = format!("ال{}", front.stem);
            candidates.push(Split { stem, strips: front.strips + 1, ..front.clone() });
        }
    }
    let mut all = fronts;
    all.extend(candidates);
    all.sort_by_key(|split| split.strips);
    all
}

/// Whether no listed whole word was taken apart to get here: not كبير, nor كبير in وكبير.
fn is_sound(surface: &str, split: &Split) -> bool {
    let functions = functions();
    if split.strips == 0 || split.article {
        return true;
    }
    let before_preposition = split.preposition.map(|letter| format!("{letter}{}", split.surface));
    let taken_apart = before_preposition.as_deref().is_some_and(|word| functions.is_whole(word));
    !taken_apart && !functions.is_whole(surface)
}

/// Whether what remains is not simply the end of the word: an ending was taken off.
fn fold_changed(split: &Split, folded: &str) -> bool {
    !folded.ends_with(split.stem.trim_start_matches("ال"))
}

/// A word without its article, which is not spelled.
fn bare(surface: &str) -> &str {
    for article in ["وال", "فال", "بال", "كال", "ال"] {
        if let Some(rest) = surface.strip_prefix(article).filter(|rest| rest.chars().count() >= 2) {
            return rest;
        }
    }
    surface.strip_prefix("لل").filter(|rest| rest.chars().count() >= 3).unwrap_or(surface)
}
