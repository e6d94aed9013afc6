"""What a live capture took to begin with is given up, and nothing is loaded that others could have put there."""

import os
import subprocess
import sys

import pytest

from tcpexplain.cli import privileges


@pytest.mark.skipif(sys.platform != "linux", reason="a Linux flag")
def test_after_giving_up_no_program_gains_rights():
    said = subprocess.run(
        [sys.executable, "-c", "from tcpexplain.cli.privileges import give_up; give_up(); print(open('/proc/self/status').read())"],
        capture_output=True, text=True, check=True, env=os.environ | {"SUDO_UID": ""},
    ).stdout  # fmt: skip
    assert "NoNewPrivs:\t1" in said
    assert "CapEff:\t0000000000000000" in said


def test_what_sudo_says_is_believed_only_if_it_is_a_number(monkeypatch):
    for text, number in (("1000", 1000), ("", 0), ("²", 0), ("-1", 0), ("99999999999", 0)):
        monkeypatch.setenv("SUDO_UID", text)
        assert privileges.caller("SUDO_UID") == number


def test_a_user_who_cannot_read_our_modules_is_not_become(tmp_path):
    folder = tmp_path / "root-only"
    folder.mkdir(0o700)
    module = folder / "module.py"
    module.write_text("")
    mine = os.geteuid(), os.getegid()
    assert privileges.allows(folder.stat(), 0o100, *mine)
    assert not privileges.may_reach(str(module), mine[0] + 1, mine[1] + 1)


def test_modules_are_not_imported_from_a_folder_that_others_can_write_to(tmp_path, monkeypatch):
    mine, everybodys = tmp_path / "mine", tmp_path / "everybodys"
    mine.mkdir(0o755)
    everybodys.mkdir()
    everybodys.chmod(0o1777)
    monkeypatch.chdir(everybodys)
    monkeypatch.setattr(sys, "path", ["", str(everybodys), str(mine), "/no/such/folder"])
    privileges.trust_own_folders()
    assert sys.path == [str(mine), "/no/such/folder"]


@pytest.mark.skipif(os.name != "posix", reason="users have numbers elsewhere")
def test_under_sudo_it_becomes_the_user_with_the_groups_of_theirs_and_groups_go_first(monkeypatch):
    import pwd

    done = []
    me = pwd.getpwuid(os.getuid())
    for name in ("setgroups", "setgid", "setuid"):
        monkeypatch.setattr(os, name, lambda value, name=name: done.append((name, value)))
    privileges.become(me.pw_uid, me.pw_gid)
    assert done == [
        ("setgroups", os.getgrouplist(me.pw_name, me.pw_gid)),
        ("setgid", me.pw_gid),
        ("setuid", me.pw_uid),
    ]
    assert privileges.groups_of(3_999_999_999, 1) == []


def test_who_called_sudo_is_asked_for_only_as_root(monkeypatch):
    monkeypatch.setenv("SUDO_UID", "1000")
    monkeypatch.setenv("SUDO_GID", "1001")
    for root, found in ((0, (1000, 1001)), (1000, None)):
        monkeypatch.setattr(os, "geteuid", lambda root=root: root)
        assert privileges.invoker() == found
    monkeypatch.delenv("SUDO_GID")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert privileges.invoker() is None
