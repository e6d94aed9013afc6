# docker build -t tcpexplain .
# docker run --rm -v "$PWD:/captures:ro" tcpexplain capture.pcap
# docker run --rm -it --net host --user 0 --cap-drop ALL --cap-add NET_RAW tcpexplain -i any
FROM python:3.13-slim AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY pyproject.toml README.md LICENSE CHANGELOG.md CONTRIBUTING.md ./
COPY docs/tcpexplain.1 docs/tcpexplain.1
COPY packaging packaging
COPY tcpexplain tcpexplain
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
# libpcap captures and compiles filters. What draws PNG and PDF (matplotlib, networkx) and asks tshark (pyshark) is left out: it is most of the size.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpcap0.8 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home --home-dir /captures --uid 10001 tcpexplain
COPY --from=build /wheels /wheels
# hadolint ignore=DL3013
RUN pip install --no-cache-dir --no-deps /wheels/*.whl \
    && pip install --no-cache-dir "click>=8.1" "numpy>=1.26" "rich>=13.7" "scapy>=2.5" "zstandard>=0.22" \
    && rm -rf /wheels
# Analysis needs no right but to read what is mounted; only a live capture is run as root, with NET_RAW alone.
USER 10001
WORKDIR /captures
ENTRYPOINT ["tcpexplain"]
CMD ["--help"]
