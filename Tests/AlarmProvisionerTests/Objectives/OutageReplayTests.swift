import AlarmEvaluation
import Basics
import CloudWatchAlarms
import Foundation
import ServiceLevels
import TestSupport
import Testing

@testable import AlarmProvisioner

/// The alarms over invented outages: PromQL evaluated by Prometheus's own promtool, metric math by `AlarmEvaluation`.
@Suite struct OutageReplayTests {
    // MARK: A fast burn

    /// Three quiet days, then nothing works for ten minutes.
    private static let outage = [
        Traffic(minutes: 3 * 1_440, events: 100, failures: 0), Traffic(minutes: 10, events: 100, failures: 100),
        Traffic(minutes: 1_440, events: 100, failures: 0),
    ]

    /// The page comes within two minutes, and goes when the short window of the slow rate (30 minutes) is quiet.
    @Test(arguments: Form.here) private func aFastBurnPagesWithinMinutes(form: Form) throws {
        let start = 3 * 1_440
        try form.check(
            Self.outage, .page,
            [
                (start - 60, false), (start - 1, false), (start + 2, true), (start + 5, true), (start + 10, true),
                (start + 30, true), (start + 45, false), (start + 600, false),
            ])
    }

    // MARK: A slow burn

    /// One request in 250 fails: four times as many as a target of 99.9 % allows.
    private static let slow = [
        Traffic(minutes: 3 * 1_440, events: 250, failures: 0), Traffic(minutes: 2 * 1_440, events: 250, failures: 1),
        Traffic(minutes: 1_440, events: 250, failures: 0),
    ]

    /// Three times the rate over a day is reached after 18 hours.
    @Test(arguments: Form.here) private func aSlowBurnMakesATicketOnly(form: Form) throws {
        let start = 3 * 1_440
        try form.check(Self.slow, .page, [(start + 60, false), (start + 1_440, false), (start + 2_800, false)])
        try form.check(
            Self.slow, .ticket,
            [
                (start + 60, false), (start + 17 * 60, false), (start + 19 * 60, true), (start + 47 * 60, true),
                (start + 48 * 60 + 400, false),
            ])
    }

    // MARK: Nothing wrong

    /// One in 2,000 is half of what is allowed.
    @Test(arguments: Form.here) private func healthyTrafficDoesNotAlarm(form: Form) throws {
        let healthy = [Traffic(minutes: 4 * 1_440, events: 2_000, failures: 1)]
        for severity in BurnSeverity.allCases {
            try form.check(healthy, severity, [(10, false), (300, false), (2_000, false), (5_700, false)])
        }
    }

    @Test(arguments: Form.here) private func noTrafficDoesNotAlarm(form: Form) throws {
        let stopped = Self.outage.prefix(1) + [Traffic(minutes: 600, events: 0, failures: 0)]
        try form.check(Array(stopped), .page, [(3 * 1_440 + 5, false), (3 * 1_440 + 500, false)])
    }

    // MARK: Little traffic

    /// An event every 20 minutes.
    ///
    /// One that fails is a third of an hour's, and 33 times what is allowed.
    private static func sparse(failures: Int) -> [Traffic] {
        let quiet = [Traffic(minutes: 1, events: 1, failures: 0), Traffic(minutes: 19, events: 0, failures: 0)]
        let bad = [Traffic(minutes: 1, events: 1, failures: 1), Traffic(minutes: 19, events: 0, failures: 0)]
        return Array(repeating: quiet, count: 72).flatMap(\.self)
            + Array(repeating: bad, count: failures).flatMap(\.self)
            + Array(repeating: quiet, count: 24).flatMap(\.self)
    }

    /// Three failures in six hours are the least that pages; the third is in minute 1,480.
    @Test(arguments: Form.here) private func fewFailuresOfFewEventsDoNotPage(form: Form) throws {
        try form.check(Self.sparse(failures: 1), .page, [(1_441, false), (1_445, false), (1_470, false)])
        try form.check(Self.sparse(failures: 2), .page, [(1_462, false), (1_470, false)])
        try form.check(Self.sparse(failures: 3), .page, [(1_462, false), (1_483, true), (1_900, false)])
    }

