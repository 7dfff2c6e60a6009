"""Devices take visitors to the one person they lead to, and never join two known persons."""

from identity.explain import WhyNot, explain
from identity.resolver import resolve
from tests.identity.builders import RULES, cannot, kinds, must, person, persons, record


def one(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_a_visitor_goes_to_the_person_the_device_leads_to() -> None:
    evidence = [record("a", "email:x", "device_id:d"), record("v", "device_id:d")]

    partition = resolve(evidence, RULES)

    assert persons(partition) == {one("a", "v")}
    assert kinds(partition)["v"] == "probabilistic"
    told = explain(evidence, RULES, "a", "v")
    assert [(term.name, term.level) for term in told.path[0].terms] == [("device_id", "attaches")]


def test_a_device_of_two_known_persons_says_nothing() -> None:
    evidence = [
        record("a", "email:x", "device_id:d"),
        person("b", "device_id:d", full_name="Anna Smith"),
        record("v", "device_id:d"),
        record("w", "device_id:d"),
    ]

    assert persons(resolve(evidence, RULES)) == {one(name) for name in "abvw"}
    reasons = explain(evidence, RULES, "a", "b").reasons
    assert WhyNot.SHARED_DEVICE in {reason.code for reason in reasons}


def test_two_records_of_one_known_person_are_one_person_to_a_device() -> None:
    evidence = [
        record("a", "email:x", "device_id:d"),
        record("b", "email:x", "device_id:d"),
        record("v", "device_id:d"),
    ]

    assert persons(resolve(evidence, RULES)) == {one("a", "b", "v")}


def test_visitors_of_one_device_are_one_visitor() -> None:
    assert persons(resolve([record("v", "device_id:d"), record("w", "device_id:d")], RULES)) == {
        one("v", "w")
    }


def test_a_visitor_leads_another_one_to_the_person() -> None:
    evidence = [
        record("a", "email:x", "device_id:d"),
        record("v", "device_id:d", "device_id:e"),
        record("w", "device_id:e"),
    ]

    assert persons(resolve(evidence, RULES)) == {one("a", "v", "w")}


def test_visitors_whose_devices_lead_to_two_persons_stay_by_themselves() -> None:
    evidence = [
        record("a", "email:x", "device_id:d"),
        record("b", "email:y", "device_id:e"),
        record("v", "device_id:d", "device_id:e"),
    ]

    assert persons(resolve(evidence, RULES)) == {one("a"), one("b"), one("v")}


def test_verdicts_bind_devices_too() -> None:
    evidence = [record("a", "email:x", "device_id:d"), record("v", "device_id:d")]

    assert len(persons(resolve(evidence, RULES, verdicts=[cannot("a", "v")]))) == 2
    judged = resolve([*evidence, record("b", "email:y")], RULES, verdicts=[must("b", "v")])
    assert persons(judged) == {one("a"), one("b", "v")}
