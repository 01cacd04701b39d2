import Basics
import CloudWatchMetrics
import Configuration
import ConfigurationSources
import StateStore
import TimeZones

/// What the environment says about the report.
struct ReportSettings: Sendable {
    /// A part of the report that can be left out: `REPORT_FILES`.
    enum Part: String, Sendable, CaseIterable {
        /// The files of the function that Tocsin replaces.
        case original
        /// The pages, with badges.
        case site
        /// Statuspage's JSON, Atom and iCalendar.
        case feeds
    }

    /// What the services are: `REPORT_SOURCES`.
    enum Source: String, Sendable, CaseIterable {
        case tests, checks
    }

    /// `METRIC_NAMESPACE` and `CLOUDWATCH_NAMESPACE`, as far as `REPORT_SOURCES` has them.
    var namespaces: MetricNamespaces
    /// `REPORT_OUTPUT`, or `REPORTS_S3_BUCKET_NAME` and `REPORTS_S3_PREFIX`.
    var output: ReportLocation
    /// `REPORT_FILES`.
    var parts: Set<Part>
    /// `TIME_RANGES`, the shortest first.
    var ranges: [SLAReportInput.Range]
    /// `AWS_ENV`: a part of the original's paths.
    var environment: String
    /// `SLARUNNER_S3BUCKETNAME`: where `sla-runner` keeps the output of tests.
    var runnerBucket: String?
    /// `SERVICES_LIST_TTL_SECONDS`.
    var listMaximumAge: Duration
    /// `REPORT_CONFIG` or `REPORT_CONFIG_TEXT`.
    var configuration: ConfigurationSource?
    /// `REPORT_OBJECTIVE`, in per cent; nil for what the file says.
    var objective: Double?
    /// `REPORT_ARITHMETIC`.
    var arithmetic: SLAReportInput.Arithmetic
    /// `REPORT_DAYS`; nil for what the file says.
    var days: Int?
    /// `REPORT_TIME_ZONE`; nil for what the file says.
    var zone: NamedTimeZone?
    /// `REPORT_TITLE`; nil for what the file says.
    var title: String?
    /// `REPORT_BASE_URL`; nil for what the file says.
    var baseURL: String?
    /// `REPORT_INCIDENTS`: where `tocsin incident` keeps them.
    var incidents: String?
    /// `REPORT_INTERVAL`: how often the report is made; nil when nobody said so.
    var every: Duration?
    /// `AWS_REGION`: the dimension of services that are only in the file.
    var region: String
    /// Variables that are accepted and do nothing.
    var ignored: [String] = []

    static let defaultObjective = 99.9
    static let defaultDays = 90
    /// Of the function, as Terraform has its schedule.
    static let defaultInterval = Duration.seconds(900)

    /// Where reports are made.
    enum Place: Sendable {
        /// Without files that outlive it, and on a schedule.
        case function
        /// With folders, and when a person or another program asks for it.
        case machine
    }

    /// Whether a text names a folder, and no place in AWS.
    static func isFolder(_ place: String) -> Bool {
        !place.isEmpty && !place.containsBytes("://") && !place.utf8.starts(with: "dynamodb:".utf8)
    }
}

/// A time zone with its name, which is shown.
struct NamedTimeZone: Sendable, Hashable {
    let name: String
    let rules: TimeZoneRules

    static let utc = NamedTimeZone(name: "UTC", rules: .utc)
    static let expected = "an IANA name such as Europe/Berlin"

    private init(name: String, rules: TimeZoneRules) { (self.name, self.rules) = (name, rules) }

    init?(_ name: String) {
        guard let rules = TimeZoneRules(named: name) else { return nil }
        self.init(name: name, rules: rules)
    }
}

extension ReportSettings {
    /// Reads the variables.
    /// - Throws: ``ReportError`` with everything that is wrong with them.
    init(_ variables: [String: String], place: Place = .function) throws(ReportError) {
        do { self = try Environment(variables).parse { Self.read($0, place) } } catch {
            throw ReportError(.invalid, "\(error)", underlying: error)
        }
    }

