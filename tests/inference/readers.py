"""Tokenizers of each kind, as transformers has them: the programs that the models were made with, over small vocabularies.

What reads here is transformers' Python and SentencePiece's own library; what the service gets is a tokenizer.json, which transformers
makes of the same vocabulary. OpenAI's vocabulary is the real one; the others learn theirs from the words below.
"""

import gzip
import json
import os
import pathlib
import pydoc_data.topics
import unicodedata

import sentencepiece
import tokenizers

# That there is no PyTorch is no news: readers need none.
os.environ["TRANSFORMERS_NO_ADVISORY_WARNINGS"] = "1"
import transformers  # noqa: E402

transformers.logging.set_verbosity_error()

TEXTS = [
    "a photo of a cat", "  A  Dog,\n on the BEACH!  ", "Straße in München; 東京の夜 🗼", "naïve café — it's 3.14%", " ", "x" * 300,
    "one two three four five six seven eight nine ten " * 12, "don't you'll we're I'm", "Ünïcödé ½ №5 ﬁne", "deu_Latn hallo",
    "ｆｕｌｌ ｗｉｄｔｈ", "e\u0301te\u0301, a\u200bb\u00adc", "مرحبا بالعالم", "ภาษาไทย", "<s> </s> <pad> [CLS]",
]
# Words of many languages beside Python's own manual, of which so many lines are read.
LINES = 4_000
FOREIGN = ["eine kleine Nachtmusik auf der Straße in München", "un café à Paris, naïve", "夜の東京タワー", "東京の夜", "Сборник рассказов", "مرحبا"]
SPECIAL = ("pad", "eos", "bos", "unk")
# Clients' tags and what they are to the models that are told of languages.
CODES = {None: "", "de-AT": "deu_Latn", "xx": "eng_Latn"}
PUNCTUATION = str.maketrans("", "", r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~""")


def corpus():
    lines = (line for topic in sorted(pydoc_data.topics.topics) for line in pydoc_data.topics.topics[topic].split("\n") if line.strip())
    return [line for _, line in zip(range(LINES), lines)] + FOREIGN * 5


class Reader:
    """`reads` is the reference; `fast` the same tokenizer in the form that the service takes."""

    def __init__(self, name, reads, fast, context, cleans=False, languages=(None,), texts=TEXTS):
        self.name, self.reads, self.fast, self.context, self.cleans = name, reads, fast, context, cleans
        self.asked = [(text, language) for text in texts for language in languages]

    def encode(self, text, language=None):
        """The numbers of a text, and which of them are of the text (07-ml.md, section 3.2)."""
        clean = " ".join(text.split())
        if self.cleans:
            clean = clean.translate(PUNCTUATION).lower()
        clean = CODES[language] + clean
        encoded = self.reads(clean, max_length=self.context, truncation=True, padding="max_length")
        return encoded["input_ids"], encoded["attention_mask"]

    def write(self, folder):
        """The files beside a graph. The folder's name is the model's."""
        textual = pathlib.Path(folder, "textual")
        self.fast.backend_tokenizer.save(str(textual / "tokenizer.json"))
        (textual / "tokenizer_config.json").write_text(json.dumps({"pad_token": self.reads.pad_token}))
        cleaning = {"tokenizer_kwargs": {"clean": "canonicalize"}} if self.cleans else {}
        pathlib.Path(folder, "config.json").write_text(json.dumps({"text_cfg": {"context_length": self.context, **cleaning}}))


def readers(vocabulary, scratch):
    """One of each kind. `vocabulary` is open_clip's bpe_simple_vocab_16e6.txt.gz."""
    scratch = pathlib.Path(scratch)
    yield openai(vocabulary, scratch / "openai")
    pieces = learned(scratch / "siglip", model_type="unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    slow = transformers.T5Tokenizer(pieces, extra_ids=0, legacy=False, pad_token="</s>")
    yield Reader("siglip", slow, converted(slow, transformers.T5TokenizerFast, scratch / "siglip"), 64, cleans=True)
    special = {f"{name}_id": number for number, name in enumerate(SPECIAL)} | {f"{name}_piece": f"<{name}>" for name in SPECIAL}
    pieces = learned(scratch / "siglip2", model_type="bpe", byte_fallback=True, split_digits=True, normalization_rule_name="identity",
                     add_dummy_prefix=False, remove_extra_whitespaces=False, **special)
    ends = {"add_bos_token": False, "add_eos_token": True, "padding_side": "right"}
    slow = transformers.GemmaTokenizer(pieces, **ends)
    yield Reader("siglip2", slow, converted(slow, transformers.GemmaTokenizerFast, scratch / "siglip2", **ends), 64, cleans=True)
    slow = transformers.XLMRobertaTokenizer(learned(scratch / "xlm-r", model_type="unigram"))
    yield Reader("xlm-r", slow, converted(slow, transformers.XLMRobertaTokenizerFast, scratch / "xlm-r"), 77)
    slow = transformers.NllbTokenizer(learned(scratch / "nllb", model_type="bpe"))
    fast = converted(slow, transformers.NllbTokenizerFast, scratch / "nllb")
    yield Reader("nllb-clip", slow, fast, 77, languages=tuple(CODES))
    slow = transformers.BertTokenizer(words(scratch / "labse"), do_lower_case=False)
    fast = converted(slow, transformers.BertTokenizerFast, scratch / "labse", do_lower_case=False)
    # On accents that stand alone transformers' two forms differ, and the models have the other one.
    yield Reader("labse", slow, fast, 77, texts=[text for text in TEXTS if unicodedata.is_normalized("NFC", text)])


def converted(slow, kind, folder, **settings):
    """The same in the other form, by transformers' own conversion."""
    slow.save_pretrained(folder)
    return kind.from_pretrained(folder, **settings)


def learned(folder, **settings):
    folder.mkdir(parents=True, exist_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()), model_prefix=str(folder / "learned"), vocab_size=1_800, character_coverage=0.9995,
        num_threads=1, minloglevel=2, **settings)
    return str(folder / "learned.model")


def words(folder):
    """A vocabulary of words and their parts."""
    folder.mkdir(parents=True, exist_ok=True)
    made = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made.train_from_iterator(corpus(), tokenizers.trainers.WordPieceTrainer(vocab_size=1_800, special_tokens=special, show_progress=False))
    numbered = sorted(made.get_vocab().items(), key=lambda item: item[1])
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece, _ in numbered))
    return str(folder / "vocab.txt")


def openai(vocabulary, folder):
    """Byte-level pieces, everything in small letters."""
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(vocabulary) as file:
        merges = file.read().decode().split("\n")[1:49152 - 256 - 2 + 1]
    letters = list(transformers.models.clip.tokenization_clip.bytes_to_unicode().values())
    pieces = letters + [letter + "</w>" for letter in letters] + ["".join(merge.split()) for merge in merges]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    numbers = {piece: number for number, piece in enumerate(pieces)}
    assert len(numbers) == 49408 and numbers["<|endoftext|>"] == 49407
    (folder / "vocab.json").write_text(json.dumps(numbers))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]))
    slow = transformers.CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    # Where ftfy is installed it would mend more than the models' own tokenizer.json does.
    slow.fix_text = lambda text: unicodedata.normalize("NFC", text)
    return Reader("openai", slow, transformers.CLIPTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt")), 77)
