"""Web servers and proxies of further families that end amid FastCGI, HTTP/2 behind an upgrade, ranges and passed-on answers. Frames are kept whole."""

import subprocess

from midway import BACK, CUT, PORT, PYTHON, WHOLE, curl, get, narrow, rest, slowly
from stage import Stage, kill, pause, scene, server

both_cut = scene(cause=CUT, connections=server(PORT, cause=CUT) + server(BACK, cause=CUT), snaplen=WHOLE)
"""A scene in which a proxy passes on that its server's answer was cut."""
front_cut = scene(cause=CUT, connections=server(PORT, cause=CUT), snaplen=WHOLE)
PHP = """<?php
if (strpos($_SERVER['REQUEST_URI'], 'small')) { echo "ok\\n"; exit; }
header('Content-Length: 50000');
for ($i = 0; $i < 100; $i++) { echo str_repeat('y', 500); @ob_flush(); flush(); usleep(50000); }
"""
NODE = """
const http2 = require("http2");
http2.createServer().on("stream", (stream) => {
  stream.on("error", () => {}); stream.respond({":status": 200}); stream.write("a");
  setTimeout(() => stream.destroy(new Error("broken")), 200);
}).listen(Number(process.argv[2]));
"""


def lighttpd(stage: Stage, more: str = "") -> subprocess.Popen[str]:
    (stage.folder / "big").write_bytes(b"x" * 300_000)
    (stage.folder / "small").write_bytes(b"ok\n")
    text = f'server.document-root="{stage.folder}"\nserver.port={PORT}\n{more}\n'
    return stage.start("lighttpd", "-D", "-f", stage.write("lighttpd.conf", text), ready=PORT)


def caddy(stage: Stage, site: str, protocols: str = "h1") -> subprocess.Popen[str]:
    (stage.folder / "big").write_bytes(b"x" * 300_000)
    (stage.folder / "small").write_bytes(b"ok\n")
    text = f"{{\n admin off\n auto_https off\n servers {{\n  protocols {protocols}\n }}\n}}\nhttp://:{PORT} {{\n {site}\n}}\n"
    words = ("caddy", "run", "--adapter", "caddyfile", "--config", stage.write("Caddyfile", text))
    return stage.start("env", f"HOME={stage.folder}", *words, ready=PORT)


def php(stage: Stage) -> None:
    """php-fpm, and lighttpd before it; what it runs stands in a folder of its own."""
    stage.run("mount", "-t", "tmpfs", "tmpfs", "/srv")
    stage.run("sh", "-c", "mkdir /srv/www; cp page.php /srv/www/page.php", cwd=stage.write("page.php", PHP).parent)
    pool = f"listen=127.0.0.1:{BACK}\nuser=www-data\ngroup=www-data\npm=static\npm.max_children=2\n"
    fpm = stage.write("fpm.conf", f"[global]\nerror_log={stage.folder}/fpm.log\ndaemonize=no\n[www]\n{pool}")
    stage.start("php-fpm8.2", "-F", "-y", fpm, ready=BACK)
    host = f'"host"=>"127.0.0.1","port"=>{BACK},"check-local"=>"disable"'
    more = f'server.modules=("mod_fastcgi")\nserver.stream-response-body=2\nfastcgi.server=(".php"=>(({host})))'
    lighttpd(stage, more.replace("server.modules=", "server.modules+="))


def killed(stage: Stage, program: subprocess.Popen[str], *words: str) -> None:
    """A download in the background, whose server gets SIGKILL."""
    stage.record()
    client = stage.start("curl", "-sS", "-o", "/dev/null", "--limit-rate", "20k", *words, at="")
    pause(1)
    kill(program)
    client.wait(20)


@front_cut
def midway_lighttpd_killed_in_range(stage: Stage) -> None:
    """lighttpd was killed while it sent a range; curl: "transfer closed with 171398 bytes remaining to read"."""
    narrow(stage)
    killed(stage, lighttpd(stage), "-r", "1000-250000", f"http://127.0.0.1:{PORT}/big")


@front_cut
def midway_lighttpd_killed_to_half_closed(stage: Stage) -> None:
    """A client shut down its sending direction behind its request and read on; lighttpd was killed in its answer."""
    narrow(stage)
    program = lighttpd(stage)
    stage.record()
    client = slowly(stage, PORT, get("/big"))
    client.shutdown(1)
    pause(0.3)
    kill(program)
    rest(client)