    private static func read(_ variables: ConfigurationSection, _ place: Place) -> ReportSettings {
        let sources: Set<Source> = variables.choices("REPORT_SOURCES", default: [.tests, .checks])
        let tests = variables.metricNamespace("METRIC_NAMESPACE", default: "SLA-Monitor")
        let checks = variables.metricNamespace("CLOUDWATCH_NAMESPACE", default: "Monitoring/Uptime")
        return ReportSettings(
            namespaces: MetricNamespaces(
                tests: sources.contains(.tests) ? tests : nil, checks: sources.contains(.checks) ? checks : nil),
            output: output(variables),
            parts: variables.choices("REPORT_FILES", default: Set(Part.allCases)),
            ranges: ranges(variables),
            environment: variables.value(
                "AWS_ENV", default: "dev", expected: "letters, digits, hyphens, dots and underscores"
            ) { $0.isPathPart ? $0 : nil },
            runnerBucket: variables.text("SLARUNNER_S3BUCKETNAME"),
            listMaximumAge: .seconds(variables.integer("SERVICES_LIST_TTL_SECONDS", default: 30, in: 0...31_536_000)),
            configuration: configuration(variables),
            objective: variables.has("REPORT_OBJECTIVE")
                ? variables.number("REPORT_OBJECTIVE", default: defaultObjective, in: 0...100) : nil,
            arithmetic: variables.choice("REPORT_ARITHMETIC", default: .mended),
            days: variables.integer("REPORT_DAYS", in: 1...HistoryResolution.maximumDays),
            zone: variables.value("REPORT_TIME_ZONE", expected: NamedTimeZone.expected) { NamedTimeZone($0) },
            title: variables.text("REPORT_TITLE"),
            baseURL: variables.has("REPORT_BASE_URL") ? variables.url("REPORT_BASE_URL", default: "") : nil,
            incidents: incidents(variables, place),
            every: interval(variables, place),
            region: variables.text("AWS_REGION") ?? variables.text("AWS_DEFAULT_REGION") ?? "",
            ignored: variables.has("REPORTS_SQS_QUEUE_NAME")
                ? ["REPORTS_SQS_QUEUE_NAME has no effect: the event source mapping knows the queue"] : [])
    }

    private static func incidents(_ variables: ConfigurationSection, _ place: Place) -> String? {
        let folders = place == .machine
        return variables.value(
            "REPORT_INCIDENTS", expected: (folders ? "a folder, " : "") + StateStore.expectedLocation
        ) { text in
            let isInAWS =
                StateStore.bucketAndPrefix(text) != nil
                || text.utf8.starts(with: "dynamodb:".utf8) && text.utf8.count > 9
            return isInAWS || folders && isFolder(text) ? text : nil
        }
    }

    private static func interval(_ variables: ConfigurationSection, _ place: Place) -> Duration? {
        if place == .machine, !variables.has("REPORT_INTERVAL") { return nil }
        return variables.duration("REPORT_INTERVAL", default: defaultInterval)
    }

    private static func output(_ variables: ConfigurationSection) -> ReportLocation {
        let prefix = variables.text("REPORTS_S3_PREFIX", default: "slamon/")
        if let text = variables.text("REPORT_OUTPUT") {
            if let location = ReportLocation(text) { return location }
            variables.fault("REPORT_OUTPUT", expected: ReportLocation.expected)
        } else if let bucket = variables.text("REPORTS_S3_BUCKET_NAME") {
            return .bucket(bucket, prefix: prefix)
        } else {
            variables.fault("REPORTS_S3_BUCKET_NAME", expected: "the bucket for the report, or REPORT_OUTPUT instead")
        }
        return .folder("")
    }

    private static func ranges(_ variables: ConfigurationSection) -> [SLAReportInput.Range] {
        let entries = variables.list("TIME_RANGES")
        guard !entries.isEmpty else { return ranges("1d", "3d", "7d", "14d") }
        var ranges: [SLAReportInput.Range] = []
        for entry in entries {
            guard let range = SLAReportInput.Range(entry.text) else {
                variables.fault(at: entry, expected: "days or hours such as 14d or 12h, at most 455d")
                continue
            }
            if !ranges.contains(range) { ranges.append(range) }
        }
        return ranges.sorted { $0.length < $1.length }
    }

    private static func ranges(_ texts: String...) -> [SLAReportInput.Range] {
        texts.compactMap { SLAReportInput.Range($0) }
    }

    private static func configuration(_ variables: ConfigurationSection) -> ConfigurationSource? {
        let file = variables.value("REPORT_CONFIG", expected: ConfigurationSource.expected) { ConfigurationSource($0) }
        guard let text = variables.text("REPORT_CONFIG_TEXT") else { return file }
        if file != nil { variables.fault("REPORT_CONFIG_TEXT", "give either REPORT_CONFIG or REPORT_CONFIG_TEXT") }
        return .text(text)
    }
}

extension SLAReportInput.Range {
    /// Reads `14d`, `12h`, `2w`; nil for another text and for less than a minute or more than 455 days.
    init?(_ text: String) {
        guard text.isPathPart, let length = Duration(text: text), length >= .seconds(60),
            length <= .seconds(HistoryResolution.maximumDays * 86_400)
        else { return nil }
        self.init(text: text, length: length)
    }
}

extension String {
    /// Whether it can be a part of a path in every place: `prod`, `14d`.
    var isPathPart: Bool {
        (1...100).contains(utf8.count) && self != "." && self != ".."
            && utf8.allSatisfy { $0.isASCIIAlphanumeric || [0x2D, 0x2E, 0x5F].contains($0) }
    }
}
