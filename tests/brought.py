"""A profile in a store, as a migration brings one."""

from pathlib import Path
from uuid import uuid4

from personadesk.domain.ids import PersonaId
from personadesk.domain.incoming import IncomingProfile
from personadesk.domain.migration import Part, PlanRow, SourceKind, Verdict
from personadesk.services.ports import Store


def bring_profile(store: Store, persona_id: PersonaId, path: str, profile: IncomingProfile) -> None:
    """Say of You what the profile says of its person."""
    writer = store.imports.begin(uuid=str(uuid4()), source=Path("/bot"), kind=SourceKind.PROFILES)
    row = PlanRow(path=path, part=Part.PROFILE, verdict=next(iter(Verdict)), person_key=profile.person_key)
    you = writer.person(profile.person_key, profile.known_as, is_you=True)
    file_id = writer.keep_file(row, b"{}", persona_id, you)
    writer.bring(file_id, profile, persona_id, you)
    writer.finish([row], None, None)
