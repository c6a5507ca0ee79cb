"""Files that go with a message: read by content, kept by content, told to the model."""

# ruff: noqa: RUF001

import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from PIL import Image

from personadesk.domain.attachment import FILE_LIMIT, PICTURE_TOKENS, TEXT_LIMIT, WAITING_LIMIT
from personadesk.domain.chat import FinishReason
from personadesk.domain.conversation import Conversation
from personadesk.domain.errors import NotFound, UserFacingError
from personadesk.domain.prompt_parts import PartKind
from personadesk.formats.plain_text import read_text
from personadesk.providers.card_reader.pool import ProcessCardReader
from personadesk.providers.document_reader.reader import ProcessDocumentReader
from personadesk.services.attachments import AttachmentService
from personadesk.services.context import ContextService
from tests.scripted_model import INFO, ScriptedModel
from tests.services.chat_desk import ChatDesk, OpenDesk, on_loop

END = FinishReason.STOP


def pdf(*pages: str) -> bytes:
    """A PDF of one line of text a page, written by hand."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else ""
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    return out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()


def picture(colour: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "PNG")
    return content.getvalue()


@asynccontextmanager
async def attaching(desk: ChatDesk) -> AsyncIterator[AttachmentService]:
    pictures = ProcessCardReader(processes=1)
    service = AttachmentService(
        database=desk.disk, publish=desk.events.append, documents=ProcessDocumentReader(), pictures=pictures
    )
    try:
        yield service
    finally:
        await service.close()
        await pictures.close()


async def add(service: AttachmentService, conversation: Conversation, content: bytes, name: str = "file") -> None:
    await service.add(conversation.persona_id, conversation.id, content, name)


@on_loop
async def test_text_and_pdf_reach_the_model_with_the_message(open_chat: OpenDesk) -> None:
    model = ScriptedModel(["I see.", END])
    async with open_chat(model) as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, b"x = '```'\n", "code.py")
        await add(service, conversation, pdf("The tide table", "Second page"), "tide.pdf")
        [code, tide] = await service.waiting(conversation.persona_id, conversation.id)

        await desk.say(conversation, "What is in these?")

        asked = model.requests[0].turns[-1].text
        assert (code.media_type, tide.media_type) == ("text/plain", "application/pdf")
        assert "Attached file code.py:\n````\nx = '```'\n" in asked
        assert "The tide table\n\nSecond page" in asked
        assert asked.endswith("What is in these?")
        assert await service.waiting(conversation.persona_id, conversation.id) == []
        [said, _] = await desk.messages(conversation)
        assert [file.text for file in await service.of_message(said)] == [code.text, tide.text]


@on_loop
async def test_a_picture_is_kept_without_what_its_camera_wrote(open_chat: OpenDesk) -> None:
    picture = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "at home, Fig Street 3"
    Image.new("RGB", (40, 30), "teal").save(picture, "JPEG", exif=exif)
    async with open_chat() as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, picture.getvalue(), "home.jpg")
        [kept] = await service.waiting(conversation.persona_id, conversation.id)

        content = await service.content(kept)

        assert kept.is_picture
        assert b"Fig Street" in picture.getvalue()
        assert b"Fig Street" not in content


@on_loop
async def test_what_is_taken_out_of_the_composer_is_gone(open_chat: OpenDesk) -> None:
    async with open_chat() as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, b"one")
        [waiting] = await service.waiting(conversation.persona_id, conversation.id)

        await service.remove(conversation.persona_id, conversation.id, waiting.id)

        assert await service.waiting(conversation.persona_id, conversation.id) == []
        with pytest.raises(NotFound):
            await service.content(waiting)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: b"", "empty"),
        (lambda: b" \n\t", "no text"),
        (lambda: b"\x7fELF\x02\x01\x01" + bytes(range(32)) * 20, "neither text"),
        (lambda: b"%PDF-1.4\nnothing of the kind", "damaged"),
        (lambda: pdf("", ""), "pages are pictures"),
        (lambda: b"\x89PNG\r\n\x1a\nbroken", "picture"),
        (lambda: b"x" * (FILE_LIMIT + 1), "up to 20 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_and_leaves_nothing(
    open_chat: OpenDesk, make: Callable[[], bytes], sentence: str
) -> None:
    @on_loop
    async def check() -> None:
        async with open_chat() as desk, attaching(desk) as service:
            conversation = await desk.begin()

            with pytest.raises(UserFacingError) as refused:
                await add(service, conversation, make())

            assert sentence in refused.value.sentence
            assert refused.value.next_step
            assert await service.waiting(conversation.persona_id, conversation.id) == []

    check()


@on_loop
async def test_one_message_takes_so_many_files_and_no_more(open_chat: OpenDesk) -> None:
    async with open_chat() as desk, attaching(desk) as service:
        conversation = await desk.begin()
        for number in range(WAITING_LIMIT):
            await add(service, conversation, f"text {number}".encode())

        with pytest.raises(UserFacingError, match="up to 10 files"):
            await add(service, conversation, b"one more")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("utf-8-sig"), "Grüße"),
        (b"\xff\xfe" + "Grüße\r\n".encode("utf-16-le"), "Grüße\n"),
        ("Grüße".encode("cp1252"), "Grüße"),
    ],
)
def test_texts_are_read_in_the_encodings_people_have(content: bytes, text: str) -> None:
    assert read_text(content).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("购物清单：牛奶、鸡蛋。今天天气很好，我们去公园散步吧。\n", "gb18030"),
        ("這是一個測試檔案，裡面有一些中文。", "big5"),
        ("明日は東京で会議があります。\nよろしくお願いします。ABC-123\n", "shift_jis"),
        ("テスト", "shift_jis"),
        ("これはテストです。", "euc_jp"),
        ("안녕하세요. 이것은 한국어 텍스트 파일입니다.", "cp949"),
        ("Привет, мир! Это простой файл. Test", "koi8-r"),
        ("Привет, мир! Это простой файл. Test", "windows-1251"),
        ("Список покупок: молоко", "cp866"),
        ("Καλημέρα κόσμε, αυτό είναι ένα αρχείο.", "windows-1253"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "windows-1250"),
        ("Die Straße führt über die Brücke, schön und grün. Café – „Zitat“", "windows-1252"),
        ("déjà vu", "windows-1252"),
        ("name;größe;preis\nMüller;12;5€\nSchäfer;13;6€\n", "windows-1252"),
        ("Hello, world\n", "utf-16-le"),
        ("Привет, мир", "utf-16-be"),
        ("你好，世界。一二三\n测试", "utf-16-le"),
        ("你好，世界。一二三\n测试", "utf-16-be"),
    ],
)
def test_a_text_that_does_not_say_its_encoding_is_read_as_it_reads_best(text: str, encoding: str) -> None:
    found = read_text(text.encode(encoding))

    assert (found.text, found.guessed) == (text, encoding)


def test_a_long_text_in_another_encoding_may_be_cut_within_a_character() -> None:
    found = read_text(b"x" + "今天天气很好。".encode("gb18030") * 80_000)

    assert found.text.startswith("x今天天气很好。今天天气很好。")
    assert (found.guessed, found.cut) == ("gb18030", True)


def test_a_stray_zero_byte_makes_no_other_encoding_of_a_text() -> None:
    found = read_text(("A line of the log.\n" * 20).encode() + b"\0\0")

    assert found.text == "A line of the log.\n" * 20
    assert found.guessed == ""


@pytest.mark.parametrize("before", [b"", b"\n", b"\xef\xbb\xbf", b"junk \x01\xff\n"])
@on_loop
async def test_a_pdf_is_one_with_something_before_it(before: bytes, open_chat: OpenDesk) -> None:
    async with open_chat() as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, before + pdf("The tide table"))

        [file] = await service.waiting(conversation.persona_id, conversation.id)

        assert (file.media_type, file.text) == ("application/pdf", "The tide table")


@on_loop
async def test_a_text_about_pdf_files_is_a_text(open_chat: OpenDesk) -> None:
    text = "Every such file begins with %PDF-1.4, then come its objects: 目次.\n"
    async with open_chat() as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, text.encode())

        [file] = await service.waiting(conversation.persona_id, conversation.id)

        assert (file.media_type, file.text) == ("text/plain", text)


@on_loop
async def test_a_guess_is_kept_with_the_file(open_chat: OpenDesk) -> None:
    async with open_chat() as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, "Список покупок: молоко".encode("koi8-r"))

        [file] = await service.waiting(conversation.persona_id, conversation.id)

        assert (file.text, file.guessed_encoding) == ("Список покупок: молоко", "koi8-r")


def test_a_long_text_is_cut_and_says_so() -> None:
    found = read_text("漢".encode() * (TEXT_LIMIT + 5))

    assert (len(found.text), found.cut) == (TEXT_LIMIT, True)


@on_loop
async def test_a_model_that_sees_is_shown_the_newest_four_pictures(open_chat: OpenDesk) -> None:
    model = ScriptedModel(info=replace(INFO, context_tokens=60_000, sees_images=True))
    async with open_chat(model) as desk, attaching(desk) as service:
        conversation = await desk.begin()
        for colour in ("red", "green", "blue"):
            await add(service, conversation, picture(colour), f"{colour}.png")
        await desk.say(conversation, "")
        for colour in ("white", "black"):
            await add(service, conversation, picture(colour), f"{colour}.png")
        waiting = await service.waiting(conversation.persona_id, conversation.id)

        await desk.say(conversation, "And these?")

        first, last = [turn for turn in model.requests[-1].turns if "attached" in turn.text]
        assert [len(turn.pictures) for turn in (first, last)] == [2, 2]
        assert [shown.content for shown in last.pictures] == [await service.content(file) for file in waiting]
        assert "[A picture is attached: red.png]" in first.text
        assert last.text.endswith("And these?")


@on_loop
async def test_a_model_that_does_not_see_is_told_the_names_alone(open_chat: OpenDesk) -> None:
    model = ScriptedModel()
    async with open_chat(model) as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, picture("red"), "red.png")

        await desk.say(conversation, "What is it?")

        assert model.requests[-1].turns[-1].text == "[A picture is attached: red.png]\n\nWhat is it?"
        assert not any(turn.pictures for turn in model.requests[-1].turns)


@on_loop
async def test_words_come_before_pictures_where_the_context_is_small(open_chat: OpenDesk) -> None:
    model = ScriptedModel(info=replace(INFO, context_tokens=4 * PICTURE_TOKENS, sees_images=True))
    async with open_chat(model) as desk, attaching(desk) as service:
        conversation = await desk.begin()
        for colour in ("red", "green", "blue"):
            await add(service, conversation, picture(colour), f"{colour}.png")

        await desk.say(conversation, "What are these?")

        [last] = [turn for turn in model.requests[-1].turns if turn.pictures]
        assert len(last.pictures) == 1
        assert last.text.endswith("What are these?")


@on_loop
async def test_files_that_wait_count_as_part_of_the_next_prompt(open_chat: OpenDesk) -> None:
    model = ScriptedModel(info=replace(INFO, context_tokens=30_000, sees_images=True))
    async with open_chat(model) as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await desk.say(conversation, "Hello")
        context = ContextService(database=desk.disk, model=model)
        before = await context.view(conversation.persona_id, conversation.id)
        await add(service, conversation, b"tide " * 400, "tide.txt")
        await add(service, conversation, picture("red"), "red.png")

        view = await context.view(conversation.persona_id, conversation.id)

        def spoken(parts: tuple[object, ...]) -> int:
            return sum(part.tokens for part in parts if part.kind is PartKind.HISTORY)  # type: ignore[attr-defined]

        assert "Attached file tide.txt" in view.turns[-1].text
        assert spoken(view.parts) - spoken(before.parts) > PICTURE_TOKENS + 300


@on_loop
async def test_the_same_file_is_stored_once_and_goes_with_its_last_holder(open_chat: OpenDesk) -> None:
    async with open_chat() as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, b"one text", "a.txt")
        await add(service, conversation, b"one text", "b.txt")
        [one, other] = await service.waiting(conversation.persona_id, conversation.id)

        await service.remove(conversation.persona_id, conversation.id, one.id)
        kept = await service.content(other)
        await service.remove(conversation.persona_id, conversation.id, other.id)

        assert one.sha256 == other.sha256
        assert kept == b"one text"
        with pytest.raises(NotFound):
            await service.content(other)


@on_loop
async def test_what_is_said_differently_keeps_its_files(open_chat: OpenDesk) -> None:
    model = ScriptedModel()
    async with open_chat(model) as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, b"Low tide at noon.", "tide.txt")
        await desk.say(conversation, "When?")
        await add(service, conversation, b"Not sent yet.", "later.txt")
        [said, _] = await desk.messages(conversation)

        await desk.chat.send_instead(said, "When is low tide?")
        await desk.ended(conversation.id, 2)

        [instead, _] = await desk.messages(conversation)
        assert [file.name for file in instead.attachments] == ["tide.txt"]
        assert "Low tide at noon." in model.requests[-1].turns[-1].text
        assert [file.name for file in await service.waiting(said.persona_id, conversation.id)] == ["later.txt"]


@on_loop
async def test_a_message_without_words_is_known_by_its_files_in_the_trash(open_chat: OpenDesk) -> None:
    async with open_chat() as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, b"Low tide at noon.", "tide.txt")
        await desk.say(conversation, "")
        [said, _] = await desk.messages(conversation)

        await desk.chat.delete_message(said)

        [entry] = await desk.disk.read(lambda store: store.trash.entries())
        assert entry.label == "tide.txt"
        assert await service.content(said.attachments[0]) == b"Low tide at noon."


@on_loop
async def test_a_message_is_found_by_its_files_names_also_when_it_was_edited(open_chat: OpenDesk) -> None:
    async with open_chat() as desk, attaching(desk) as service:
        conversation = await desk.begin()
        await add(service, conversation, b"Low at noon.", "tide-table.txt")
        await desk.say(conversation, "")
        [said, _] = await desk.messages(conversation)
        before = await desk.chat.search(said.persona_id, conversation.id, "tide")

        await desk.chat.edit(said.persona_id, said.id, "See the harbour.")
        after = await desk.chat.search(said.persona_id, conversation.id, "tide harbour")

        assert [(hit.message_id, hit.snippet) for hit in before] == [(said.id, "\ue000tide\ue001-table.txt")]
        assert [hit.message_id for hit in after] == [said.id]
