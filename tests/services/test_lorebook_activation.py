"""Activation: which entries are told, in which order and place, and why the others are not."""

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.chat import ChatRole
from personadesk.domain.lorebook import Lorebook, LoreEntry, LorePosition, SelectiveLogic
from personadesk.services.lorebook import Activation, Cause, LoreLine, LoreSettings, LoreState, Reason, activate
from personadesk.services.macros import MacroValues

REGEX_MS = 3_000


class Dice(Random):
    """Gives out the numbers it was given, the last one for ever."""

    def __init__(self, *numbers: float) -> None:
        super().__init__()
        self._numbers = list(numbers)

    def random(self) -> float:
        return self._numbers.pop(0) if len(self._numbers) > 1 else self._numbers[0]


def entry(uid: str = "0", *keys: str, content: str = "", **fields: Any) -> LoreEntry:
    return LoreEntry(uid, keys=keys, content=content or f"Text {uid}.", **fields)


def tell(
    entries: Sequence[LoreEntry] | Lorebook,
    texts: Sequence[str] = ("x",),
    *,
    settings: LoreSettings | None = None,
    state: LoreState | None = None,
    random: Random | None = None,
) -> Activation:
    """Texts are messages, oldest first; every second one, the newest not, is the persona's.

    The patterns' time is short for a program and not for a test: a full collection of garbage takes as long.
    """
    settings = settings or LoreSettings(include_names=False)
    book = entries if isinstance(entries, Lorebook) else Lorebook("B", entries=tuple(entries))
    lines = [
        LoreLine(text, from_persona=(len(texts) - number) % 2 == 0, name="Luna" if number % 2 else "Kim")
        for number, text in enumerate(texts)
    ]
    return activate(
        [book],
        lines,
        settings=replace(settings, regex_ms=REGEX_MS),
        state=state or LoreState(),
        random=random or Dice(0.5),
        count_tokens=lambda texts: [len(text.split()) for text in texts],
    )


def told(activation: Activation) -> list[str]:
    return [fired.entry.uid for fired in activation.fired]


