"""Receiving files: a disk that fills up while a file comes in is a sentence, not a fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from rai_portal.errors import DISK_FULL, Refused, is_disk_full


class UnkeptFile(UploadedFile):  # type: ignore[type-arg]  # not generic when it runs
    """Stands for a file that could not be received; whoever reads it gets the sentence."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Raise Refused."""
        self._refuse()

    def read(self, *_size: Any) -> bytes:
        """Raise Refused."""
        self._refuse()

    def open(self, *_mode: Any) -> Any:
        """Raise Refused."""
        self._refuse()

    def seek(self, *_where: Any) -> int:
        """Raise Refused."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Refused(DISK_FULL, field="file")


class ScratchUploadHandler(TemporaryFileUploadHandler):
    """Streams a file to the scratch folder; on a full disk it takes back what was written."""

    _given_up = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        self._given_up = False
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            self._give_up(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece, or let it go when the file was given up."""
        if self._given_up:
            return
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._give_up(error)

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        """Return the file, or what stands for one that was not kept."""
        if not self._given_up:
            try:
                return super().file_complete(file_size)
            except OSError as error:
                self._give_up(error)
        return UnkeptFile(
            file=None,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def _give_up(self, error: OSError) -> None:
        if not is_disk_full(error):
            raise error
        self._given_up = True
        begun = getattr(self, "file", None)
        if isinstance(begun, TemporaryUploadedFile):
            path = Path(begun.temporary_file_path())
            try:
                begun.close()  # may write what is buffered, which the disk refuses once more
            except OSError:
                path.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
