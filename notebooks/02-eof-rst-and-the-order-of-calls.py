# %% [markdown]
# # EOF, ECONNRESET or EPIPE: which one does my call return?
#
# It depends on what arrived, and on which call came first: an error is told once.

# %%
import json

import pandas as pd
import tcpexplain as tx

NAMES = ["pending-data-then-eof", "pending-data-then-reset", "server-closes-with-unread-data", "reset-in-close-wait"]
caps = {name: tx.read(f"../captures/{name}/capture.pcap") for name in NAMES}

# %% [markdown]
# What the client's next calls return after the last packet; `then` is what the same call says the second time.


# %%
def told(value):
    return " or ".join(map(str, value)) if isinstance(value, tuple) else value or ""


rows = []
for name, cap in caps.items():
    last = cap[0].events[-1].client
    rows.append(
        {
            "capture": name,
            "state": last.state,
            "read": told(last.next.read.now),
            "read, then": told(last.next.read.then),
            "write": told(last.next.write.now),
            "write, then": told(last.next.write.then),
            "signal": last.next.write.signal or "",
        }
    )
pd.DataFrame(rows).set_index("capture")

# %% [markdown]
# These are predictions from packets alone. Here is what the calls did return when the captures were recorded:

# %%
for name in NAMES:
    truth = json.load(open(f"../captures/{name}/truth.json"))
    calls = [
        call
        for call in truth["connections"][0]["syscalls"]
        if call["side"] == "client" and call["call"] in ("recv", "send")
    ]
    print(name.ljust(32), ", ".join(f"{call['call']} {call['errno'] or call['returned']}" for call in calls))

# %% [markdown]
# ## A FIN first, then a RST
#
# The most surprising of them: once the FIN has arrived, Linux never says ECONNRESET to a reader. It says EOF for ever, and only
# `write`, `SO_ERROR` and `POLLERR` know of the RST.

# %%
caps["reset-in-close-wait"][0]

# %% [markdown]
# Everything a socket knows after the RST, in one event:

# %%
caps["reset-in-close-wait"][0].events[-1]

# %% [markdown]
# ## A RST with data unread
#
# Without a FIN the RST is an error for the reader as well, once.

# %%
caps["server-closes-with-unread-data"][0]