@both_cut
def midway_lighttpd_php_killed(stage: Stage) -> None:
    """A worker of php-fpm was killed in its answer: no END_REQUEST; curl: "transfer closed with 40000 bytes remaining to read"."""
    php(stage)
    stage.record()
    client = stage.start("curl", "-sS", "-o", "/dev/null", f"http://127.0.0.1:{PORT}/page.php", at="")
    pause(1)
    stage.run("pkill", "-9", "-f", "php-fpm: pool")
    client.wait(20)


@front_cut
def midway_caddy_killed_in_http2(stage: Stage) -> None:
    """Caddy was killed in an HTTP/2 answer; curl: "HTTP/2 stream 1 was not closed cleanly before end of the underlying stream"."""
    narrow(stage)
    killed(stage, caddy(stage, f"root * {stage.folder}\n file_server", "h1 h2c"), "--http2-prior-knowledge", f"http://127.0.0.1:{PORT}/big")  # fmt: skip


@front_cut
def midway_caddy_killed_behind_upgrade(stage: Stage) -> None:
    """The same, HTTP/2 having been agreed on by an Upgrade."""
    narrow(stage)
    killed(stage, caddy(stage, f"root * {stage.folder}\n file_server", "h1 h2c"), "--http2", f"http://127.0.0.1:{PORT}/big")  # fmt: skip


@both_cut
def midway_caddy_passes_on_heads_only(stage: Stage) -> None:
    """A Python server left after its head; Caddy: "aborting with incomplete response: unexpected EOF"."""
    stage.python(PYTHON.replace('b"x" * 1000', 'b""'), BACK, ready=BACK)
    caddy(stage, f"reverse_proxy 127.0.0.1:{BACK}")
    stage.record()
    curl(stage, "/half")


@both_cut
def midway_varnish_passes_on_a_cut_chunk(stage: Stage) -> None:
    """A Python server left in a chunk behind Varnish; curl: "transfer closed with outstanding read data remaining"."""
    stage.python(PYTHON, BACK, ready=BACK)
    vcl = f'vcl 4.1;\nbackend default {{ .host="127.0.0.1"; .port="{BACK}"; }}\nsub vcl_recv {{ return (pass); }}\n'
    stage.start("varnishd", "-F", "-a", f"127.0.0.1:{PORT}", "-f", stage.write("varnish.vcl", vcl), "-n", stage.folder / "v", "-j", "none", ready=PORT)  # fmt: skip
    pause(1)
    stage.record()
    curl(stage, "/chunks")


@both_cut
def midway_squid_passes_on_a_cut_answer(stage: Stage) -> None:
    """A Python server left in its answer behind Squid; curl: "transfer closed with 4000 bytes remaining to read"."""
    stage.run("mount", "-t", "tmpfs", "tmpfs", "/dev/shm")
    stage.python(PYTHON, BACK, ready=BACK)
    (stage.folder / "run").mkdir()
    (stage.folder / "run").chmod(0o777)
    text = f"http_port {PORT}\nhttp_access allow all\ncache deny all\npid_filename {stage.folder}/run/pid\naccess_log none\ncache_log {stage.folder}/run/log\ncache_effective_user proxy\n"
    stage.start("squid", "-N", "-f", stage.write("squid.conf", text), ready=PORT)
    stage.record()
    stage.run("curl", "-sS", "-o", "/dev/null", "-x", f"http://127.0.0.1:{PORT}", f"http://127.0.0.1:{BACK}/half")


@scene(cause=["error-then-close"], connections=server(PORT, cause=["error-then-close"]), snaplen=WHOLE)
def midway_node_resets_a_stream(stage: Stage) -> None:
    """A Node.js server ended an answer with RST_STREAM INTERNAL_ERROR; curl: "HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR"."""
    stage.start("node", stage.write("server.js", NODE), PORT, ready=PORT)
    stage.record()
    curl(stage, "/", "--http2-prior-knowledge")


@scene(healthy=True, snaplen=WHOLE)
def wholly_php(stage: Stage) -> None:
    """php-fpm behind lighttpd: FastCGI, whole."""
    php(stage)
    stage.record()
    for _ in range(12):
        curl(stage, "/page.php/small")


@scene(healthy=True, snaplen=WHOLE)
def wholly_caddy(stage: Stage) -> None:
    """Caddy: HTTP/1.1, HTTP/2 with prior knowledge, and behind an Upgrade."""
    caddy(stage, f"root * {stage.folder}\n file_server", "h1 h2c")
    stage.record()
    for _ in range(10):
        for option in ("--http1.1", "--http2", "--http2-prior-knowledge"):
            curl(stage, "/small", option)
