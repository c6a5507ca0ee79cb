"""The search index keeps the beginnings of words, two to four letters long, so it is made again from the messages.

Frozen: it imports no live model.
"""

import re
import unicodedata

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SEARCH_INDEX = """
CREATE VIRTUAL TABLE message_search USING fts5(
    body, content='', contentless_delete=1, prefix='2 3 4',
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
)
"""
SHOWN = """
SELECT m.persona_id << 40 | m.id, s.text, (
    SELECT group_concat(a.name, ' ') FROM attachments AS a
    WHERE a.persona_id = m.persona_id AND a.conversation_id = m.conversation_id AND a.message_id = m.id
) FROM messages AS m
JOIN swipes AS s ON s.persona_id = m.persona_id AND s.message_id = m.id AND s.ordinal = m.shown_swipe
ORDER BY m.persona_id, m.id
"""
TOGETHER = 2_000

UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai
    "\u0e81-\u0ece"  # Lao
    "\u1000-\u1049\u1050-\u109f"  # Myanmar
    "\u1780-\u17d3"  # Khmer
    "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7fb"  # Hangul
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # Kana
    "\u3105-\u312f\u31a0-\u31bf"  # Bopomofo
    "\u2e80-\u2fd5\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufad9\U00020000-\U000323af"  # Han
)
RUN = re.compile(f"[{UNSPACED}]+")


def upgrade() -> None:
    op.execute("DROP TABLE message_search")
    op.execute(SEARCH_INDEX)
    connection = op.get_bind().connection
    messages = connection.cursor()
    messages.execute(SHOWN)
    entries = connection.cursor()
    while rows := messages.fetchmany(TOGETHER):
        entries.executemany(
            "INSERT INTO message_search (rowid, body) VALUES (?, ?)",
            [(place, indexed(f"{text}\n{names}" if names else text)) for place, text, names in rows],
        )
    op.execute("PRAGMA user_version = 5")


def indexed(text: str) -> str:
    """Folded, and where no spaces stand between words, in pairs of neighbouring characters."""
    if text.isascii():
        return text
    return RUN.sub(pairs_and_last, unicodedata.normalize("NFKC", text).casefold())


def pairs_and_last(match: re.Match[str]) -> str:
    run = match[0]
    return f" {' '.join(run[i : i + 2] for i in range(len(run)))} "
