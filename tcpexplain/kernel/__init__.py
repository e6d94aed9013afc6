"""The kernel's own account, from tracefs: what it did with each connection, beside what was predicted (Linux, no BPF)."""
