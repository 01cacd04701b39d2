import AWS
import FunctionRuntime
import CloudWatchMetrics

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
            if case .http? = try? CheckTarget(url: url, question: nil) { true } else { false }
        }
        return urls.isEmpty || !areFine ? nil : urls
    }
}

extension ConfigurationSettings: CustomStringConvertible {
    /// Without the source and the proxy, which may hold secrets.
    var description: String { "metrics in \(namespace), configuration at most \(maximumAge) old" }
}
