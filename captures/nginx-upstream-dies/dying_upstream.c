/* Accepts one connection, reads ten bytes of the request, and is killed. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), end;
    char start[10];

    (void)argc;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bind(listener, (struct sockaddr *)&here, sizeof here);
    listen(listener, 10);
    end = accept(listener, NULL, NULL);
    if (recv(end, start, sizeof start, 0) < 0)
        return 1;
    raise(SIGKILL);
    return 0;
}
