/* Sends the time, sleeps, and sends it twice more: what does a peer that died in between do to send()? */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void caught(int number)
{
    (void)number; /* a handler, so that the signal is delivered and not fatal */
}

static void tell(int end)
{
    time_t now = time(NULL);
    char line[64];
    ssize_t sent;

    snprintf(line, sizeof line, "%.24s\r\n", ctime(&now));
    sent = send(end, line, strlen(line), 0);
    printf("send: %zd %s\n", sent, sent < 0 ? strerror(errno) : "");
}

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), end;

    (void)argc;
    signal(SIGPIPE, caught);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bind(listener, (struct sockaddr *)&here, sizeof here);
    listen(listener, 10);
    end = accept(listener, NULL, NULL);
    tell(end);
    usleep(atoi(argv[2]) * 1000);
    tell(end);
    usleep(100000);
    tell(end);
    return 0;
}
