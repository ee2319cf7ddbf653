"""The small vocabularies under tests/data/tokenizers and what the reference tokenizers make of texts.

    make-tokenizer-fixtures.py [--random N] [--only-expect FILE]

Run in the repository's root. Trains SentencePiece models on a few sentences, writes a BERT and a CLIP
vocabulary, and lets `sentencepiece` and Hugging Face's `transformers` encode and decode texts:
expect.json holds [text, ids, decoded] for each vocabulary. Needs `pip install sentencepiece transformers protobuf`
(0.2.3, 5.24.0 and 7 were used). The same versions give the same files.

--random N adds N random texts to each vocabulary instead of 40; --only-expect FILE writes nothing but the
expectations, there: together they check many more texts than are kept.
"""

import argparse
import io
import json
import os
import random
import re
import shutil

import sentencepiece
from tokenizers.pre_tokenizers import ByteLevel
from transformers import BertTokenizer, CLIPTokenizer, MarianTokenizer, T5Tokenizer
from transformers.utils import logging

HERE = "tests/data/tokenizers"
NMT_NFKC = "tests/data/parity/tok/spm.model"
SENTINELS = 3

ARABIC = [
    "وصل الوزير إلى العاصمة صباح اليوم", "الوزارة تعلن موعد الامتحانات في المدارس",
    "أمطار غزيرة على المدن الساحلية", "المدينة تفتتح مكتبة جديدة للصم",
    "الفريق يفوز بالمباراة الأخيرة", "ارتفاع درجات الحرارة في العاصمة",
    "المدارس تفتح أبوابها غدا", "الوزير يزور المدينة الساحلية ويفتتح المكتبة",
    "أخبار اليوم: مباراة في المدينة", "إلى العاصمة وإلى المدن",
]
ENGLISH = [
    "the minister arrived in the capital this morning", "the ministry announces the date of the exams",
    "heavy rain over the coastal cities", "the city opens a new library for the deaf",
    "the team wins the last match", "temperatures rise in the capital",
    "schools open their doors tomorrow", "news of the day: a match in the city",
]
TEXTS = ARABIC[:6] + ENGLISH[:4] + [
    "", " ", "   ", "\n", "\t", "\u00a0", "،", "؟", "…", "«وصل»، الوزير؟ نعم!",
    "  وصل   الوزير  ", "وصل\nالوزير", "وصل\r\nالوزير\t إلى", "وصل\u200cالوزير", "وصل\u200fالوزير\u200e",
    "الْوَزِيرُ يَصِلُ", "الوزيــــر", "ﻻ ﷲ ﷺ ﻻَ ﷲُ", "ﺍﻟﻮﺯﻳﺮ", "٢٠٢٦", "２０２６", "½ ① ﬁ", "٪٣٠", "%30",
    "😀", "😀😀", "الوزير 😀 يصل", "👩‍🚒🇵🇸", "𝔸", "日本語", "한국어", "Straße İstanbul ǅ",
    "e\u0301 é", "naïve café", "it's we're I'll don't they've I'd I'm", "HELLO World", "a1b22c333",
    "a-b_c/d.e,f;g:h", "!!!", "--", "''", "\"quoted\"", "x" * 99, "x" * 101, "ه" * 30,
    "the minister " * 40, "\u0000a", "\ufffd", "\u2581the\u2581city", "▁", "<unk>", "</s>", "<s>", "<pad>",
    "[CLS] [SEP] [MASK] [PAD] [UNK]", "<|startoftext|> a <|endoftext|>", "the</s>city", "<0x41>", "<sep>a<sep> b",
    "a<extra_id_0>b <extra_id_2> c", "<extra_id_3>", "<extra_id_00>", "<extra_id_", ">>ara<< the city",
    ">>ara<<", "a >>ara<< b",
]
LETTERS = "ابتدذرسصطعقكلمنهويةىأإآءؤئ" "ًٌَُِّْٰـ" "،؟«»" "   " "٠١٢" "ﻻﷲﺍﻟﻮﷺ" "abcdestE" "0123" "'-.!" "é\u0301½" "\n\t\u200c\u200f" "😀👍日"


