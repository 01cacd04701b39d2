import AWS
import Basics
import CloudWatchMetrics
import Configuration
import ConfigurationSources
import Glibc
import Transport

/// What the environment says about the endpoints, and what it said to the function that Tocsin replaces.
struct ConfigurationSettings: Sendable, Hashable {
    /// `UPTIME_CONFIG` (a path, `s3://bucket/key` or `ssm:/name`), `UPTIME_CONFIG_TEXT` (the text itself) or
    /// `URLS_TO_MONITOR`; by default the file `uptime.yaml` beside the function, and without one the original's list.
    var source: EndpointSource
    /// `UPTIME_CONFIG_MAX_AGE`: how long a configuration is used before its source is asked again; 60 s by default.
    var maximumAge = Duration.seconds(60)
    /// `CLOUDWATCH_NAMESPACE`, by default `Monitoring/Uptime`.
    var namespace = "Monitoring/Uptime"
    /// `PROXY`: the proxy on the way to CloudWatch; checks do not use it.
    var proxy: String?
    /// `UPTIME_SHARD`: the part of the endpoints that this function checks; nil for all.
    var shard: Shard?
}

extension ConfigurationSettings {
    private static let defaultFile = "uptime.yaml"
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
            source = .urls(urls, timeout: Self.timeout(variables))
        default:
            source =
                Self.hasDefaultFile(variables)
                ? .file(.file(Self.defaultFile)) : .defaultURLs(timeout: Self.timeout(variables))
        }
        maximumAge = variables.duration("UPTIME_CONFIG_MAX_AGE", default: maximumAge)
        namespace = variables.metricNamespace("CLOUDWATCH_NAMESPACE", default: namespace)
        proxy = variables.value("PROXY", expected: "a URL such as http://proxy:3128", secret: true) {
            WebURL($0) == nil ? nil : $0
        }
        shard = variables.value("UPTIME_SHARD", expected: Shard.expected) { Shard($0) }
    }

    /// A bare number means seconds, as in the original.
    private static func timeout(_ variables: ConfigurationSection) -> Duration {
        variables.duration("TIMEOUT", default: .seconds(30))
    }

    /// Only a file that is certainly missing is none: another fault is told when it is read.
    private static func hasDefaultFile(_ variables: ConfigurationSection) -> Bool {
        let folder = variables.text("LAMBDA_TASK_ROOT").map { $0 + "/" } ?? ""
        return access(folder + defaultFile, F_OK) == 0 || errno != ENOENT
    }

    /// The entries of the original's list, trimmed; empty places are left out, nil when there are none.
    ///
    /// An entry that is no URL is one all the same: its check fails.
    private static func urls(_ text: String) -> [String]? {
        let urls = text.split(separator: "|").map { String($0.trimmingWhitespace) }.filter { !$0.isEmpty }
        return urls.isEmpty ? nil : urls
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
    /// The list that that function has without `URLS_TO_MONITOR`.
    case defaultURLs(timeout: Duration)

    /// Whether the endpoints are those of the function that Tocsin replaces.
    var isOriginal: Bool {
        switch self {
        case .file: false
        case .urls, .defaultURLs: true
        }
    }
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
            return RenewingConfiguration(try UptimeConfiguration(urls: urls, timeout: timeout).part(of: shard))
        case .defaultURLs(let timeout):
            var file = try UptimeConfiguration(urls: URLEntry.originalDefaults, timeout: timeout)
            file.warnings.insert(
                "URLS_TO_MONITOR is not set and there is no \(Self.defaultFile), so the original's default list is "
                    + "checked: set URLS_TO_MONITOR or UPTIME_CONFIG", at: 0)
            return RenewingConfiguration(file.part(of: shard))
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
                return try UptimeConfiguration(parsing: text, environment: environment).part(of: shard)
            } catch {
                throw UptimeCheckerError(error.code, "\(place): \(error.message)", underlying: error.underlying)
            }
        }
    }
}
