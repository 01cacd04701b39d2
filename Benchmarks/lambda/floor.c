// The least a Lambda runtime can do: a blocking socket, four system calls an invocation, no checks. It echoes the event.
// What a real runtime takes more is the price of its features; run.py prints the ratio.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static char buffer[1 << 20];

static int fail(const char *what) {
    perror(what);
    return 1;
}

// Reads one response; returns its total length, 0 at the end of the stream.
static size_t receive(int connection, size_t *body) {
    size_t have = 0, need = sizeof buffer;
    *body = 0;
    while (have < need) {
        ssize_t count = recv(connection, buffer + have, sizeof buffer - 1 - have, 0);
        if (count <= 0) return 0;
        have += count;
        buffer[have] = 0;
        char *end = *body ? NULL : strstr(buffer, "\r\n\r\n");
        if (end) {
            char *length = strcasestr(buffer, "content-length:");
            *body = end + 4 - buffer;
            need = *body + (length ? strtoul(length + 15, NULL, 10) : 0);
        }
    }
    return have;
}

int main(void) {
    char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    char *colon = api ? strchr(api, ':') : NULL;
    if (!colon) return fprintf(stderr, "AWS_LAMBDA_RUNTIME_API is not set\n"), 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (connect(connection, (struct sockaddr *)&address, sizeof address)) return fail("connect");
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);

    char next[256], head[512];
    int nextLength = snprintf(next, sizeof next, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", api);
    for (;;) {
        size_t body, total;
        if (send(connection, next, nextLength, MSG_NOSIGNAL) != nextLength) return fail("send");
        if (!(total = receive(connection, &body))) return 0;
        char *id = strcasestr(buffer, "lambda-runtime-aws-request-id:");
        if (!id) return fprintf(stderr, "no request id\n"), 1;
        id += strspn(id + 30, " ") + 30;
        int headLength = snprintf(head, sizeof head,
            "POST /2018-06-01/runtime/invocation/%.*s/response HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n",
            (int)strcspn(id, "\r"), id, api, total - body);
        struct iovec parts[2] = {{head, headLength}, {buffer + body, total - body}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        if (sendmsg(connection, &message, MSG_NOSIGNAL) != (ssize_t)(headLength + total - body)) return fail("sendmsg");
        if (!receive(connection, &body)) return 0;
    }
}
