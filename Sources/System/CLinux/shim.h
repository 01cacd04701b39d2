#pragma once
// What Swift's Glibc module leaves out.
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// The compiler finds the enumerators of <sys/socket.h> only through the C module that it happened to read first.
static const int socket_stream = SOCK_STREAM;
static const int socket_datagram = SOCK_DGRAM;
static const int socket_raw = SOCK_RAW;
static const int socket_close_on_exec = SOCK_CLOEXEC;
static const int socket_nonblocking = SOCK_NONBLOCK | SOCK_CLOEXEC;
