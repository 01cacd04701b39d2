import AlarmEvaluation
import AlarmProvisioner
import Basics
import CloudWatchAlarms
import Configuration
import ConfigurationSources
import JSON
import YAML

/// A file of `tocsin alarms test`: recorded series, what is expected, and perhaps alarms of its own.
///
///     step: 1m
///     series:
///       - namespace: AWS/Lambda
///         metric: Errors
///         dimensions: {FunctionName: shop}
///         values: 0x10 5x3 _x2
///     expect:
///       - {at: 12m, alarm: shop-errors, state: ALARM}
struct AlarmTestFile {
    /// Without the alarms of other files.
    var test: AlarmTest
    /// What rules files make alarms of.
    var resources: [WatchedResource] = []
    /// The metrics that have series, for rules on metrics without a resource.
    var series = MetricSeriesIndex()
    /// The metrics that have series, in the order of the file.
    private(set) var metrics: [MetricSamples.Identity] = []
    /// Where all of it is.
    static let scope = AlarmScope(account: AlarmLocation.example.account, region: AlarmLocation.example.region)

    /// Where time begins in files that do not say: a Thursday, so that schedules by weekday are easy to follow.
    private static let defaultStart = Timestamp(secondsSinceEpoch: 1_767_225_600)

    /// Reads a file.
    /// - Throws: `YAMLError`, or `ConfigurationError` with every fault.
    init(parsing bytes: [UInt8]) throws {
        let diagnostics = Diagnostics()
        test = AlarmTest(alarms: [], start: Self.defaultStart)
        if let file = ConfigurationSection(try YAMLNode(parsing: bytes), path: "", diagnostics: diagnostics) {
            read(file)
        }
        try diagnostics.check()
    }

    private mutating func read(_ file: ConfigurationSection) {
        if let start = file.value("start", expected: "a time such as 2026-11-28T17:00:00Z", read: Self.time) {
            test.start = start
        }
        let step = file.duration("step", default: .seconds(60))
        for entry in file.list("alarms") { read(alarm: entry, in: file) }
        for entry in file.list("muteRules") { read(muteRule: entry, in: file) }
        for resource in file.sections("resources") { read(resource: resource) }
        for series in file.sections("series") { read(series: series, step: step) }
        for section in file.sections("expect") { read(expectation: section) }
        file.close(allowing: true)
    }

    private static func time(_ text: String) -> Timestamp? { Timestamp(iso8601: text) }

    /// An alarm as `PutMetricAlarm`, `PutCompositeAlarm` and `DescribeAlarms` have it.
    private mutating func read(alarm entry: ConfigurationEntry, in file: ConfigurationSection) {
        do throws(CloudWatchAlarmsError) {
            test.alarms.append(try Alarm(ofAnyType: entry.value.json))
        } catch {
            file.fault(at: entry, error.message)
        }
    }

    private mutating func read(muteRule entry: ConfigurationEntry, in file: ConfigurationSection) {
        do throws(CloudWatchAlarmsError) {
            test.muteRules.append(try MuteRule(describing: entry.value.json))
        } catch {
            file.fault(at: entry, error.message)
        }
    }

    private mutating func read(resource section: ConfigurationSection) {
        defer { section.close() }
        let kind = section.value(
            "kind", expected: "a kind of resource such as lambda:function", read: ResourceKind.init(rawValue:))
        if !section.has("kind") { _ = section.requiredText("kind", expected: "a kind such as lambda:function") }
        let name = section.requiredText("name", expected: "the name of the resource")
        var facts: [Fact: Double] = [:]
        for (key, text) in section.pairs("facts") {
            guard let fact = Fact(rawValue: key), let number = Double(text) else {
                let near = Fact.allCases.map(\.rawValue).nearest(to: key).map { ", did you mean \($0)?" } ?? ""
                section.fault("facts", "\(key): \(text) is no fact with its number\(near)")
                continue
            }
            facts[fact] = number
        }
        func texts(_ key: String) -> [String: String] {
            Dictionary(section.pairs(key).map { ($0.name, $0.value) }) { $1 }
        }
        guard let kind else { return }
        resources.append(
            WatchedResource(
                kind: kind, scope: Self.scope, id: section.text("id", default: "\(kind.rawValue)/\(name)"), name: name,
                tags: texts("tags"), dimensions: texts("dimensions"), facts: facts, attributes: texts("attributes")))
    }

