"""Who holds an asset, and letting go of one that nobody holds."""

from pathlib import Path

from sqlalchemy import Connection, delete

from personadesk.storage.assets import AssetFiles
from personadesk.storage.tables import assets

_ASSET_USED = """
SELECT 1 FROM personas WHERE avatar = ?
UNION ALL SELECT 1 FROM persona_versions WHERE avatar = ?
UNION ALL SELECT 1 FROM received_files WHERE sha256 = ?
UNION ALL SELECT 1 FROM attachments WHERE sha256 = ? LIMIT 1
"""
_SAMPLE_USED = """
SELECT 1 FROM personas WHERE json_extract(card, '$.voice.sample') = ?
UNION ALL SELECT 1 FROM persona_versions WHERE json_extract(card, '$.voice.sample') = ? LIMIT 1
"""


_IS_SOUND = "SELECT 1 FROM assets WHERE sha256 = ? AND media_type LIKE 'audio/%'"


def let_go(connection: Connection, sha256: str, files: AssetFiles, discarded: list[Path]) -> None:
    """Drop an asset unless something holds it; its file goes into `discarded`."""
    execute = connection.exec_driver_sql
    if execute(_ASSET_USED, (sha256,) * 4).scalar() is not None:
        return
    # Samples are named in cards alone, which takes a look at every card.
    if execute(_IS_SOUND, (sha256,)).scalar() and execute(_SAMPLE_USED, (sha256,) * 2).scalar() is not None:
        return
    connection.execute(delete(assets).where(assets.c.sha256 == sha256))
    discarded.append(files.place(sha256))
