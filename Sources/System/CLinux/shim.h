#pragma once
// What Swift's Glibc module leaves out.
#include <malloc.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

// The compiler finds the enumerators of <sys/socket.h> only through the C module that it happened to read first.
static const int socket_stream = SOCK_STREAM;
static const int socket_datagram = SOCK_DGRAM;
static const int socket_raw = SOCK_RAW;
static const int socket_close_on_exec = SOCK_CLOEXEC;
static const unsigned int memory_file_close_on_exec = 1;  // MFD_CLOEXEC
static const int socket_nonblocking = SOCK_NONBLOCK | SOCK_CLOEXEC;

// Swift reads glibc's headers without _GNU_SOURCE, which declares these.
int pipe2(int ends[2], int flags);
int memfd_create(const char *name, unsigned int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

// The compiler finds `struct timespec` in a module of its own overlay, which cannot be imported, when it compiles the
// whole of Basics at once. Microseconds since 1970.
static inline int64_t realtime_microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