def reasons(activation: Activation) -> dict[str, Reason]:
    return {idle.entry.uid: idle.reason for idle in activation.idle}


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "text", "fields", "found"),
        [
            ("sea", "The SEAside", {}, True),
            ("sea", "The SEAside", {"case_sensitive": True}, False),
            ("SEA", "The SEAside", {"case_sensitive": True}, True),
            ("sea", "The seaside", {"match_whole_words": True}, False),
            ("sea", "the Sea, of course", {"match_whole_words": True}, True),
            ("red sea", "a red sea!", {"match_whole_words": True}, True),
            ("red sea", "a red seal", {"match_whole_words": True}, False),
            ("c++", "I like C++ best", {"match_whole_words": True}, True),
            ("är", "Bär", {"match_whole_words": True}, False),
            ("Straße", "in der STRASSE", {}, True),
            ("海", "夜の海で", {"match_whole_words": True}, True),
            ("  sea ", "sea", {}, True),
            ("", "anything", {}, False),
            ("Mr. (Fox)", "mr. (fox) came", {}, True),
            ("{{char}}", "dear luna", {}, True),
            ("/wav(e|es)\\b/", "waves here", {}, True),
            ("/Wave/", "wave", {}, False),
            ("/Wave/i", "wave", {"case_sensitive": True}, True),
            ("/^second/", "first\nsecond", {}, True),
            ("/a.b/", "a\nb", {}, False),
            ("/a.b/s", "a\nb", {}, True),
            ("/\\u0041b/", "Ab", {}, True),
            ("/and\\/or/", "this and/or that", {}, True),
            ("/a/b/", "look: /a/b/", {}, True),
            ("/(?<!no )sea/", "no sea", {}, False),
            ("/(?<!no )sea/", "the sea", {}, True),
            ("/(\\w)\\1/", "hello", {}, True),
            ("wav(e|es)", "WAVES", {"use_regex": True}, True),
            ("wav(e|es)", "waves", {}, False),
        ],
    )
    def test_a_key_is_found_as_it_says(self, key: str, text: str, fields: dict[str, Any], found: bool) -> None:
        settings = LoreSettings(include_names=False, macros=MacroValues("Luna", "Kim"))

        assert told(tell([entry("0", key, **fields)], [text], settings=settings)) == (["0"] if found else [])

    @pytest.mark.parametrize("key", ["/(/", "/[/i", "/(?=/", "/x{9999}/", "/(?P<a>x)(?P=b)/", "/" + "a" * 3000 + "/"])
    def test_an_invalid_pattern_is_no_match_and_named(self, key: str) -> None:
        activation = tell([entry("0", key)], ["(" + "a" * 4000])

        (idle,) = activation.idle
        assert (idle.reason, idle.detail) == (Reason.BAD_KEY, key)

    @pytest.mark.parametrize(
        "key",
        [
            "/(?=(a+)+$)b/",
            "/(a*)*\\1b$/",
            "/((a+)+)\\2c/",
            "/(a|b|ab)*c(?!d)/",
            "/.*a.{1000}b/",
            "/(x+x+)+y/",
            "/(?:a?){500}a{500}/",
        ],
    )
    def test_a_hostile_pattern_ends(self, key: str) -> None:
        tell([entry(str(number), key) for number in range(20)], ["ab" * 30_000 + "a" * 30_000])

    def test_secondary_keys_follow_their_logic(self) -> None:
        for logic, expected in {
            SelectiveLogic.AND_ANY: [False, True, True],
            SelectiveLogic.NOT_ALL: [True, True, False],
            SelectiveLogic.NOT_ANY: [True, False, False],
            SelectiveLogic.AND_ALL: [False, False, True],
        }.items():
            one = entry("0", "sea", secondary_keys=("salt", "foam"), logic=logic)

            assert [bool(told(tell([one], [text]))) for text in ("sea", "sea salt", "sea salt foam")] == expected

    def test_secondary_keys_count_where_they_are_selective(self) -> None:
        one = entry("0", "sea", secondary_keys=("salt",), selective=False)

        assert told(tell([one], ["sea"])) == ["0"]
        assert reasons(tell([entry("0", "sea", secondary_keys=("salt",))], ["sea"])) == {"0": Reason.SECONDARY}

    def test_the_key_and_its_message_are_told(self) -> None:
        activation = tell(Lorebook(scan_depth=9, entries=(entry("0", "fish", "SEA"),)), ["the sea", "x", "y"])

        why = activation.fired[0].why
        assert (why.cause, why.key, why.message) == (Cause.KEY, "SEA", 2)

    def test_scan_depth_is_the_entrys_then_the_books_then_the_programs(self) -> None:
        texts = ["four sea", "three", "two", "one"]

        def finds(book_depth: int | None, entry_depth: int | None, content: str = "") -> bool:
            one = entry("0", "sea", scan_depth=entry_depth, content=content)
            return bool(told(tell(Lorebook(scan_depth=book_depth, entries=(one,)), texts)))

        assert not finds(None, None)
        assert finds(4, None)
        assert not finds(4, 3)
        assert finds(1, 4)
        assert finds(1, 1, "@@scan_depth 4\nSalt.")
        assert not finds(0, None)

    def test_names_are_searched_where_they_are_included(self) -> None:
        one = entry("0", "kim:")

        assert told(tell([one], ["x"], settings=LoreSettings())) == ["0"]
        assert told(tell([one], ["x"])) == []

    def test_notes_in_a_message_are_not_searched(self) -> None:
        assert told(tell([entry("0", "foam")], ["sea{{// foam }}"])) == []

    @given(
        texts=st.lists(st.text("aAbß \n", max_size=12), min_size=1, max_size=4),
        keys=st.lists(st.text("aAbßS ", min_size=1, max_size=3), min_size=1, max_size=8),
        case=st.booleans(),
        whole=st.booleans(),
        depth=st.integers(0, 5),
    )
    def test_finding_many_at_once_is_finding_each(
        self, texts: list[str], keys: list[str], case: bool, whole: bool, depth: int
    ) -> None:
        def seen(key: str) -> bool:
            near = texts[len(texts) - min(depth, len(texts)) :]
            fold = str if case else str.casefold
            edge = r"\b" if whole else ""
            pattern = f"{edge}{re.escape(fold(key.strip()))}{edge}"
            return bool(key.strip()) and any(re.search(pattern, fold(text)) for text in near)

        entries = [
            entry(str(number), key, case_sensitive=case, match_whole_words=whole) for number, key in enumerate(keys)
        ]

        # Long enough for one pass over all keys.
        filler = entry("x", *(f"nothing {number}" for number in range(400)), enabled=False)
        padded = [text + "#" * 50_000 for text in texts]
        crowded = [f"{text} " + "".join(f"x{key.strip()}x" for key in keys) * 201 for text in texts]
        for lines in (texts, padded, *([crowded] if whole else [])):
            activation = tell(Lorebook(scan_depth=depth, entries=(*entries, filler)), lines)
            assert told(activation) == [str(number) for number, key in enumerate(keys) if seen(key)]

    @given(
        texts=st.lists(st.text("abA \n", max_size=12), min_size=1, max_size=4),
        depth=st.integers(1, 5),
        padding=st.sampled_from([0, 20_000, 60_000]),
    )
    def test_finding_many_patterns_at_once_is_finding_each(self, texts: list[str], depth: int, padding: int) -> None:
        patterns = ["ab+", "^b", "a$", "b\\b", "[Ab]a", "(a|b) (b|a)", "xyz", "aa"]
        entries = [entry(str(number), f"/{pattern}/") for number, pattern in enumerate(patterns)]
        padded = [text + "\n" + "#" * padding for text in texts]

        # Enough keys for one pass over all of them.
        filler = entry("x", *(f"nothing {number}" for number in range(400)), enabled=False)
        activation = tell(Lorebook(scan_depth=depth, entries=(*entries, filler)), padded)

        seen = {
            str(number): next((back for back, text in enumerate(padded[: -depth - 1 : -1]) if found(text)), None)
            for number, pattern in enumerate(patterns)
            for found in [re.compile(pattern, re.MULTILINE).search]
        }
        assert {fired.entry.uid: fired.why.message for fired in activation.fired} == {
            uid: back for uid, back in seen.items() if back is not None
        }


