"""Backups: the ledger and the home, without what is made again, in one file with a checksum for each of its parts."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

from bot.ledger.database import Ledger
from bot.ledger.safekeeping.copying import put_rows, rows_of, snapshot
from bot.ledger.safekeeping.known_ledger import FILE, note_used, refuse_vanished
from bot.settings import PROJECT
from knowledge.errors import UsageError
from knowledge.files import PART, PRIVATE, replacing, write_durably

FORM = 1
LEDGER, MANIFEST, HOME = "ledger.jsonl", "manifest.json", "home/"
# In the home, and made again: the index out of the cards, the note of which ledger was used and the key of links into the desk by the next
# start. Whoever has a backup can't enter a desk that runs.
MADE_AGAIN = ("index", FILE, "desk.key")
PASSING = (".alive", ".lock")
DAILY = "askwell-{:%Y-%m-%dT%H-%M-%SZ}.tar.gz"
DAILY_FILES = "askwell-????-??-??T??-??-??Z.tar.gz"
EVERY = dt.timedelta(days=1)
BLOCK = 1 << 20


@dataclass(frozen=True)
class Kept:
    """What a backup holds: rows of the ledger, files of the home, and the size and checksum of the whole."""

    rows: int
    files: int
    size: int
    sha256: str


def back_up(ledger: Ledger, home: Path, path: Path, *, now: dt.datetime) -> Kept:
    """Write a backup while others go on using the ledger and the home; only its owner can read it.

    Raises:
        UsageError: it can't be written there.
        LedgerUnavailable: the ledger can't be read, or isn't there.
    """
    refuse_place(path)
    refuse_vanished(home, ledger)
    revision = ledger.revision() if ledger.has_file else None
    if revision is None:
        raise UsageError(f"there is no ledger at {ledger.shown} to back up: check ASKWELL_DATABASE_URL and ASKWELL_HOME")
    sums: dict[str, str] = {}
    try:
        with replacing(path, mode=PRIVATE) as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            # The home first: an event that is on its way from the spool into the ledger is then in one of them, or in both.
            for name, source in home_files(home, ledger):
                add_file(archive, HOME + name, source, sums)
            with tempfile.TemporaryFile(dir=path.parent) as lines, snapshot(ledger) as connection:
                rows = 0
                for rows, line in enumerate(rows_of(connection), start=1):  # noqa: B007  counted
                    lines.write(line)
                add(archive, LEDGER, lines, sums)
            manifest = {"form": FORM, "made_at": now.isoformat(), "revision": revision, "rows": rows, "sha256": sums}
            with BytesIO(json.dumps(manifest, indent=1).encode()) as content:
                add(archive, MANIFEST, content, {})
    except OSError as error:
        raise UsageError(f"the backup can't be written to {path}: {error.strerror or error}") from None
    with path.open("rb") as file:
        return Kept(rows, len(sums) - 1, path.stat().st_size, digest_of(file))


def refuse_place(path: Path) -> None:
    """Raise UsageError if a backup can't or shouldn't be written to a place."""
    if path.exists():
        raise UsageError(f"{path} is there already: give another name")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}: make it first, outside of the checkout, for its owner alone")
    if (PROJECT / ".git").exists() and PROJECT in path.resolve().parents:
        raise UsageError(f"{path} is in the checkout, where people's questions could be committed: choose a folder outside of {PROJECT}")


def home_files(home: Path, ledger: Ledger) -> Iterator[tuple[str, Path]]:
    """Yield the name and path of each file of the home that can't be made again."""
    # The ledger's address is absolute, and the home needn't be.
    at = "" if ledger.file is None else str(ledger.file.absolute())
    of_ledger = {at + ending for ending in ("", "-wal", "-shm", "-journal")}
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        left_out = name.split("/")[0] in MADE_AGAIN or path.name.endswith(PASSING) or PART.fullmatch(path.name)
        if path.is_file() and not path.is_symlink() and not left_out and str(path.absolute()) not in of_ledger:
            yield name, path


def add_file(archive: tarfile.TarFile, name: str, path: Path, sums: dict[str, str]) -> None:
    """Add a file as it is now; one that was removed meanwhile is left out."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    with BytesIO(content) as file:
        add(archive, name, file, sums, mode=path.stat().st_mode & 0o777 if path.exists() else PRIVATE)


def add(archive: tarfile.TarFile, name: str, file: IO[bytes], sums: dict[str, str], *, mode: int = PRIVATE) -> None:
    """Add what a file holds to an archive, and its checksum to `sums`."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = file.seek(0, 2), mode
    file.seek(0)
    sums[name] = digest_of(file)
    file.seek(0)
    archive.addfile(info, file)


