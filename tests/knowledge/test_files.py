"""A file is replaced whole or not at all, and a disk without room takes nothing of what was there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from knowledge.files import append_line, remove_parts, replace_lines, replacing, why_not_writable, write_atomically, write_new
from tests.full_disk import no_room

FULL = b"x" * 100


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_replaced_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "card.md", tmp_path / "link.md"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o640)
    write_atomically(path, b"mine", mode=0o600)
    assert mode_of(path) == 0o600
    assert {each.name for each in tmp_path.iterdir()} == {"card.md", "link.md"}


def test_a_file_that_finds_no_room_is_as_it_was_and_no_part_is_left(tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    path.write_bytes(b"old")
    with no_room(10), pytest.raises(OSError, match="too large"):
        write_atomically(path, FULL)
    with no_room(10), pytest.raises(OSError, match="too large"):
        write_new(tmp_path / "other.md", FULL)
    with pytest.raises(ValueError, match="on the way"), replacing(path) as file:
        file.write(b"half")
        raise ValueError("on the way")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_takes_no_name_that_is_taken(tmp_path: Path) -> None:
    write_new(tmp_path / "key", b"first", mode=0o600)
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "key", b"second")
    assert ((tmp_path / "key").read_bytes(), mode_of(tmp_path / "key")) == (b"first", 0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_a_line_that_finds_no_room_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "pending.jsonl"
    append_line(path, b"one")
    with no_room(10), pytest.raises(OSError, match="too large"):
        append_line(path, FULL)
    assert path.read_bytes() == b"one\n"
    # One that a kill cut short keeps to a line of its own.
    path.write_bytes(b"one\nha")
    append_line(path, b"two")
    assert path.read_bytes() == b"one\nha\ntwo\n"


def test_what_killed_writers_left_goes_and_files_of_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"a\nb\n")
    left = [tmp_path / ".events.jsonl.0123abcd.part", tmp_path / "deep" / ".labels.md.0123abcd.part"]
    others = [tmp_path / ".events.part", tmp_path / "my.0123abcd.part"]
    (tmp_path / "deep").mkdir()
    for each in (*left, *others):
        each.write_bytes(b"half")
    replace_lines(path, [b"b\n"])
    assert path.read_bytes() == b"b\n"
    assert not left[0].exists()
    remove_parts(tmp_path)
    assert not left[1].exists()
    assert all(each.exists() for each in others)
    replace_lines(path, [])
    assert not path.exists()


def test_what_cannot_be_written_is_known_without_writing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    before = sorted(tmp_path.rglob("*"))
    assert why_not_writable(tmp_path) == ""
    assert why_not_writable(tmp_path / "file") == ""
    assert why_not_writable(tmp_path / "new" / "deep" / "file") == ""
    assert why_not_writable(tmp_path / "file" / "below") == f"{tmp_path / 'file'} is no folder"
    assert why_not_writable(tmp_path / "loop") == "Too many levels of symbolic links"
    assert sorted(tmp_path.rglob("*")) == before
