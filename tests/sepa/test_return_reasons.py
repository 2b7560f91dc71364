import pytest

from app.sepa.return_reasons import REASONS, STEPS, reason_of


@pytest.mark.parametrize(
    ("code", "step", "may_retry", "blocks"),
    [
        ("AM04", "retry", True, False),
        ("MS03", "retry", True, False),
        ("AC01", "ask_account", False, True),
        ("AC04", "ask_account", False, True),
        ("AC06", "block_mandate", False, True),
        ("MD01", "revoke_mandate", False, True),
        ("MD06", "ask_to_pay", False, False),
        ("MD07", "stop_contact", False, True),
        ("SL01", "ask_to_pay", False, False),
        ("AM05", "repair", False, False),
    ],
)
def test_what_to_do_next(code, step, may_retry, blocks):
    reason = reason_of(code)
    assert (reason.step, reason.may_retry, reason.blocks_mandate) == (step, may_retry, blocks)


def test_a_code_we_do_not_know_goes_to_a_person():
    assert reason_of("ZZ99").step == "by_hand"
    assert "ZZ99" in reason_of("ZZ99").meaning
    assert reason_of("").step == "by_hand"


def test_every_reason_has_a_step_and_a_sentence():
    for reason in REASONS.values():
        assert reason.step in STEPS
        assert reason.advice.endswith(".")
