"""A column of values read by type: the common shapes in arrays, everything else one by one.

What a value says is defined in `identity.readings`, for one text at a time. Here it is found for
all values of a column at once where their shape leaves no doubt: plain letters and digits, nothing
that stands for "unknown". A value of any other shape is read by the definition itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import Final

import numpy as np

from identity import fields
from identity.addresses import UNITS, street_name
from identity.engines.columns import Column, Flags, Keys
from identity.engines.texts import Bytes, Texts, table_of
from identity.folding import words
from identity.names import NOBODY
from identity.readings import NOTHING, READINGS, Reading

_SPACE, _AT, _DOT, _DASH, _ZERO, _HASH = (ord(char) for char in " @.-0#")
_LONGEST: Final = 300
_PHONE_LEAST, _PHONE_KEPT, _PHONE_VARIETY = 7, 9, 3
_DECADE: Final = 10
_LEAST_STREET: Final = 2
_TELLING: Final = re.compile("[#0-9]")
_NOBODY: Final = Texts.of(sorted(NOBODY))
_UNITS: Final = Texts.of(sorted(UNITS))

_BEYOND_ASCII: Final = 128
_DIGIT: Final = table_of(digits)
_DIGIT_NOT_ZERO: Final = table_of(digits[1:])


def _table(fold: Callable[[str], str]) -> Bytes:
    """What becomes of every byte of ASCII; zero if nothing does."""
    made = [fold(chr(byte)) for byte in range(128)]
    return np.array([ord(char) if char else 0 for char in made] + [0] * 128, np.uint8)


_FOLD: Final = _table(lambda char: " ".join(words(f"a{char}a")).removeprefix("a").removesuffix("a"))
_FOLD_BUT_HASH: Final = np.where(np.arange(256) == _HASH, _HASH, _FOLD).astype(np.uint8)
_WORD: Final = np.where(_FOLD == _SPACE, 0, _FOLD).astype(np.uint8)
_LOWER: Final = _table(str.lower)
_UPPER_ALNUM: Final = _table(lambda char: char.upper() if char.isalnum() else "")
_DIGITS: Final = _table(lambda char: char if char.isdigit() else "")
_HEAD: Final = table_of(ascii_lowercase + digits)


@dataclass(frozen=True)
class Quick:
    """What is read of all values, by part; it counts only where it is `sure`."""

    parts: tuple[Texts, ...]
    sure: Flags


def read_field(type_: str, column: Column) -> list[Column]:
    """The features that one column tells, in the order of `READINGS`."""
    reading, names = READINGS[type_]
    if type_ in _FOLDED:
        column = _folded_first(column)
    quick = _QUICK.get(type_)
    texts = column.packed
    nothing = Quick((_empty(texts),) * len(names), np.zeros(len(texts), bool))
    return _completed(column, reading, quick(texts) if quick else nothing)


def _empty(texts: Texts) -> Texts:
    """As many empty texts."""
    return Texts(texts.data, texts.ends, texts.ends)


def _completed(column: Column, reading: Reading, quick: Quick) -> list[Column]:
    """The columns of all parts; what is not sure is read one by one."""
    asked = np.flatnonzero(~quick.sure)
    told = [reading(text) for text in column.packed.take(asked).strings()]
    made = []
    for number, part in enumerate(quick.parts):
        slow = Texts.of([parts[number] for parts in told])
        place = np.arange(len(part))
        place[asked] = len(part) + np.arange(len(asked))
        made.append(column.becoming(part.and_then(slow).take(place) if len(asked) else part))
    return made


def _ordinary(texts: Texts) -> Flags:
    """ASCII, of no more than so many letters."""
    found: Flags = ~_strange(texts) & (texts.sizes <= _LONGEST)
    return found


def _strange(texts: Texts) -> Flags:
    """Not ASCII, or with the byte that marks what is left out."""
    return texts.has((texts.data >= _BEYOND_ASCII) | (texts.data == 0))


def _blank(texts: Texts) -> Flags:
    """With a blank anywhere."""
    return texts.has(texts.data <= _SPACE)


def _decimal(texts: Texts) -> Flags:
    """What ends as `.0` or in a blank; it may be a number that went through a table of decimals."""
    tail = texts.cut(np.maximum(texts.sizes - 2, 0))
    found: Flags = (tail.word(0) == np.uint64(_DOT | _ZERO << 8)) | _blank(tail)
    return found


def _folded_first(column: Column) -> Column:
    """Case, punctuation and blanks gone where that makes no difference, so fewer texts are left."""
    texts = column.packed
    plain = np.flatnonzero(_ordinary(texts))
    folded = _spaced(texts.take(plain).translated(_FOLD))
    place = np.arange(len(texts))
    place[plain] = len(texts) + np.arange(len(plain))
    return column.becoming(texts.and_then(folded).take(place))


def _spaced(texts: Texts) -> Texts:
    """One space between words, none at the ends."""
    packed = texts.packed()
    space = packed.data[:-8] == _SPACE
    after = np.append(True, space[:-1])[: len(space)]
    after[packed.starts[packed.sizes > 0]] = True
    found = packed.kept(~(space & after))
    ends_with = (found.sizes > 0) & (found.data[found.ends - 1] == _SPACE)
    return found.cut(0, found.sizes - ends_with)


def _email(texts: Texts) -> Quick:
    """Lower case; Gmail's dots are left out, what has a plus there is not sure."""
    lower = texts.translated(_LOWER)
    sure = _ordinary(texts) & ~_blank(texts) & (lower.counts(lower.data == _AT) == 1)
    # Texts of which something is left out are not sure, and do not matter.
    at = lower.find(_AT)
    domain = lower.cut(at + 1)
    sure &= (at > 0) & (domain.counts(lower.data == _DOT) > 0)
    mail = _equals(domain, "gmail.com")
    plus = lower.cut(0, at).counts(lower.data == ord("+")) > 0
    sure &= ~_equals(domain, "googlemail.com") & ~(mail & plus)
    gmail = np.flatnonzero(mail & sure)
    within = np.zeros(len(lower.data) + 1, np.int8)
    within[lower.starts[gmail]] = 1
    within[lower.starts[gmail] + at[gmail]] = -1
    dropped = (np.cumsum(within, dtype=np.int8)[:-1] > 0) & (lower.data == _DOT)
    found = lower.kept(~dropped[:-8])
    # A mailbox of nothing but dots is none.
    return Quick((found,), sure & (found.data[found.starts] != _AT))


