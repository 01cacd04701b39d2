// A Runtime API server that measures the runtime it starts:
//
//     server INVOCATIONS BYTES PROGRAM
//
// runs PROGRAM on core 1 and itself on core 0, sends it INVOCATIONS events of BYTES bytes one after the other, checks that
// each comes back unchanged, and prints "invocations/s p50-us p99-us start-to-next-us peak-kB page-faults" on one line.
// Without invocations, only the last three mean something.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 8, BUFFER = 8 << 20 };

static char *buffer;
static pid_t child;

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    if (child > 0) kill(child, SIGKILL);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static void pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    sched_setaffinity(0, sizeof set, &set);  // one core alone: runs unpinned
}

static void reply(int connection, const char *head, size_t headLength, const char *body, size_t bodyLength) {
    struct iovec parts[2] = {{(char *)head, headLength}, {(char *)body, bodyLength}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = bodyLength ? 2 : 1};
    if (sendmsg(connection, &message, MSG_NOSIGNAL) != (ssize_t)(headLength + bodyLength)) fail("the runtime hung up");
}

// Reads one request into `buffer`; returns the offset of its body, and the body's length.
static size_t request(int connection, size_t *length) {
    size_t have = 0, need = BUFFER, body = 0;
    while (have < need) {
        ssize_t count = recv(connection, buffer + have, BUFFER - 1 - have, 0);
        if (count <= 0) fail("the runtime closed its connection");
        have += count;
        buffer[have] = 0;
        char *end = body ? NULL : strstr(buffer, "\r\n\r\n");
        if (end) {
            *end = 0;
            char *field = strcasestr(buffer, "\r\ncontent-length:");
            body = end + 4 - buffer;
            need = body + (*length = field ? strtoul(field + 17, NULL, 10) : 0);
        }
    }
    return body;
}

// Starts the runtime and answers its connections until one asks for /next, which is returned.
static int start(char *program, int listener, const char *api) {
    char variable[64], *path = getenv("PATH");
    snprintf(variable, sizeof variable, "AWS_LAMBDA_RUNTIME_API=%s", api);
    // What a runtime logs at its start would be among the figures.
    char *environment[] = {variable, "AWS_LAMBDA_FUNCTION_NAME=echo", "AWS_REGION=eu-west-1", "AWS_LAMBDA_LOG_FORMAT=Text",
        "AWS_LAMBDA_LOG_LEVEL=WARN", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128", "_HANDLER=echo", "TZ=:UTC",
        path ? path - 5 : NULL, NULL};
    char *arguments[] = {program, NULL};
    child = vfork();
    if (child == 0) {
        pin(1);
        execve(program, arguments, environment);
        _exit(127);
    }
    if (child < 0) fail("cannot start %s", program);

    struct pollfd watched[CONNECTIONS] = {{.fd = listener, .events = POLLIN}};
    for (int count = 1;;) {
        if (poll(watched, count, 5000) <= 0) fail("%s did not ask for an event", program);
        if (watched[0].revents && count < CONNECTIONS) {
            int one = 1, connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            watched[count++] = (struct pollfd){.fd = connection, .events = POLLIN};
        }
        for (int index = 1; index < count; index++) {
            if (!watched[index].revents) continue;
            size_t length;
            request(watched[index].fd, &length);
            if (strstr(buffer, "/runtime/invocation/next ")) return watched[index].fd;
            if (strstr(buffer, "/extension/event/next ")) {  // hangs until the end
                watched[index].events = 0;
            } else if (strstr(buffer, "/extension/register ")) {
                static const char head[] = "HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: 1\r\nContent-Length: 2\r\n\r\n{}";
                reply(watched[index].fd, head, sizeof head - 1, NULL, 0);
            } else {
                fail("unexpected request: %s", buffer);
            }
        }
    }
}

static long peakMemory(void) {
    char path[64], line[256];
    long kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%d/status", child);
    FILE *status = fopen(path, "r");
    while (status && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &kilobytes);
    if (status) fclose(status);
    return kilobytes;
}

static int ascending(const void *left, const void *right) {
    double difference = *(double *)left - *(double *)right;
    return (difference > 0) - (difference < 0);
}

int main(int argc, char **argv) {
    if (argc != 4) fail("usage: server INVOCATIONS BYTES PROGRAM");
    long invocations = atol(argv[1]);
    size_t bytes = strtoul(argv[2], NULL, 10);
    if (invocations < 0 || bytes < 2 || bytes > BUFFER / 2) fail("INVOCATIONS or BYTES is out of bounds");
    struct sched_param priority = {.sched_priority = 10};
    sched_setscheduler(0, SCHED_FIFO, &priority);  // as root: other processes do not disturb; inherited

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t addressLength = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, CONNECTIONS)) fail("cannot listen");
    getsockname(listener, (struct sockaddr *)&address, &addressLength);
    char api[32];
    snprintf(api, sizeof api, "127.0.0.1:%d", ntohs(address.sin_port));

    buffer = malloc(BUFFER);
    memset(buffer, 1, BUFFER);  // no page faults while measuring
    char *event = malloc(bytes);
    memset(event, 'x', bytes);
    event[0] = event[bytes - 1] = '"';
    double *latencies = calloc(invocations + 1, sizeof *latencies);  // without invocations there is one of 0

    pin(0);
    double begin = now();
    int connection = start(argv[3], listener, api);
    double startToNext = now() - begin;

    static const char accepted[] = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
        "Date: Sat, 21 Nov 2026 00:00:00 GMT\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
    size_t length;
    begin = now();
    for (long number = 0; number < invocations; number++) {
        char head[1024], path[96];
        int headLength = snprintf(head, sizeof head,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012ld\r\n"
            "Lambda-Runtime-Deadline-Ms: 4102444800000\r\n"
            "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:123456789012:function:echo\r\n"
            "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
            "Date: Sat, 21 Nov 2026 00:00:00 GMT\r\nContent-Length: %zu\r\n\r\n", number, bytes);
        snprintf(path, sizeof path, "POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-%012ld/response ", number);
        double sent = now();
        reply(connection, head, headLength, event, bytes);
        size_t body = request(connection, &length);
        latencies[number] = now() - sent;
        if (strncmp(buffer, path, strlen(path))) fail("not a response to invocation %ld: %s", number, buffer);
        if (length != bytes || memcmp(buffer + body, event, bytes)) fail("the event came back changed");
        reply(connection, accepted, sizeof accepted - 1, NULL, 0);
        request(connection, &length);
    }
    double elapsed = now() - begin;

    long peak = peakMemory();
    kill(child, SIGKILL);
    struct rusage usage;
    wait4(child, NULL, 0, &usage);
    qsort(latencies, invocations, sizeof *latencies, ascending);
    printf("%.0f %.1f %.1f %.0f %ld %ld\n", invocations / (elapsed / 1e6), latencies[invocations / 2],
        latencies[invocations * 99 / 100], startToNext, peak, usage.ru_minflt + usage.ru_majflt);
}
