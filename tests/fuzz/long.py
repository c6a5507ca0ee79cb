"""One target for as long as is wanted: `python -m tests.fuzz.long TARGET SECONDS CORPUS`.

With atheris, guided by what the inputs reach; where it is not installed, with hypothesis.
"""

import itertools
import sys
import time
from pathlib import Path

EXAMPLES = 2_000
WATCHED = ["personadesk.formats", "personadesk.providers.card_reader", "zipfile"]


def guided(name: str, seconds: int, corpus: Path) -> None:
    """The first byte of an input chooses the wrapping of the others."""
    import atheris

    with atheris.instrument_imports(include=WATCHED):
        from tests.fuzz.inputs import WHOLE_FILES, WRAPS
        from tests.fuzz.targets import TARGETS, attempt
    wraps = list(WRAPS.values())
    target = TARGETS[name]
    for number, content in enumerate(WHOLE_FILES):
        (corpus / f"whole-{number}").write_bytes(b"\0" + content)

    def one(data: bytes) -> None:
        if data:
            attempt(target, wraps[data[0] % len(wraps)](data[1:]))

    arguments = [f"-max_total_time={seconds}", "-max_len=8192", "-timeout=10", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *arguments, f"-artifact_prefix={corpus}/found-", str(corpus)], one)
    atheris.Fuzz()


def drawn(name: str, seconds: int) -> None:
    from hypothesis import HealthCheck, given, seed, settings

    from tests.fuzz.inputs import INPUTS
    from tests.fuzz.targets import TARGETS, attempt

    end = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() > end:
            sys.stdout.write(f"{name}: {number * EXAMPLES:,} inputs, nothing found\n")
            return

        @seed(number)
        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(INPUTS)
        def any_bytes(content: bytes) -> None:
            attempt(TARGETS[name], content)

        any_bytes()


def main() -> None:
    name, seconds, corpus = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    try:
        import atheris  # noqa: F401
    except ImportError:
        drawn(name, seconds)
    else:
        guided(name, seconds, corpus)


if __name__ == "__main__":
    main()
