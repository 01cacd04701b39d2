public import JSON
public import Logging

/// Where finished log lines go.
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
