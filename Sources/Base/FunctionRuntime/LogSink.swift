public import Basics
internal import Glibc
import JSON
public import Logging

/// Writes finished log lines.
public protocol LogSink: Sendable {
    /// Writes one line; blocks until it is written, so that nothing is lost when the platform freezes the process.
    func write(_ line: LogLine)
}

/// One finished log line.
public struct LogLine: Sendable, Hashable {
    /// UTF-8, without a line feed at the end; text may hold line feeds inside, JSON never does.
    public let bytes: [UInt8]

    /// The format of ``bytes``.
    public let format: LogFormat

    /// The severity.
    public let level: Logger.Level

    /// When the line was logged.
    public let time: Timestamp

    /// Creates a line.
    public init(bytes: [UInt8], format: LogFormat, level: Logger.Level, time: Timestamp) {
        self.bytes = bytes
        self.format = format
        self.level = level
        self.time = time
    }
}

/// Writes log lines to a file descriptor, each in one `write`.
///
/// Log services split at line feeds, so those inside a line become carriage returns: CloudWatch then keeps the lines
/// of one message together and shows them one under the other.
public struct DescriptorLogSink: LogSink {
    /// Standard output, which both clouds collect.
    public static let standardOutput = DescriptorLogSink(descriptor: STDOUT_FILENO)

    private let descriptor: Int32

    /// Creates a sink; the descriptor stays the caller's.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes one line.
    public func write(_ line: LogLine) {
        let feed = UInt8(ascii: "\n")
        Self.writeAll(line.bytes.map { $0 == feed ? UInt8(ascii: "\r") : $0 } + [feed], to: descriptor)
    }

    /// Writes bytes to a descriptor, in one call where the kernel takes them at once.
    ///
    /// - Returns: 0, or the `errno` of a descriptor that takes nothing more (closed, its reader gone). A log line is
    ///   lost then: logging never fails an invocation.
    @discardableResult
    public static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, 1_000)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}

/// How log lines are written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-11-21T03:41:56.123Z <request id> [INFO] message key=value`
    case text

    /// One JSON object: `timestamp`, `level`, `requestId`, `tenantId`, `message`, `metadata`, and for errors
    /// `errorType`, `errorMessage`, `stackTrace`.
    case json
}