class TestChecks:
    def test_constant_entries_need_no_key(self) -> None:
        activation = tell([entry("0", constant=True)])

        assert activation.fired[0].why.cause is Cause.CONSTANT

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"enabled": False}, Reason.DISABLED),
            ({"content": " \n"}, Reason.EMPTY),
            ({"content": "@@activate\n\n"}, Reason.EMPTY),
            ({"delay": 2}, Reason.DELAY),
            ({"delay_until_recursion": 1}, Reason.NOT_BY_RECURSION),
            ({"content": "@@dont_activate\nSalt."}, Reason.DECORATOR),
            ({"probability": 0}, Reason.PROBABILITY),
        ],
    )
    def test_some_checks_come_before_a_constant(self, fields: dict[str, Any], reason: Reason) -> None:
        assert reasons(tell([entry("0", constant=True, **fields)])) == {"0": reason}

    def test_probability_is_rolled_only_where_it_is_used(self) -> None:
        for chance, roll, fires in [(50, 0.49, True), (50, 0.51, False), (100, 0.999, True), (0, 0.0, False)]:
            assert bool(told(tell([entry("0", "x", probability=chance)], random=Dice(roll)))) is fires
        assert told(tell([entry("0", "x", probability=0, use_probability=False)])) == ["0"]

    def test_an_entry_is_told_once(self) -> None:
        assert tell([entry("0", "x", "y")], ["x y x", "y"]).placed[0].text == "Text 0."


