import AWS
import Basics
import CloudWatchMetrics
import Configuration
import ConfigurationSources
import Transport

/// What the environment says about the endpoints, and what it said to the function that Tocsin replaces.
struct ConfigurationSettings: Sendable, Hashable {
    /// `UPTIME_CONFIG` (a path, `s3://bucket/key` or `ssm:/name`), `UPTIME_CONFIG_TEXT` (the text itself) or
    /// `URLS_TO_MONITOR`; by default the file `uptime.yaml` beside the function.
    var source: EndpointSource
    /// `UPTIME_CONFIG_MAX_AGE`: how long a configuration is used before its source is asked again; 60 s by default.
    var maximumAge = Duration.seconds(60)
    /// `CLOUDWATCH_NAMESPACE`, by default `Monitoring/Uptime`.
    var namespace = "Monitoring/Uptime"
    /// `PROXY`: the proxy on the way to CloudWatch; checks do not use it.
    var proxy: String?
}

extension ConfigurationSettings {
    private static let sourceVariables = ["UPTIME_CONFIG", "UPTIME_CONFIG_TEXT", "URLS_TO_MONITOR"]

    /// Reads the variables; at most one source may be set.
    init(_ variables: ConfigurationSection) {
        let set = Self.sourceVariables.filter { variables.has($0) }
        if set.count > 1 {
            variables.fault(set[1], expected: "nothing, for \(set[0]) is set: unset one of them", secret: true)
        }
        switch set.first {
        case "UPTIME_CONFIG":
            let place = variables.value(
                "UPTIME_CONFIG", default: .file(""), expected: ConfigurationSource.expected
            ) { ConfigurationSource($0) }
            source = .file(place)
        case "UPTIME_CONFIG_TEXT": source = .file(.text(variables.text("UPTIME_CONFIG_TEXT", default: "")))
        case "URLS_TO_MONITOR":
            let urls = variables.value(
                "URLS_TO_MONITOR", default: [], expected: "http:// or https:// URLs with | between them", secret: true
            ) { Self.urls($0) }
            // A bare number means seconds, as in the original.
            source = .urls(urls, timeout: variables.duration("TIMEOUT", default: .seconds(30)))
        default: source = .file(.file("uptime.yaml"))
        }
        maximumAge = variables.duration("UPTIME_CONFIG_MAX_AGE", default: maximumAge)
        namespace = variables.metricNamespace("CLOUDWATCH_NAMESPACE", default: namespace)
        proxy = variables.value("PROXY", expected: "a URL such as http://proxy:3128", secret: true) {
            WebURL($0) == nil ? nil : $0
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
    var description: String { "metrics in \(namespace), configuration at most \(maximumAge.text) old" }
}

/// Where the endpoints come from.
enum EndpointSource: Sendable, Hashable {
    /// A configuration in Gatus's format.
    case file(ConfigurationSource)
    /// `URLS_TO_MONITOR` and `TIMEOUT`: the list of the function that Tocsin replaces.
    case urls([String], timeout: Duration)
}

extension ConfigurationSettings {
    /// The endpoints: read when they are first needed, and again when they are older than `maximumAge`.
    ///
    /// Reading throws `UptimeCheckerError` with `unreadableConfiguration` or `wrongConfiguration`.
    /// - Parameter environment: for `$NAME`s in the text, and where a relative path begins.
    func endpoints(
        environment: [String: String], aws: AWSConfiguration, time: TimeSource, executor: (any TaskExecutor)? = nil
    ) throws -> RenewingConfiguration<UptimeConfiguration> {
        let source: ConfigurationSource
        switch self.source {
        case .urls(let urls, let timeout):
            return RenewingConfiguration(try UptimeConfiguration(urls: urls, timeout: timeout))
        case .file(let file): source = file
        }
        let place = if case .text = source { "UPTIME_CONFIG_TEXT" } else { "\(source)" }
        return try RenewingConfiguration(
            source, maximumAge: maximumAge, environment: environment, remote: .awsFiles { aws }, time: time,
            executor: executor
        ) { error in
            UptimeCheckerError(
                .unreadableConfiguration,
                "the endpoints cannot be read from \(place), and UPTIME_CONFIG, UPTIME_CONFIG_TEXT or "
                    + "URLS_TO_MONITOR says where they are: \(error)", underlying: error)
        } read: { text in
            do throws(UptimeCheckerError) {
                return try UptimeConfiguration(parsing: text, environment: environment)
            } catch {
                throw UptimeCheckerError(error.code, "\(place): \(error.message)", underlying: error.underlying)
            }
        }
    }
}