def _equals(texts: Texts, text: str) -> Flags:
    one = Texts.of([text])
    return texts.same(one.take(np.zeros(len(texts), np.int64)))


def _phone(texts: Texts) -> Quick:
    """The last nine digits; numbers that count up or down are not sure."""
    found = texts.translated(_DIGITS)
    shown = found.data.astype(np.int8)
    # From each digit to the next; the bytes behind the last one are no digits, and in no text.
    steps = np.append((shown[1:] - shown[:-1]) % np.int8(_DECADE), np.int8(0))
    most = np.maximum(found.sizes - 1, 0)
    inner = found.cut(0, most)
    running = (inner.counts(steps == 1) == most) | (inner.counts(steps == _DECADE - 1) == most)
    told = found.sizes >= _PHONE_LEAST
    sure = ~_strange(texts) & ~_decimal(texts) & ~(running & told)
    none = ~told | (_variety(found) < _PHONE_VARIETY)
    start = np.where(none, found.sizes, np.maximum(found.sizes - _PHONE_KEPT, 0))
    return Quick((found.cut(start),), sure)


def _variety(texts: Texts) -> Keys:
    """How many digits differ, of packed texts of digits."""
    some = np.flatnonzero(texts.sizes > 0)
    found = np.zeros(len(texts), np.int64)
    if len(some):
        shown = np.uint16(1) << (texts.data[:-8] - _ZERO).astype(np.uint16)
        found[some] = np.bitwise_count(np.bitwise_or.reduceat(shown, texts.starts[some]))
    return found


def _number(texts: Texts) -> Quick:
    """Letters in capitals, and digits; at least one, and not the same one all the way."""
    found = texts.translated(_UPPER_ALNUM)
    first = found.data[np.minimum(found.starts, len(found.data) - 1)]
    same = found.counts(found.data == np.repeat(np.append(first, 0), np.append(found.sizes, 8)))
    sure = (
        _ordinary(texts) & texts.has(_DIGIT[texts.data]) & ~_decimal(texts) & (same < found.sizes)
    )
    return Quick((found,), sure)


def _token(texts: Texts) -> Quick:
    """As it stands."""
    sure = _ordinary(texts) & texts.has(_DIGIT_NOT_ZERO[texts.data]) & ~_blank(texts)
    return Quick((texts,), sure)


