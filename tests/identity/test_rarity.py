"""How much more it says that two share a rare value, and when it says nothing more."""

from dataclasses import replace

from identity.blocking import block
from identity.evidence import Evidence
from identity.features import read
from identity.frequencies import Frequencies
from identity.scoring import Scorer
from tests.identity.builders import RULES, token


def test_a_shared_value_that_is_not_the_one_compared_is_taken_for_a_usual_one() -> None:
    counted = replace(RULES, frequencies={"email": Frequencies(1000, 2, {"a@example.org": 400})})
    both = [
        Evidence(name, name.encode(), (token("email:shared"),), read({"email": f"{name}@x.org"}))
        for name in "ab"
    ]
    blocks = block(both, RULES, blocked=frozenset(), generic=frozenset(), verdicts=())

    found = Scorer(blocks, counted).between(0, 1)

    assert found == Scorer(blocks, RULES).between(0, 1)
    assert found.total > 0
