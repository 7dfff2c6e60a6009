"""The state of one record: what a yes needs, what a no covers, who undoes it, what ends it."""

from datetime import timedelta
from typing import Any

import pytest

from consent.events import ConsentFact
from tests.consent.builders import NOW, answer, ask, days, document, fact, on, policy, reason

N0 = {
    "n1": {},
    "n0": {"superseded_materially_at": "2026-06-01T00:00:00Z", "material_for": ["marketing"]},
}


def test_asked_and_deferred_are_no_record() -> None:
    assert reason(fact("asked")) == reason(fact("deferred")) == "NO_RECORD"


def test_restored_is_kept_as_evidence_and_decides_nothing() -> None:
    assert reason(fact("withdrawn"), fact("restored", "04-01")) == "WITHDRAWN"
    assert reason(fact("restored")) == "NO_RECORD"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"notice": None}, "NOTICE_MISSING"),
        ({"notice": "n9"}, "NOTICE_MISSING"),
        ({"rank": 1}, "NO_EVIDENCE"),
        ({"rank": 0}, "NO_EVIDENCE"),
        ({"rank": 0, "evidence": True}, "BASIS_CONSENT"),
        ({"flags": ("preticked",)}, "NOT_UNAMBIGUOUS"),
        ({"ctype": "implied"}, "NOT_UNAMBIGUOUS"),
        ({"purposes": ("*",)}, "NO_RECORD"),
        ({"purposes": ("marketing",)}, "NO_RECORD"),
        ({"brand": "A"}, "NO_RECORD"),
        ({"contact": "ref-9"}, "NO_RECORD"),
        ({"channels": ("sms",)}, "NO_RECORD"),
        ({"type_": "opted_in"}, "BASIS_CONSENT"),
    ],
)
def test_a_yes_counts_only_with_all_it_needs(changes: dict[str, Any], expected: str) -> None:
    assert reason(fact(**changes)) == expected


def test_a_defective_yes_does_not_spoil_one_before() -> None:
    assert reason(fact(), fact(at="04-01", rank=0)) == "BASIS_CONSENT"


def test_special_categories_and_tightened_cells_ask_explicit_consent() -> None:
    tight = document()["matrix"]
    tight["offers"] = {"EU": "explicit"}

    assert reason(fact(), of=policy(matrix=tight)) == "NOT_EXPLICIT"
    assert reason(fact(ctype="explicit"), of=policy(matrix=tight)) == "BASIS_CONSENT"


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("refused", "REFUSED"),
        ("withdrawn", "WITHDRAWN"),
        ("objected", "OBJECTED"),
        ("opted_out", "OPTED_OUT"),
        ("terminated", "TERMINATED"),
        ("invalidated", "INVALIDATED"),
    ],
)
@pytest.mark.parametrize(
    "purposes", [("offers",), ("marketing",), ("*",), ("newsletter", "offers")]
)
def test_a_no_of_any_rank_stops_its_purpose_and_all_below(
    type_: str, expected: str, purposes: tuple[str, ...]
) -> None:
    no = fact(type_, "04-01", purposes=purposes, rank=0, notice=None)

    assert reason(fact(), no) == expected
    assert answer(fact(), no).decisive == (no.id,)
    assert reason(no, regimes=("US-CA",)) == expected


def test_a_no_to_a_child_leaves_its_parent_and_siblings() -> None:
    assert reason(fact(), fact("withdrawn", "04-01", purposes=("newsletter",))) == "BASIS_CONSENT"


def test_a_no_to_another_contact_channel_or_brand_is_not_about_this() -> None:
    for narrow in ({"contact": "ref-9"}, {"channels": ("sms",)}, {"brand": "B"}):
        no = fact("withdrawn", "04-01", **narrow)

        assert reason(fact(), no, asked=ask(brand="A", contact="ref-1")) == "BASIS_CONSENT"


def test_an_ask_that_names_no_brand_is_about_every_brand() -> None:
    assert reason(fact(), fact("withdrawn", "04-01", brand="B")) == "WITHDRAWN"
    assert reason(fact(brand="B")) == "NO_RECORD"


