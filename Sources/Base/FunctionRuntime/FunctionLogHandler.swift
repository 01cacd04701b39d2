public import Basics
import JSON
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

/// The content of one log line, and its two formats.
private struct LogRecord {
    let time: Timestamp
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata
    let error: ErrorReport?
    let requestID: String?
    let tenantID: String?

    var json: JSONValue {
        var object: JSONObject = ["timestamp": .string(time.description), "level": .string(level.platformName)]
        if let requestID { object["requestId"] = .string(requestID) }
        if let tenantID { object["tenantId"] = .string(tenantID) }
        object["message"] = .string(message)
        if let error {
            object["errorType"] = .string(error.type)
            object["errorMessage"] = .string(error.message)
            object["stackTrace"] = .array(error.stackTrace.map { .string($0) })
        }
        if !metadata.isEmpty { object["metadata"] = .dictionary(metadata) }
        return .object(object)
    }

    var text: String {
        var line = "\(time) \(requestID ?? "-") [\(level.platformName)] \(message)"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
        if let error {
            line += " error=\(error.type): \(error.message)"
            for frame in error.stackTrace { line += "\n    at \(frame)" }
        }
        return line
    }
}

extension Logger.Level {
    /// The name Lambda's log filters know.
    var platformName: String {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        case .critical: "FATAL"
        }
    }

    /// The level of one of Lambda's names, or of one of swift-log's (`notice`, `warning`, `critical`), in any case.
    public init?(platformName: String) {
        let levels: [Logger.Level] = [.trace, .debug, .info, .warning, .error, .critical]
        let known = levels.first { $0.platformName == platformName.uppercased() }
        guard let level = known ?? Logger.Level(rawValue: platformName.lowercased()) else { return nil }
        self = level
    }
}

extension JSONValue {
    fileprivate static func dictionary(_ metadata: Logger.Metadata) -> JSONValue {
        var object: JSONObject = [:]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { object[key] = JSONValue(value) }
        return .object(object)
    }

    /// Numbers and truth values stay what they are, so that log queries can compare them.
    fileprivate init(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .stringConvertible(let number as Int): self = .integer(Int64(number))
        case .stringConvertible(let number as Double): self = .double(number)
        case .stringConvertible(let flag as Bool): self = .bool(flag)
        case .stringConvertible(let other): self = .string(other.description)
        case .array(let values): self = .array(values.map(JSONValue.init))
        case .dictionary(let metadata): self = .dictionary(metadata)
        }
    }
}