class TestDecorators:
    @pytest.mark.parametrize(
        ("lines", "replies", "fires"),
        [
            ("@@activate", 0, True),
            ("@@activate\n@@dont_activate", 0, True),
            ("@@dont_activate\n@@activate", 0, True),
            ("@@constantly 3", 0, False),
            ("@@constantly 3\n@@@activate", 0, True),
            ("@@constantly 3\n@@@and_more\n@@@activate", 0, True),
            ("@@scan_depth 1\n@@@activate", 0, False),
            ("@@scan_depth x\n@@@activate", 0, True),
            ("@@instruct_depth 3\n@@@activate", 0, True),
            ("@@@activate", 0, False),
            ("\n\n@@activate", 0, True),
            ("Not @@activate", 0, False),
        ],
    )
    def test_lines_before_the_text_decide(self, lines: str, replies: int, fires: bool) -> None:
        assert bool(told(tell([entry("0", "nowhere", content=f"{lines}\nSalt.")]))) is fires

    def test_they_are_not_told(self) -> None:
        activation = tell([entry("0", "x", content="\r\n@@depth 3\r\n@@unknown 5\r\n\r\nSalt.\n@@not one")])

        assert activation.fired[0].text == "Salt.\n@@not one"

    def test_the_first_of_a_name_holds(self) -> None:
        activation = tell([entry("0", "x", content="@@depth 3\n@@depth 5\n@@@role user\nSalt.")])

        assert (activation.fired[0].depth, activation.fired[0].role) == (3, ChatRole.SYSTEM)

    @pytest.mark.parametrize(
        ("line", "open_at"),
        [
            ("@@activate_only_after 2", [False, False, True, True]),
            ("@@activate_only_every 2", [True, False, True, False]),
            ("@@is_greeting 1", [True, True, True, True]),
            ("@@is_greeting 0", [False, False, False, False]),
        ],
    )
    def test_gates_count_the_personas_messages_and_know_the_greeting(self, line: str, open_at: list[bool]) -> None:
        one = entry("0", constant=True, content=f"{line}\nSalt.")
        fires = [
            bool(
                told(
                    tell([one], settings=LoreSettings(earlier=2 * replies, earlier_replies=replies, greeting=1)),
                )
            )
            for replies in range(4)
        ]

        assert fires == open_at
        assert told(tell([entry("0", constant=True, content="@@is_greeting 5\nSalt.")])) == ["0"]

    @pytest.mark.parametrize(
        ("content", "place"),
        [
            ("@@position before_desc\n@@depth 2\nS", (LorePosition.BEFORE_CHAR, 4, ChatRole.SYSTEM)),
            ("@@position elsewhere\n@@depth 2\nS", (LorePosition.AT_DEPTH, 2, ChatRole.SYSTEM)),
            ("@@depth -2\n@@role user\nS", (LorePosition.AT_DEPTH, 0, ChatRole.USER)),
            ("@@reverse_depth 1\nS", (LorePosition.AT_DEPTH, 2, ChatRole.SYSTEM)),
            ("@@role nobody\nS", (LorePosition.AFTER_CHAR, 4, ChatRole.SYSTEM)),
        ],
    )
    def test_they_say_where_it_goes(self, content: str, place: tuple[LorePosition, int, ChatRole]) -> None:
        (fired,) = tell([entry("0", "x", content=content)], ["a", "b", "x"]).fired

        assert (fired.position, fired.depth, fired.role) == place
        assert fired.text == "S"

    def test_additional_and_excluded_keys(self) -> None:
        one = entry("0", "sea", content="@@additional_keys salt, foam\n@@exclude_keys ship\nS")

        assert [bool(told(tell([one], [text]))) for text in ("sea", "sea foam", "sea foam ship")] == [
            False,
            True,
            False,
        ]

    def test_matched_before_can_keep_or_bar(self) -> None:
        keep = entry("k", "sea", content="@@keep_activate_after_match\nK")
        bar = entry("b", "sea", content="@@dont_activate_after_match\nB")

        first = tell([keep, bar], ["sea"])
        again = tell([keep, bar], ["sea", "x", "sea"], state=LoreState.from_json(first.state.to_json()))
        without_key = tell([keep, bar], ["sea", "x", "x", "x", "x"], state=first.state)
        same_message_again = tell([keep, bar], ["sea"], state=first.state)

        assert told(first) == ["k", "b"]
        assert told(again) == ["k"]
        assert told(without_key) == ["k"]
        assert told(same_message_again) == ["k", "b"]


