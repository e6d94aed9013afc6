# %% [markdown]
# # Why does my pooled client say "broken pipe"?
#
# A Go service keeps connections to another one in a pool. Now and then its log says
#
# ```
# write tcp 127.0.0.1:44252->127.0.0.1:5000: write: broken pipe
# ```
#
# The server's log says nothing. Here is the capture of one such connection.

# %%
import tcpexplain as tx

cap = tx.read("../captures/go-client-idle-connection-closed/capture.pcap")
cap[0]

# %% [markdown]
# The `write` that failed was not the first that nobody read. The one before it *succeeded*: it put the request into the
# send buffer, and only the RST that came back told the kernel that nobody was there any more. A `read` in between would have
# said EOF.
#
# Is that really what the application saw? The capture was recorded together with the system calls of both programs:

# %%
import json

import pandas as pd

truth = json.load(open("../captures/go-client-idle-connection-closed/truth.json"))
calls = pd.DataFrame(truth["connections"][0]["syscalls"], dtype="object")
calls.loc[calls.side == "client", ["after_packet", "call", "bytes", "returned", "errno", "signal"]].replace({None: ""})

# %% [markdown]
# Go hides the SIGPIPE (on sockets its runtime ignores it); a C program without `MSG_NOSIGNAL` would have died here.
#
# ## The way through the state machine
#
# The client stands in CLOSE-WAIT: its kernel has acknowledged the FIN, and waits for the application.

# %%
cap[0].plot()

# %% [markdown]
# ## Was the request lost, and may it be sent again?

# %%
print(cap[0].finding.lost)
print(cap[0].retry.verdict + ":", cap[0].retry.because)

# %% [markdown]
# ## The fix
#
# First: look before you write. In this capture the pool probes its three connections with a non-blocking read of one byte,
# finds the two that the server closed, and closes them in turn. Nothing fails.

# %%
tx.read("../captures/pool-probed-before-use/capture.pcap")

# %% [markdown]
# Second: no probe is enough. If FIN and request cross on the wire, both ends did everything right and the request is
# lost all the same. So the client's idle timeout has to be the shorter one, and a request that nobody acknowledged has to be sent again.

# %%
tx.read("../captures/idle-close-race/capture.pcap")[0]
