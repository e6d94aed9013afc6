"""The plugin for Wireshark, run by tshark: the packets go to tcpexplain, and what it says is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tcpexplain.cli import plugin
from tcpexplain.cli.command import run

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "tcpexplain" / "wireshark" / "tcpexplain.lua"
SAMPLE = ROOT / "captures" / "crashed-client-2019" / "capture.pcap"
STUB = """
function _G.gui_enabled() return true end
function _G.register_menu(name, ask, group) _G.menu = ask; print("tools: " .. name) end
function _G.register_packet_menu(name, action, field) _G.packet = action; print("on packets with " .. field .. ": " .. name) end
function _G.get_filter() return "tcp.stream eq 12" end
function _G.retap_packets() end
_G.TextWindow = {new = function(title)
    print("window " .. title)
    return {set = function(_, text) print("text " .. text) end}
end}
"""
"""Wireshark, as far as the plugin asks for it; there are no packets. Each script has globals of its own."""
CALLS = """
packet({name = "ip.src", value = 1}, {name = "tcp.stream", value = 7})
menu()
"""


def program(folder):
    """tcpexplain as one word, in a folder whose name needs quotes."""
    home = folder / "it's here"
    home.mkdir()
    file = home / "tcpexplain"
    file.write_text(f'#!/bin/sh\nexec {sys.executable} -m tcpexplain "$@"\n', encoding="utf-8")
    file.chmod(0o755)
    return str(file)


def tshark(folder, *scripts, capture=SAMPLE, argument=None, **variables):
    words = [
        "tshark",
        "-q",
        "-r",
        str(capture),
        *(word for script in scripts for word in ("-X", f"lua_script:{script}")),
    ]
    words += ["-X", f"lua_script1:{argument}"] if argument else []
    environment = {**os.environ, "HOME": str(folder), "TMPDIR": str(folder), **variables}
    return subprocess.run(words, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)


def story(text):
    return text[text.index("✖") : text.index("\nmore ")]


@pytest.mark.needs("tshark")
def test_the_stream_of_a_packet_is_explained(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    said = tshark(tmp_path, PLUGIN, argument="0", TCPEXPLAIN=program(tmp_path)).stdout
    run([str(SAMPLE), "--stream", "0", "--color", "never"])
    told = capsys.readouterr().out
    assert "✖ write-after-close" in said
    assert "9 20.000747" in said
    # What stands around the story names the file.
    assert story(said) == story(told)


@pytest.mark.needs("tshark")
def test_a_program_that_is_not_there_is_named(tmp_path):
    said = tshark(tmp_path, PLUGIN, argument="0", TCPEXPLAIN="/nowhere/tcpexplain").stdout
    assert "not found" in said
    assert "let TCPEXPLAIN name the program" in said


@pytest.mark.needs("tshark")
def test_menus_ask_for_the_stream_of_the_packet_or_of_the_filter(tmp_path):
    stub, calls = tmp_path / "stub.lua", tmp_path / "calls.lua"
    stub.write_text(STUB, encoding="utf-8")
    calls.write_text(CALLS, encoding="utf-8")
    said = tshark(tmp_path, stub, PLUGIN, calls).stdout
    assert "on packets with tcp.stream: Explain this connection (tcpexplain)" in said
    assert "tools: Explain this connection (tcpexplain)" in said
    assert said.index("window tcpexplain: tcp.stream eq 7") < said.index("window tcpexplain: tcp.stream eq 12")
    assert said.count("text the packets cannot be saved: there are none") == 2


@pytest.mark.needs("tshark")
def test_without_being_asked_it_does_nothing(tmp_path):
    assert tshark(tmp_path, PLUGIN).stdout == ""


def test_one_command_puts_it_where_wireshark_looks(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(plugin, "folder", lambda: tmp_path / "plugins")
    target = tmp_path / "plugins" / "tcpexplain.lua"
    monkeypatch.setattr(plugin.shutil, "which", lambda _: "/usr/bin/tcpexplain")
    for _ in range(2):
        assert run(["--install-wireshark"]) == 0
    assert target.read_bytes() == PLUGIN.read_bytes()
    monkeypatch.setattr(plugin.shutil, "which", lambda _: None)
    monkeypatch.setattr(plugin.sys, "argv", ["/home/me/.venv/bin/tcpexplain"])
    run(["--install-wireshark"])
    assert 'or "/home/me/.venv/bin/tcpexplain")' in target.read_text(encoding="utf-8")
    assert str(tmp_path / "plugins") in capsys.readouterr().out


def test_the_folder_is_the_users(tmp_path, monkeypatch):
    monkeypatch.setattr(plugin.shutil, "which", lambda _: None)
    monkeypatch.setattr(plugin.Path, "home", lambda: tmp_path)
    monkeypatch.setenv("APPDATA", str(tmp_path))
    assert plugin.folder().name == "plugins"
    assert plugin.folder().is_relative_to(tmp_path)
