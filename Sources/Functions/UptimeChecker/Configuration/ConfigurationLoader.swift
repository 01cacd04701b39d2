import AWS
import Basics
import CloudWatchMetrics
import FunctionRuntime
import JSON
import Synchronization
import Transport

/// The configuration in use: read once, read anew when it has become old, and kept when that fails.
final class ConfigurationLoader: Sendable {
    private struct State {
        var text: [UInt8] = []
        var configuration: UptimeConfiguration
        /// When the source was last asked.
        var askedAt: Timestamp
        /// When the source last gave what is in use.
        var renewedAt: Timestamp
        var warning: String?
    }

    private let settings: ConfigurationSettings
    private let environment: [String: String]
    private let aws: AWSConfiguration
    private let now: @Sendable () -> Timestamp
    private let state = Mutex<State?>(nil)

    /// Nothing is read yet.
    /// - Parameter environment: for `$NAME`s in the text, and where a relative path begins.
    init(
        _ settings: ConfigurationSettings, environment: [String: String], aws: AWSConfiguration,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.settings = settings
        self.environment = environment
        self.aws = aws
        self.now = now
    }

    /// The configuration, read anew if it is older than the settings allow.
    /// - Returns: it, and a warning while an older one is in use because a newer one cannot be read or has faults.
    /// - Throws: `UptimeCheckerError` when there is none at all: `unreadableConfiguration` or `wrongConfiguration`.
    func configuration(
        deadline: Timestamp? = nil
    ) async throws(UptimeCheckerError) -> (configuration: UptimeConfiguration, warning: String?) {
        let known = state.withLock(\.self)
        let asked = now()
        if let known, asked - known.askedAt < settings.maximumAge { return (known.configuration, known.warning) }
        let renewed: State
        do throws(UptimeCheckerError) {
            renewed = try await load(known, at: asked, deadline: deadline)
        } catch {
            guard var kept = known else { throw error }
            kept.askedAt = asked
            kept.warning = "the configuration read at \(kept.renewedAt.iso8601) stays in use: \(error)"
            state.withLock { $0 = kept }
            return (kept.configuration, kept.warning)
        }
        state.withLock { $0 = renewed }
        return (renewed.configuration, nil)
    }

    private func load(
        _ known: State?, at time: Timestamp, deadline: Timestamp?
    ) async throws(UptimeCheckerError) -> State {
        let source: TextSource
        switch settings.source {
        case .text(let place): source = place
        case .urls(let urls, let timeout):
            let configuration = try UptimeConfiguration(urls: urls, timeout: timeout)
            return State(configuration: configuration, askedAt: time, renewedAt: time)
        }
        let text = try await text(of: source, deadline: deadline)
        if var known, known.text == text {
            (known.askedAt, known.renewedAt, known.warning) = (time, time, nil)
            return known
        }
        do throws(UptimeCheckerError) {
            let configuration = try UptimeConfiguration(parsing: text, environment: environment)
            return State(text: text, configuration: configuration, askedAt: time, renewedAt: time)
        } catch {
            throw UptimeCheckerError(error.code, "\(source.place): \(error.message)", underlying: error.underlying)
        }
    }

    private func text(of source: TextSource, deadline: Timestamp?) async throws(UptimeCheckerError) -> [UInt8] {
        do {
            return try await source.load(environment: environment, deadline: deadline) { [aws] in aws }
        } catch {
            throw UptimeCheckerError(
                .unreadableConfiguration,
                "the endpoints cannot be read from \(source.place), and UPTIME_CONFIG, UPTIME_CONFIG_TEXT or "
                    + "URLS_TO_MONITOR says where they are: \(error)",
                underlying: error
            )
        }
    }
}

extension TextSource {
    /// For messages: where the text is.
    fileprivate var place: String {
        switch self {
        case .text: "UPTIME_CONFIG_TEXT"
        case .file(let path): path
        case .object(let bucket, let key): "s3://\(bucket)/\(key)"
        case .parameter(let name): name.hasPrefix("arn:") ? name : "ssm:\(name)"
        }
    }
}

/// What the environment says about the endpoints, and what it said to the function that Tocsin replaces.
struct ConfigurationSettings: Sendable, Hashable {
    /// `UPTIME_CONFIG` (a path, `s3://bucket/key` or `ssm:/name`), `UPTIME_CONFIG_TEXT` (the text itself) or
    /// `URLS_TO_MONITOR`; by default the file `uptime.yaml` beside the function.
    var source: ConfigurationSource
    /// `UPTIME_CONFIG_MAX_AGE`: how long a configuration is used before its source is asked again; 60 s by default.
    var maximumAge = Duration.seconds(60)
    /// `CLOUDWATCH_NAMESPACE`, by default `Monitoring/Uptime`.
    var namespace = "Monitoring/Uptime"
    /// `PROXY`: the proxy on the way to CloudWatch; checks do not use it.
    var proxy: String?
}

extension ConfigurationSettings {
    private static let sources = ["UPTIME_CONFIG", "UPTIME_CONFIG_TEXT", "URLS_TO_MONITOR"]

    /// Reads the variables; at most one source may be set.
    init(reading variables: inout Environment.Reader) {
        let set = Self.sources.filter { variables.string($0) != nil }
        if set.count > 1 {
            variables.fault(set[1], expected: "nothing, for \(set[0]) is set: unset one of them", secret: true)
        }
        switch set.first {
        case "UPTIME_CONFIG":
            let place = variables.value(
                "UPTIME_CONFIG", default: TextSource.file(""), expected: "a path, s3://bucket/key or ssm:/name"
            ) { TextSource($0) }
            source = .text(place)
        case "UPTIME_CONFIG_TEXT": source = .text(.text(variables.string("UPTIME_CONFIG_TEXT", default: "")))
        case "URLS_TO_MONITOR":
            let urls = variables.value(
                "URLS_TO_MONITOR", default: [], expected: "http:// or https:// URLs with | between them", secret: true
            ) { Self.urls($0) }
            // A bare number means seconds, as in the original.
            source = .urls(urls, timeout: variables.duration("TIMEOUT", default: .seconds(30)))
        default: source = .text(.file("uptime.yaml"))
        }
        maximumAge = variables.duration("UPTIME_CONFIG_MAX_AGE", default: maximumAge)
        namespace = variables.metricNamespace("CLOUDWATCH_NAMESPACE", default: namespace)
        proxy = variables.string("PROXY")
        if let proxy, WebURL(proxy) == nil {
            variables.fault("PROXY", expected: "a URL such as http://proxy:3128", secret: true)
        }
    }

    /// The URLs of the original's list, trimmed; empty places are left out, nil when there are none or a wrong one.
    private static func urls(_ text: String) -> [String]? {
        let urls = text.split(separator: "|").map { String($0.trimmingWhitespace) }.filter { !$0.isEmpty }
        let areFine = urls.allSatisfy { url in
            (try? CheckTarget(url: url, question: nil))?.kind == .http
        }
        return urls.isEmpty || !areFine ? nil : urls
    }
}

extension ConfigurationSettings: CustomStringConvertible {
    /// Without the source and the proxy, which may hold secrets.
    var description: String { "metrics in \(namespace), configuration at most \(maximumAge) old" }
}

/// Where the endpoints come from.
enum ConfigurationSource: Sendable, Hashable {
    /// A configuration in Gatus's format.
    case text(TextSource)
    /// `URLS_TO_MONITOR` and `TIMEOUT`: the list of the function that Tocsin replaces.
    case urls([String], timeout: Duration)
}
