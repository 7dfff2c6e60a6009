from cdp.outcomes.channels import preferred_channels
from cdp.outcomes.knowledge import SERVICE_FACTS, facts, knowledge, value
from cdp.outcomes.state import State, fold
from cdp.outcomes.trail import read_trail
from tests.outcomes.builders import ADA, NOW, ago, event, record


def state() -> State:
    return fold(
        "service",
        [
            record(
                event("preference.declared", ago(days=400), key="language", value="de"),
                event(
                    "preference.declared",
                    ago(days=3),
                    key="preferred_channel",
                    value="chat",
                    topic="delivery",
                ),
                attributes=ADA,
            ),
            record(name="rec-shop", attributes={"given_name": "Adah"}, seen_at=ago(days=1)),
        ],
    )


def test_what_was_declared_beats_what_a_record_holds() -> None:
    (language,) = (
        claim
        for claim in knowledge(facts(state(), NOW), SERVICE_FACTS, NOW)
        if "language" in (claim.value or {})
    )

    assert language.value == {"language": "de"}
    assert language.status == "declared"
    assert [piece.document()["excerpt"] for piece in language.counter_evidence] == ["en"]


def test_the_newest_record_wins() -> None:
    name, *_ = knowledge(facts(state(), NOW), SERVICE_FACTS, NOW)

    assert (name.value, name.status) == ({"given_name": "Adah"}, "observed")
    assert value(facts(state(), NOW), "given_name") == "Adah"


def test_a_preference_holds_for_the_topic_it_was_declared_for() -> None:
    (channel,) = preferred_channels(facts(state(), NOW), read_trail(state()), NOW)

    assert channel.value == {"preferred_channel": "chat", "topic": "delivery"}


def test_what_nobody_said_is_absent() -> None:
    assert value(facts({}, NOW), "language") == ""
    assert knowledge(facts({}, NOW), SERVICE_FACTS, NOW) == ()
