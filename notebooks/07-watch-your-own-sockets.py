# %% [markdown]
# # What did my code just do on the wire?
#
# `%%tcpexplain_live` captures while a cell runs its sockets, then explains what it did. It listens on `lo` unless you name
# another interface, and leaves out connections that were open before, Jupyter's own among them.
#
# Capturing needs root or CAP_NET_RAW; without it the cell says so, and how to get it.

# %%
# %load_ext tcpexplain

# %% [markdown]
# ## A clean exchange

# %%
# %%tcpexplain_live
import socket

listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.sendall(b"ping")
server.recv(4)
server.sendall(b"pong")
client.recv(4)
client.close()
server.recv(1)
server.close()

# %% [markdown]
# ## Close with data unread
#
# The only difference: the server does not read the second request. Its `close()` sends RST instead of FIN.

# %%
# %%tcpexplain_live
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
client.sendall(b"request")
server.close()
try:
    client.recv(1)
except OSError as error:
    print("recv:", type(error).__name__)
client.close()

# %% [markdown]
# ## Nobody listens
#
# A port that was free a moment ago: the kernel answers the SYN with RST.

# %%
# %%tcpexplain_live
port = listener.getsockname()[1]
listener.close()
try:
    socket.create_connection(("127.0.0.1", port))
except OSError as error:
    print("connect:", type(error).__name__)

# %% [markdown]
# The capture is kept as `cap`, so that one can look closer:

# %%
cap[-1].events[-1]