def test_a_later_narrow_yes_beats_an_earlier_broad_no_in_its_scope_alone() -> None:
    facts = (fact("withdrawn", purposes=("*",)), fact(at="04-01", channels=("email",)))

    assert reason(*facts) == "BASIS_CONSENT"
    assert reason(*facts, asked=ask(channel="sms")) == "WITHDRAWN"
    assert reason(*facts, asked=ask("newsletter")) == "WITHDRAWN"


def test_naming_every_channel_is_naming_all() -> None:
    every = ("email", "sms", "phone", "push", "post", "inapp", "web", "chat")

    assert (
        reason(fact(), fact("withdrawn", "04-01", channels=every), asked=ask(channel=None))
        == "WITHDRAWN"
    )
    assert (
        reason(fact(), fact("withdrawn", "04-01", channels=("sms",)), asked=ask(channel=None))
        == "BASIS_CONSENT"
    )


SECURITY = policy(lia={"security": "L1"})


@pytest.mark.parametrize(
    ("no", "expected"),
    [
        (fact("withdrawn", purposes=("*",)), "BASIS_LI"),
        (fact("objected", purposes=("*",)), "BASIS_LI"),
        (fact("withdrawn", purposes=("security",)), "BASIS_LI"),
        (fact("objected", purposes=("security",)), "OBJECTED"),
        (fact("terminated", purposes=("security",)), "TERMINATED"),
    ],
)
def test_only_an_objection_by_name_or_an_officer_stops_security(
    no: ConsentFact, expected: str
) -> None:
    assert reason(no, of=SECURITY, asked=ask("security", None)) == expected


def test_a_signal_stops_sale_and_nothing_else() -> None:
    signal = fact("signal_gpc", purposes=("*",), rank=3)

    assert reason(signal, asked=ask("partner_share", None), regimes=("US-CA",)) == "GPC_OPT_OUT"
    assert reason(signal, regimes=("US-CA",)) == "BASIS_OPTOUT"


# --- order


def test_a_yes_counts_from_when_it_was_said_but_never_from_the_future() -> None:
    ahead = fact(at="12-30", received=on("03-01"))

    assert reason(ahead, fact("withdrawn", "04-01")) == "WITHDRAWN"
    assert reason(fact("withdrawn", "04-01"), fact(at="03-01", received=on("05-01"))) == "WITHDRAWN"


def test_a_no_counts_from_when_it_was_received_unless_its_evidence_carries_its_time() -> None:
    late: dict[str, Any] = {"at": "02-01", "received": on("05-01"), "rank": 1}

    assert reason(fact(), fact("withdrawn", evidence=True, **late)) == "BASIS_CONSENT"
    assert reason(fact(), fact("withdrawn", **late)) == "WITHDRAWN"
    assert reason(fact(), fact("withdrawn", **{**late, "rank": 2}, evidence=True)) == "WITHDRAWN"


def test_a_signal_always_counts_from_when_it_was_received() -> None:
    signal = fact(
        "signal_gpc", "02-01", purposes=("*",), rank=0, evidence=True, received=on("05-01")
    )
    yes = fact(purposes=("partner_share",), flags=("gpc_ack",))

    assert (
        reason(yes, signal, asked=ask("partner_share", None), regimes=("US-CA",)) == "GPC_OPT_OUT"
    )


def test_at_the_same_instant_the_no_wins() -> None:
    assert reason(fact("withdrawn"), fact()) == reason(fact(), fact("withdrawn")) == "WITHDRAWN"


# --- the ratchet


@pytest.mark.parametrize("no", ["refused", "withdrawn", "objected", "opted_out"])
@pytest.mark.parametrize("rank", range(6))
def test_only_the_person_undoes_a_no(no: str, rank: int) -> None:
    undone = answer(fact(no), fact(at="04-01", rank=rank, evidence=True))

    assert bool(undone) == (rank >= 4)


@pytest.mark.parametrize("no", ["invalidated", "terminated"])
@pytest.mark.parametrize("rank", range(6))
def test_what_an_officer_ended_a_form_may_begin_again(no: str, rank: int) -> None:
    assert bool(answer(fact(no), fact(at="04-01", rank=rank, evidence=True))) == (rank >= 3)


