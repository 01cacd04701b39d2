// An HTTP server that answers every request after a pause:
//
//     server PAUSE-MS
//
// listens on a free port of 127.0.0.1 and prints it. `GET /first` answers at once with the monotonic time in µs of the
// first other request since the last `GET /first`, and how many there were: "time count".
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAITING = 1 << 17, DESCRIPTORS = 1 << 16, REQUEST = 2048 };

// Since the pause is the same for all, the first that came is the first to be answered.
static struct { int descriptor; unsigned generation; double due; } queue[WAITING];
static unsigned head, tail, generation[DESCRIPTORS];
static struct { int length; char bytes[REQUEST]; } *received;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static void answer(int descriptor, const char *body) {
    char text[256];
    int length = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
                          strlen(body), body);
    send(descriptor, text, length, MSG_NOSIGNAL);
}

int main(int count, char **arguments) {
    double pause = (count > 1 ? atof(arguments[1]) : 100) * 1e3, first = 0;
    unsigned requests = 0;
    struct rlimit files = {DESCRIPTORS, DESCRIPTORS};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < DESCRIPTORS ? files.rlim_max : DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &files);
    received = calloc(DESCRIPTORS, sizeof *received);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poller = epoll_create1(0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (!received || bind(listener, (void *)&address, size) || listen(listener, 65535) ||
        getsockname(listener, (void *)&address, &size))
        return 1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    struct epoll_event events[256], event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    while (getppid() != 1) {
        int wait = head == tail ? 1000 : (int)((queue[head % WAITING].due - now()) / 1e3) + 1;
        int ready = epoll_wait(poller, events, 256, wait < 0 ? 0 : wait);
        for (int i = 0; i < ready; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == listener) {
                int peer;
                while ((peer = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    event = (struct epoll_event){.events = EPOLLIN, .data.fd = peer};
                    epoll_ctl(poller, EPOLL_CTL_ADD, peer, &event);
                    received[peer].length = 0;
                }
                continue;
            }
            char *bytes = received[descriptor].bytes;
            int have = received[descriptor].length;
            int got = recv(descriptor, bytes + have, REQUEST - 1 - have, 0);
            if (got <= 0) {
                generation[descriptor]++;
                close(descriptor);
                continue;
            }
            bytes[have += got] = 0;
            received[descriptor].length = have;
            if (!strstr(bytes, "\r\n\r\n")) continue;
            received[descriptor].length = 0;
            if (!strncmp(bytes, "GET /first", 10)) {
                char body[64];
                snprintf(body, sizeof body, "%.0f %u", first, requests);
                first = requests = 0;
                answer(descriptor, body);
                continue;
            }
            if (!requests++) first = now();
            queue[tail % WAITING].descriptor = descriptor;
            queue[tail % WAITING].generation = generation[descriptor];
            queue[tail++ % WAITING].due = now() + pause;
        }
        for (double time = now(); head != tail && queue[head % WAITING].due <= time; head++) {
            int descriptor = queue[head % WAITING].descriptor;
            if (generation[descriptor] == queue[head % WAITING].generation) answer(descriptor, "ok");
        }
    }
}
