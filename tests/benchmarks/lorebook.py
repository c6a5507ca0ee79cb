"""What activating 500 entries over 2,000 messages takes, beside plain `in` scans of the same texts.

`python -m tests.benchmarks.lorebook`; figures are medians of processor time. The floor is one `in` for each
key over all that its entry looks at, folded and joined beforehand: finding alone, without any rule.
"""

import statistics
import time
from collections.abc import Callable
from random import Random

from personadesk.domain.lorebook import Lorebook, LoreEntry
from personadesk.services.lorebook import LoreLine, LoreSettings, LoreState, activate

ENTRIES = 500
KEYS = 3
MESSAGES = 2_000
WORDS_PER_MESSAGE = 60
ROUNDS = 9
BAR_MS = 50


def words(random: Random, count: int) -> list[str]:
    return ["".join(random.choices("abcdefghijklmnoprstuvw", k=random.randint(4, 9))) for _ in range(count)]


def median_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        taken.append((time.process_time() - start) * 1_000)
    return statistics.median(taken)


def book_of(random: Random, names: list[str], depth: int, *, patterns: int = 0, whole: bool = False) -> Lorebook:
    entries = []
    for number in range(ENTRIES):
        keys = [names[number * KEYS + place] for place in range(KEYS)]
        if number < patterns:
            keys[0] = f"/\\b{keys[0]}(s|es)?\\b/i"
        text = " ".join(random.choices(names, k=5)) if number % 5 == 0 else "A text of a few words."
        entries.append(LoreEntry(str(number), keys=tuple(keys), content=text, match_whole_words=whole))
    return Lorebook("Bench", scan_depth=depth, recursive_scanning=True, token_budget=2_000, entries=tuple(entries))


def main() -> None:
    random = Random(7)
    common, names = words(random, 3_000), words(random, ENTRIES * KEYS)
    lines = []
    for number in range(MESSAGES):
        message = random.choices(common, k=WORDS_PER_MESSAGE)
        if number % 10 == 0:
            message[random.randrange(WORDS_PER_MESSAGE)] = random.choice(names).title()
        lines.append(LoreLine(" ".join(message), "Kim", number % 2 == 0))
    characters = sum(len(line.text) for line in lines)
    print(f"{ENTRIES} entries, {ENTRIES * KEYS} keys, {MESSAGES} messages, {characters:,} characters")

    def one(book: Lorebook) -> int:
        activation = activate(
            [book],
            lines,
            settings=LoreSettings(context_tokens=16_384),
            state=LoreState(),
            random=Random(1),
            count_tokens=lambda texts: [len(text) // 4 for text in texts],
        )
        assert len(activation.fired) + len(activation.idle) == ENTRIES
        return len(activation.fired)

    cases = {
        "the newest 2 (the default)": book_of(random, names, 2),
        "the newest 100": book_of(random, names, 100),
        "all messages": book_of(random, names, MESSAGES),
        "all messages, whole words": book_of(random, names, MESSAGES, whole=True),
        "all messages, 25 expressions": book_of(random, names, MESSAGES, patterns=25),
    }
    for label, book in cases.items():
        near = "\n".join(line.text.casefold() for line in lines[-(book.scan_depth or 2) :])
        keys = [key.casefold() for entry in book.entries for key in entry.keys]

        def floor(near: str = near, keys: list[str] = keys) -> object:
            return [key in near for key in keys]

        bare, ours = median_ms(floor), median_ms(lambda book=book: one(book))  # type: ignore[misc]
        verdict = "" if ours <= BAR_MS else f"   over the bar of {BAR_MS} ms"
        print(f"{label:32} floor {bare:8.2f} ms   activation {ours:8.2f} ms   {ours / bare:6.2f} x{verdict}")


if __name__ == "__main__":
    main()
