"""Dates that one column writes in several ways."""

import pytest

from cdp.mapping import InvalidMapping, Mapping, apply
from cdp.mapping.facts import Problem

FORMS = ["%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d"]


def birth(format_: object) -> Mapping:
    return Mapping.parse({"fields": {"dob": {"attribute": "birth_date", "format": format_}}})


@pytest.mark.parametrize(
    ("written", "meant"),
    [("10/27/1976", "1976-10-27"), ("10/27/76", "1976-10-27"), ("1976-10-27", "1976-10-27")],
)
def test_a_date_is_read_in_the_first_format_that_fits(written: str, meant: str) -> None:
    facts = apply(birth(FORMS), {"dob": written})

    assert [item.value for item in facts.attributes] == [meant]


def test_a_date_that_no_format_reads_is_a_problem() -> None:
    facts = apply(birth(FORMS), {"dob": "27.10.1976"})

    assert facts.attributes == ()
    assert facts.problems == (Problem("dob", "bad_date"),)


def test_the_order_of_formats_decides_what_can_be_read_in_two_ways() -> None:
    first = apply(birth(["%d/%m/%Y", "%m/%d/%Y"]), {"dob": "03/04/1980"})
    second = apply(birth(["%m/%d/%Y", "%d/%m/%Y"]), {"dob": "03/04/1980"})

    assert [item.value for item in first.attributes] == ["1980-04-03"]
    assert [item.value for item in second.attributes] == ["1980-03-04"]


@pytest.mark.parametrize("wrong", [["%d.%m.%Y", 7], ["unix"], "%Q", [["%Y"]]])
def test_a_format_that_is_none_is_refused_by_its_path(wrong: object) -> None:
    with pytest.raises(InvalidMapping, match=r"fields\.dob\.format"):
        birth(wrong)
