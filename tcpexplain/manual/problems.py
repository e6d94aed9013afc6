"""The error codes: when each is raised, and what to do. Codes are never used again for something else."""

from __future__ import annotations

from tcpexplain.manual.topic import Topic


def _page(code: str, title: str, means: str, do: str, *see: str) -> Topic:
    """A page of an error code."""
    return Topic(code, title, (("means", means), ("do", do)), see=see)


TOPICS = (
    _page(
        "TE000",
        "An error without a number of its own",
        "Raised by programs that use tcpexplain as a library and give no code.",
        "Its message says what happened.",
    ),
    _page(
        "TE001",
        "The capture cannot be opened",
        "It is not there, is a folder without captures, this user may not read it, or it was replaced by another while it was read.",
        "Look at the name it proposes; for a capture that root made: sudo chown, or sudo cat x.pcap | tcpexplain -",
        "TE002",
    ),
    _page(
        "TE002",
        "Not a packet capture",
        "The first bytes are none that a reader knows: pcap, pcapng, gzip, zstd, xz, or a ladder script by its name. An empty file is meant too.",
        "What tcpdump, tshark and Wireshark print is read as well, if packets are in it; else capture with -w. If Wireshark opens it: --reader tshark.",
        "TE005",
        "TE020",
    ),
    _page(
        "TE003",
        "The capture ends inside a packet (warning)",
        "Whoever wrote it was stopped between two writes, or the copy is incomplete. Every whole packet was used; connections that seem open at the end may have gone on.",
        "Stop tcpdump with Ctrl-C rather than kill -9; tcpdump -U flushes each packet.",
    ),
    _page(
        "TE004",
        "There is no TCP packet in the capture",
        "It was read to its end and holds other protocols only, or nothing; the note counts them. After a filter: nothing passed it.",
        "Was the filter right, and the interface? tcpdump -i any -w out.pcap tcp",
        "TE005",
        "TE012",
    ),
    _page(
        "TE005",
        "The link type is not known here",
        "The header of a capture says which kind of frames follow; these are of a kind that tcpexplain does not decode. In a pcapng with several interfaces the others are used (then it is a warning).",
        "tcpexplain --reader tshark FILE lets Wireshark's decoder do it.",
        "TE020",
    ),
    _page(
        "TE007",
        "The capture is damaged",
        "A record's length or a block's framing is absurd, so that what follows cannot be found. What came before was used; if there was nothing, it is an error.",
        "Copy the file again (in binary mode); Wireshark's editcap may save some of the rest.",
        "TE003",
    ),
    _page(
        "TE008",
        "Timestamps go backwards (warning)",
        "The clock of the capturing host was set, or files were put together out of order. Packets that come up to 20 ms late are put in the order of their times; a larger step is taken for a clock that was set, and what is said of that moment is likely at most.",
        "reordercap FILE sorted.pcap, if the order is wrong and not the clock.",
    ),
    _page(
        "TE009",
        "The capture itself says that it lost packets (warning)",
        "The system that captured could not keep up. What the missing packets did is unknown: findings that rest on a missing packet are called likely at most.",
        "A narrower filter, a larger buffer (tcpdump -B 65536), a shorter snap length.",
    ),
    _page(
        "TE010",
        "Not allowed to capture",
        "Capturing live needs CAP_NET_RAW (Linux), or access to the BPF devices (macOS, BSD). Reading files never does.",
        "Run only the capture as root: sudo tcpdump -i any -U -w - tcp | tcpexplain -",
        "TE011",
    ),
    _page(
        "TE011",
        "There is no such interface",
        "The name is not among this host's interfaces; the note lists them.",
        "tcpexplain -D; on Linux “any” captures on all of them.",
        "TE010",
    ),
    _page(
        "TE012",
        "The filter does not parse",
        "The words after -r FILE or -i INTERFACE are a BPF filter, and libpcap refuses them; the note has its own words.",
        "man 7 pcap-filter. Quote what the shell would take: '(host 10.0.0.7 or host 10.0.0.8) and tcp port 443'",
        "TE016",
    ),
    _page(
        "TE013",
        "A package for compressed captures is missing",
        "The capture is compressed with zstd, and Python before 3.14 needs a package for that.",
        "pip install 'tcpexplain[zstd]', or: zstd -dc x.pcap.zst | tcpexplain -",
        "TE014",
    ),
    _page(
        "TE014",
        "The compressed capture ends early or is damaged",
        "What could be decompressed was used (then it is a warning); if there was nothing, it is an error.",
        "Copy the file again; gzip -t FILE tells whether it is whole.",
        "TE003",
    ),
    _page(
        "TE015",
        "The ladder script cannot be read",
        "A .ladder file is written in the notation of the figures in RFC 9293; the note shows the line that is not.",
        "A segment's line: 2. SYN-SENT --> <SEQ=100><CTL=SYN> --> SYN-RECEIVED",
    ),
    _page(
        "TE016",
        "There is no libpcap",
        "BPF filters are compiled by libpcap, a system library that tcpdump and Wireshark bring along.",
        "apt install libpcap0.8, or brew install libpcap; or narrow with --client, --server, --port, which need none.",
        "TE012",
    ),
    _page(
        "TE019",
        "The interface has gone",
        "A live capture ended because its interface went down or was removed. What came before is explained, with the summary.",
        "tcpexplain -i any captures on all interfaces, and goes on when one of them goes.",
        "TE011",
    ),
    _page(
        "TE022",
        "A compressed capture is far larger than its file",
        "More than 500 bytes came out of each compressed byte. Zeros compress like this, and captures made to cost time: what came out first, 64 MiB at least, was used, and the rest was left.",
        "gzip -l, zstd -l and xz -l tell how large it is. If it is meant so, decompress it yourself: zstd -dc FILE | tcpexplain -",
        "TE014",
    ),
    _page(
        "TE023",
        "Some connections behind NAT stay apart",
        "To find out which segments were lost or made between two points, each is looked for at every point. Of 150,000 segments that is done, connections with a RST first; of others SYNs and SYN-ACKs tell which names are one. Of these they do not: the answer may have come under an address that the client had not called. They are told once under each of their names.",
        "Choose some of them with a filter, or give a shorter part of the captures.",
    ),
    _page(
        "TE020",
        "There is no tshark",
        "--reader tshark runs Wireshark's command line program, and it is not in PATH.",
        "apt install tshark, or brew install wireshark; or leave out --reader.",
    ),
    _page(
        "TE021",
        "tshark cannot read the capture",
        "tshark gave up; the note has its own words. What it had read was used (then it is a warning); if there was nothing, it is an error.",
        "tshark -r FILE shows the same. Without --reader tcpexplain reads pcap and pcapng itself.",
        "TE020",
    ),
    _page(
        "TE030",
        "No report is written to such a file",
        "The suffix of -o chooses the format, and nothing writes this one (or not this picture).",
        "The note lists the suffixes; --draw chooses among pictures: diagram, ladder, bytes, groups.",
    ),
    _page(
        "TE031",
        "A package for this report is missing",
        "Some formats need a package that is not installed with tcpexplain, and some of those that are may be left out: matplotlib and networkx draw, numpy works on large captures, pyshark and scapy are for tshark and live captures.",
        "The help line has the command that brings it, as in pip install 'tcpexplain[parquet]'.",
    ),
    _page(
        "TE032",
        "A report, or what is captured, cannot be written",
        "The folder is not there, is not writable, or the disk is full. What a live capture had written before was explained.",
        "Look at the note, choose another -o, or another -w.",
    ),
    _page(
        "TE033",
        "There is no such picture",
        "plot() draws a connection's state diagram or its bytes over time; a whole capture has one picture of its groups.",
        "The note lists the pictures; the ladder is connection.ladder().",
        "TE030",
    ),
    _page(
        "TE034",
        "The packets cannot be read a second time",
        "A .pcapng report has the packets of the capture once more; what came through a pipe is gone when it has been explained.",
        "Save the capture to a file, and explain that.",
        "TE030",
    ),
    _page(
        "TE040",
        "The command line is not understood",
        "An option is unknown, lacks its value, or contradicts another.",
        "tcpexplain --help",
    ),
    _page(
        "TE041",
        "There is no such stream",
        "--stream takes Wireshark's tcp.stream numbers, which count from 0; over several files the order of first packets.",
        "tcpexplain FILE shows numbers; --json | jq .stream lists them all.",
    ),
    _page(
        "TE042",
        "There is no such cause or errno",
        "--why takes the codes of causes, or failed, suspicious, fine; --errno takes names of errors such as EPIPE, ECONNRESET or EOF; --fail-on takes both.",
        "tcpexplain --explain causes, or --explain topics",
    ),
    _page(
        "TE043",
        "No connection fits",
        "The conditions (--why, --errno, --client, --server, --port, --since, --until) exclude every connection of this capture. The message names those that no connection meets; the note says what the capture has instead.",
        "Leave the condition out, or choose among the values that the note lists.",
    ),
    _page(
        "TE044",
        "Not a time",
        "--since and --until take times as logs write them; a time without a date is meant on the day of the capture. A time without a zone is in UTC, or in the zone of --tz.",
        "--since 2026-11-21T12:00:00+01:00, --since '2026/11/20 21:10:20', --since 21:10:20 --tz Europe/Berlin",
    ),
    _page(
        "TE045",
        "There is no such page",
        "--explain knows errno names, EOF, SIGPIPE, states, causes and error codes.",
        "tcpexplain --explain topics lists them.",
    ),
    _page(
        "TE046",
        "Workers die again and again",
        "A worker that dies is replaced, and what it had to do is done again. Here they died three times without finishing anything; mostly for want of memory.",
        "Use fewer at a time (--jobs), or give them more memory; the kernel's log says whom it has ended.",
    ),
    _page(
        "TE047",
        "There is no such cluster",
        "--cluster takes the address of a dask scheduler, or local for one of its own; it needs dask.distributed here, and tcpexplain on every worker.",
        "pip install 'tcpexplain[cluster]'; then --cluster local, or dask scheduler, dask worker tcp://host:8786 --nthreads 1, and --cluster tcp://host:8786.",
    ),
    _page(
        "TE048",
        "A warning, and --strict",
        "With --strict the exit status is 2 if there was a warning: the capture was cut short or damaged, its system dropped packets, or a file of several could not be read. The report was written all the same.",
        "The warnings before this error say what happened, each with its own code.",
        "TE003",
        "TE009",
    ),
    _page(
        "TE017",
        "Packets printed without flags and numbers",
        "tcpdump -q prints neither flags nor sequence numbers. Every verdict follows from these.",
        "Print them again without -q (tcpdump -nn -r FILE), or save packets: tcpdump -i any -w out.pcap tcp.",
    ),
    _page(
        "TE018",
        "JSON that tshark did not write",
        "A text that begins like tshark -T json or -T ek cannot be parsed, and not even its beginning can.",
        "Write it again: tshark -r FILE -T json; or give the capture itself.",
    ),
    _page(
        "TE049",
        "There is no such log",
        "--log takes a line in quotes, the name of a file (also .gz), or - for standard input. What looks like a file's name and is none is no line either.",
        "Look at the name; put a line in quotes, so that the shell leaves it whole.",
    ),
    _page(
        "TE051",
        "Cannot anonymize",
        "A key has 16 bytes at least, so that nobody can try out all of them, and its file must be readable. A capture that was unpickled has only its sentences left, and these keep their names.",
        "Make a key with head -c 32 /dev/urandom > key; leave --anonymize-key out for one that nobody knows; anonymize before pickling.",
    ),
    _page(
        "TE099",
        "A fault in tcpexplain",
        "Something happened that its authors did not expect. The capture is not to blame, however strange it is.",
        "Run the same command again with --debug, and report what it prints; with the capture, if you may share it.",
    ),
)
