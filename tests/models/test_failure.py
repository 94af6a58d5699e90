from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import ModelError
from flowforge.orchestrator.models import failure


class Refusal(Exception):
    def __init__(self, message: str, status: int, **headers: str) -> None:
        super().__init__(message)
        self.status_code = status
        self.litellm_response_headers = {"content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }


def mapped(error: BaseException) -> ModelError:
    return failure.model_error(error, model="gpt-4o", provider="openai")


def test_an_empty_account_is_not_retried() -> None:
    error = mapped(Refusal("You exceeded your current quota, insufficient_quota", 429))
    assert (error.kind, error.retryable) == ("quota_exhausted", False)


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(SYSTEM_CLOCK.now() + timedelta(seconds=90))
    after = mapped(Refusal("slow down", 429, retry_after=date)).retry_after
    assert after is not None
    assert 85 < after <= 90


@pytest.mark.parametrize(
    ("headers", "after"), [({"retry_after_ms": "1500"}, 1.5), ({"retry_after": "soon"}, None), ({"retry_after": "999999"}, 86400.0)]
)
def test_retry_after_is_read_and_bounded(headers: dict[str, str], after: float | None) -> None:
    assert mapped(Refusal("slow down", 429, **headers)).retry_after == after


def test_a_refused_request_carries_no_wait() -> None:
    assert mapped(Refusal("no", 400, retry_after="5")).retry_after is None


def test_a_long_message_becomes_one_short_line() -> None:
    error = mapped(Refusal("litellm.BadRequestError: OpenAIException - " + "no\n" * 1000, 400))
    assert len(str(error)) < 400
    assert "\n" not in str(error)


def test_what_is_mapped_already_stays_as_it_is() -> None:
    error = failure.cut_stream("gpt-4o", "openai")
    assert mapped(error) is error
