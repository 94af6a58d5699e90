from __future__ import annotations

import io

import pytest

from flowforge.cli.scripted_model import chosen_providers, scripted_model_unless_chosen
from flowforge.cli.terminal import Terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "no_colour", "coloured"), [(Screen(), "", True), (Screen(), "1", False), (io.StringIO(), "", False)])
def test_colour_is_for_screens_and_for_those_who_did_not_refuse_it(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, no_colour: str, coloured: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_colour)
    monkeypatch.setenv("TERM", "xterm")
    assert ("\x1b[" in Terminal().paint("red", "red", stream=stream)) is coloured


def test_a_head_is_for_people_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, lines in ((Screen(), 2), (io.StringIO(), 1)):
        monkeypatch.setattr("sys.stdout", stream)
        Terminal().table([["a", "b"]], ["one", "two"])
        assert len(stream.getvalue().splitlines()) == lines


def test_without_a_key_the_scripted_model_answers_and_leaves_no_trace() -> None:
    environment = {"PATH": "/bin", "HTTP_PROXY": "http://proxy:3128"}
    with scripted_model_unless_chosen(environment) as told:
        assert told.startswith("scripted model")
        assert environment["OPENAI_BASE_URL"].startswith("http://127.0.0.1:")
        assert "127.0.0.1" in environment["NO_PROXY"]
    assert environment == {"PATH": "/bin", "HTTP_PROXY": "http://proxy:3128"}


def test_whoever_chose_a_provider_keeps_it() -> None:
    environment = {"ANTHROPIC_API_KEY": "sk-1"}
    with scripted_model_unless_chosen(environment) as told:
        assert told == "ANTHROPIC_API_KEY is set"
        assert chosen_providers(environment) == ["ANTHROPIC_API_KEY"]
    assert environment == {"ANTHROPIC_API_KEY": "sk-1"}
