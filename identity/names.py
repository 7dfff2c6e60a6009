"""Names of persons and organisations: taken apart, brought into one order, compared by levels.

"Smith, John", "John Smith" and "Dr. John Smith" are one name; "Bob" is short for "Robert" and "J."
may be "John". A suffix tells father from son. What cannot be taken apart is kept whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from nicknames import NickNamer
from rapidfuzz.distance import JaroWinkler

from identity.folding import listed, words

EXACT, NICKNAME, INITIAL, SIMILAR, CLOSE, DIFFERENT = (
    "exact",
    "nickname",
    "initial",
    "similar",
    "close",
    "different",
)
AGREEING = frozenset({EXACT, NICKNAME, INITIAL, SIMILAR, CLOSE})
"""Levels at which two first names may be those of one person."""

_SIMILAR, _CLOSE = 0.92, 0.8

_TITLES = listed(
    "mr mrs ms miss mx dr prof professor sir dame lord lady rev herr frau hr fr m mme mlle monsieur"
    " madame sr sra srta senor senora sig sigra dhr mevr ing dipl mag hon capt"
)
_GENERATIONS = {
    "jr": "jr",
    "junior": "jr",
    "sr": "sr",
    "senior": "sr",
    "jun": "jr",
    "sen": "sr",
} | {numeral: numeral for numeral in ("ii", "iii", "iv")}
_DEGREES = listed("phd md esq bsc msc ba ma mba jd dds llb")
_PARTICLES = listed(
    "van von de der den del della di da dos das du la le las los el al bin ibn ben abu ter ten zu"
    " zum zur af av san santa mac mc st"
)
NOBODY = listed(
    "unknown anonymous none null na nan test customer guest deleted redacted undefined blank tbd"
    " noname"
)
_LEGAL_FORMS = listed(
    "inc incorporated ltd limited llc llp lp plc corp corporation co company gmbh mbh ag kg ohg ug"
    " se sa sas sarl srl spa bv nv oy ab as aps pty pte sdn bhd kk the"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name, folded. `given` is the first one, `middle` the others."""

    given: str = field(default="", repr=False)
    middle: tuple[str, ...] = field(default=(), repr=False)
    family: str = field(default="", repr=False)
    generation: str = ""

    @property
    def family_words(self) -> str:
        """The words of the family name that are no mere particles, or all of them."""
        found = self.family.split()
        return " ".join([word for word in found if word not in _PARTICLES] or found)

    @property
    def initials(self) -> str:
        """First letters of the given and the family name, for showing without telling."""
        return ".".join(part[0] for part in (self.given, self.family) if part)


def parse_name(
    *, given: str = "", family: str = "", full: str = "", middle: str = "", suffix: str = ""
) -> Name | None:
    """A name from what a source has of it; None if that names nobody.

    `full` is used where neither `given` nor `family` is there.
    """
    if words(given) or words(family):
        first, last = _without_titles(words(given)), words(family)
    else:
        first, last = _split(full)
    last, generation = _without_suffix(last)
    first, of_given = _without_suffix(first)
    stated = _without_suffix(["x", *words(suffix)])[1]
    if _is_nobody([*first, *last]):
        return None
    others = (*first[1:], *words(middle))
    first = [word for word in first if word not in NOBODY]
    return Name(
        first[0] if first else "",
        tuple(others),
        " ".join(word for word in last if word not in NOBODY),
        stated or generation or of_given,
    )


def _split(full: str) -> tuple[list[str], list[str]]:
    """Given names and family names of a full name, in either order."""
    before, comma, after = full.partition(",")
    ahead = words(after)
    if comma and [word for word in ahead if word not in _GENERATIONS and word not in _DEGREES]:
        return _without_titles(ahead), _without_titles(words(before))
    found, generation = _without_suffix(_without_titles(words(full)))
    if len(found) <= 1:
        return [], [*found, *([generation] if generation else [])]
    start = len(found) - _length_of_last(full, found)
    while start > 1 and found[start - 1] in _PARTICLES:
        start -= 1
    return found[:start], [*found[start:], *([generation] if generation else [])]


def _length_of_last(full: str, found: list[str]) -> int:
    """How many words a hyphen ties together at the end: two in `Smith-Jones`."""
    for chunk in full.split():
        tied = words(chunk)
        if 1 < len(tied) < len(found) and "-" in chunk and found[-len(tied) :] == tied:
            return len(tied)
    return 1