class TestTime:
    def lengths_told(self, one: LoreEntry, messages: int, *, called_at: Sequence[int]) -> list[int]:
        """The lengths of a growing conversation at which an entry is told."""
        state, texts, seen = LoreState(), list[str](), []
        for length in range(1, messages + 1):
            texts.append("sea" if length in called_at else "x")
            activation = tell(Lorebook("B", scan_depth=1, entries=(one,)), texts, state=state)
            state = LoreState.from_json(activation.state.to_json())
            if activation.fired:
                seen.append(length)
        return seen

    def test_sticky_goes_on_for_so_many_messages(self) -> None:
        assert self.lengths_told(entry("0", "sea", sticky=3), 9, called_at=[2]) == [2, 3, 4]

    def test_sticky_is_not_prolonged_by_its_key(self) -> None:
        assert self.lengths_told(entry("0", "sea", sticky=3), 9, called_at=[2, 3]) == [2, 3, 4]

    def test_cooldown_keeps_it_away(self) -> None:
        assert self.lengths_told(entry("0", "sea", cooldown=3), 9, called_at=range(10)) == [1, 4, 7]

    def test_cooling_begins_when_sticking_ends(self) -> None:
        assert self.lengths_told(entry("0", "sea", sticky=2, cooldown=2), 9, called_at=range(10)) == [1, 2, 5, 6, 9]

    def test_delay_waits_for_the_conversation(self) -> None:
        assert self.lengths_told(entry("0", "sea", delay=4), 6, called_at=range(10)) == [4, 5, 6]

    def test_sticky_needs_no_luck_the_second_time(self) -> None:
        one = entry("0", "sea", sticky=3, probability=50)
        first = tell([one], ["sea"], random=Dice(0.1))

        second = tell([one], ["sea", "x", "x"][:2], state=first.state, random=Dice(0.9))

        assert second.fired[0].why.cause is Cause.STICKY

    def test_what_a_deleted_message_began_is_void(self) -> None:
        one = entry("0", "sea", sticky=9, cooldown=9)
        state = tell([one], ["a", "b", "sea"]).state

        for texts in (["a", "b"], ["a", "b", "x"]):
            activation = tell([one], texts, state=state)
            assert told(activation) == []
            assert activation.state.to_json() == {}
        assert told(tell([one], ["a", "b", "sea"], state=state)) == ["0"]

    @pytest.mark.parametrize("value", [None, [], {"sticky": 5}, {"sticky": {"a": [1]}, "cooldown": {"b": ["x", 2]}}])
    def test_a_state_that_makes_no_sense_is_none(self, value: object) -> None:
        assert LoreState.from_json(value).to_json() == {}


