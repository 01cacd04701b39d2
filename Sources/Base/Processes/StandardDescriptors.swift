import Basics
import Glibc

/// Opens /dev/null for closed standard descriptors, so that no file or socket opened later becomes standard output.
public func openMissingDescriptors() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 { _ = open("/dev/null", O_RDWR) }
}

/// Whether a signal is ignored, as SIGHUP is from the start under `nohup`.
public func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN
}

/// Whether this process has a terminal that programs can ask at, whatever its standard descriptors are.
public func hasControllingTerminal() -> Bool {
    let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
    if terminal >= 0 { close(terminal) }
    return terminal >= 0
}

/// Writes whole pieces to a descriptor whose reader may be slow, hang or be gone.
///
/// What a reader that is gone does not take any more is dropped; the program goes on. SIGPIPE has to be ignored.
public final class DescriptorWriter: Sendable {
    /// What a pipe that can be written to takes without blocking: POSIX's `PIPE_BUF` on Linux.
    private static let pieceSize = 4_096

    private let descriptor: Int32
    private let patience: Int32
    private let isBroken = Locked(false)

    /// - Parameter patience: how long a reader that does not read is waited for, in milliseconds; -1 for ever.
    public init(_ descriptor: Int32, patience: Int32 = -1) {
        (self.descriptor, self.patience) = (descriptor, patience)
    }

    /// Writes all of the bytes, or none if not even the first are taken in time.
    /// - Parameter startWithin: how long the first byte may wait, in milliseconds; nil for the writer's patience.
    public func write(_ bytes: UnsafeRawBufferPointer, startWithin: Int32? = nil) {
        isBroken.withLock { isBroken in
            var rest = bytes[...]
            var wait = startWithin ?? patience
            while !isBroken, !rest.isEmpty {
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                let ready = poll(&request, 1, wait)
                if ready < 0, errno == EINTR { continue }
                guard ready > 0 else {
                    // Of a line that is written in part the rest cannot be dropped alone: the next one would be
                    // garbled.
                    isBroken = rest.count < bytes.count
                    return
                }
                let piece = wait < 0 ? rest : rest.prefix(Self.pieceSize)
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: piece).baseAddress, piece.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                    wait = patience
                } else if errno != EINTR, errno != EAGAIN {
                    isBroken = true
                }
            }
        }
    }
}
