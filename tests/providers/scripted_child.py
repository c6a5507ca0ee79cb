"""A child process that behaves as its first argument says: stands in for the runtime's.

serve    announces a server that streams words until it is told to stop, and hangs when told to
crash    the same, and the process ends after the third word
die      ends before it announces anything
mute     never announces anything
garble   announces something that is no JSON
refuse   says that the model can't be loaded
library  says that the runtime's library is not there
"""

import http.server
import json
import os
import sys
import threading
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    key = ""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {self.key}":
            self.send_error(401)
            return
        if self.path == "/tokenize":
            self._answer({"tokens": body["content"].split()})
            return
        if "hang" in body["messages"][-1]["content"]:
            threading.Event().wait()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        crash = sys.argv[1] == "crash" or "crash" in body["messages"][-1]["content"]
        for number in range(1, body["max_tokens"] + 1):
            if crash and number == 4:
                os._exit(9)
            self._event({"choices": [{"delta": {"content": f"word{number} "}, "finish_reason": None}]})
        self._event({"choices": [{"delta": {}, "finish_reason": "stop"}]})

    def log_message(self, *_arguments: object) -> None:
        pass

    def _answer(self, value: object) -> None:
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _event(self, value: object) -> None:
        self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
        self.wfile.flush()


def main() -> None:
    script = sys.argv[1]
    order = json.loads(sys.stdin.readline())
    if len(sys.argv) > 2:
        with Path(sys.argv[2]).open("a", encoding="utf-8") as starts:
            starts.write(f"{os.getpid()}\n")
    if script == "die":
        return
    if script in ("serve", "crash"):
        Handler.key = order["api_key"]
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        announce(json.dumps({"address": f"http://127.0.0.1:{server.server_port}"}))
    elif script == "garble":
        announce("ready!")
    elif script == "refuse":
        announce(json.dumps({"failure": "model"}))
    elif script == "library":
        announce(json.dumps({"failure": "library"}))
    sys.stdin.read()


def announce(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
