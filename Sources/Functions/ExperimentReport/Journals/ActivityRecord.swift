internal import Basics
internal import JSON

/// What a journal says of one activity that was run.
struct ActivityRecord: Sendable {
    /// The two kinds of activity, and what a damaged record leaves.
    enum Kind: String, Sendable {
        case action, probe, activity
    }

    /// How it ended.
    enum Status: String, Sendable {
        /// It ran; of a probe that says nothing about its tolerance.
        case succeeded
        /// It failed as activities do: a timeout, a refused connection, an exception.
        case failed
        /// It met an error that nobody expected, which ends the method. Its record has no status.
        case aborted
        /// A dry run left it out.
        case skipped
    }

    /// One line, never empty.
    let name: String
    let kind: Kind
    let status: Status
    let isBackground: Bool
    let start: Timestamp?
    let end: Timestamp?
    /// Seconds, without the pauses.
    let duration: Double?
    /// Seconds before the start and after the end in which nothing was done.
    let pauses: (before: Double, after: Double)
    /// Whether a probe of the hypothesis returned what it should; nil for other activities.
    let toleranceMet: Bool?
    /// As the journal has it.
    let record: JSONObject

    init(_ value: JSONValue, dry: String? = nil) {
        record = value.objectValue ?? [:]
        let activity = record["activity"]?.objectValue ?? [:]
        let name = Text.line(activity["name"])
        self.name = name.isEmpty ? "(no name)" : name
        let kind = activity["type"]?.stringValue.flatMap(Kind.init) ?? .activity
        self.kind = kind
        isBackground = activity["background"]?.boolValue ?? false
        let start = Self.moment(record["start"])
        let duration = Self.seconds(record["duration"])
        end = Self.moment(record["end"]) ?? start.map { $0 + .seconds(duration ?? 0) }
        (self.start, self.duration) = (start, duration)
        let pauses = dry == "pause" ? nil : activity["pauses"]
        self.pauses = (Self.seconds(pauses?["before"]) ?? 0, Self.seconds(pauses?["after"]) ?? 0)
        toleranceMet = record["tolerance_met"]?.boolValue
        switch record["status"]?.stringValue {
        case "succeeded": status = Self.isSkipped(kind, dry: dry) ? .skipped : .succeeded
        case "failed": status = .failed
        default: status = .aborted
        }
    }

    /// Whether a dry run leaves out activities of this kind.
    private static func isSkipped(_ kind: Kind, dry: String?) -> Bool {
        switch dry {
        case "activities": true
        case "actions": kind == .action
        case "probes": kind == .probe
        default: false
        }
    }

    /// Whether it did not do what it should: it failed, or its tolerance was not met.
    var isBad: Bool { status == .failed || status == .aborted || toleranceMet == false }

    var output: JSONValue? { record["output"].withoutNull }
    var tolerance: JSONValue? { record["activity"]?["tolerance"] }

    /// The exception's lines as one text; nil when there was none.
    var exception: String? {
        switch record["exception"] {
        case .array(let lines) where !lines.isEmpty:
            // Python's lines end in a line feed already.
            lines.prefix(500).map { $0.stringValue ?? $0.description }.joined()
        case .string(let text) where !text.isEmpty: text
        default: nil
        }
    }

    /// What went wrong, in one line: the end of the exception.
    var error: String? {
        guard let exception else { return nil }
        return exception.split(whereSeparator: \.isNewline).last.map { Text.line(String($0), limit: 300) }
    }

    /// What was called, in one line: `shop.actions.stop(count=2)`, `GET https://…`, `sh -c …`.
    var call: String {
        let provider = record["activity"]?["provider"]?.objectValue ?? [:]
        let arguments = provider["arguments"]
        switch provider["type"]?.stringValue {
        case "python":
            let name = Text.line(provider["module"]) + "." + Text.line(provider["func"])
            let parts = arguments?.objectValue?.map { "\(Text.line($0.key)): \(Text.line($0.value, limit: 400))" }
            return Text.line("\(name)(\((parts ?? []).joined(separator: ", ")))", limit: 600)
        case "process":
            let parts = arguments.map { $0.arrayValue?.prefix(100).map { Text.line($0) } ?? [Text.line($0)] } ?? []
            return Text.line(([Text.line(provider["path"])] + parts).joined(separator: " "), limit: 600)
        case "http":
            let method = Text.line(provider["method"] ?? "GET", limit: 20)
            return method + " " + Self.withoutCredentials(Text.line(provider["url"], limit: 400))
        default: return Text.line(provider["type"])
        }
    }

    /// A URL without the user and the password in it.
    private static func withoutCredentials(_ url: String) -> String {
        let bytes = Array(url.utf8)
        guard let slashes = bytes.indices.first(where: { bytes[$0...].starts(with: "://".utf8) }) else { return url }
        let host = bytes[(slashes + 3)...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        guard let at = host.lastIndex(of: UInt8(ascii: "@")) else { return url }
        return String(decoding: bytes[..<(slashes + 3)] + "…".utf8 + bytes[at...], as: UTF8.self)
    }

    /// A moment of the journal; nil when it is none.
    static func moment(_ value: JSONValue?) -> Timestamp? {
        value?.stringValue.flatMap { $0.utf8.count < 64 ? Timestamp(iso8601: $0) : nil }
    }

    /// A length of time of the journal in seconds, up to 30 years; nil when it is none.
    static func seconds(_ value: JSONValue?) -> Double? {
        guard let seconds = value?.doubleValue, (0...1e9).contains(seconds) else { return nil }
        return seconds
    }
}
