"""``--anonymize``: other addresses and names on everything that leaves, the same for the same; nothing that is analysed changes."""
