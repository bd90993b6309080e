"""Archives as somebody would make them who wants to leave the folder, fill the disk or stop the class."""

import io
import os
import stat
import struct
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import lms_downloads as made
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.lms import archives, names, place
from autograder.lms.archives import Limits, NotUnpacked, Unpacker

MIB = 2**20
OUTSIDE = [
    "../evil.ipynb", "a/../../evil.ipynb", "/etc/evil", "..\\evil.ipynb", "C:\\evil.ipynb", "C:evil", "\\\\host\\evil",
    "..", "a/..", "/", "", ".", " .. /evil",
]  # fmt: skip


@pytest.fixture
def unpack(tmp_path):
    """Return a function that unpacks bytes within limits, in a folder of its own."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def run(packed, depth=0, **limits):
        (tmp_path / "packed").write_bytes(packed)
        return Unpacker(scratch, Limits(**limits)).archive(tmp_path / "packed", depth)

    run.scratch = scratch
    return run


def everything(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def tarred(*entries):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for info, content in entries:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_leads_out_is_refused_and_the_others_are_taken(unpack, tmp_path, name, kind):
    if kind == "tar":
        packed = tarred((tarfile.TarInfo(name), b"evil"), (tarfile.TarInfo("good"), b"good"))
    elif name:
        packed = made.zipped({name: b"evil", "good": b"good"})
    else:
        packed = made.zipped({"x": b"evil", "good": b"good"}).replace(b"x", b"\0")  # as zipfile writes no empty name
    members, refused = unpack(packed)
    assert [member.name for member in members] == ["good"]
    assert all("leads out of the folder" in why for _, why in refused)
    assert everything(tmp_path) in ([["packed", "scratch", f"scratch/{n:08}"] for n in range(3)])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(
    st.text(max_size=40) | st.lists(st.sampled_from(["..", "a", ".", " ", "\\", "/", "C:", "\0", "é"])).map("/".join)
)
@example("a/\u2025/b")
@example("\N{FULLWIDTH FULL STOP}\N{FULLWIDTH FULL STOP}/x")
def test_no_name_leaves_the_folder(tmp_path, name):
    """The law: what `safe` returns lies in the folder, can be written there, and is safe as it is."""
    known = names.safe(name)
    if known is None:
        return
    where = Path(os.path.normpath(tmp_path / known))
    assert where.is_relative_to(tmp_path)
    assert where != tmp_path
    assert ".." not in PurePosixPath(known).parts
    assert known.isprintable()
    assert all(len(part.encode()) < 255 for part in known.split("/"))
    assert names.safe(known) == known


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.text("aA/ÄäE\u0301é.", min_size=1, max_size=6), min_size=1, max_size=6, unique=True))
def test_all_files_of_a_hand_in_are_written_whatever_they_are_called(tmp_path_factory, said):
    """The law: as many files come out as went in, each with its content, and all within the folder."""
    folder = tmp_path_factory.mktemp("laws")
    files = {}
    for number, name in enumerate(said):
        if known := names.safe(name):
            files[known] = folder / f"content{number}"
            files[known].write_text(known)
    place.stage(folder / "staged" / "ps1", files, None)
    written = [path.read_text() for path in (folder / "staged/ps1").rglob("*") if path.is_file()]
    assert sorted(written) == sorted(files)
    assert [path.name for path in (folder / "staged").iterdir()] == ["ps1"]


@settings(max_examples=300)
@given(st.text(max_size=30))
def test_whatever_somebody_is_called_the_id_names_one_folder(name):
    made_id = names.as_student_id(name)
    assert made_id == "" or names.is_student_id(made_id)
    assert "/" not in made_id
    assert made_id not in (".", "..")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_in_zips_are_refused(unpack, kind):
    info = zipfile.ZipInfo("link")
    info.external_attr = (kind | 0o777) << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    members, refused = unpack(packed.getvalue())
    assert not members
    assert refused == [("link", "it is a link or a device; only files are taken")]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_tars_are_refused(unpack, kind):
    info = tarfile.TarInfo("link")
    info.type, info.linkname = kind, "/etc/passwd"
    members, refused = unpack(tarred((info, b""), (tarfile.TarInfo("good"), b"good")))
    assert [member.name for member in members] == ["good"]
    assert [name for name, _ in refused] == ["link"]


def test_links_in_folders_are_not_followed(tmp_path):
    course = made.course(tmp_path / "course")
    (tmp_path / "secret.ipynb").write_bytes(made.notebook("engine"))
    made.write(tmp_path / "in", {"ada/1_by_hand.ipynb": made.notebook("by_hand_forward")})
    (tmp_path / "in/ada/2_engine.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (tmp_path / "in/kim").symlink_to(tmp_path / "in/ada")
    os.mkfifo(tmp_path / "in/ada/pipe")
    done = made.collected(course, tmp_path / "in")
    assert everything(course / "submitted/ada") == ["ps1", "ps1/1_by_hand.ipynb"]
    assert list(done.placed) == ["ada"]
    assert sorted(left.name for left in done.unplaced) == ["in: ada/2_engine.ipynb", "in: ada/pipe", "in: kim"]


def test_a_bomb_is_not_unpacked_and_leaves_nothing(unpack):
    with pytest.raises(NotUnpacked, match="more than 200 times larger"):
        unpack(made.zipped({f"{n}": bytes(4 * MIB) for n in range(4)}), free_bytes=MIB)
    assert everything(unpack.scratch) == []


def test_what_a_member_says_about_its_size_is_not_believed(unpack):
    packed = bytearray(made.zipped({"x": bytes(8 * MIB)}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place_of_size = packed.index(mark) + offset
        packed[place_of_size : place_of_size + 4] = struct.pack("<I", 5)
    members, refused = unpack(bytes(packed), member_bytes=MIB)
    assert sum(member.path.stat().st_size for member in members) <= 5
    assert len(members) + len(refused) == 1


@pytest.mark.parametrize(
    ("limits", "why"),
    [({"total_bytes": MIB}, "more than 0.000976562 GiB"), ({"members": 3}, "more than 3 files")],
)
def test_too_much_is_not_unpacked(unpack, limits, why):
    with pytest.raises(NotUnpacked, match=why):
        unpack(made.zipped({f"{n}": os.urandom(MIB // 2) for n in range(4)}), **limits)
    assert everything(unpack.scratch) == []


def test_one_file_that_is_too_large_or_damaged_does_not_cost_the_others(unpack):
    packed = bytearray(made.zipped({"large": os.urandom(2 * MIB), "bad": os.urandom(5000), "good": b"good"}))
    packed[packed.rindex(b"PK\x03\x04") - 1000] ^= 0xFF
    members, refused = unpack(bytes(packed), member_bytes=MIB)
    assert [member.name for member in members] == ["good"]
    assert refused == [("large", "it is damaged, or too large"), ("bad", "it is damaged, or too large")]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive", b"\x1f\x8b\x08\x00", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_said_to_be_none(unpack, content):
    try:
        assert unpack(content) == ([], [])
    except NotUnpacked as problem:
        assert "damaged" in str(problem)  # noqa: PT017 - an empty zip is whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.data())
def test_an_archive_that_was_damaged_anywhere_ends_in_words(tmp_path, data):
    packed = bytearray(data.draw(st.sampled_from([made.zipped(made.hand_in()), tarred((tarfile.TarInfo("x"), b"1"))])))
    for _ in range(data.draw(st.integers(1, 8))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "scratch").mkdir(exist_ok=True)
    (tmp_path / "packed").write_bytes(packed)
    try:
        members, refused = Unpacker(tmp_path / "scratch", Limits(members=50)).archive(tmp_path / "packed")
    except NotUnpacked:
        return
    assert all(names.safe(member.name) == member.name and member.path.is_file() for member in members)
    assert all(why for _, why in refused)


def test_a_password_is_said_to_be_in_the_way(unpack):
    packed = bytearray(made.zipped({"x.ipynb": b"{}"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + offset] |= 1
    with pytest.raises(NotUnpacked, match="locked with a password"):
        unpack(bytes(packed))


def test_archives_in_archives_end_somewhere(tmp_path):
    packed = made.zipped(made.hand_in())
    for _ in range(4):
        packed = made.zipped({"inner.zip": packed})
    course = made.course(tmp_path / "course")
    files = {"ada/1_by_hand.ipynb": made.notebook("by_hand_forward"), "ada/x.zip": packed}
    done = made.collected(course, made.write(tmp_path / "in", files))
    assert any("archives lie in archives, more than 2 deep" in remark for remark in done.placed["ada"].remarks)
    assert "inner.zip" in {path.name for path in (course / "submitted/ada/ps1").rglob("*")}


def test_a_students_bomb_does_not_cost_the_class_its_hand_ins(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.lms.downloads._INNER", Limits(member_bytes=MIB, total_bytes=2 * MIB, members=100))
    bomb = made.zipped({f"{n}": bytes(MIB) for n in range(8)})
    course = made.course(tmp_path / "course")
    theirs = [{**made.hand_in(), "bomb.zip": bomb}, made.hand_in(), {"bomb.zip": bomb}]
    people = [(name, False, number, files) for number, (name, files) in enumerate(zip("abc", theirs, strict=True), 1)]
    done = made.collected(course, made.canvas(people))
    assert sorted(done.placed) == ["1", "2"]
    assert any("bomb.zip was not unpacked" in remark for remark in done.placed["1"].remarks)
    assert "none of the notebooks of ps1, but bomb.zip" in done.unplaced[0].why


def test_umlauts_are_read_whether_or_not_the_zip_says_how_they_are_written(unpack):
    packed = made.zipped({"Jörg/ü.ipynb": b"1"})
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = packed.index(mark) + offset + 1
        packed = packed[:at] + bytes([packed[at] & ~0x8]) + packed[at + 1 :]
    assert zipfile.ZipFile(io.BytesIO(packed)).namelist() != ["Jörg/ü.ipynb"]
    (member,), _ = unpack(packed)
    assert member.name == "Jörg/ü.ipynb"


def test_what_computers_add_by_themselves_is_left_out(unpack):
    junk = {"__MACOSX/._x.ipynb": b"", ".DS_Store": b"", "a/Thumbs.db": b"", "a/x.ipynb": b"{}"}
    members, refused = unpack(made.zipped(junk))
    assert [member.name for member in members] == ["a/x.ipynb"]
    assert not refused


def test_only_names_decide_what_is_unpacked():
    assert archives.is_archive("Hand In.ZIP")
    assert not archives.is_archive("1_by_hand.ipynb")
