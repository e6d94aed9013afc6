# %% [markdown]
# # A postmortem of 2,000 connections
#
# Eleven minutes of traffic around an incident. What failed, since when, for whom, and what is there to change?

# %%
import tcpexplain as tx

cap = tx.read("../captures/mix2000/mix2000.pcap")
cap

# %% [markdown]
# ## Since when?

# %%
import matplotlib.pyplot as plt
import pandas as pd

connections = cap.to_pandas()
failed = connections[connections.severity == "failed"].copy()
failed["cause"] = failed.cause.cat.remove_unused_categories()
per_half_minute = (
    failed.groupby([pd.Grouper(key="start", freq="30s"), "cause"], observed=True).size().unstack(fill_value=0)
)
per_half_minute.index = per_half_minute.index.strftime("%H:%M:%S")
axes = per_half_minute.plot.bar(stacked=True, figsize=(9, 3.4), width=0.9, colormap="tab10")
axes.set(xlabel="UTC, half minutes", ylabel="failed connections")
axes.legend(fontsize="small", frameon=False, ncols=3, loc="upper left", bbox_to_anchor=(0, 1.28))
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# ## For whom?

# %%
share = (
    connections.assign(failed=connections.severity == "failed")
    .groupby(["server_address", "server_port"], observed=True)
    .agg(connections=("stream", "size"), failed=("failed", "sum"), bytes_lost=("client_bytes_lost", "sum"))
)
share["share"] = (share.failed / share.connections).map("{:.0%}".format)
share.sort_values("failed", ascending=False)

# %% [markdown]
# ## What was lost, and what may be sent again?

# %%
failed.groupby(["cause", "retry"], observed=True).agg(
    connections=("stream", "size"),
    client_bytes_lost=("client_bytes_lost", "sum"),
    server_bytes_lost=("server_bytes_lost", "sum"),
)

# %% [markdown]
# ## How long had the connection been idle when it failed?
#
# If a timeout is the cause, its length shows: silences pile up at one value.

# %%
segments = cap.to_pandas("segments")
segments["silence"] = segments.groupby("stream").time.diff()
longest = segments.groupby("stream").silence.max()
stale = failed[failed.cause == "peer-closed-idle-connection"]
longest[longest.index.isin(stale.stream)].describe().round(2).to_frame("longest silence, s").T

# %% [markdown]
# ## One connection of the largest group

# %%
first = next(c for c in cap if c.cause == failed.cause.mode()[0])
first

# %% [markdown]
# ## The same question in polars
#
# Possible outcomes stay lists here, most likely first.

# %%
import polars as pl

events = cap.to_polars("events")
(
    events.group_by("stream")
    .last()
    .with_columns(write=pl.col("client_write").list.first(), read=pl.col("client_read").list.first())
    .group_by("client_state", "read", "write")
    .len()
    .sort("len", descending=True)
    .head(8)
)

# %% [markdown]
# ## The report
#
# `cap.report()` shows as Markdown; `.save` writes whatever the file name ends in. This one is the connection above, ready for
# the incident's page:

# %%
first.report()
