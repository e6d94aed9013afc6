# %% [markdown]
# # Who sent the RST?
#
# "Connection reset by peer", says the errno. It was not always the peer. Six captures that end with a RST:

# %%
import pandas as pd
import tcpexplain as tx

NAMES = [
    "connect-refused",
    "server-closes-with-unread-data",
    "linger-zero-abort",
    "idle-connection-closed-written-twice",
    "firewall-resets-both-ends",
    "forged-reset-out-of-window",
]
caps = {name: tx.read(f"../captures/{name}/capture.pcap")[0] for name in NAMES}

rows = []
for name, connection in caps.items():
    for reset in connection.resets[:2]:
        reasons = (reset.reason,) if isinstance(reset.reason, str) else reset.reason
        rows.append(
            {
                "capture": name,
                "packet": reset.packet,
                "in the name of": reset.by,
                "made by": reset.origin,
                "accepted": {True: "yes", False: "no", None: "not proved"}[reset.accepted],
                "why": " or ".join(reasons),
                "verdict": connection.cause,
            }
        )
pd.DataFrame(rows).set_index(["capture", "packet"])

# %% [markdown]
# ## Something in between
#
# The client is reset in the server's name, and the server sent nothing: the RST came by a shorter way than everything else
# of the server's, as its TTL shows.

# %%
caps["firewall-resets-both-ends"]

# %% [markdown]
# ## A RST that changes nothing
#
# RFC 9293 (after RFC 5961) lets a RST close a connection only if its sequence number is exactly the one expected next. One outside the window is
# ignored; a capture shows a RST, and the connection lives on.

# %%
caps["forged-reset-out-of-window"]

# %% [markdown]
# ## The kernel's answer to data that nobody will read
#
# `close()` with data unread does not send FIN: it tells the peer at once that something of its was thrown away.

# %%
caps["server-closes-with-unread-data"].finding
