"""Connections on the two sides of proxies that end them, recorded in real namespaces: which upstream failure a client's error came of."""

from __future__ import annotations

import json
import random
from pathlib import Path
from types import SimpleNamespace

import pytest

import tcpexplain
from tcpexplain.cli.command import run
from tcpexplain.identity import boxes, linked
from tcpexplain.identity.exchange import Exchange
from tcpexplain.story.linked import linked as told

ROOT = Path(__file__).parents[2] / "captures" / "proxies"
LIKELY, POSSIBLE = "likely", "possible"

SITUATIONS = {
    # name: what each pair of client's and upstream's connection is: streams, certainty, how the upstream ended, what the client got
    "haproxy-http-reset": [(0, 1, LIKELY, "reset", 502)],
    "haproxy-http-closed": [(0, 1, LIKELY, "closed", 502)],
    "haproxy-http-slow": [(0, 1, LIKELY, "given-up", 504)],
    "haproxy-http-refused": [(0, 1, LIKELY, "refused", 503)],
    "haproxy-http-retries": [(0, at, LIKELY, "refused", 503) for at in (1, 2, 3)],
    "haproxy-http-unreachable": [(0, 1, LIKELY, "unanswered", 503)],
    "haproxy-http-client-aborts": [(0, 1, LIKELY, "given-up", "given-up")],
    "haproxy-http-fine": [(0, 1, LIKELY, "answered", "answered")],
    "haproxy-two-addresses": [(0, 1, POSSIBLE, "reset", 502)],
    "haproxy-tcp-reset": [(0, 1, LIKELY, "reset", "closed")],
    "haproxy-tcp-refused": [(0, 1, POSSIBLE, "refused", "reset")],
    "nginx-http-reset": [(0, 1, LIKELY, "reset", 502)],
    "nginx-http-slow": [(0, 1, LIKELY, "given-up", 504)],
    "nginx-http-cut": [(0, 1, LIKELY, "answered", 200)],
    "nginx-stream-reset": [(0, 1, LIKELY, "reset", "closed")],
    "two-clients-one-reset": [(0, 1, LIKELY, "answered", "answered"), (2, 3, LIKELY, "reset", 502)],
    "two-clients-alike": [(0, 1, LIKELY, "reset", 502), (2, 3, POSSIBLE, "closed", 502)],
    # The proxy's own connection to port 9000 is refused while a client waits: nobody's 502.
    "own-business": [(0, 1, LIKELY, "answered", "answered")],
    "own-business-before-502": [(0, 1, LIKELY, "reset", "closed")],
}  # fmt: skip


def captured(name, **options):
    return tcpexplain.read(sorted(map(str, (ROOT / name).glob("*.pcap"))), **options)


def pairs(capture):
    return [
        (connection.stream, link.stream, link.certainty, link.upstream, link.status or link.client)
        for connection in capture
        for link in connection.linked
        if link.role == "upstream"
    ]


