"""A prediction is held against what the calls returned, now and then."""

import pytest

from tcpexplain.lab.comparison import lines
from tcpexplain.lab.judging import judge
from tcpexplain.lab.score import Score
from tcpexplain.lab.waiting import WAITED

CLIENT, SERVER = {"address": "10.0.0.1", "port": 1}, {"address": "10.0.0.2", "port": 2}


def call(name, after, returned, errno=None, signal=None, *, size=64, time=0.0, revents=None):
    return {
        "time": time,
        "end": time,
        "after_packet": after,
        "after_packet_end": after,
        "side": "client",
        "call": name,
        "bytes": size,
        "returned": returned,
        "errno": errno,
        "signal": signal,
        "revents": revents,
    }


def truth(syscalls, errors=(), states=(), resets=()):
    connection = {
        "client": CLIENT,
        "server": SERVER,
        "packets": [1, 2],
        "syscalls": list(syscalls),
        "states": list(states),
        "resets": list(resets),
        "errors": list(errors),
    }
    return {
        "name": "t",
        "description": "d",
        "kernel": "k",
        "capture": {"packets": 2, "vantage": "client"},
        "connections": [connection],
    }


def prediction(state="CLOSED", **following):
    silent = {"state": "CLOSED", "next": {}}
    event = {"packet": 1, "from": "client", "client": {"state": state, "next": following}, "server": silent}
    return [
        {
            "type": "connection",
            "client": CLIENT,
            "server": SERVER,
            "events": [event],
            "resets": [{"packet": 2, "by": "server", "reason": ["a", "b"]}],
        }
    ]


def judged(truth_file, predicted):
    score = Score()
    judge(truth_file, predicted, score)
    return [(fact.category, fact.verdict) for fact in score.facts]


RESET = {"now": "ECONNRESET", "then": "eof", "signal": None}
BROKEN = {"now": "ECONNRESET", "then": "EPIPE", "signal": "SIGPIPE"}
ERROR = [{"time": 0.5, "side": "client"}]


def test_the_first_read_takes_the_error_and_the_next_read_and_write_see_what_is_left():
    syscalls = [
        call("recv", 1, -1, "ECONNRESET", time=1.0),
        call("recv", 1, 0, time=2.0),
        call("send", 1, -1, "EPIPE", "SIGPIPE", time=3.0),
    ]
    verdicts = judged(truth(syscalls, ERROR), prediction(read=RESET, write=BROKEN))
    assert verdicts == [("read", "exact"), ("read", "exact"), ("write", "exact"), ("signal", "exact")]


def test_a_look_ahead_takes_the_error_and_leaves_the_data():
    error = [call("peek", 1, -1, "ECONNRESET", time=1.0), call("recv", 1, 0, time=2.0)]
    assert judged(truth(error, ERROR), prediction(read=RESET)) == [("read", "exact"), ("read", "exact")]
    data = [call("peek", 1, 10, time=1.0), call("recv", 1, 10, time=2.0), call("recv", 1, 0, time=3.0)]
    waits = prediction(read={"now": "data", "then": "eof"})
    assert judged(truth(data), waits) == [("read", "exact"), ("read", "exact"), ("read", "exact")]


def test_a_call_that_waited_is_held_against_what_came_meanwhile():
    waited = {**call("recv", 1, -1, "ECONNRESET", time=0.1), "end": 1.0, "after_packet_end": 2, "note": WAITED}
    row = prediction(read={"now": "blocks", "then": None})[0]
    later = {**row["events"][0], "packet": 2, "client": {"state": "CLOSED", "next": {"read": RESET}}}
    row = {**row, "events": [*row["events"], later]}
    verdicts = judged(truth([waited, call("recv", 2, 0, time=2.0)], ERROR), [row])
    assert verdicts == [("read", "exact"), ("read", "exact")]


def test_a_possibility_that_is_not_the_first_is_listed_and_none_is_a_miss():
    syscalls = [call("recv", 1, 0, time=1.0)]
    assert judged(truth(syscalls), prediction(read={"now": ["data", "eof"], "then": None})) == [("read", "listed")]
    assert judged(truth(syscalls), prediction(read={"now": "data", "then": None})) == [("read", "miss")]
    assert judged(truth(syscalls), []) == [("read", "miss")]


def test_calls_after_an_ends_own_close_are_left_out():
    syscalls = [call("close", 1, 0, time=1.0), call("recv", 1, -1, "EBADF", time=2.0)]
    assert judged(truth(syscalls), prediction(read=RESET)) == []


def test_reads_after_an_ends_own_shut_rd_are_hidden_from_the_wire():
    syscalls = [call("shutdown_rd", 1, 0, time=1.0), call("recv", 1, 0, time=2.0)]
    assert judged(truth(syscalls), prediction(read=RESET)) == [("hidden", "miss")]


def test_states_count_after_every_packet_from_the_first_one_known():
    states = [{"side": "client", "packet": 1, "to": "SYN_SENT", "cause": "call"}]
    verdicts = judged(truth([], states=states), prediction(state="SYN-SENT"))
    assert verdicts == [("states", "exact"), ("states_all", "exact"), ("states_all", "exact")]


def test_a_resets_reason_may_be_named_in_the_kernels_word_or_in_ours():
    resets = [{"packet": 2, "side": "server", "reason": "KERNEL", "class": "b"}]
    assert judged(truth([], resets=resets), prediction()) == [("reset_reason", "listed")]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_prediction_with_the_roles_exchanged_is_still_the_same_connection(swapped):
    row = prediction(read=RESET)[0]
    if swapped:
        events = [{**event, "client": event["server"], "server": event["client"]} for event in row["events"]]
        row = {**row, "client": SERVER, "server": CLIENT, "events": events}
    assert judged(truth([call("recv", 1, -1, "ECONNRESET", time=1.0)], ERROR), [row]) == [("read", "exact")]


def test_the_comparison_shows_every_call_with_its_prediction_beside_it():
    score, document = (
        Score(),
        truth([call("recv", 1, -1, "ECONNRESET", time=1.0), call("close", 1, 0, size=None, time=2.0)], ERROR),
    )
    judge(document, prediction(read=RESET), score)
    text = list(lines(document, score))
    assert text[3].split() == ["1", "client", "recv(64)", "-1", "ECONNRESET", "✓", "ECONNRESET"]
    assert text[4].split() == ["1", "client", "close()", "0"]


def test_the_table_ends_with_its_numbers_as_json():
    score = Score()
    score.add("read", ["eof", "data"], "data", "here")
    assert '"read": {"n": 1, "exact": 0, "listed": 1, "miss": 0, "breadth": 2.0}' in score.table().splitlines()[-1]
    assert score.misses() == ["listed read         here: observed data, predicted ['eof', 'data']"]