def test_every_no_has_to_be_undone() -> None:
    facts = (fact("withdrawn", "01-01"), fact("terminated", "02-01"), fact(rank=3))

    assert reason(*facts) == "WITHDRAWN"
    assert reason(*facts, fact(at="04-01", rank=4)) == "BASIS_CONSENT"


def test_a_yes_that_undid_nothing_does_not_come_back_when_another_expires() -> None:
    facts = (
        fact("withdrawn", "01-01"),
        fact(at="02-01", rank=2),
        fact(at="03-01", rank=5, until=on("04-01")),
    )

    assert reason(*facts) == "EXPIRED"


def test_a_link_sent_before_the_no_is_void() -> None:
    no = fact("withdrawn", "03-01")
    late: dict[str, Any] = {"at": "03-02", "rank": 4}

    assert reason(no, fact("confirmed", pending_at=on("02-28"), **late)) == "WITHDRAWN"
    assert reason(no, fact(pending_at=on("03-01"), **late)) == "WITHDRAWN"
    assert reason(no, fact(pending_at=no.key + timedelta(minutes=1), **late)) == "BASIS_CONSENT"
    assert reason(fact("pending", "02-28"), no, fact("confirmed", **late)) == "WITHDRAWN"


def test_an_implied_yes_and_a_renewal_undo_nothing() -> None:
    implied = fact(at="04-01", ctype="implied", until=on("12-01"))

    assert reason(fact("withdrawn"), implied, regimes=("CA",)) == "WITHDRAWN"
    assert reason(fact("withdrawn"), fact("renewed", "04-01")) == "WITHDRAWN"


@pytest.mark.parametrize("no", ["opted_out", "signal_gpc"])
def test_a_prompt_may_undo_an_opt_out_only_after_twelve_months(no: str) -> None:
    share: dict[str, Any] = {"purposes": ("partner_share",)}
    out = fact(no, on("03-01").replace(year=2025), **share)
    flags = ("prompted", "gpc_ack")
    asked: dict[str, Any] = {"asked": ask("partner_share", None), "regimes": ("US-CA",)}

    early = fact(at="02-28", flags=flags, **share)
    assert not answer(out, early, **asked)
    assert answer(out, fact(at="03-01", flags=flags, **share), **asked)
    assert answer(out, fact(at="02-28", flags=("gpc_ack",), **share), **asked)


def test_after_a_signal_the_person_must_have_seen_the_conflict() -> None:
    signal = fact("signal_gpc", purposes=("*",), rank=3)
    yes = fact(at="04-01", purposes=("partner_share",))
    asked: dict[str, Any] = {"asked": ask("partner_share", None), "regimes": ("US-CA",)}

    assert reason(signal, yes, **asked) == "GPC_OPT_OUT"


# --- double opt-in

DOI = policy(doi_channels=["email"])


def test_where_it_is_asked_for_a_form_alone_is_pending() -> None:
    form = fact(rank=3)

    assert reason(form, of=DOI) == reason(fact("pending", rank=3), of=DOI) == "DOI_PENDING"
    assert reason(form, of=DOI, asked=ask(channel="push")) == "BASIS_CONSENT"
    assert reason(fact(rank=4), of=DOI) == "BASIS_CONSENT"


def test_a_confirmation_by_link_within_72_hours_is_a_yes_to_what_was_signed_up_for() -> None:
    pending = fact("pending", rank=3)
    after = pending.key + timedelta(hours=72)

    def confirmed(**changes: Any) -> str:
        return reason(pending, fact("confirmed", **({"rank": 4, "notice": None} | changes)), of=DOI)

    assert confirmed(at=after) == "BASIS_CONSENT"
    assert confirmed(at=after + timedelta(minutes=1)) == "DOI_PENDING"
    assert confirmed(at=after + days(9), pending_at=after) == "DOI_PENDING"
    assert confirmed(at=after, rank=3) == "DOI_PENDING"
    assert reason(fact("confirmed", rank=4, notice=None)) == "NOTICE_MISSING"


def test_a_form_counts_as_what_is_confirmed() -> None:
    assert reason(fact(rank=3), fact("confirmed", "03-02", rank=4, notice=None), of=DOI) == (
        "BASIS_CONSENT"
    )