def random_texts(seed, count):
    choose = random.Random(seed)
    words = " ".join(ARABIC + ENGLISH).split()
    texts = []
    for _ in range(count):
        parts = []
        for _ in range(choose.randint(1, 5)):
            if choose.random() < 0.4:
                parts.append(choose.choice(words))
            else:
                parts.append("".join(choose.choice(LETTERS) for _ in range(choose.randint(1, 6))))
        texts.append(choose.choice([" ", "", "  "]).join(parts))
    return texts


def train(sentences, size, **options):
    model = io.BytesIO()
    settings = dict(
        vocab_size=size, model_type="unigram", hard_vocab_limit=False, normalization_rule_name="identity",
        minloglevel=2, num_threads=1, character_coverage=1.0,
    )
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, **{**settings, **options}
    )
    return model.getvalue()


def write(path, content):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def write_json(path, value):
    write(path, json.dumps(value, ensure_ascii=False, indent=0) + "\n")


T5_SPECIAL = dict(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)


def make_t5():
    write("t5/spiece.model", train(ARABIC + ENGLISH, 160, **T5_SPECIAL))
    write_json("t5/tokenizer_config.json", {"tokenizer_class": "T5Tokenizer", "extra_ids": SENTINELS})
    tokenizer = T5Tokenizer.from_pretrained(os.path.join(HERE, "t5"))
    tokenizer.backend_tokenizer.save(os.path.join(HERE, "t5/tokenizer.json"), pretty=False)
    shutil.move(os.path.join(HERE, "t5/tokenizer.json"), os.path.join(HERE, "t5.json"))
    user = dict(byte_fallback=True, user_defined_symbols=["<sep>", "لا"], remove_extra_whitespaces=False)
    write("t5_bytes/spiece.model", train(ARABIC, 420, **T5_SPECIAL, **user))


def make_marian():
    source, target = train(ARABIC, 110), train(ENGLISH, 90)
    write("marian/source.spm", source)
    write("marian/target.spm", target)
    pieces = set()
    for model in (source, target):
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        pieces.update(processor.id_to_piece(i) for i in range(processor.get_piece_size()))
    # A piece that only the list knows, and some that only the model knows.
    pieces = sorted(pieces - {"<unk>", "<s>", "</s>", "ق", "▁أ"} | {"😀", ">>ara<<"})
    random.Random(5).shuffle(pieces)
    pieces = ["</s>", "<unk>"] + pieces + ["<pad>"]
    write_json("marian/vocab.json", {piece: i for i, piece in enumerate(pieces)})
    write_json("marian/tokenizer_config.json", {"tokenizer_class": "MarianTokenizer", "model_max_length": 512})


