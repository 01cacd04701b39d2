public import Basics
public import JSON
import YAML

/// Several files in Gatus's format as one, which the function can read: what `tocsin up` gives to it.
///
/// What a file says for all of its endpoints (`retry`, `allow`, `maintenance`) is written to each of them, so that it
/// does not apply to those of another file.
public struct CombinedEndpoints: Sendable, Equatable {
    /// A file and its name in messages.
    public struct File: Sendable {
        /// Such as `checks.yaml`.
        public var name: String
        /// YAML or JSON in UTF-8.
        public var bytes: [UInt8]

        /// A file.
        public init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
    }

    /// An endpoint that is checked, or a suite.
    public struct Entry: Sendable, Hashable {
        /// The name without the group.
        public let name: String
        /// Nil for none.
        public let group: String?
        /// The time between two checks, or two results that are pushed.
        public let interval: Duration
        /// The longest time that one attempt, or a suite, may take.
        public let timeout: Duration
        /// The address without secrets; nil when the file hides it, and for a suite.
        public let url: String?
        /// Whether it is a suite, which takes longer than an endpoint.
        public let isSuite: Bool
        /// How often to look whether a result has come; nil for what is checked, and for an external endpoint without a
        /// heartbeat.
        public let heartbeatInterval: Duration?
        /// Whether its results are pushed.
        public let isExternal: Bool

        /// `group/name`, or the name alone.
        public var displayName: String { group.map { "\($0)/\(name)" } ?? name }

        /// Gatus's key, which is in the address that results are pushed to.
        public var key: String { Endpoint.key(group: group, name: name) }

        /// The time between two invocations for it; nil when there are none, because results are only pushed.
        public var checkInterval: Duration? { isExternal ? heartbeatInterval : interval }
    }

    /// Those that are enabled, in the order of files and lines.
    public private(set) var entries: [Entry] = []
    /// The one file, JSON, with the variables' values in it; it may hold secrets.
    public private(set) var text = ""
    /// The tokens of external endpoints, by their keys.
    private var tokens: [String: String] = [:]
    /// Warnings for people, each with its file: variables that are not set, keys without effect, what is not checked.
    public var notes: [String] = []

    /// Reads and combines files.
    /// - Parameters:
    ///   - environment: the values of `$NAME` and `${NAME}`.
    ///   - maintenance: further windows of an endpoint, by `group/name`, in Gatus's form.
    /// - Throws: `UptimeCheckerError` that names every fault of all files: `checks.yaml: line 3: endpoints[0].url …`.
    public init(
        _ files: [File], environment: [String: String], maintenance: (String) -> [JSONValue] = { _ in [] }
    ) throws(UptimeCheckerError) {
        var faults: [String] = []
        var endpoints: [JSONValue] = []
        var suites: [JSONValue] = []
        var external: [JSONValue] = []
        var places: [String: String] = [:]
        var limits = JSONObject()
        for file in files {
            do throws(UptimeCheckerError) {
                let configuration = try UptimeConfiguration(parsing: file.bytes, environment: environment)
                let names =
                    configuration.endpoints.map { ("endpoint", $0.key, $0.displayName) }
                    + configuration.suites.map { ("suite", $0.key, $0.displayName) }
                    + configuration.external.map { ("external endpoint", $0.key, $0.displayName) }
                for (kind, key, name) in names {
                    if let other = places.updateValue(file.name, forKey: key), other != file.name {
                        faults.append(
                            "\(file.name): the \(kind) \(name) is in \(other), too: "
                                + "change name or group of one")
                    }
                }
                entries += configuration.endpoints.filter(\.isEnabled).map(Entry.init)
                entries += configuration.suites.filter(\.isEnabled).map(Entry.init)
                entries += configuration.external.filter(\.isEnabled).map(Entry.init)
                for endpoint in configuration.external { tokens[endpoint.key] = endpoint.token }
                notes += (configuration.unsetVariables + configuration.warnings).map { "\(file.name): \($0)" }
                notes += configuration.notUsed.map { "\(file.name): not used: \($0)" }
                let document = try Self.document(file.bytes, environment)
                endpoints += Self.elements(of: document["endpoints"], document, maintenance)
                suites += Self.suites(of: document, maintenance)
                external += Self.external(of: document, maintenance)
                for key in ["concurrency", "host-concurrency"] {
                    guard let limit = document[key]?.intValue, limit > 0 else { continue }
                    limits[key] = JSONValue(min(limit, limits[key]?.intValue ?? limit))
                }
            } catch {
                faults += error.message.split(separator: "\n").map { "\(file.name): \($0)" }
            }
        }
        guard faults.isEmpty else {
            throw UptimeCheckerError(.wrongConfiguration, faults.joined(separator: "\n"))
        }
        limits["endpoints"] = .array(endpoints)
        if !suites.isEmpty { limits["suites"] = .array(suites) }
        if !external.isEmpty { limits["external-endpoints"] = .array(external) }
        // The function fills in variables once more.
        text = JSONValue.object(limits).description.replacingBytes("$", with: "$$")
    }

