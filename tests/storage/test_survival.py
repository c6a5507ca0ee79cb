"""What is acknowledged is kept: when the program is killed, and when the disk is full."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from personadesk.storage.checks import check_store
from personadesk.storage.database import open_database
from tests.fakes import FakeClock
from tests.storage.conftest import Desk

BEGIN = """
import json, os, pathlib, sys
from personadesk.domain.conversation import Role, SwipeState
from personadesk.domain.errors import StoreUnavailable
from personadesk.domain.persona import PersonaCard
from personadesk.services.clock import SystemClock
from personadesk.services.ports import NewSwipe
from personadesk.storage.checks import check_store
from personadesk.storage.database import open_database

folder = pathlib.Path(sys.argv[1])
database = open_database(folder, clock=SystemClock())
write = lambda work: database.submit_write(work).result()
persona = write(lambda store: store.personas.create(PersonaCard("Luna")))
talk = write(lambda store: store.for_persona(persona.id).create_conversation(store.people.you().id))
say = lambda *swipes: write(lambda s: s.for_persona(persona.id).append_message(talk.id, Role.USER, swipes))
"""

TALK_UNTIL_KILLED = (
    BEGIN
    + """
number = 0
while True:
    number += 1
    message = say(NewSwipe(f"message {number}"))
    print("said", message.id, number, flush=True)
    reply = say(NewSwipe("", SwipeState.STREAMING))
    text = f"reply {number} is on its way"
    write(lambda s: s.for_persona(persona.id).update_swipe(reply.swipe_id, text, SwipeState.STREAMING))
    print("replied", reply.id, number, flush=True)
"""
)


def test_every_acknowledged_message_is_there_after_kill_9(data_dir: Path, clock: FakeClock) -> None:
    acknowledged: list[tuple[str, int, int]] = []
    with subprocess.Popen(
        [sys.executable, "-c", TALK_UNTIL_KILLED, str(data_dir)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if not line.endswith("\n"):
                break
            kind, message_id, number = line.split()
            acknowledged.append((kind, int(message_id), int(number)))
            if len(acknowledged) == 150:
                child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL

    desk = Desk(open_database(data_dir, clock=clock))
    interrupted = desk.write(lambda store: store.interrupt_unfinished())
    [persona] = desk.read(lambda store: store.personas.summaries())
    [conversation] = desk.read(lambda store: store.for_persona(persona.id).conversations())
    kept = {
        message.id: message.text
        for message in desk.read(lambda store: store.for_persona(persona.id).path_tail(conversation.id, 100_000))
    }
    desk.database.close()
    for kind, message_id, number in acknowledged:
        expected = f"message {number}" if kind == "said" else f"reply {number} is on its way"
        assert kept[message_id] == expected
    assert interrupted >= len(acknowledged) // 2
    assert check_store(data_dir).problems == ()


FILL = (
    BEGIN
    + """
long = "boats and ropes " * 1_000
kept, refused = [], None
try:
    for number in range(100_000):
        kept.append(say(NewSwipe(f"{number} {long}")).id)
except StoreUnavailable as error:
    refused = str(error)
seen = database.submit_read(lambda s: [m.id for m in s.for_persona(persona.id).path_tail(talk.id, 100_000)]).result()
make_room()
later = say(NewSwipe("there is room again")).id
database.close()
again = open_database(folder, clock=SystemClock())
reopened = again.submit_read(lambda s: [m.id for m in s.for_persona(persona.id).path_tail(talk.id, 100_000)]).result()
again.close()
print(json.dumps([kept, refused, seen, later, reopened, check_store(folder).problems]))
"""
)

LIMITED_FILES = (
    "from resource import RLIM_INFINITY, RLIMIT_FSIZE, setrlimit\n"
    "setrlimit(RLIMIT_FSIZE, (3_000_000, RLIM_INFINITY))\n"
    "def make_room():\n    setrlimit(RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))\n" + FILL
)
SMALL_DISK = (
    "import pathlib, sys\nballast = pathlib.Path(sys.argv[1]) / 'ballast'\nballast.write_bytes(bytes(2_000_000))\n"
    "def make_room():\n    ballast.unlink()\n" + FILL
)


def check_that_nothing_was_lost(output: str) -> str:
    kept, refused, seen, later, reopened, problems = json.loads(output)
    assert len(kept) > 10
    assert seen == kept
    assert reopened == [*kept, later]
    assert problems == []
    return str(refused)


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits")
def test_a_file_that_may_not_grow_is_a_sentence_and_loses_nothing(data_dir: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED_FILES, str(data_dir)], capture_output=True, text=True, check=True
    )

    refused = check_that_nothing_was_lost(ran.stdout)

    assert "could not be read or written" in refused


@pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces")
def test_a_full_disk_is_a_sentence_and_loses_nothing(data_dir: Path) -> None:
    in_namespace = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = f'mount -t tmpfs -o size=5m tmpfs "{data_dir}"'
    try:
        subprocess.run([*in_namespace, mount], capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount a small disk")

    ran = subprocess.run(
        [*in_namespace, f'{mount} && exec "$0" -c "$1" "{data_dir}"', sys.executable, SMALL_DISK],
        capture_output=True,
        text=True,
        check=True,
    )

    refused = check_that_nothing_was_lost(ran.stdout)
    assert refused.startswith("The disk is full")
    assert "What was saved is safe" in refused
