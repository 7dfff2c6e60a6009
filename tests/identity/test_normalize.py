"""One spelling per identifier, and refusal of what identifies nobody."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.provisional import domains

from identity.normalize import PAPERS, Unusable, normalise


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("Ada.Byron+news@Example.org", "ada.byron+news@example.org"),
        ("  ada@example.org\n", "ada@example.org"),
        ("A.d.a+news@GoogleMail.com", "ada@gmail.com"),
        ("ada@Bücher.example.org", "ada@xn--bcher-kva.example.org"),
        ("ada@xn--bcher-kva.example.org", "ada@xn--bcher-kva.example.org"),
        ("JOSÉ@example.org", "josé@example.org"),
    ],
)
def test_an_email_has_one_match_key(raw: str, key: str) -> None:
    assert normalise("email", raw) == key


@pytest.mark.parametrize(
    ("raw", "region", "key"),
    [
        ("+1 (202) 555-0143", None, "+12025550143"),
        ("202-555-0143", "US", "+12025550143"),
        ("tel:+1-202-555-0143", None, "+12025550143"),
        ("\uff0b1 202 555 0143", None, "+12025550143"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 20 7946 0018", "US", "+442079460018"),
        ("00 44 20 7946 0018", "DE", "+442079460018"),
    ],
)
def test_a_phone_number_is_e164(raw: str, region: str | None, key: str) -> None:
    assert normalise("phone", raw, region=region) == key


@pytest.mark.parametrize(
    ("type_", "raw", "key"),
    [
        ("customer_id", " ab-0012 ", "AB-0012"),
        ("customer_id", "ab\u200b  \t12", "AB 12"),
        ("customer_id", "\uff21\uff22\uff11", "AB1"),
        ("customer_id", "007", "007"),
        (
            "device_id",
            "6D92078A-8246-4BA4-AE5B-76104861E7DC",
            "6d92078a-8246-4ba4-ae5b-76104861e7dc",
        ),
        ("device_id", "GA1.2.aBc", "GA1.2.aBc"),
        ("external_id", "xY 1", "xY 1"),
        ("loyalty_card", " 00 Kx ", "00 Kx"),
    ],
)
def test_ids_keep_what_tells_them_apart(type_: str, raw: str, key: str) -> None:
    assert normalise(type_, raw) == key


@pytest.mark.parametrize(
    ("type_", "raw", "reason"),
    [
        ("email", "   ", "empty"),
        ("customer_id", "", "empty"),
        ("customer_id", "\u200b\u200d", "empty"),
        ("email", "a" * 2000 + "@example.org", "too_long"),
        ("external_id", "a" * 300, "too_long"),
        ("external_id", "a\ud800b", "not_text"),
        ("email", "ada", "not_an_email"),
        ("email", "ada@example", "not_an_email"),
        ("email", "Ada <ada@example.org>", "not_an_email"),
        ("email", "+only@gmail.com", "not_an_email"),
        ("email", "No-Reply@example.org", "placeholder"),
        ("email", "none@gmail.com", "placeholder"),
        ("phone", "202 555 0143", "no_region"),
        ("phone", "0000000000", "placeholder"),
        ("phone", "call me", "no_region"),
        ("phone", "+999 1234 5678", "not_a_phone"),
        ("phone", "+1 202", "not_a_phone"),
        ("phone", "+1 202 555 0143 ext. 12", "extension"),
        ("customer_id", "n/a", "placeholder"),
        ("customer_id", "000-000", "placeholder"),
        ("customer_id", "--", "placeholder"),
        ("customer_id", "XXX", "placeholder"),
        ("customer_id", "Unknown", "placeholder"),
        ("device_id", "00000000-0000-0000-0000-000000000000", "placeholder"),
    ],
)
def test_what_identifies_nobody_is_refused(type_: str, raw: str, reason: str) -> None:
    with pytest.raises(Unusable) as refused:
        normalise(type_, raw)

    assert refused.value.reason == reason
    assert refused.value.type == type_


@pytest.mark.parametrize("region", ["GB", "XX"])
def test_a_number_that_cannot_exist_in_its_region_is_refused(region: str) -> None:
    with pytest.raises(Unusable) as refused:
        normalise("phone", "07700 900123", region=region)

    assert refused.value.reason == "not_a_phone"


@pytest.mark.parametrize(
    ("type_", "raw"), [("email", "canary bird@example.org"), ("phone", "+99 canary 1234567")]
)
def test_a_refusal_says_nothing_of_the_value(type_: str, raw: str) -> None:
    with pytest.raises(Unusable) as refused:
        normalise(type_, raw)

    seen: BaseException | None = refused.value
    while seen is not None:
        assert "canary" not in repr(seen)
        assert "1234567" not in repr(seen)
        seen = seen.__context__


TYPES = ["email", "phone", "customer_id", "device_id", "external_id"]
EMAILS = st.builds(
    "{}@{}".format, st.text(min_size=1, max_size=12), st.one_of(domains(), st.just("gmail.com"))
)


@given(st.sampled_from(TYPES), st.one_of(st.text(), EMAILS, st.from_regex(r"\+?[0-9 ]{6,14}")))
def test_normalising_twice_changes_nothing(type_: str, raw: str) -> None:
    try:
        once = normalise(type_, raw, region="US")
    except Unusable:
        return

    assert normalise(type_, once, region="US") == once


def test_every_character_that_changes_case_or_form_settles_at_once() -> None:
    for char in map(chr, range(sys.maxunicode + 1)):
        if char.upper() == unicodedata.normalize("NFKC", char) == char:
            continue
        try:
            once = normalise("customer_id", f"1{char}2")
        except Unusable:
            continue
        assert normalise("customer_id", once) == once


@pytest.mark.parametrize("type_", sorted(PAPERS))
def test_numbers_of_papers_are_letters_and_digits_of_their_state(type_: str) -> None:
    assert normalise(type_, "521-21-2123") == normalise(type_, " 521 212 123") == "521212123"
    assert normalise(type_, "c01x-00t47", region="de") == "DE:C01X00T47"
    assert normalise(type_, "DE:C01X00T47") == "DE:C01X00T47"
    assert normalise(type_, "12:34") == "1234"
