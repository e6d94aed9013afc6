/* Connects, reads what the server sends (not with a third argument), and divides by zero. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    volatile int zero = 0;
    char line[256];
    int end = socket(AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, argv[1], &server.sin_addr);
    if (connect(end, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("connect");
        return 1;
    }
    if (argc > 3)
        usleep(100000); /* the line has arrived, nobody reads it */
    else
        printf("recv: %zd\n", recv(end, line, sizeof line, 0));
    fflush(stdout);
    return argc / zero;
}
