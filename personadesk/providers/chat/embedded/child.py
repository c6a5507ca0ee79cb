"""The child process: loads a model with llama.cpp and serves it on loopback until its parent goes.

Runs as a script of its own and imports nothing of PersonaDesk. Reads one JSON line from stdin (see
ChildOrder): the key is never on a command line, which other users can read. Writes one JSON line to
stdout, {"address": …} or {"failure": …}. Ends when stdin closes, and on Linux also with the thread
that started it.
"""

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from typing import NoReturn

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class ChildOrder:
    """What the parent asks for: a model's file, the context of each reply in tokens, a key, threads, and how many
    replies are written at once.
    """

    model_path: str
    context_tokens: int
    api_key: str
    threads: int
    replies: int

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"


def main() -> NoReturn:
    _die_with_parent()
    line = sys.stdin.buffer.readline()
    if not line:
        os._exit(0)
    order = ChildOrder(**json.loads(line))
    # Read when the library loads: without it idle threads spin, and beside one busy process 25 tokens/s become 1.8.
    os.environ["OMP_WAIT_POLICY"] = "passive"
    announcement = _claim_stdout()
    address, server = "", None
    try:
        server, address = _serve(order)
    except (ImportError, OSError) as error:
        _announce(announcement, {"failure": "library", "detail": type(error).__name__})
    except RuntimeError:
        _announce(announcement, {"failure": "model"})
    else:
        _announce(announcement, {"address": address})
        while sys.stdin.buffer.read(1):
            pass
    # The server's threads may be in the middle of a token: nothing of theirs is worth waiting for.
    os._exit(0 if server is not None else 1)


def _serve(order: ChildOrder) -> tuple[object, str]:
    """Load the model and give the server, which lives as long as it is held, and its address."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order.model_path
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order.api_key]
    params.ui = False
    params.endpoint_slots = False
    params.cors_origins = ""
    params.verbosity = 0
    params.use_jinja = True
    params.n_gpu_layers = 0
    params.fit_params = False
    # A context of its own for every reply. A shared one would take as much memory for the same room, and the two
    # could fill it together, in the middle of both.
    params.n_ctx = order.context_tokens * order.replies
    params.n_parallel = order.replies
    params.kv_unified = False
    params.cache_prompt = True
    params.cache_ram_mib = 0
    params.n_ctx_checkpoints = 0
    # A stop is noticed between two batches: at 64 tokens the next reply starts within a second, at no cost in speed.
    params.n_batch = 64
    params.n_ubatch = 64
    params.warmup = False
    params.cpuparams.n_threads = order.threads
    params.cpuparams_batch.n_threads = order.threads
    server = xllamacpp.Server(params)
    return server, str(server.listening_address)


def _die_with_parent() -> None:
    """Ask the kernel to end this process with its parent. Where it can't, the end of stdin does."""
    if sys.platform == "linux":
        import ctypes  # the parent imports this module too, and has no use for it

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _claim_stdout() -> int:
    """Keep stdout for the announcement alone: what the library prints goes nowhere."""
    announcement = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return announcement


def _announce(descriptor: int, message: dict[str, str]) -> None:
    os.write(descriptor, json.dumps(message).encode() + b"\n")
    os.close(descriptor)


if __name__ == "__main__":
    main()