def test_a_new_sign_up_after_a_yes_that_ended_is_pending() -> None:
    ended = fact(at="01-01", until=on("02-01"))

    assert reason(ended, fact("pending"), of=DOI) == "DOI_PENDING"
    assert reason(fact("pending", "01-01"), fact(at="01-02", until=on("02-01"))) == "EXPIRED"


# --- what ends a yes


def test_a_yes_ends_with_its_own_end_its_age_or_its_notice() -> None:
    old = policy(max_age_days=30)
    superseded = policy(notices=N0)

    assert reason(fact(until=NOW)) == "EXPIRED"
    assert reason(fact(until=NOW + days(1))) == "BASIS_CONSENT"
    assert reason(fact(at=NOW - days(30)), of=old) == "EXPIRED"
    assert reason(fact(at=NOW - days(29)), of=old) == "BASIS_CONSENT"
    assert reason(fact(notice="n0"), of=superseded) == "NOTICE_SUPERSEDED"
    assert reason(fact(notice="n0", until=on("04-01")), of=superseded) == "EXPIRED"
    assert (
        reason(fact(notice="n0"), asked=ask("offers", None, now=on("05-01")), of=superseded)
        == "BASIS_CONSENT"
    )


def test_a_purpose_may_have_an_age_of_its_own() -> None:
    tree = document()["purposes"]
    tree["offers"] = {**tree["offers"], "max_age_days": 10}

    assert reason(fact(), of=policy(purposes=tree)) == "EXPIRED"


def test_any_yes_in_force_will_do() -> None:
    assert reason(fact(), fact(at="04-01", until=on("05-01"))) == "BASIS_CONSENT"


def test_an_implied_yes_lasts_six_months_and_with_an_end_24_at_most() -> None:
    def implied(at: str, **changes: Any) -> str:
        return reason(fact(at=at, ctype="implied", **changes), regimes=("CA",))

    far = NOW + days(5000)
    assert implied("05-22") == "BASIS_CONSENT"
    assert implied("05-21") == "EXPIRED"
    assert implied("01-01", until=far) == "BASIS_CONSENT"
    two_years = fact(at=on("11-21").replace(year=2024), ctype="implied", until=far)
    assert reason(two_years, regimes=("CA",), of=policy(max_age_days=9000)) == "EXPIRED"


@pytest.mark.parametrize("regimes", [("EU",), ("UK",), ("CH",), (), ("CA", "EU")])
def test_an_implied_yes_is_none_where_consent_must_be_unambiguous(regimes: tuple[str, ...]) -> None:
    implied = fact(ctype="implied", until=NOW + days(9))

    assert reason(implied, regimes=regimes) == "NOT_UNAMBIGUOUS"
    assert reason(implied, regimes=("CA",)) == "BASIS_CONSENT"
    assert reason(implied, regimes=("US",), asked=ask(channel="sms")) == "BASIS_CONSENT"


def test_the_sweepers_event_ends_the_yeses_before_it() -> None:
    assert reason(fact(), fact("expired", "04-01")) == "EXPIRED"
    assert reason(fact(until=on("03-15")), fact("expired", "04-01")) == "EXPIRED"
    assert reason(fact(), fact("expired", "04-01"), fact(at="05-01")) == "BASIS_CONSENT"


# --- renewal


def test_a_renewal_lengthens_a_yes_that_is_in_force() -> None:
    first = fact(until=on("06-01"), rank=4)

    assert reason(first, fact("renewed", "05-01")) == "BASIS_CONSENT"
    assert reason(first, fact("renewed", "05-01", notice=None)) == "BASIS_CONSENT"
    assert reason(first, fact("renewed", "05-01", until=on("07-01"))) == "EXPIRED"
    assert reason(first, fact("renewed", "07-01")) == "EXPIRED"


def test_a_renewal_needs_the_rank_of_what_it_renews_and_something_to_renew() -> None:
    first = fact(until=on("06-01"), rank=4)

    assert reason(first, fact("renewed", "05-01", rank=3)) == "EXPIRED"
    assert reason(fact(until=on("06-01"), rank=2), fact("renewed", "05-01", rank=2)) == "EXPIRED"
    assert reason(fact("renewed")) == "NO_RECORD"
