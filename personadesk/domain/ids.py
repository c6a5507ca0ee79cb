"""Identifiers. Database ids are never reused, so a stale id finds nothing rather than a stranger."""

from typing import NewType

PersonaId = NewType("PersonaId", int)
ConversationId = NewType("ConversationId", int)
MessageId = NewType("MessageId", int)
SwipeId = NewType("SwipeId", int)
PersonId = NewType("PersonId", int)
TrashId = NewType("TrashId", int)
MemoryId = NewType("MemoryId", int)
RunId = NewType("RunId", int)
LorebookId = NewType("LorebookId", int)
VersionId = NewType("VersionId", int)
AttachmentId = NewType("AttachmentId", int)
