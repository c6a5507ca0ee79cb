"""Profiles, read by a real process of their own."""

import json
import sys

import pytest

from personadesk.formats.ready_profiles import read_head, read_ready
from personadesk.providers.profile_reader.process import ProfileProcesses
from tests.bot_folder import fact, profile


def told(value: object) -> bytes:
    return json.dumps(value).encode()


FILES = [
    ("user_1.json", told(profile(1))),
    ("user_2.json", told(profile(2, facts=[fact("Sings — “ä”"), {"fact": 7}, "plain"], affection=41))),
    ("user_3.json", told(profile(3, username="\ud83d", memorable_quotes=None, interaction_count=2**60))),
    ("user_4.json", b'{"user_id": 4, "facts": ['),
    ("user_\udcff.json", told([1, 2])),
    ("user_6.json", told(profile(6, interests=[], traits=[], facts=[], relationships={}, preferences={}))),
    ("user_7.json", b"\xff\xfe" + json.dumps(profile(7)).encode("utf-16-le")),
]


def as_lists(value: object) -> object:
    return [as_lists(item) for item in value] if isinstance(value, list | tuple) else value


def test_a_process_says_of_many_files_what_is_read_of_each_here() -> None:
    with ProfileProcesses().started() as process:
        ready, heads = process.ready(FILES), process.heads(FILES * 40)

        assert as_lists(ready.result()) == as_lists([read_ready(content, name) for name, content in FILES])
        assert as_lists(heads.result()) == as_lists([read_head(content, name) for name, content in FILES * 40])
    assert [said is None for said in ready.result()] == [
        name in ("user_4.json", "user_\udcff.json") for name, _ in FILES
    ]


@pytest.mark.parametrize(
    "command",
    [(sys.executable, "-c", ""), (sys.executable, "-c", "print('x' * 99)"), ("/no/such/program",)],
    ids=["it ends", "it says something else", "it is not there"],
)
def test_of_a_process_that_is_gone_nothing_is_known(command: tuple[str, ...]) -> None:
    with ProfileProcesses(command=command).started() as process:
        assert process.ready(FILES).result() == [None] * len(FILES)
        assert process.heads(FILES).result() == [None] * len(FILES)


def test_an_order_that_nobody_waits_for_is_given_up_at_the_end() -> None:
    with ProfileProcesses(command=(sys.executable, "-c", "input(); input()")).started() as process:
        orders = [process.ready(FILES) for _ in range(3)]

    assert all(order.cancelled() or order.result() == [None] * len(FILES) for order in orders)