def _is_nobody(found: list[str]) -> bool:
    """No name, or what stands for none; `n/a` is two words."""
    return NOBODY.issuperset(found) or "".join(found) in NOBODY


def _without_titles(found: list[str]) -> list[str]:
    """A title that stands alone may be a name: `May`, `Lord`."""
    while len(found) > 1 and found[0] in _TITLES:
        found = found[1:]
    return found


def _without_suffix(found: list[str]) -> tuple[list[str], str]:
    generation = ""
    while len(found) > 1 and (found[-1] in _GENERATIONS or found[-1] in _DEGREES):
        generation = _GENERATIONS.get(found[-1], generation)
        found = found[:-1]
    return found, generation


def name_levels(a: Name, b: Name) -> tuple[str | None, str | None]:
    """The levels of the given and of the family name; None where one side has none."""
    if a.given and b.given and a.family and b.family and _swapped(a, b):
        return EXACT, SIMILAR
    levels = given_level(a, b), _family_level(a.family, b.family)
    if levels == (DIFFERENT, DIFFERENT) and (_turned_agrees(a, b) or _turned_agrees(b, a)):
        return INITIAL, SIMILAR
    return levels


def _turned_agrees(a: Name, b: Name) -> bool:
    """Whether the names agree, spelled as they may be, once the second is read family first."""
    given = _given_level(a.given, b.family)
    family = _family_level(a.family, " ".join((b.given, *b.middle)))
    return given in AGREEING - {CLOSE} and family in {EXACT, SIMILAR}


def given_level(a: Name, b: Name) -> str | None:
    """How well two first names agree."""
    if a.generation and b.generation and a.generation != b.generation:
        return DIFFERENT
    if not (a.given and b.given):
        return None
    level = _given_level(a.given, b.given)
    if level in {CLOSE, DIFFERENT} and (a.given in b.middle or b.given in a.middle):
        return SIMILAR
    return level


def _given_level(a: str, b: str) -> str:
    if a == b:
        return EXACT
    if len(a) == 1 or len(b) == 1:
        return INITIAL if a[0] == b[0] else DIFFERENT
    if name_meanings(a) & name_meanings(b):
        return NICKNAME
    return _by_likeness(a, b)


def _family_level(a: str, b: str) -> str | None:
    if not (a and b):
        return None
    if a == b:
        return EXACT
    ours, theirs = set(a.split()) - _PARTICLES, set(b.split()) - _PARTICLES
    if ours and theirs and (ours <= theirs or theirs <= ours):
        return SIMILAR
    return _by_likeness(a.replace(" ", ""), b.replace(" ", ""))


def company_level(a: str, b: str) -> str:
    """How well two names of organisations agree (as `parse_company` gives them)."""
    if a == b:
        return EXACT
    ours, theirs = a.split(), b.split()
    part = min(len(ours), len(theirs)) > 1 and (
        set(ours) <= set(theirs) or set(theirs) <= set(ours)
    )
    alike = JaroWinkler.similarity(" ".join(sorted(ours)), " ".join(sorted(theirs))) >= _SIMILAR
    return SIMILAR if part or alike else DIFFERENT


def parse_company(text: str) -> str:
    """An organisation's name without its legal form; empty if it names nobody."""
    found = words(text)
    kept = [word for word in found if word not in _LEGAL_FORMS] or found
    return "" if _is_nobody(kept) else " ".join(kept)


def formal_initials(given: str) -> Sequence[str]:
    """The first letters under which a first name may stand elsewhere: `bob` under b and r."""
    if len(given) <= 1:
        return [given] if given else []
    return sorted({name[0] for name in (given, *_namer().canonicals_of(given)) if name})


def _swapped(a: Name, b: Name) -> bool:
    return a.given == b.family and a.family == b.given and a.given != a.family


def _by_likeness(a: str, b: str) -> str:
    alike = JaroWinkler.similarity(a, b, score_cutoff=_CLOSE)
    if alike >= _SIMILAR:
        return SIMILAR
    return CLOSE if alike else DIFFERENT


def name_meanings(given: str) -> frozenset[str]:
    """The name and every name it may be short for; nothing if it is not in the table."""
    return frozenset({given, *_namer().canonicals_of(given)})


@cache
def _namer() -> NickNamer:
    return NickNamer()
