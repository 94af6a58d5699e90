"""What goes to a model beside words: pictures and documents, as parts of a message, and as little of them as is worth recording."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from flowforge.errors import InvalidInput
from flowforge.orchestrator.models.client import Chat

ATTACHMENT_BYTES_MAX = 20 * 1024 * 1024  # of one
ATTACHMENTS_BYTES_MAX = 30 * 1024 * 1024  # of one call: providers take about 32 MB a request

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_TEXTUAL = ("application/json", "application/xml", "application/yaml", "application/x-yaml", "application/toml")
_FIRST_BYTES = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_URL = ("https://", "http://", "data:")


@dataclass(frozen=True)
class Attachment:
    """Bytes to be sent with a prompt, with their media type and, for documents, a name.

    await step.ai("read", model="gpt-4o", prompt="What is due?", files=[Attachment(pdf, "application/pdf", "invoice.pdf")])
    """

    data: bytes = field(repr=False)
    media_type: str
    name: str | None = None

    @property
    def url(self) -> str:
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"


def attached(images: Sequence[Any] | None, files: Sequence[Any] | None) -> list[Chat]:
    """The parts of a message that these are sent as. A path is read now. Raises InvalidInput."""
    pictures = [_picture(item, f"/images/{place}") for place, item in enumerate(_listed(images, "images"))]
    documents = [_document(item, f"/files/{place}") for place, item in enumerate(_listed(files, "files"))]
    held = [item for item in (*pictures, *documents) if isinstance(item, Attachment)]
    total = sum(len(item.data) for item in held)
    if total > ATTACHMENTS_BYTES_MAX:
        raise InvalidInput(
            f"images and files come to {_mib(total)} MiB, and a call takes {_mib(ATTACHMENTS_BYTES_MAX)}",
            pointer="/files" if documents else "/images",
            hint="send fewer at a time, or smaller ones",
        )
    return [*map(_image_part, pictures), *map(_file_part, documents)]


def has_images(messages: Sequence[Chat]) -> bool:
    """Whether a model must be able to see to take these."""
    return any(part.get("type") == "image_url" for message in messages for part in _parts(message))


def shown_messages(messages: Sequence[Chat]) -> list[Chat]:
    """The messages as a step records them: of what is not text, the media type, the size and a digest of the bytes."""
    return [message if not _parts(message) else {**message, "content": [_shown(part) for part in _parts(message)]} for message in messages]


def _listed(items: Any, what: str) -> Sequence[Any]:
    if items is None:
        return ()
    if isinstance(items, list | tuple):
        return items
    raise InvalidInput(f"{what} must be a list, not a {type(items).__name__}", pointer=f"/{what}", hint=f"write  {what}=[…]")


def _picture(item: Any, pointer: str) -> Attachment | str:
    if isinstance(item, str):
        if item.startswith(_URL):
            return item
        raise InvalidInput(f"{item[:100]!r} is no URL of an image", pointer=pointer, hint="a file is given as pathlib.Path(…)")
    found = _held(item, pointer)
    if found.media_type not in _PICTURES:
        raise InvalidInput(f"an image is one of {', '.join(_PICTURES)}, not {found.media_type}", pointer=pointer)
    return found


def _document(item: Any, pointer: str) -> Attachment:
    if isinstance(item, str):
        hint = "a file is given as pathlib.Path(…); what lies behind a URL is fetched in a step of its own"
        raise InvalidInput(f"a file must be a Path, bytes or an Attachment, not the text {item[:100]!r}", pointer=pointer, hint=hint)
    return _held(item, pointer)


def _held(item: Any, pointer: str) -> Attachment:
    found: Any = item
    if isinstance(item, Path):
        found = _read(item, pointer)
    elif isinstance(item, bytes | bytearray | memoryview):
        found = Attachment(bytes(item), _sniffed(bytes(item), pointer))
    elif not isinstance(item, Attachment):
        raise InvalidInput(f"a {type(item).__name__} cannot be attached", pointer=pointer, hint="give a Path, bytes or an Attachment")
    if not isinstance(found.data, bytes) or "/" not in str(found.media_type):
        raise InvalidInput(f"an Attachment holds bytes and their media type, not {found!r}", pointer=pointer)
    if not found.data:
        raise InvalidInput("there is nothing in it: 0 bytes", pointer=pointer)
    _check_size(len(found.data), pointer)
    return Attachment(found.data, found.media_type, found.name)


def _read(path: Path, pointer: str) -> Attachment:
    try:
        _check_size(path.stat().st_size, pointer)
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}", pointer=pointer) from None
    guessed = mimetypes.guess_type(path.name)[0]
    return Attachment(data, guessed or _sniffed(data, pointer), path.name)


def _check_size(size: int, pointer: str) -> None:
    if size > ATTACHMENT_BYTES_MAX:
        raise InvalidInput(f"it is {_mib(size)} MiB long, and one attachment may have {_mib(ATTACHMENT_BYTES_MAX)}", pointer=pointer)


def _mib(size: int) -> str:
    return f"{size / (1024 * 1024):.1f}".removesuffix(".0")


def _sniffed(data: bytes, pointer: str) -> str:
    for start, media_type in _FIRST_BYTES:
        if data.startswith(start):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise InvalidInput("its bytes do not say what it is", pointer=pointer, hint='give flowforge.Attachment(data, "text/csv", "prices.csv")')


def _image_part(picture: Attachment | str) -> Chat:
    return {"type": "image_url", "image_url": {"url": picture if isinstance(picture, str) else picture.url}}


def _file_part(document: Attachment) -> Chat:
    """A picture is sent as one and text as text, which every model reads; anything else as a document."""
    name = document.name or "attachment"
    if document.media_type in _PICTURES:
        return _image_part(document)
    if document.media_type.startswith("text/") or document.media_type in _TEXTUAL:
        return {"type": "text", "text": f"{name}:\n\n{document.data.decode(errors='replace')}"}
    return {"type": "file", "file": {"filename": name, "file_data": document.url}}


def _parts(message: Mapping[str, Any]) -> Sequence[Chat]:
    content = message.get("content")
    return [dict(part) for part in content if isinstance(part, Mapping)] if isinstance(content, list) else ()


def _shown(part: Chat) -> Chat:
    image, file, audio = part.get("image_url"), part.get("file"), part.get("input_audio")
    if isinstance(image, Mapping):
        return {**part, "image_url": {**image, "url": _digested(image.get("url"))}}
    if isinstance(image, str):
        return {**part, "image_url": _digested(image)}
    if isinstance(file, Mapping) and "file_data" in file:
        return {**part, "file": {**file, "file_data": _digested(file["file_data"])}}
    if isinstance(audio, Mapping) and "data" in audio:
        return {**part, "input_audio": {**audio, "data": _digested(audio["data"])}}
    return part


def _digested(url: Any) -> Any:
    """A data: URI (or bare base64) without its bytes; any other URL as it is."""
    if not isinstance(url, str) or url.startswith(("https://", "http://")):
        return url
    head, _, encoded = url.rpartition(",")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        data = encoded.encode()
    about = {"sha256": sha256(data).hexdigest(), "bytes": len(data)}
    return {"media_type": head.removeprefix("data:").partition(";")[0], **about} if head else about
