# %% [markdown]
# # Did the peer close, or only shut down its sending side?
#
# `close()` and `shutdown(SHUT_WR)` send the same FIN. Whoever receives it cannot know whether anybody still listens: only what
# follows tells. Two captures that are alike up to the FIN.

# %%
import tcpexplain as tx

closed = tx.read("../captures/idle-connection-closed-written-twice/capture.pcap")[0]
half = tx.read("../captures/idle-connection-half-closed-written-twice/capture.pcap")[0]

# %% [markdown]
# The server called `close()`: the client's next data is answered with RST.

# %%
closed

# %% [markdown]
# The server called `shutdown(SHUT_WR)`: both writes are acknowledged, and read.

# %%
half

# %% [markdown]
# ## What was known at the moment of the FIN
#
# `closed_by` names every call that can have sent it, in the light of the whole capture:

# %%
for name, connection in (("closed", closed), ("half", half)):
    fin = next(event for event in connection.events if event.sender == "server" and "F" in event.flags)
    print(name.ljust(7), f"packet {fin.packet}:", " or ".join(fin.server.closed_by))

# %% [markdown]
# ## Half-close on purpose
#
# Some protocols use it: the client says "that was my request" with a FIN and reads on. FIN-WAIT-2 and CLOSE-WAIT last as long as
# the answer takes; neither is a leak.

# %%
tx.read("../captures/half-close/capture.pcap")[0].plot()