class TestRecursion:
    CHAIN = (
        entry("0", "sea", content="Where ships go."),
        entry("1", "ship", content="A ship has a captain."),
        entry("2", "captain", content="Captains drink rum."),
    )

    def chain(self, *entries: LoreEntry, recursive: bool = True, texts: Sequence[str] = ("sea",)) -> Activation:
        return tell(Lorebook("B", recursive_scanning=recursive, entries=entries), texts)

    def test_a_text_calls_further_entries(self) -> None:
        activation = self.chain(*self.CHAIN)

        assert told(activation) == ["0", "1", "2"]
        why = activation.fired[2].why
        assert (why.cause, why.key) == (Cause.RECURSION, "captain")
        assert why.source == self.CHAIN[1]
        assert told(self.chain(*self.CHAIN, recursive=False)) == ["0"]

    def test_entries_can_stay_out_of_it(self) -> None:
        one, two, three = self.CHAIN
        deaf = entry("1", "ship", content=two.content, exclude_recursion=True)
        mute = entry("1", "ship", content=two.content, prevent_recursion=True)

        assert told(self.chain(one, deaf, three)) == ["0"]
        assert told(self.chain(one, mute, three)) == ["0", "1"]
        assert told(self.chain(one, deaf, three, texts=["sea ship"])) == ["0", "1", "2"]

    def test_entries_can_wait_for_it(self) -> None:
        late = entry("9", "sea", delay_until_recursion=1)
        later = entry("8", "sea", delay_until_recursion=2)

        assert told(self.chain(*self.CHAIN[:2], late, later)) == ["0", "1", "9", "8"]
        assert told(self.chain(late)) == []

    def test_secondary_keys_may_stand_in_another_text(self) -> None:
        both = entry("9", "sea", secondary_keys=("captain",))

        assert told(self.chain(*self.CHAIN[:2], both)) == ["0", "1", "9"]

    def test_hidden_keys_are_found_and_not_told(self) -> None:
        hiding = entry("0", "sea", content="Salt.{{hidden_key:ship}}{{// captain}}")

        activation = self.chain(hiding, *self.CHAIN[1:])

        assert told(activation) == ["0", "1", "2"]
        assert activation.fired[0].text == "Salt."
        assert activation.fired[2].why.source == self.CHAIN[1]

    def test_a_long_chain_ends(self) -> None:
        entries = [entry(str(number), f"<{number}>", content=f"<{number + 1}>") for number in range(60)]

        assert len(told(self.chain(*entries, texts=["<0>"]))) == 21


class TestGroups:
    def test_one_of_a_group_is_told_by_weight(self) -> None:
        rivals = [entry(str(n), "x", group="g", group_weight=weight) for n, weight in enumerate((100, 0, 300))]

        for roll, winner in [(0.0, "0"), (0.24, "0"), (0.26, "2"), (0.99, "2")]:
            activation = tell(rivals, random=Dice(roll))
            assert told(activation) == [winner]
            assert set(reasons(activation).values()) == {Reason.GROUP}

    def test_an_override_of_highest_order_goes_first_and_what_sticks_before_it(self) -> None:
        rivals = [
            entry("0", "x", group="g, h", group_override=True, order=1),
            entry("1", "x", group="g", group_override=True, order=2),
            entry("2", "never", group="g", sticky=9),
            entry("3", "x", group="h"),
        ]

        assert told(tell(rivals)) == ["1", "3"]
        state = LoreState(sticky={"B/2": (1, 9)})
        assert "2" in told(tell(rivals, ["a", "x"], state=state))
        assert not {"0", "1"} & set(told(tell(rivals, ["a", "x"], state=state)))

    def test_a_group_that_was_told_lets_nobody_follow(self) -> None:
        entries = (entry("0", "x", group="g", content="ship"), entry("1", "ship", group="g"))

        assert told(tell(Lorebook(recursive_scanning=True, entries=entries))) == ["0"]


