"""Names of persons and organisations: taken apart and brought into one order.

"Smith, John", "John Smith" and "Dr. John Smith" are one name; "Bob" is short for "Robert" and "J."
may be "John". A suffix tells father from son. What cannot be taken apart is kept whole.
"""

from dataclasses import dataclass, field
from functools import cache

from nicknames import NickNamer

from identity.folding import listed, words

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


def parse_company(text: str) -> str:
    """An organisation's name without its legal form; empty if it names nobody."""
    found = words(text)
    kept = [word for word in found if word not in _LEGAL_FORMS] or found
    return "" if _is_nobody(kept) else " ".join(kept)


def formal_letter(given: str) -> str:
    """The first letter of what a first name is short for: `bob` goes by r, and so does `robert`.

    That is the name, of all that it may stand for, for which most others are short.
    """
    names = sorted(name_meanings(given), key=lambda name: (name != given, name))
    return max(names, key=lambda name: len(_namer().nicknames_of(name)))[0]


def name_meanings(given: str) -> frozenset[str]:
    """The name and every name it may be short for."""
    return frozenset({given, *_namer().canonicals_of(given)})


@cache
def _namer() -> NickNamer:
    return NickNamer()
