"""The one spelling of JSON that is hashed: evidence written years ago must still verify."""

import json

from hypothesis import given
from hypothesis import strategies as st

from newsletter.columns import canonical

WORDS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
)


@given(VALUES)
def test_canonical_json_is_spelled_as_the_standard_library_spells_it(value: object) -> None:
    spelled = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    assert canonical(value) == spelled
