"""One spelling of text before it is compared: case, diacritics, punctuation; never its script.

Latin, Greek and Cyrillic letters lose their marks. Other scripts keep theirs, because there a mark
is part of the word. Folding twice changes nothing. Nothing is cached: what people are called does
not outlive the unit of work.
"""

import re
import unicodedata

# What Unicode does not take apart; the last one is the dotless i.
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
)
_DROPPED = re.compile("['`\u2019\u2018\u00b4\u02bc]")
_BREAKS = re.compile(
    r'[\s\-\u2010-\u2015\u2212.,;:/\\()\[\]{}"\u201c-\u201f\u00ab\u00bb!?&+*#@=<>|~^%$_\u00b7\u30fb]+'
)
# The two rules above for ASCII, character by character, which is four times as fast.
_ASCII = str.maketrans(
    {
        char: None if _DROPPED.fullmatch(char) else " "
        for char in map(chr, range(128))
        if _DROPPED.fullmatch(char) or _BREAKS.fullmatch(char)
    }
)
# Marks are dropped after letters of the alphabets that come before this point.
_MARKS_ARE_LETTERS = 0x530
_SAME_SOUND = (("ph", "f"), ("ck", "k"), ("dt", "t"), ("th", "t"), ("sch", "s"), ("sh", "s"))
_SAME_LETTER = str.maketrans({"c": "k", "q": "k", "z": "s", "x": "s", "w": "v", "f": "v"})
_SILENT = re.compile("[aeiouyhj ]")
_TWICE = re.compile(r"(.)\1+")


def listed(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


def fold(text: str) -> str:
    """Lower case without marks: `Łódź` and `lodz` are the same, `ß` is `ss`."""
    if text.isascii():
        return text.lower()
    kept: list[str] = []
    base = ""
    for char in unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS)):
        if not unicodedata.category(char).startswith("M"):
            base = char
        elif ord(base or " ") < _MARKS_ARE_LETTERS:
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS)


def words(text: str) -> list[str]:
    """The folded words of a text; a hyphen parts two words, an apostrophe does not."""
    if text.isascii():
        return text.lower().translate(_ASCII).split()
    return _BREAKS.sub(" ", _DROPPED.sub("", fold(text))).split()


def skeleton(text: str) -> str:
    """The consonants that are left of a folded name when it is misheard: `mueller` is `mlr`.

    For blocking only: names that differ may share one. A name of another script is kept whole.
    """
    if not text.isascii():
        return text
    for sound, letter in _SAME_SOUND:
        text = text.replace(sound, letter)
    first, rest = text[:1], _SILENT.sub("", text[1:])
    return _TWICE.sub(r"\1", (first + rest).translate(_SAME_LETTER))
