# %% [markdown]
# # Who leaks the sockets in CLOSE-WAIT?
#
# `ss -tan state close-wait` shows more of them every hour. CLOSE-WAIT means: the peer has closed, our kernel has told the application
# (its `read` returned 0), and the application has not called `close()`.

# %%
import tcpexplain as tx

cap = tx.read("../captures/eof-read-never-closed/capture.pcap")
cap[0]

# %% [markdown]
# One connection alone proves little: an answer that takes long to compute looks the same, hence "possible". Many are another
# matter. In a capture of 2,000 connections:

# %%
many = tx.read("../captures/mix2000/mix2000.pcap")
connections = many.to_pandas()
leaks = connections[connections.cause == "close-wait-leak"]
print(f"{len(leaks)} of {len(connections):,} connections")
leaks.groupby(["server_address", "server_port"], observed=True).agg(
    leaks=("stream", "size"), first=("start", "min"), last=("start", "max")
)

# %% [markdown]
# Server by server, with the other end's FIN-WAIT-2: since when, for how many seconds, and whether that is a leak or merely what was open
# when the capture ended.

# %%
import pandas as pd

pd.DataFrame(
    {
        "server": str(one.server),
        "waits": one.waiting,
        "CLOSE-WAIT": one.close_wait.count,
        "FIN-WAIT-2": one.fin_wait_2.count,
        "leaking": one.leaking,
        "since": pd.Timestamp(one.close_wait.since, tz="UTC").floor("s"),
        "shortest": round(one.close_wait.shortest),
        "median": round(one.close_wait.median),
        "longest": round(one.close_wait.longest),
    }
    for one in many.half_closed
)

# %% [markdown]
# ## Is it all of that service's connections, or some of them?

# %%
service = connections[connections.server_port.isin(leaks.server_port)]
service.groupby(["server_port", "cause"], observed=True).size().unstack(fill_value=0)

# %% [markdown]
# All of them, on all three machines: it is no rare path through the code. The service does not close.
#
# ## Since when do they pile up?

# %%
import matplotlib.dates as dates
import matplotlib.pyplot as plt

events = many.to_pandas("events")
entered = events[
    (events.server_state == "CLOSE-WAIT") & (events.server_previous != "CLOSE-WAIT") & events.stream.isin(leaks.stream)
]
minutes = leaks.set_index("stream").start + entered.groupby("stream").time.min().astype("timedelta64[s]")
figure, axes = plt.subplots(figsize=(8, 2.8), layout="constrained")
axes.step(minutes.sort_values(), range(1, len(minutes) + 1), where="post", color="#b83a0b")
axes.set(xlabel="UTC", ylabel="sockets in CLOSE-WAIT", ylim=0)
axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M"))
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# A steady climb since the capture began: not an incident, but how the service works, until it runs out of descriptors. The
# first of them, as the tool explains it:

# %%
many[int(leaks.stream.iloc[0])].finding
