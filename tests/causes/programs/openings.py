"""Connections that do not come about: filtered, rejected, refused, scanned, reset before the first word; and ssh."""

import signal
import subprocess

from paths import OTHER, PORT, SERVE, SILENT, curl, first, serve
from stage import FINE, SERVER, Stage, kill, pause, scene, server


@scene(cause=["reused-port-refused"], path="pair", connections=server(PORT, nth=0, severity=FINE))
def client_rebooted_same_port(stage: Stage) -> None:
    """A client that forgot its connection (power cut) connected from the same port; a firewall dropped its RSTs: SYN, bare ACK, RST, again and again."""
    stage.nft("tcp flags rst drop")
    serve(stage)
    connection = stage.connect(PORT, source=40404)
    stage.ask(connection)
    pause(0.3)
    connection.setsockopt(6, 19, 1)  # IPPROTO_TCP, TCP_REPAIR: close without a packet
    connection.close()
    pause(1)
    stage.run("curl", "-sS", "--local-port", 40404, "--connect-timeout", "4", f"http://{SERVER}:{PORT}/")


@scene(
    cause=["refused-by-icmp"],
    path="router",
    connections=server(OTHER, cause=["refused-by-icmp"]) + server(PORT, severity=FINE),
)
def reject_with_icmp_port(stage: Stage) -> None:
    """The server's firewall rejected SYNs to one port with ICMP port-unreachable (nft's plain `reject`)."""
    stage.nft(f"tcp dport {OTHER} reject")
    serve(stage)
    stage.run("curl", "-sS", f"http://{SERVER}:{OTHER}/")
    curl(stage, "/")


@scene(cause=["refused-by-icmp"], path="router")
def host_unreachable(stage: Stage) -> None:
    """The server was switched off: the router got no ARP answer and said ICMP host-unreachable."""
    stage.run("ip", "-n", "server", "link", "set", "server0", "arp", "off")
    stage.run("ip", "-n", "router", "neigh", "flush", "all")
    stage.record()
    stage.run("curl", "-sS", "--connect-timeout", "20", f"http://{SERVER}:{PORT}/")


@scene(
    cause=["port-closed", "firewall-reset"],
    path="pair",
    connections=server(OTHER, cause=["port-closed", "firewall-reset"]) + server(PORT, severity=FINE),
)
def reject_with_tcp_reset(stage: Stage) -> None:
    """The server's firewall rejected SYNs to one port with a TCP reset, which looks like a closed port."""
    stage.nft(f"tcp dport {OTHER} reject with tcp reset")
    serve(stage)
    stage.run("curl", "-sS", f"http://{SERVER}:{OTHER}/")
    curl(stage, "/")


@scene(
    cause=["syn-unanswered", "connect-abandoned"],
    path="pair",
    connections=first(cause=["syn-unanswered", "connect-abandoned"]),
)
def curl_filtered_few_retries(stage: Stage) -> None:
    """tcp_syn_retries=2: a firewall dropped the SYNs and the kernel gave up after the third."""
    serve(stage)
    stage.sysctl("net.ipv4.tcp_syn_retries=2", at="")
    stage.nft(f"tcp dport {PORT} drop")
    curl(stage, "/")


@scene(cause=["syn-unanswered"], path="pair", connections=first(cause=["syn-unanswered"]))
def curl_filtered_to_the_end(stage: Stage) -> None:
    """A firewall dropped the SYNs; curl waited until the kernel's own give-up time, more than two minutes."""
    serve(stage)
    stage.nft(f"tcp dport {PORT} drop")
    stage.run("curl", "-sS", "--connect-timeout", "170", f"http://{SERVER}:{PORT}/", seconds=170)


@scene(
    cause=["port-closed"], connections=server(PORT, nth=0, cause=["port-closed"]) + server(PORT, nth=1, severity=FINE)
)
def curl_localhost_v6_first(stage: Stage) -> None:
    """curl tried [::1], where nobody listened, was refused, and succeeded on 127.0.0.1."""
    stage.python(SERVE.replace('("", int', '("127.0.0.1", int'), PORT, ready=PORT)
    stage.record()
    stage.run("curl", "-sS", "--resolve", f"shop.example:{PORT}:[::1],127.0.0.1", f"http://shop.example:{PORT}/")


@scene(severity=["fine"], path="pair")
def nmap_syn_scan(stage: Stage) -> None:
    """nmap -sS over 300 ports, one of them open."""
    stage.python(SERVE, PORT, ready=PORT)
    stage.record()
    stage.run("nmap", "-sS", "-n", "-Pn", "-T4", "-p", f"{PORT - 150}-{PORT + 149}", SERVER)


@scene(severity=["fine"], path="pair")
def nc_connect_scan(stage: Stage) -> None:
    """`nc -z` over 200 ports, one of them open: connect() and close at once."""
    stage.python(SERVE, PORT, ready=PORT)
    stage.record()
    stage.run("nc", "-z", "-n", "-w", "1", SERVER, f"{PORT - 100}-{PORT + 99}")


@scene(cause=["peer-vanished"], path="pair", connections=server(2222, cause=["peer-vanished"]))
def ssh_server_alive_unanswered(stage: Stage) -> None:
    """ssh with ServerAliveInterval 1 and CountMax 3 on a path that was cut: its probes were never acknowledged and it left."""
    session = ssh(stage, "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=3")
    pause(2)
    stage.nft(SILENT)
    session.wait(20)
    pause(1)


@scene(
    cause=["reset-during-handshake", "linger-zero-abort"],
    connections=server(2222, nth=1, cause=["reset-during-handshake", "linger-zero-abort"]),
)
def sshd_killed_before_accept(stage: Stage) -> None:
    """sshd was stopped, then killed with SIGKILL; a client that waited for the banner in its accept queue was aborted, no data either way."""
    session = ssh(stage)
    pause(1.5)
    kill(session)
    pause(0.5)
    daemon = stage.programs[0]
    kill(daemon, signal.SIGSTOP)
    waiting = stage.start("nc", stage.host, 2222, at="")
    pause(1)
    kill(daemon)
    waiting.wait(5)


def ssh(stage: Stage, *options: str) -> subprocess.Popen[str]:
    """sshd with a fresh host key, and one session that sleeps."""
    for name in ("host", "user"):
        stage.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stage.folder / name)
    stage.run("mkdir", "-p", "/run/sshd")
    stage.folder.chmod(0o755)
    settings = f"Port 2222\nHostKey {stage.folder}/host\nAuthorizedKeysFile {stage.folder}/user.pub\nPidFile none\nUsePAM no\nStrictModes no\n"
    stage.start("/usr/sbin/sshd", "-D", "-e", "-f", stage.write("sshd_config", settings), ready=2222)
    stage.record()
    words = (
        "ssh",
        "-i",
        stage.folder / "user",
        "-p",
        2222,
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
    )
    return stage.start(*words, *options, stage.host, "sleep 30", at="")