    private mutating func read(series section: ConfigurationSection, step: Duration) {
        defer { section.close() }
        let step = section.duration("step", default: step)
        let text = section.requiredText("values", expected: "values such as \"0x10 5x3 _x2\"")
        let query = section.text("query")
        var steps: [[MetricSamples.Weighted]] = []
        do throws(AlarmEvaluationError) {
            steps = try SeriesNotation.parse(text)
        } catch {
            section.fault("values", error.message)
        }
        let times = steps.indices.map { test.start + step * $0 }
        if let query {
            let labels = Dictionary(section.pairs("labels").map { ($0.name, $0.value) }) { $1 }
            test.queryResults[query, default: [:]][labels, default: []] += zip(times, steps).compactMap {
                time, values in
                values.first.map { AlarmTest.TimedValue(time: time, value: $0.value) }
            }
            return
        }
        let metric = MetricSamples.Identity(
            namespace: section.requiredText("namespace", expected: "a namespace such as AWS/Lambda, or a query"),
            metric: section.requiredText("metric", expected: "the name of a metric such as Errors"),
            dimensions: Dictionary(section.pairs("dimensions").map { ($0.name, $0.value) }) { $1 })
        let unit = section.text("unit")
        metrics.append(metric)
        series.add(
            metric.dimensions, of: MetricName(metric.namespace, metric.metric), in: Self.scope)
        test.samples.add(
            zip(times, steps).map { MetricSamples.Sample(time: $0, values: $1, unit: unit) }, to: metric)
    }

    private mutating func read(expectation section: ConfigurationSection) {
        defer { section.close() }
        let state = section.value("state", expected: "OK, ALARM or INSUFFICIENT_DATA", read: AlarmState.init(rawValue:))
        if !section.has("state") { _ = section.requiredText("state", expected: "OK, ALARM or INSUFFICIENT_DATA") }
        let at = section.duration("at")
        if !section.has("at") { _ = section.requiredText("at", expected: "a time after the start such as 12m") }
        let from = section.duration("from")
        if let from, let at, from > at { section.fault("from", "it is after at") }
        test.expectations.append(
            AlarmTest.Expectation(
                alarm: section.requiredText("alarm", expected: "the name of an alarm"), at: at ?? .zero, from: from,
                state: state ?? .ok, reason: section.text("reason"),
                notifications: section.integer("notifications", in: 0...1_000_000),
                contributors: section.integer("contributors", in: 0...1_000_000), line: section.line))
    }
}

extension AlarmTestFile {
    /// Tells of series that no alarm reads: after a slip in a name its alarm has no data, which can look like OK.
    func unreadSeries(_ alarms: [Alarm]) -> [String] {
        var read: Set<MetricSamples.Identity> = []
        var expressions: [String] = []
        for case .metric(let condition) in alarms.map(\.condition) {
            switch condition.data {
            case .metric(let metric): read.insert(MetricSamples.Identity(metric))
            case .queries(let queries):
                for query in queries {
                    switch query.source {
                    case .metric(let metric, _): read.insert(MetricSamples.Identity(metric))
                    case .expression(let text, _): expressions.append(text)
                    }
                }
            }
        }
        let names = Set(read.map(\.metric)).sorted()
        // A search or a query names its metrics within its text.
        return metrics.filter { metric in
            !read.contains(metric) && !expressions.contains { $0.containsBytes(metric.metric) }
        }.map { metric in
            let near = names.contains(metric.metric) ? nil : names.nearest(to: metric.metric)
            let dimensions = metric.dimensions.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            return "no alarm reads the series \(metric.namespace) \(metric.metric)\(dimensions)"
                + (near.map { ", did you mean \($0)?" } ?? "")
        }
    }
}

extension MetricSamples.Identity {
    fileprivate init(_ metric: MetricStatistic) {
        self.init(namespace: metric.namespace, metric: metric.metric, dimensions: metric.dimensions)
    }
}

extension Alarm {
    /// Reads an alarm whose members tell of which type it is.
    init(ofAnyType json: JSONValue) throws(CloudWatchAlarmsError) {
        let type: AlarmType =
            json["AlarmRule"] != nil ? .composite : json["ScheduledQueryConfiguration"] != nil ? .log : .metric
        let tags = AlarmTags.read(json["Tags"])
        let alarm = try Alarm(describing: json, type: type, tags: tags)
        if let fault = alarm.faults.first {
            throw CloudWatchAlarmsError(.unreadable, "alarm \(alarm.name): \(fault)")
        }
        self = alarm
    }

    /// The alarms of a file in JSON or YAML: a list of requests, one request, or the output of `DescribeAlarms`.
    /// - Returns: nil for a file of another form.
    static func all(in json: JSONValue) throws(CloudWatchAlarmsError) -> [Alarm]? {
        var alarms: [Alarm] = []
        if let list = json.arrayValue {
            for element in list { alarms.append(try Alarm(ofAnyType: element)) }
            return alarms
        }
        if json["AlarmName"] != nil { return [try Alarm(ofAnyType: json)] }
        let lists = AlarmType.allCases.compactMap { json[$0.list]?.arrayValue }
        guard !lists.isEmpty else { return nil }
        for element in lists.joined() { alarms.append(try Alarm(ofAnyType: element)) }
        return alarms
    }
}