def test_every_recording_is_judged():
    assert {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(SITUATIONS)


@pytest.mark.parametrize("name", SITUATIONS)
def test_who_is_linked_with_whom(name):
    assert pairs(captured(name)) == SITUATIONS[name]


@pytest.mark.parametrize("name", ["haproxy-http-reset", "nginx-stream-reset"])
def test_the_proxy_alone_and_all_three_points_say_the_same(name):
    assert pairs(tcpexplain.read(str(ROOT / name / "proxy.pcap"))) == pairs(captured(name))


def test_every_link_is_told_at_both_connections():
    for name in SITUATIONS:
        capture = captured(name)
        both = [(connection.stream, link.stream, link.role) for connection in capture for link in connection.linked]
        turned = {"client": "upstream", "upstream": "client"}
        assert sorted(both) == sorted((other, one, turned[role]) for one, other, role in both)


def test_nothing_is_certain():
    assert {link.certainty for name in SITUATIONS for one in captured(name) for link in one.linked} == {
        LIKELY,
        POSSIBLE,
    }


def test_no_identify_links_nothing():
    assert not any(one.linked for one in captured("haproxy-http-reset", identify=False))


def test_it_stands_in_text_html_and_markdown(tmp_path, capsys):
    files = [str(ROOT / "haproxy-http-reset" / "proxy.pcap"), "--stream", "0"]
    assert run(files) in (0, 1)
    text = " ".join(capsys.readouterr().out.split())
    assert (
        "The client's 502 likely came of stream 1, which carried its request upstream and was reset by the upstream server 0.1 ms before."
        in text
    )
    for name in ("x.html", "x.md"):
        assert run([*files, "-o", str(tmp_path / name)]) in (0, 1)
        assert "502 likely came of stream 1" in (tmp_path / name).read_text().replace("&#x27;", "'")


def test_json_names_the_other_connection(capsys):
    run([str(ROOT / "haproxy-http-refused" / "proxy.pcap"), "--json"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    one, other = (line["linked"] for line in lines if line["type"] == "connection")
    assert (one[0]["stream"], one[0]["role"], other[0]["stream"], other[0]["role"]) == (1, "upstream", 0, "client")
    assert one[0]["by"] == ["address", "time", "status"]


def test_the_other_side_is_told_too():
    one, other = captured("haproxy-http-client-aborts")
    assert told(one).startswith(
        "The proxy gave up stream 1, which likely carried its request upstream, 0.1 ms after the client ended this one."
    )
    assert told(other).startswith("It likely carried the request of stream 0")


def exchange(stream, asked, over, request=100, answer=0, ending="answered", server=1):
    return Exchange(
        stream, (4, 0, 9, stream), (4, 0, server, 80), asked, asked if request else 0, request, answer, over, ending, 0
    )


MS = 1_000_000


@pytest.mark.parametrize(
    ("front", "back"),
    [
        (exchange(0, 10 * MS, 50 * MS, answer=500), exchange(1, 5 * MS, 20 * MS, answer=500)),
        (exchange(0, 10 * MS, 50 * MS, answer=500), exchange(1, 60 * MS, 90 * MS, answer=500)),
        (exchange(0, 10 * MS, 50 * MS, request=100), exchange(1, 11 * MS, 45 * MS, request=9_000)),
        (exchange(0, 10 * MS, 50 * MS, answer=500), exchange(1, 11 * MS, 45 * MS, answer=90_000)),
        (exchange(0, 10 * MS, 50 * MS, ending="reset"), exchange(1, 11 * MS, 45 * MS, answer=500)),
        (exchange(0, 10 * MS, 40 * MS, ending="reset"), exchange(1, 11 * MS, 45 * MS, ending="reset")),
        (exchange(0, 10 * MS, 900 * MS, ending="given-up"), exchange(1, 11 * MS, 45 * MS, ending="given-up")),
    ],
    ids=[
        "asked-before",
        "asked-after",
        "other-request",
        "other-answer",
        "answered-upstream",
        "told-before",
        "long-after",
    ],
)
def test_near_misses_do_not_fit(front, back):
    assert linked.fit(front, back, "address") is None


def test_many_at_one_time_cost_a_bounded_number_of_looks(monkeypatch):
    generator = random.Random(7)
    fronts = sorted(
        (exchange(at, generator.randrange(1_000 * MS), 9_000 * MS, answer=400) for at in range(5_000)),
        key=lambda one: one.asked,
    )
    looks = 0
    real = linked.fit

    def counted(*given):
        nonlocal looks
        looks += 1
        return real(*given)

    monkeypatch.setattr(linked, "fit", counted)
    starts = [one.asked for one in fronts]
    for at in range(1_000):
        linked.best(exchange(10_000 + at, fronts[at].asked + MS, 800 * MS, answer=400), fronts, starts, "address")
    assert looks <= 1_000 * linked.LOOKS


def test_hosts_are_the_same_in_arrays_and_in_lists():
    np = pytest.importorskip("numpy")
    generator = random.Random(3)
    names = ("version", "low_hi", "low_lo", "high_hi", "high_lo")
    rows = [
        (4, 0, generator.choice((2130706433, 167837698, 167837697)), 0, generator.randrange(1 << 32)) if one % 2
        else (6, 0, generator.choice((1, 2)), generator.randrange(-(1 << 63), 1 << 63), generator.randrange(-(1 << 63), 1 << 63))
        for one in range(400)
    ]  # fmt: skip
    clients = [generator.randrange(2) for _ in rows]
    plain = boxes.end_hosts(
        SimpleNamespace(
            rows=[SimpleNamespace(**dict(zip(names, row, strict=True))) for row in rows],
            results=SimpleNamespace(facts=[SimpleNamespace(client=client) for client in clients]),
            streams=len(rows),
        )
    )
    table = np.array(rows, dtype=[(name, np.int64) for name in names])
    facts = np.array([(client,) for client in clients], dtype=[("client", np.int8)])
    arrays = boxes.end_hosts(
        SimpleNamespace(
            rows=table, results=SimpleNamespace(facts=facts), streams=len(rows), memory=SimpleNamespace(np=np)
        )
    )
    for one, other in zip(plain, arrays, strict=True):
        assert list(one) == other.tolist()
