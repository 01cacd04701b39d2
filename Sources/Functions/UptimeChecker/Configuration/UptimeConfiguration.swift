public import Basics
import Configuration
import ConfigurationSources
import JSON
import TimeZones
import YAML

/// What to watch: a file in Gatus's format, checked and with every default filled in.
public struct UptimeConfiguration: Sendable {
    /// `endpoints`, also those that are not enabled.
    var endpoints: [Endpoint]
    /// `suites`, also those that are not enabled.
    var suites: [Suite] = []
    /// `external-endpoints`, also those that are not enabled.
    var external: [ExternalEndpoint] = []
    /// `maintenance`: applies to every endpoint beside its own windows.
    var maintenance: [WeeklyWindow] = []
    /// `concurrency`: how many checks run at once; nil where the file does not say or says 0.
    var concurrency: Int?
    /// `host-concurrency`, ours: how many of them to one host; nil where the file does not say.
    var hostConcurrency: Int?
    /// Keys that are accepted without effect, each with its line, such as those for Gatus's own server.
    public var notUsed: [String] = []
    /// What is odd about the endpoints and does not keep the others from being checked.
    var warnings: [String] = []
    /// `$NAME`s in the file that are not set, each with its line.
    public var unsetVariables: [String] = []
    /// Whose part of the file this is; nil for the whole file.
    var shard: Shard?
}

extension UptimeConfiguration {
    /// The endpoints of `URLS_TO_MONITOR`: up with the statuses that j-sokol/CloudwatchMonitoring took for up.
    init(urls: [String], timeout: Duration) throws(UptimeCheckerError) {
        let condition: Condition
        do throws(ConditionError) { condition = try Condition("[STATUS] == any(200, 204, 301, 302, 401, 404)") } catch {
            throw UptimeCheckerError(.wrongConfiguration, "\(error)", underlying: error)
        }
        let entries = urls.enumerated().map { URLEntry($0.element, number: $0.offset + 1) }
        warnings = entries.compactMap(\.fault)
        endpoints = entries.map { entry in
            var endpoint = Endpoint(
                name: entry.name, url: entry.url, target: entry.target, conditions: [condition])
            endpoint.client.timeout = timeout
            return endpoint
        }
    }
}

extension UptimeConfiguration {
    /// Keys of a file that concern Gatus's own server.
    private static let serverKeys = [
        ("alerting", "alarms on the metrics, or the notifier"), ("storage", "results are metrics"),
        ("ui", "there is no page"), ("web", "there is no server"), ("security", "there is no server"),
        ("metrics", "metrics go to CloudWatch"), ("remote", "there is no page"),
        ("connectivity", "every endpoint is checked by itself"), ("tunneling", "SSH tunnels are not supported"),
        ("announcements", "there is no page"), ("debug", "the log level is a variable"),
        ("skip-invalid-config-update", "the last good configuration always stays in use"),
        ("disable-monitoring-lock", "checks run at the same time anyway"),
    ]

    private static let example =
        #"expected at least one endpoint, such as {name: web, url: https://example.org, conditions: ["[STATUS] == 200"]}"#

    /// Reads a configuration in Gatus's format, version 5: YAML or JSON.
    ///
    /// Beside Gatus's keys it may have `retry` (`attempts`, `interval`) and `allow` (classes of addresses), for the
    /// whole file or for an endpoint, and `host-concurrency`.
    /// - Parameter environment: the values of `$NAME` and `${NAME}`.
    /// - Throws: `UptimeCheckerError` that names every fault with line and path; values, which may be secrets, are not
    ///   part of it.
    public init(parsing bytes: [UInt8], environment: [String: String]) throws(UptimeCheckerError) {
        let expansion = VariableExpansion(bytes, environment: environment)
        let unset = expansion.unset.map {
            "line \($0.line): $\($0.name) is not set and stands for nothing; write $$ for a dollar sign"
        }
        // What is missing in their places may be why there are faults.
        func wrong(_ faults: String, _ underlying: (any Error)? = nil) -> UptimeCheckerError {
            UptimeCheckerError(
                .wrongConfiguration, ([faults] + unset).joined(separator: "\n"), underlying: underlying)
        }
        // Values are not shown: a variable may have brought in a secret.
        let diagnostics = Diagnostics(showsValues: false)
        do throws(YAMLError) {
            self.init(try YAMLNode(parsing: expansion.text), diagnostics)
        } catch {
            throw wrong("line \(error.line), column \(error.column): \(error.message)", error)
        }
        do throws(ConfigurationError) { try diagnostics.check() } catch { throw wrong("\(error)", error) }
        notUsed = diagnostics.notUsed
        unsetVariables = unset
    }

    /// Reads what there is and notes what is wrong with it.
    private init(_ node: YAMLNode, _ diagnostics: Diagnostics) {
        endpoints = []
        guard !node.isNull else {
            diagnostics.fault(line: 1, path: "", "nothing is in it: \(Self.example)")
            return
        }
        guard let file = ConfigurationSection(node, path: "", diagnostics: diagnostics) else { return }
        let defaults = EndpointDefaults(
            confirmation: file.section("retry").map { Confirmation($0) } ?? Confirmation(),
            allowedAddresses: file.choices("allow")
        )
        var reader = EndpointReader(defaults: defaults)
        let entries = file.list("endpoints")
        let suiteEntries = file.list("suites")
        let externalEntries = file.list("external-endpoints")
        // Where `suites` is no list, that is the fault.
        let isList = file.value("suites").map { $0.json.arrayValue != nil } ?? true
        if entries.isEmpty, suiteEntries.isEmpty, externalEntries.isEmpty, isList {
            file.fault("endpoints", Self.example)
        }
        for section in entries.compactMap({ file.section(at: $0) }) {
            if let endpoint = reader.endpoint(section) { endpoints.append(endpoint) }
        }
        suites = suiteEntries.compactMap { file.section(at: $0).flatMap { reader.suite($0) } }
        external = externalEntries.compactMap { file.section(at: $0) }.map { reader.external($0) }
        if let window = file.section("maintenance").flatMap({ WeeklyWindow($0, zones: &reader.zones) }) {
            maintenance = [window]
        }
        concurrency = file.integer("concurrency", in: 0...100_000).flatMap { $0 > 0 ? $0 : nil }
        hostConcurrency = file.integer("host-concurrency", in: 1...100_000)
        for (key, reason) in Self.serverKeys { file.ignore(key, reason) }
        file.close(allowing: true)
    }
}

extension Confirmation {
    /// Reads `retry`; what it leaves out is as in the defaults.
    init(_ section: ConfigurationSection, _ defaults: Confirmation = Confirmation()) {
        self = defaults
        attempts = section.integer("attempts", in: 1...10) ?? attempts
        interval = section.duration("interval") ?? interval
        if interval < .zero { section.fault("interval", "expected no negative duration") }
        section.close()
    }
}

extension UptimeConfiguration {
    /// Whether an endpoint is in one of its own windows, or in the file's.
    func isInMaintenance(_ endpoint: Endpoint, at time: Timestamp) -> Bool {
        (endpoint.maintenance + maintenance).contains { $0.contains(time) }
    }
}
