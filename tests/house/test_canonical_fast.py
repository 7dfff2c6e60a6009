"""Canonical JSON has a fast way and a careful way; both write the same bytes."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.canonical import canonical

TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(
            '"\\\n\r\t\b\f\x00\x1f\x7f/<>=ne\u0301\u0338\u0303\u00e9\u2028\ufeff\ud7a3'
        ),
    ),
    max_size=8,
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)


def carefully(value: object) -> bytes:
    """By the definition: NFC in every text, keys sorted, no spaces, UTF-8."""

    def normal(item: object) -> object:
        if isinstance(item, str):
            return unicodedata.normalize("NFC", item)
        if isinstance(item, dict):
            return {normal(key): normal(one) for key, one in item.items()}
        return [normal(one) for one in item] if isinstance(item, list) else item

    return json.dumps(
        normal(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


@given(JSON)
def test_the_bytes_are_those_of_the_definition(value: object) -> None:
    assert canonical(value) == carefully(value)


@pytest.mark.parametrize("value", [1.5, {"a": [0.0]}, float("nan"), object(), {"a": {1, 2}}])
def test_what_has_no_one_spelling_is_refused_wherever_it_is(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_numbers_beyond_64_bits_and_keys_that_only_differ_before_nfc_are_written_too() -> None:
    assert canonical({"n": 1 << 80, "é": 1}) == b'{"n":%d,"\xc3\xa9":1}' % (1 << 80)
    assert canonical({"e\u0301": 1}) == '{"é":1}'.encode()
