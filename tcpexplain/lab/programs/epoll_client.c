/* Waits with epoll for an idle server to say something; after its EOF it writes twice. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void caught(int number)
{
    (void)number;
}

static void wait_and_tell(int watch)
{
    struct epoll_event ready;
    int count = epoll_wait(watch, &ready, 1, 3000);

    printf("epoll_wait: %d, events 0x%x\n", count, count > 0 ? ready.events : 0);
}

int main(int argc, char **argv)
{
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    int end = socket(AF_INET, SOCK_STREAM, 0), watch = epoll_create1(0), turn;
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLRDHUP};
    char line[64];

    (void)argc;
    signal(SIGPIPE, caught);
    inet_pton(AF_INET, argv[1], &server.sin_addr);
    if (connect(end, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("connect");
        return 1;
    }
    epoll_ctl(watch, EPOLL_CTL_ADD, end, &wanted);
    wait_and_tell(watch);
    printf("read: %zd\n", read(end, line, sizeof line));
    for (turn = 0; turn < 2; turn++) {
        ssize_t sent = write(end, "hello", 5);

        printf("write: %zd %s\n", sent, sent < 0 ? strerror(errno) : "");
        usleep(100000);
        wait_and_tell(watch);
    }
    return 0;
}