def _stated(texts: Texts) -> Quick:
    """One word with a digit in it."""
    sure = (
        _ordinary(texts)
        & texts.has(_DIGIT[texts.data])
        & ~texts.has((texts.data == _DOT) | (texts.data == _DASH))
    )
    return Quick((texts.translated(_WORD),), sure)


def _given(texts: Texts) -> Quick:
    """One word, of folded names."""
    none = _empty(texts)
    return Quick((texts, none, none, none), _one_word(texts))


def _family(texts: Texts) -> Quick:
    return Quick((texts, _empty(texts), texts), _one_word(texts))


def _one_word(texts: Texts) -> Flags:
    """One word that does not stand for nobody; what is not folded is not ASCII."""
    found: Flags = _ordinary(texts) & ~_blank(texts) & (texts.sizes > 0)
    return found & (_NOBODY.places(texts) < 0)


def _street(texts: Texts) -> Quick:
    """A house number first, perhaps a unit last; the street between them is read once."""
    line = _spaced(texts.translated(_FOLD_BUT_HASH))
    end = line.find(_SPACE)
    head = line.cut(0, end)
    sure = _ordinary(texts) & (end < line.sizes) & _DIGIT[line.data[line.starts]]
    sure &= head.counts(~_HEAD[line.data]) == 0
    base, unit = _without_unit(line.cut(end + 1))
    streets, codes = base.take(np.flatnonzero(sure)).distinct()
    read = Texts.of([_after_number(text) for text in streets.strings()])
    # The last one is that of lines that are not sure.
    read = read.and_then(Texts.of([""]))
    where = np.full(len(texts), len(read) - 1)
    where[sure] = codes
    street = read.take(where)
    return Quick((head, street, unit), sure & (street.sizes > 0))


def _without_unit(rest: Texts) -> tuple[Texts, Texts]:
    """What comes before `#4` or `apt 4` at the end of a line, and the unit."""
    last, before = _last_word(rest)
    word, street = _last_word(before)
    named = (_UNITS.places(word) >= 0) & (street.sizes > 0)
    hashed = (rest.data[last.starts] == _HASH) & (last.sizes > 1) & (before.sizes > 0)
    ends = np.where(hashed, before.ends, np.where(named, street.ends, rest.ends))
    begins = np.where(hashed | named, last.starts + hashed, rest.ends)
    # A sign of its own makes more of a line than this; then nothing is parted.
    plain = rest.counts(rest.data == _HASH) == hashed
    ends, begins = np.where(plain, ends, rest.ends), np.where(plain, begins, rest.ends)
    return Texts(rest.data, rest.starts, ends), Texts(rest.data, begins, rest.ends)


def _last_word(texts: Texts) -> tuple[Texts, Texts]:
    """The last word of each text, and what comes before it."""
    spaces = np.append(-1, np.flatnonzero(texts.data == _SPACE))
    at = spaces[np.searchsorted(spaces, texts.ends) - 1]
    within = at >= texts.starts
    start = np.where(within, at + 1, texts.starts)
    return (
        Texts(texts.data, start, texts.ends),
        Texts(texts.data, texts.starts, np.where(within, at, texts.starts)),
    )


def _after_number(street: str) -> str:
    """The street of a line without its number and unit; none if those may make a difference."""
    found = street.split()
    # `12 a` is a house number; a digit may be the number once more; a unit is not where it should.
    if len(street) < _LEAST_STREET or _TELLING.search(street) or not UNITS.isdisjoint(found):
        return ""
    name = street_name(found)
    return "" if name.replace(" ", "") in NOTHING else name


_FOLDED: Final = frozenset(
    {
        fields.GIVEN_NAME,
        fields.FAMILY_NAME,
        fields.MIDDLE_NAME,
        fields.NAME_SUFFIX,
        fields.COMPANY,
        fields.CITY,
        fields.REGION,
        fields.COUNTRY,
        fields.BIRTH_PLACE,
        fields.CATEGORY,
        fields.SEX,
    }
)
"""Types of which nothing but the folded words counts."""

_QUICK: Final[Mapping[str, Callable[[Texts], Quick]]] = {
    fields.EMAIL: _email,
    fields.PHONE: _phone,
    fields.GIVEN_NAME: _given,
    fields.FAMILY_NAME: _family,
    fields.STREET: _street,
    fields.HOUSE_NUMBER: _stated,
    fields.UNIT: _stated,
    fields.POSTCODE: _stated,
    fields.DEVICE_ID: _token,
    **dict.fromkeys((*fields.PAPERS, *fields.NUMBERS), _number),
}
