"""A sandbox that the proof tests share."""

from __future__ import annotations

import pytest

from flowforge.sandbox.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()
