/* Connections at a steady rate on loopback, each of a known kind; both ends in one process.
 *   connections RATE SECONDS [LOG]       gcc -O2 -o connections connections.c
 * LOG gets a line for each connection: CLIENT-ADDRESS:PORT SERVER-PORT KIND. Ends when all but the leaked ones are closed.
 * Prints as JSON how many there were of each kind, and how far behind its rate it was at most.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum Kind { CLIENT_CLOSES, SERVER_CLOSES, UNREAD, ABORTED, REFUSED, IDLE, LEAKED, KINDS };
static const char *NAMES[] = {"client_closes", "server_closes", "unread", "aborted", "refused", "idle", "leaked"};
enum { MOST = 1 << 16, FIRST_PORT = 5000, SOURCES = 200, IDLES = 1 << 14, IDLE_SECONDS = 45 };
static const char REQUEST[] = "GET /orders/17 HTTP/1.1\r\nHost: shop\r\n\r\n";
static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

static struct { unsigned char kind, server, listens, used; int got; } at[MOST];
static struct { int fd; double until; } waiting[IDLES];
static unsigned first_waiting, last_waiting;
static int poller, open_ends;
static long count[KINDS], failed;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void add(int fd, int kind, int server, int listens, unsigned events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    at[fd].kind = kind, at[fd].server = server, at[fd].listens = listens, at[fd].got = 0, at[fd].used = 1;
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    open_ends += !listens;
}

static void end(int fd) {
    at[fd].used = 0;
    open_ends--;
    close(fd);
}

static struct sockaddr_in place(unsigned address, unsigned port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(address), .sin_port = htons(port)};
}

static void listen_for(int kind) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in here = place(INADDR_LOOPBACK, FIRST_PORT + kind);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (void *)&here, sizeof here) || listen(fd, 4096)) { perror("listen"); exit(1); }
    add(fd, kind, 1, 1, EPOLLIN);
}

static int kind_of(long number) {
    if (number % 10000 == 9999) return LEAKED;
    if (number % 100 == 99) return IDLE;
    if (number % 10 == 8) return UNREAD;
    if (number % 10 == 7) return ABORTED;
    if (number % 20 == 6) return REFUSED;
    return number % 2 ? SERVER_CLOSES : CLIENT_CLOSES;
}

static void begin(long number, FILE *log) {
    int kind = kind_of(number), fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in here = place(0x7f000100 + number % SOURCES, 0), there = place(INADDR_LOOPBACK, FIRST_PORT + kind);
    socklen_t size = sizeof here;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (fd < 0 || fd >= MOST || bind(fd, (void *)&here, sizeof here)) { failed++; if (fd >= 0) close(fd); return; }
    int refused = connect(fd, (void *)&there, sizeof there) && errno != EINPROGRESS;
    if (refused && errno != ECONNREFUSED) { failed++; close(fd); return; }
    count[kind]++;
    getsockname(fd, (void *)&here, &size);
    if (log) fprintf(log, "%s:%u %u %s\n", inet_ntoa(here.sin_addr), ntohs(here.sin_port), FIRST_PORT + kind, NAMES[kind]);
    add(fd, kind, 0, 0, EPOLLOUT);
}

static void server(int fd) {
    char data[512];
    if (at[fd].kind == UNREAD) { (void)!write(fd, ANSWER, 9); end(fd); return; }
    long got = read(fd, data, sizeof data);
    if (got > 0) {
        (void)!write(fd, ANSWER, sizeof ANSWER - 1);
        if (at[fd].kind == SERVER_CLOSES) { shutdown(fd, SHUT_WR); at[fd].got = 1; }
    } else if (at[fd].kind == LEAKED && got == 0) {
        epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL);
        open_ends--;
    } else end(fd);
}

static void client(int fd, unsigned events) {
    char data[512];
    struct linger none = {1, 0};
    if (events & EPOLLOUT) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (write(fd, REQUEST, sizeof REQUEST - 1) < 0) { end(fd); return; }
        epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event);
        return;
    }
    long got = read(fd, data, sizeof data);
    at[fd].got += got > 0 ? got : 0;
    if (got > 0 && at[fd].kind == SERVER_CLOSES) return;
    if (got > 0 && at[fd].kind == UNREAD) return;
    if (got > 0 && at[fd].got < (int)sizeof ANSWER - 1) return;
    if (got > 0 && at[fd].kind == IDLE) {
        waiting[last_waiting % IDLES].fd = fd, waiting[last_waiting++ % IDLES].until = now() + IDLE_SECONDS;
        epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL);
        return;
    }
    if (got > 0 && at[fd].kind == ABORTED) setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    end(fd);
}

static void look(int milliseconds) {
    struct epoll_event events[256];
    int many = epoll_wait(poller, events, 256, milliseconds);
    for (int i = 0; i < many; i++) {
        int fd = events[i].data.fd, taken;
        if (!at[fd].used) continue;
        if (at[fd].listens)
            while ((taken = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) add(taken, at[fd].kind, 1, 0, EPOLLIN);
        else if (at[fd].server) server(fd);
        else client(fd, events[i].events);
    }
    for (; first_waiting < last_waiting && waiting[first_waiting % IDLES].until < now(); first_waiting++)
        end(waiting[first_waiting % IDLES].fd);
}

int main(int words, char **said) {
    if (words < 3) { fprintf(stderr, "usage: connections RATE SECONDS [LOG]\n"); return 2; }
    double rate = atof(said[1]), seconds = atof(said[2]), begun = now(), behind = 0;
    struct rlimit files = {MOST, MOST};
    setrlimit(RLIMIT_NOFILE, &files);
    FILE *log = words > 3 ? fopen(said[3], "w") : NULL;
    poller = epoll_create1(0);
    for (int kind = 0; kind < KINDS; kind++)
        if (kind != REFUSED) listen_for(kind);
    for (long number = 0; number < rate * seconds;) {
        double due = (now() - begun) * rate;
        if ((due - number) / rate > behind) behind = (due - number) / rate;
        for (int some = 0; some < 64 && number < due && number < rate * seconds; some++) begin(number++, log);
        look(number < due ? 0 : 1);
    }
    double taken = now() - begun;
    while (open_ends > 0 && now() < begun + taken + IDLE_SECONDS + 30) look(100);
    printf("{\"seconds\": %.2f, \"behind\": %.3f, \"failed\": %ld, \"still_open\": %d", taken, behind, failed, open_ends);
    for (int kind = 0; kind < KINDS; kind++) printf(", \"%s\": %ld", NAMES[kind], count[kind]);
    printf("}\n");
    return 0;
}