    /// Without the minimum the first failure pages: the rows above are not true for another reason.
    @Test(arguments: Form.here) private func withoutAMinimumOneFailurePages(form: Form) throws {
        try form.check(
            Self.sparse(failures: 1), .page, [(1_435, false), (1_442, true)], traffic: TrafficMinimum(failures: 1))
    }

    /// With `min-events: 20` three failures of 18 events in six hours do not page.
    @Test(arguments: Form.here) private func tooFewEventsDoNotPage(form: Form) throws {
        try form.check(
            Self.sparse(failures: 3), .page, [(1_483, false)], traffic: TrafficMinimum(failures: 3, events: 20))
        try form.check(
            Self.sparse(failures: 3), .page, [(1_483, true)], traffic: TrafficMinimum(failures: 3, events: 15))
    }
}

/// Some minutes of traffic.
private struct Traffic {
    let minutes: Int
    /// Each minute.
    let events: Int
    let failures: Int
}

/// The forms that an indicator may have, and the series that belong to it.
private enum Form: String, CaseIterable {
    /// Counts of failures by OTLP, as delta sums.
    case badDeltas
    /// Counts of successes by OTLP.
    case goodDeltas
    /// Sloth's form: rates of counters.
    case rates
    /// Metric math over counts of failures, and of successes.
    case badMath, goodMath

    /// Those that can be evaluated on this machine: ./build.sh test fetches promtool where it is to be had.
    static let here = allCases.filter { $0.isMath || Promtool.path != nil }

    var isMath: Bool { self == .badMath || self == .goodMath }

    private var indicator: Indicator {
        func metric(_ name: String) -> [CountedMetric] {
            [CountedMetric(namespace: "SLA-Monitor", metric: name, dimensions: ["Service": "shop"])]
        }
        let total = metric("integration-sla-attempts")
        switch self {
        case .badMath:
            return .metrics(metric("integration-sla-failure"), counts: .bad, total: total, source: .cloudwatch)
        case .goodMath:
            return .metrics(metric("integration-sla-success"), counts: .good, total: total, source: .cloudwatch)
        case .badDeltas: return .metrics(metric("integration-sla-failure"), counts: .bad, total: total, source: .otlp)
        case .goodDeltas: return .metrics(metric("integration-sla-success"), counts: .good, total: total, source: .otlp)
        case .rates:
            return PromQLTemplate.events(
                bad: #"sum(rate(requests_total{code=~"5.."}[{{.window}}]))"#,
                total: "sum(rate(requests_total[{{.window}}]))")
        }
    }