def make_bert():
    letters = sorted(set("".join(ARABIC + ENGLISH)) - {" "} | set("0123456789٠١٢٣،؟«»'-.!/日"))
    words = sorted({word for text in ARABIC + ENGLISH for word in re.findall(r"\w+", text)})
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters + ["##" + c for c in letters]
    tokens += ["H", "##E", "World", "é", "أَ"] + words[::2] + ["##" + word[2:] for word in words[::3] if len(word) > 4]
    tokens = list(dict.fromkeys(tokens))
    for name, lower in (("bert_uncased", True), ("bert_cased", False)):
        write(f"{name}/vocab.txt", "\n".join(tokens) + "\n")
        write_json(f"{name}/tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "do_lower_case": lower})


def make_clip():
    letters = sorted(ByteLevel.alphabet())
    tokens, merges = letters + [letter + "</w>" for letter in letters], []
    to_bytes = ByteLevel(add_prefix_space=False, use_regex=False)
    for word in ["the", "minister", "city", "library", "'s", "'re", "الوزير", "إلى", "😀", "n't", "!!!"]:
        ((mapped, _),) = to_bytes.pre_tokenize_str(word)
        parts = list(mapped[:-1]) + [mapped[-1] + "</w>"]
        while len(parts) > 1:
            merge = (parts[0], parts[1])
            parts[:2] = ["".join(merge)]
            if merge not in merges:
                merges.append(merge)
                tokens.append(parts[0])
    tokens = list(dict.fromkeys(tokens)) + ["<|startoftext|>", "<|endoftext|>"]
    write_json("clip/vocab.json", {token: i for i, token in enumerate(tokens)})
    write("clip/merges.txt", "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    tokenizer = CLIPTokenizer.from_pretrained(os.path.join(HERE, "clip"))
    tokenizer.backend_tokenizer.save(os.path.join(HERE, "clip.json"), pretty=False)


def with_sentinels(processor, sentinels):
    """sentencepiece's own numbers with T5's sentinels; text that is none of those stays text."""
    size = processor.get_piece_size()
    sentinel = "(<extra_id_[%s]>)" % "".join(map(str, range(sentinels)))

    def encode(text):
        ids = []
        for part in re.split(sentinel, text) if sentinels else [text]:
            if sentinels and re.fullmatch(sentinel, part):
                ids.append(size + sentinels - 1 - int(part[-2]))
            else:
                ids += processor.encode(part)
        return ids + [1]

    return encode


def t5_row(processor, encode, text):
    ids = encode(text)
    return [text, ids, processor.decode([i for i in ids if 2 < i < processor.get_piece_size()])]


def expectations(count):
    load = lambda path: sentencepiece.SentencePieceProcessor(model_file=path)
    expect = {}
    models = {"t5": f"{HERE}/t5/spiece.model", "t5_bytes": f"{HERE}/t5_bytes/spiece.model", "nmt_nfkc": NMT_NFKC}
    for seed, (name, path) in enumerate(models.items()):
        processor = load(path)
        encode = with_sentinels(processor, SENTINELS if name == "t5" else 0)
        expect[name] = [t5_row(processor, encode, text) for text in TEXTS + random_texts(seed, count)]

    marian = MarianTokenizer.from_pretrained(f"{HERE}/marian")
    # What is special to `transformers` but is text here is left to the unit tests.
    special = re.compile("|".join(map(re.escape, ["<unk>", "</s>", "<pad>"])))
    texts = [text for text in TEXTS + random_texts(10, count) if not special.search(text)]
    expect["marian"] = [[text, ids := marian(text).input_ids, None] for text in texts]
    english = [marian(text_target=text).input_ids for text in ENGLISH + ["", "library library", "😀"]]
    expect["marian_target"] = [[None, ids, marian.decode(ids, skip_special_tokens=True)] for ids in english]

    others = {"bert_uncased": BertTokenizer, "bert_cased": BertTokenizer, "clip": CLIPTokenizer}
    for seed, (name, kind) in enumerate(others.items()):
        tokenizer = kind.from_pretrained(f"{HERE}/{name}")
        rows = []
        for text in TEXTS + random_texts(20 + seed, count):
            ids = tokenizer(text, split_special_tokens=True).input_ids
            rows.append([text, ids, tokenizer.decode(ids, skip_special_tokens=True)])
        expect[name] = rows
    clip = CLIPTokenizer.from_pretrained(f"{HERE}/clip")
    texts = ["", "the minister", "the minister " * 40, "x" * 200]
    limits = dict(padding="max_length", truncation=True, max_length=77)
    expect["clip_77"] = [[text, clip(text, **limits).input_ids, None] for text in texts]
    compare_t5(expect["t5"])
    return expect


def compare_t5(rows):
    """Where `transformers` differs from sentencepiece, which T5 models are trained with."""
    hugging_face = T5Tokenizer.from_pretrained(f"{HERE}/t5")
    different = [text for text, ids, _ in rows if hugging_face(text).input_ids != ids]
    print(f"t5: transformers differs from sentencepiece on {len(different)} of {len(rows)} texts")
    for text in different[:40]:
        print(f"  {text!r}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--random", type=int, default=40)
    parser.add_argument("--only-expect", metavar="FILE")
    options = parser.parse_args()
    logging.set_verbosity_error()
    if not options.only_expect:
        for make in (make_t5, make_marian, make_bert, make_clip):
            make()
    expect = expectations(options.random)
    with open(options.only_expect or f"{HERE}/expect.json", "w") as file:
        sections = []
        for name, rows in expect.items():
            lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
            sections.append(f"{json.dumps(name)}: [\n" + ",\n".join(lines) + "\n]")
        file.write("{" + ",\n".join(sections) + "}\n")


if __name__ == "__main__":
    main()
