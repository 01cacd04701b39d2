public import Basics
public import JSON
public import Transport

/// The notifications of the settings file: HTTP calls when something begins, completes or fails.
///
/// A channel that cannot be reached never matters to a run. Channels of the type `plugin` are Python, and are left out.
public struct RunNotifications: Sendable {
    /// What a notification is about.
    public enum Event: String, Sendable {
        case discoveryStarted = "discovery-started", discoveryFailed = "discovery-failed"
        case discoveryCompleted = "discovery-completed"
        case initStarted = "init-started", initFailed = "init-failed", initCompleted = "init-completed"
        case validateStarted = "validate-started", validateFailed = "validate-failed"
        case validateCompleted = "validate-completed"
        case runStarted = "run-started", runFailed = "run-failed", runCompleted = "run-completed"
        case runDeviated = "run-deviated"

        /// `run` of `run-started`.
        var phase: String { String(rawValue.prefix { $0 != "-" }) }
    }

    /// The time for one call, as in Chaos Toolkit.
    private static let timeout = Duration.seconds(5)

    private let channels: [JSONObject]
    private let http: any HTTPExecuting
    private let time: TimeSource

    /// The notifications of the settings.
    public init(_ settings: ExperimentSettings, http: any HTTPExecuting, time: TimeSource) {
        (channels, self.http, self.time) = (settings.notifications, http, time)
    }

    /// Calls all channels that want an event, one after the other.
    /// - Returns: what did not get through, for the debug log.
    public func send(_ event: Event, _ payload: JSONValue, error: String? = nil) async -> [String] {
        var faults: [String] = []
        for channel in channels {
            let events = channel["events"]?.arrayValue ?? []
            guard events.isEmpty || events.contains(.string(event.rawValue)) else { continue }
            guard channel["type"] == "http" else {
                faults.append("a channel of the type \(channel["type"] ?? .null) cannot be called: only http can")
                continue
            }
            guard let url = channel["url"]?.stringValue else {
                faults.append("a channel has no url")
                continue
            }
            do { try await call(url, channel, event, payload, error) } catch {
                faults.append("the notification \(event.rawValue) did not get through: \(error)")
            }
        }
        return faults
    }

    private func call(
        _ url: String, _ channel: JSONObject, _ event: Event, _ payload: JSONValue, _ error: String?
    ) async throws {
        let forwards = channel["forward_event_payload"]?.boolValue ?? true
        var request = HTTPRequest(forwards ? "POST" : "GET", url, totalTimeout: Self.timeout, maximumRedirects: 30)
        for (name, value) in channel["headers"]?.objectValue ?? [:] { request.headers.set(name, Python.str(value)) }
        request.tls.verifies = channel["verify_tls"]?.boolValue ?? true
        if forwards {
            var body: JSONObject = [
                "name": .string(event.rawValue), "payload": payload, "phase": .string(event.phase),
                "ts": .double(Double(time.now().microseconds) / 1e6),
            ]
            body["error"] = error.map { .string($0) }
            request.headers.set("Content-Type", "application/json")
            request.body = .bytes(JSONValue.object(body).serialized())
        }
        let response = try await http.execute(request)
        guard 200..<400 ~= response.status else {
            throw ExperimentError(.activityFailed, "it was answered with status \(response.status)")
        }
    }
}