class TestBudget:
    def costing(self, uid: str, tokens: int, **fields: Any) -> LoreEntry:
        return entry(uid, "x", content="w " * tokens, **fields)

    def test_the_lowest_priority_goes_first(self) -> None:
        entries = [self.costing(uid, 10, priority=priority) for uid, priority in (("a", 2), ("b", 9), ("c", 1))]

        for budget, kept in [(30, "abc"), (29, "ab"), (19, "b"), (9, "")]:
            activation = tell(entries, settings=LoreSettings(context_tokens=budget * 4))
            assert "".join(told(activation)) == kept
            assert activation.tokens == 10 * len(kept)
            assert set(reasons(activation).values()) <= {Reason.BUDGET}

    def test_without_a_priority_the_order_is_it(self) -> None:
        entries = [self.costing("a", 10, order=50), self.costing("b", 10, order=10)]

        assert told(tell(entries, settings=LoreSettings(context_tokens=60))) == ["a"]

    def test_what_never_fits_goes_alone(self) -> None:
        entries = [self.costing("a", 50, priority=9), self.costing("b", 10, priority=1)]

        assert told(tell(entries, settings=LoreSettings(context_tokens=80))) == ["b"]

    def test_a_books_own_budget_holds_for_it_alone(self) -> None:
        small = Lorebook("S", token_budget=15, entries=(self.costing("a", 10), self.costing("b", 10)))
        other = Lorebook("O", entries=(self.costing("c", 10),))

        activation = activate(
            [small, other],
            [LoreLine("x")],
            settings=LoreSettings(),
            state=LoreState(),
            random=Dice(0.5),
            count_tokens=lambda texts: [len(text.split()) for text in texts],
        )

        assert told(activation) == ["a", "c"]

    def test_what_gives_way_at_once_and_what_never_does(self) -> None:
        entries = [
            self.costing("a", 10, priority=1),
            entry("b", "x", content="@@ignore_on_max_context\n" + "w " * 10, priority=9),
            self.costing("c", 10, priority=0, ignore_budget=True),
        ]

        assert told(tell(entries, settings=LoreSettings(context_tokens=80))) == ["a", "c"]

    def test_who_was_called_goes_with_the_caller_and_does_not_stick(self) -> None:
        entries = (
            entry("0", "x", content="ship " * 10, priority=1),
            entry("1", "ship", content="w", priority=9, sticky=5),
        )

        activation = tell(Lorebook(recursive_scanning=True, entries=entries), settings=LoreSettings(context_tokens=20))

        assert reasons(activation) == {"0": Reason.BUDGET, "1": Reason.SOURCE}
        assert activation.state.to_json() == {}


class TestPlaces:
    def test_lower_order_is_earlier_and_places_are_kept_apart(self) -> None:
        at_depth = {"position": LorePosition.AT_DEPTH, "depth": 2}
        activation = tell(
            [
                entry("a", "x", order=9),
                entry("b", "x", order=1),
                entry("c", "x", position=LorePosition.BEFORE_CHAR),
                entry("d", "x", **at_depth, order=5),
                entry("e", "x", **at_depth, order=4),
                entry("f", "x", **at_depth, role=ChatRole.USER),
                entry("g", "x", position=LorePosition.NOTE_TOP),
            ]
        )

        assert [fired.place for fired in activation.fired] == list(range(7))
        assert activation.text_at(LorePosition.AFTER_CHAR) == "Text b.\nText a."
        assert {
            (placed.position.name, placed.depth, placed.role.value, placed.text) for placed in activation.placed
        } == {
            ("AFTER_CHAR", 0, "system", "Text b.\nText a."),
            ("BEFORE_CHAR", 0, "system", "Text c."),
            ("AT_DEPTH", 2, "system", "Text e.\nText d."),
            ("AT_DEPTH", 2, "user", "Text f."),
            ("NOTE_TOP", 0, "system", "Text g."),
        }

    def test_macros_are_filled(self) -> None:
        settings = LoreSettings(macros=MacroValues("Luna", "Kim"))

        activation = tell([entry("0", "x", content="{{user}} knows {{char}}.")], settings=settings)

        assert activation.fired[0].text == "Kim knows Luna."
