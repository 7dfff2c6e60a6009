"""Everybody at once: the same persons, refusals and reviews as one component after the other."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from identity.defaults import default_rules
from identity.engines.population import Population, partition
from identity.evidence import Evidence, Token, Verdict
from identity.features import read
from identity.frequencies import Frequencies
from identity.keys import BlockingRule
from identity.resolver import resolve
from identity.rules import Rules

GIVEN = ("anna", "bob", "robert", "maria", "jo", "johann", "roberta")
FAMILY = ("mueller", "smith", "smith jones", "lee")
BLOCKED = frozenset({("email", b"m1@example.org")})


def rules(together: int, *, counted: bool, roofed: bool) -> Rules:
    """The default ones, with few records to a component, with and without what may be learned."""
    found = default_rules()
    household = Decimal("-1.5") if roofed else None
    return replace(
        found,
        clustering=replace(found.clustering, together=together, household=household),
        frequencies={
            "family_name": Frequencies(1000, 2, {"~1": 400, "~2": 5}),
            "email": Frequencies(1000, 2, {}),
        }
        if counted
        else {},
    )


def person(number: int, chance: Random, by: Sequence[BlockingRule]) -> Evidence:
    """Somebody who shares names, roofs, mailboxes and devices with others."""
    said: dict[str, str] = {}
    tokens: list[Token] = []
    if chance.random() < 0.8:
        said["given_name"] = chance.choice(GIVEN) + chance.choice(("", "", "", "a"))
    if chance.random() < 0.8:
        said["family_name"] = chance.choice(FAMILY)
    if chance.random() < 0.6:
        said["birth_date"] = f"195{chance.randint(0, 1)}-0{chance.randint(1, 3)}-1{number % 3}"
    if chance.random() < 0.6:
        said |= {"street": f"{chance.randint(1, 3)} Main St", "city": "berlin"}
    if chance.random() < 0.5:
        said["email"] = f"m{chance.randint(0, 12)}@example.org"
        tokens.append(Token("email", said["email"].encode(), chance.random() < 0.3))
    if chance.random() < 0.3:
        tokens.append(Token("device_id", b"%d" % chance.randint(0, 9)))
    if chance.random() < 0.3:
        said["customer_id"] = str(chance.randint(0, 20))
        tokens.append(Token("customer_id", said["customer_id"].encode()))
    told = read(said)
    tokens += [Token(rule.type, rule.key(told).encode()) for rule in by if rule.key(told)]
    names = (
        {"family_name": f"~{FAMILY.index(said['family_name'])}"} if "family_name" in said else {}
    )
    return Evidence(f"r{number:03}", b"%03d" % number, tuple(tokens), told, names)


def words(evidence: Sequence[Evidence], chance: Random) -> tuple[Verdict, ...]:
    if len(evidence) < 4:
        return ()
    one, two, three, four = (item.record_id for item in chance.sample([*evidence], 4))
    return Verdict.together([one, two]), Verdict.apart([three], [four])


@settings(deadline=None)
@given(
    st.integers(0, 60),
    st.integers(0, 10**6),
    st.sampled_from([4, 12, 300]),
    st.booleans(),
    st.booleans(),
)
def test_everybody_at_once_is_who_they_are_one_by_one(
    size: int, seed: int, together: int, counted: bool, roofed: bool
) -> None:
    chance = Random(seed)  # noqa: S311 - people, not secrets
    by = rules(together, counted=counted, roofed=roofed)
    evidence = [person(number, chance, by.blocking) for number in range(size)]
    said = words(evidence, chance)
    shuffled = tuple(chance.sample(evidence, size))

    at_once = partition(Population(shuffled, by, BLOCKED, said))

    one_by_one = resolve(evidence, by, blocked=BLOCKED, verdicts=said)
    assert set(at_once.clusters) == set(one_by_one.clusters)
    assert set(at_once.refusals) == set(one_by_one.refusals)
    assert set(at_once.capped) == set(one_by_one.capped)
    assert set(at_once.reviews) == set(one_by_one.reviews)


def test_components_are_handed_out_as_a_whole_and_stages_are_told() -> None:
    chance, by = Random(7), default_rules()  # noqa: S311 - people, not secrets
    evidence = tuple(person(number, chance, by.blocking) for number in range(60))
    stages: list[str] = []

    with ThreadPoolExecutor(2) as pool:
        found = partition(Population(evidence, by), stages.append, pool.map, task=5)

    assert set(found.clusters) == set(resolve(evidence, by).clusters)
    assert stages == ["blocking", "comparing", "clustering"]


def test_nobody_is_nobody() -> None:
    found = partition(Population((), default_rules()))

    assert (found.clusters, found.refusals) == ((), ())
