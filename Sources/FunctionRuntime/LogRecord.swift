import JSON
public import Logging

/// The content of one log line, and its two spellings.
struct LogRecord {
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

    /// The level of one of Lambda's names, in any case.
    public init?(platformName: String) {
        let levels: [Logger.Level] = [.trace, .debug, .info, .warning, .error, .critical]
        guard let level = levels.first(where: { $0.platformName == platformName.uppercased() }) else { return nil }
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