    /// Why an external endpoint fails, as its result shows the error that was pushed: in one line, without the token.
    public func shown(error: String, of key: String) -> String {
        PushedResult.shown(error, token: tokens[key] ?? "")
    }

    private static func document(
        _ bytes: [UInt8], _ environment: [String: String]
    ) throws(UptimeCheckerError) -> JSONObject {
        do throws(YAMLError) {
            let text = VariableExpansion(bytes, environment: environment).text
            return try YAMLNode(parsing: text).json.objectValue ?? [:]
        } catch {
            throw UptimeCheckerError(.wrongConfiguration, "line \(error.line): \(error.message)", underlying: error)
        }
    }

    /// The suites of a file, the endpoints of each with what the file says for all of them.
    private static func suites(of file: JSONObject, _ maintenance: (String) -> [JSONValue]) -> [JSONValue] {
        (file["suites"]?.arrayValue ?? []).compactMap { element in
            guard var suite = element.objectValue else { return nil }
            let name = displayName(suite)
            suite["endpoints"] = .array(elements(of: suite["endpoints"], file) { _ in maintenance(name) })
            return .object(suite)
        }
    }

    /// The external endpoints of a file, with its maintenance, which is all that they take of what it says for all.
    private static func external(of file: JSONObject, _ maintenance: (String) -> [JSONValue]) -> [JSONValue] {
        var common = JSONObject()
        common["maintenance"] = file["maintenance"]
        return elements(of: file["external-endpoints"], common, maintenance)
    }

    /// `group/name`, or the name alone.
    private static func displayName(_ element: JSONObject) -> String {
        [element["group"]?.stringValue, element["name"]?.stringValue].compactMap(\.self).filter { !$0.isEmpty }
            .joined(separator: "/")
    }

    /// A list of endpoints, with what their file says for all of them.
    private static func elements(
        of list: JSONValue?, _ file: JSONObject, _ maintenance: (String) -> [JSONValue]
    ) -> [JSONValue] {
        let common = file["maintenance"].map { $0.isNull ? [] : [$0] } ?? []
        return (list?.arrayValue ?? []).compactMap { element in
            guard var endpoint = element.objectValue else { return nil }
            if var retry = file["retry"]?.objectValue {
                for (key, value) in endpoint["retry"]?.objectValue ?? [:] { retry[key] = value }
                endpoint["retry"] = .object(retry)
            }
            let allowed = (file["allow"]?.arrayValue ?? []) + (endpoint["allow"]?.arrayValue ?? [])
            if !allowed.isEmpty { endpoint["allow"] = .array(allowed) }
            let windows = common + maintenance(displayName(endpoint))
            let own = endpoint["maintenance-windows"]?.arrayValue ?? []
            if !windows.isEmpty { endpoint["maintenance-windows"] = .array(own + windows) }
            return .object(endpoint)
        }
    }
}

extension CombinedEndpoints.Entry {
    fileprivate init(_ endpoint: Endpoint) {
        self.init(
            name: endpoint.name, group: endpoint.group, interval: endpoint.interval,
            timeout: endpoint.client.timeout, url: endpoint.shownURL, isSuite: false,
            heartbeatInterval: nil, isExternal: false)
    }

    fileprivate init(_ suite: Suite) {
        self.init(
            name: suite.name, group: suite.group, interval: suite.interval, timeout: suite.timeout, url: nil,
            isSuite: true, heartbeatInterval: nil, isExternal: false)
    }

    /// How long the newest result says how an endpoint without a heartbeat is: three times as long.
    private static let silence = Duration.seconds(8 * 3_600)
    /// How often it is looked whether a heartbeat is missing: not later than this, and than half its interval.
    private static let look = Duration.seconds(10)

    fileprivate init(_ endpoint: ExternalEndpoint) {
        self.init(
            name: endpoint.name, group: endpoint.group, interval: endpoint.heartbeat ?? Self.silence, timeout: .zero,
            url: nil, isSuite: false, heartbeatInterval: endpoint.heartbeat.map { min($0 / 2, Self.look) },
            isExternal: true)
    }
}