    /// The series in promtool's notation.
    private func series(_ traffic: [Traffic]) -> [(name: String, values: String)] {
        func name(_ text: String) -> String { #"{__name__="integration-sla-\#(text)",Service="shop"}"# }
        switch self {
        case .badDeltas:
            return [(name("failure"), deltas(traffic, \.failures)), (name("attempts"), deltas(traffic, \.events))]
        case .goodDeltas:
            return [
                (name("success"), deltas(traffic) { $0.events - $0.failures }),
                (name("attempts"), deltas(traffic, \.events)),
            ]
        case .badMath, .goodMath: return []
        case .rates:
            return [
                (#"requests_total{code="500"}"#, counter(traffic, \.failures)),
                (#"requests_total{code="200"}"#, counter(traffic) { $0.events - $0.failures }),
            ]
        }
    }

    /// One sample a minute; none where nothing was counted, as with events that are written one by one.
    private func deltas(_ traffic: [Traffic], _ value: (Traffic) -> Int) -> String {
        traffic.map { part in
            part.events == 0 ? "_x\(part.minutes)" : "\(value(part))+0x\(part.minutes - 1)"
        }.joined(separator: " ")
    }

    private func counter(_ traffic: [Traffic], _ value: (Traffic) -> Int) -> String {
        var total = 0
        return traffic.map { part in
            let first = total + value(part)
            total += value(part) * part.minutes
            return "\(first)+\(value(part))x\(part.minutes - 1)"
        }.joined(separator: " ")
    }

    /// Checks at which minutes the alarm of a severity has a series, with a target of 99.9 % in 30 days.
    func check(
        _ traffic: [Traffic], _ severity: BurnSeverity, _ expected: [(minute: Int, alarms: Bool)],
        traffic minimum: TrafficMinimum = TrafficMinimum(), sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let objective = Objective(
            name: "o", service: "s", target: 0.999, window: .seconds(30 * 86_400), indicator: indicator,
            traffic: minimum)
        let rule = ObjectiveRule(objective: objective, origin: RuleOrigin(.objective))
        let alarms = rule.alarms(options: AlarmOptions(), scope: AlarmScope(account: "1", region: "eu-west-1")).alarms
            .map(\.alarm)
        let alarm = try #require(alarms.first { $0.name.hasSuffix(severity.rawValue) })
        guard isMath else {
            let query = try #require(alarm.condition.query)
            let report = try Promtool.test(query, series(traffic), expected)
            #expect(report == nil, "\(self) \(severity)", sourceLocation: sourceLocation)
            return
        }
        let states = try MetricReplay.states(of: alarm.name, alarms, samples(traffic), at: expected.map(\.minute))
        for (moment, state) in zip(expected, states) {
            #expect(
                (state == .alarm) == moment.alarms, "\(self) \(severity) in minute \(moment.minute)",
                sourceLocation: sourceLocation)
        }
    }

    /// The values that metric-writer would have written, by metric: one a minute, none without events.
    private func samples(_ traffic: [Traffic]) -> [String: [Double?]] {
        func values(_ value: (Traffic) -> Int) -> [Double?] {
            traffic.flatMap { part in
                Array(repeating: part.events == 0 ? nil : Double(value(part)), count: part.minutes)
            }
        }
        return [
            "integration-sla-attempts": values(\.events), "integration-sla-failure": values(\.failures),
            "integration-sla-success": values { $0.events - $0.failures },
        ]
    }
}

private enum MetricReplay {
    /// The states of an alarm at these minutes, which rise.
    static func states(
        of name: String, _ alarms: [Alarm], _ series: [String: [Double?]], at minutes: [Int]
    ) throws -> [AlarmState?] {
        let start = Timestamp(secondsSinceEpoch: 1_795_200_000.0)
        var samples = MetricSamples()
        for (metric, values) in series {
            let identity = MetricSamples.Identity(
                namespace: "SLA-Monitor", metric: metric, dimensions: ["Service": "shop"])
            samples.add(
                values.enumerated().compactMap { minute, value in
                    value.map { MetricSamples.Sample(time: start + .seconds(60 * minute), values: [.init($0)]) }
                }, to: identity)
        }
        let data = MetricData(samples)
        var engine = try AlarmEngine(alarms, location: .example, createdAt: start)
        return minutes.map { minute in
            // Alarms look at full minutes: the value of this one is complete when it is over.
            _ = engine.evaluate(at: start + .seconds(60 * (minute + 1)), data: data)
            return engine.status(of: name)?.state
        }
    }
}

enum Promtool {
    /// Of `build.sh`, or of the system.
    static let path: String? = [Workspace.root.appending(path: ".build/prometheus/promtool").path, "/usr/bin/promtool"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// What promtool complains of; nil when the query has a result at exactly those minutes at which it should.
    static func test(
        _ query: String, _ series: [(name: String, values: String)], _ expected: [(minute: Int, alarms: Bool)]
    ) throws -> String? {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tocsin-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let text: [String: Any] = [
            "evaluation_interval": "1m",
            "tests": [
                [
                    "interval": "1m", "input_series": series.map { ["series": $0.name, "values": $0.values] },
                    "promql_expr_test": expected.map { moment in
                        [
                            "expr": "count(\(query))", "eval_time": "\(moment.minute)m",
                            "exp_samples": moment.alarms ? [["labels": "{}", "value": 1]] : [],
                        ] as [String: Any]
                    },
                ] as [String: Any]
            ],
        ]
        // JSON is YAML, too.
        try JSONSerialization.data(withJSONObject: text, options: .withoutEscapingSlashes).write(
            to: folder.appending(path: "test.yaml"))
        let result = try Command.run(path ?? "promtool", ["test", "rules", "test.yaml"], folder: folder)
        return result.status == 0 ? nil : result.output + result.errors
    }
}
