public import JSON
public import Logging

/// Renders log events as ``LogFormat`` says.
///
/// Lines logged in the task of an invocation carry its request id, whichever logger they come from.
public struct FunctionLogHandler: LogHandler {
    /// Metadata of every line of this logger.
    public var metadata: Logger.Metadata = [:]

    /// The lowest level that is written.
    public var logLevel: Logger.Level

    /// Adds metadata to every line.
    public var metadataProvider: Logger.MetadataProvider?

    private let format: LogFormat
    private let sink: any LogSink
    private let now: @Sendable () -> Timestamp

    /// Creates a handler.
    public init(
        format: LogFormat, level: Logger.Level = .info, sink: any LogSink,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.format = format
        self.logLevel = level
        self.sink = sink
        self.now = now
    }

    /// One key of ``metadata``.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event.
    public func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        let record = LogRecord(
            time: now(), level: event.level, message: event.message.description, metadata: merged,
            error: event.error.map { ErrorReport($0) },
            requestID: InvocationContext.current?.requestID, tenantID: InvocationContext.current?.tenantID
        )
        let bytes = format == .json ? record.json.serialized() : Array(record.text.utf8)
        sink.write(LogLine(bytes: bytes, format: format, level: event.level, time: record.time))
    }
}