def restore(ledger: Ledger, home: Path, path: Path, *, replace: bool) -> Kept:
    """Put back what a backup holds, once all of it was found whole.

    Raises:
        UsageError: the file is no backup, or is damaged, or the home can't be written.
        Refused: the ledger isn't empty, and what is there is not to be replaced.
        LedgerUnavailable: the ledger can't be written; doing the same again starts from the beginning.
    """
    manifest = checked(path)
    files = [name for name in manifest["sha256"] if name != LEDGER]
    with tarfile.open(path, "r:gz") as archive:
        # The ledger first: it may refuse.
        rows = put_rows(ledger, part(archive, LEDGER), str(manifest["revision"]), replace=replace)
        for name in files:
            put_home_file(home, name.removeprefix(HOME), part(archive, name).read(), archive.getmember(name).mode)
    note_used(home, ledger)
    with path.open("rb") as file:
        return Kept(rows, len(files), path.stat().st_size, digest_of(file))


def part(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """Open a part of an archive that is known to have it."""
    content = archive.extractfile(name)
    assert content is not None
    return content


def put_home_file(home: Path, name: str, content: bytes, mode: int) -> None:
    """Write a file into the home."""
    target = home / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_durably(target, content, mode=mode)
    except OSError as error:
        raise UsageError(f"{target} can't be written: {error.strerror or error}") from None


def checked(path: Path) -> dict[str, Any]:
    """Return a backup's manifest, once every part was compared with its checksum.

    Raises:
        UsageError: the file can't be read, is no backup, or is damaged.
    """
    sums: dict[str, str] = {}
    manifest: Any = None
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is None or not is_ours(member.name):
                    raise UsageError(f"{path} is no backup of Askwell: it holds {member.name}")
                if member.name == MANIFEST:
                    manifest = json.loads(content.read())
                else:
                    sums[member.name] = digest_of(content)
    except (OSError, EOFError, ValueError, tarfile.TarError, zlib.error) as error:
        why = " ".join(str(error).split()) or "it ends too early"
        raise UsageError(f"{path} is no backup that can be read, or it's damaged: {why}") from None
    if not isinstance(manifest, dict) or LEDGER not in sums:
        raise UsageError(f"{path} is no whole backup: a part of it is missing")
    if manifest.get("form") != FORM:
        raise UsageError(f"{path} was made by another version of Askwell, in a form that this one doesn't know")
    wrong = sorted(name for name in {*sums, *manifest["sha256"]} if sums.get(name) != manifest["sha256"].get(name))
    if wrong:
        raise UsageError(f"{path} is damaged: {wrong[0]} doesn't have its checksum; nothing was restored")
    return manifest


def is_ours(name: str) -> bool:
    """Return whether a part of an archive has a name that a backup gives, and leads nowhere else."""
    return name in {LEDGER, MANIFEST} or (name.startswith(HOME) and ".." not in PurePosixPath(name).parts)


def digest_of(content: IO[bytes]) -> str:
    """Return the checksum of what is read, a block at a time."""
    digest = hashlib.sha256()
    while block := content.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def daily_backups(folder: Path) -> list[Path]:
    """Return the daily backups of a folder, oldest first."""
    return sorted(folder.glob(DAILY_FILES))


def next_daily(folder: Path, now: dt.datetime) -> dt.datetime:
    """Return when the next daily backup is due: a day after the newest, now without one."""
    newest = daily_backups(folder)[-1:]
    return dt.datetime.fromtimestamp(newest[0].stat().st_mtime, dt.UTC) + EVERY if newest else now


def back_up_daily(ledger: Ledger, home: Path, folder: Path, *, keep: int, now: dt.datetime) -> tuple[Path, Kept]:
    """Write a daily backup, and then remove the oldest until so many are left.

    Raises:
        UsageError: it can't be written.
        LedgerUnavailable: the ledger can't be read.
    """
    path = folder / DAILY.format(now)
    kept = back_up(ledger, home, path, now=now)
    for old in daily_backups(folder)[:-keep]:
        old.unlink(missing_ok=True)
    return path, kept
