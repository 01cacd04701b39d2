import AlarmEvaluation
import Basics
import CloudWatchAlarms
import Events
import JSON
import Testing

@testable import Notifier

/// The messages of alarms that are evaluated here, read as those of CloudWatch.
@Suite struct EvaluatedAlarmTests {
    private static let location = AlarmLocation(
        account: "111122223333", region: "eu-central-1", regionName: "Europe (Frankfurt)")
    private static let start = Timestamp(secondsSinceEpoch: 1_795_885_200)

    private static func statistic(_ metric: String) -> MetricStatistic {
        MetricStatistic(
            namespace: "Shop", metric: metric, dimensions: ["Host": "a"], statistic: "Average", period: 60)
    }

    /// The changes of alarms over two minutes; the metrics `errors` and `requests` are 0 and 10, then 9 and 10.
    private static func changes(_ alarms: [Alarm]) throws -> [AlarmStateChange] {
        var engine = try AlarmEngine(alarms, location: location, createdAt: start)
        var samples = MetricSamples()
        for (metric, values) in [("errors", [0, 9]), ("requests", [10, 10])] as [(String, [Double])] {
            samples.add(
                values.enumerated().map { .init(time: start + .seconds($0.offset * 60), values: [.init($0.element)]) },
                to: .init(namespace: "Shop", metric: metric, dimensions: ["Host": "a"]))
        }
        return (1...2).flatMap { engine.evaluate(at: start + .seconds($0 * 60), data: MetricData(samples)) }
    }

    private static func notification(_ message: JSONObject) throws -> Notification {
        let bytes = Array(JSONValue.object(message).description.utf8)
        return try #require(
            IncomingEvent(parsing: bytes, requestID: "r", receivedAt: Samples.receivedAt).messages.first?
                .notifications.first)
    }

    private static let plain = Alarm(
        name: "errors",
        condition: .metric(
            MetricCondition(
                data: .metric(statistic("errors")), threshold: .value(.greater, 5), evaluationPeriods: 1)))

    private static let math = Alarm(
        name: "rate",
        condition: .metric(
            MetricCondition(
                data: .queries([
                    MetricQuery(
                        id: "e1", source: .expression("m1 / m2 * 100", period: nil), label: "Errors in %",
                        returnsData: true),
                    MetricQuery(id: "m1", source: .metric(statistic("errors"), account: nil)),
                    MetricQuery(id: "m2", source: .metric(statistic("requests"), account: nil)),
                ]), threshold: .value(.greaterOrEqual, 50))))

    private static let composite = Alarm(
        name: "shop",
        condition: .composite(CompositeCondition(rule: .or([.state(.alarm, alarm: "errors"), .constant(false)]))))

    @Test(
        "both forms tell state, severity, place and incident",
        arguments: ["errors", "rate", "shop"])
    func state(_ name: String) throws {
        let change = try #require(
            try Self.changes([Self.plain, Self.math, Self.composite]).last { $0.alarm.name == name })
        let arn = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:\(name)"
        for message in [change.notification(in: Self.location), change.event(in: Self.location, id: "e-1")] {
            let notification = try Self.notification(message)
            #expect(notification.source == .cloudWatchAlarm)
            #expect(notification.title == "ALARM: \"\(name)\" in Europe (Frankfurt)")
            #expect(notification.state == StateChange(from: "OK", to: "ALARM"))
            #expect(notification.severity == .critical)
            #expect(notification.time == Self.start + .seconds(120))
            #expect(notification.incidentKey == arn)
            #expect(notification.region == "eu-central-1")
            #expect(notification.account == "111122223333")
        }
    }

    @Test func metricAndCondition() throws {
        let change = try #require(try Self.changes([Self.plain]).last)
        let notification = try Self.notification(change.notification(in: Self.location))
        let fields = Dictionary(notification.fields.map { ($0.name, $0.value) }) { $1 }
        #expect(fields["Metric"] == "Shop errors (Average)")
        #expect(fields["Condition"] == "errors > 5 for 1 datapoint of 1 min")
        #expect(fields["Dimensions"] == "Host=a")
        #expect(
            notification.text
                == "Threshold Crossed: 1 out of the last 1 datapoints [9] was greater than the threshold (5.0).")
        let event = try Self.notification(change.event(in: Self.location, id: "e-1"))
        #expect(event.dedupeKey == notification.dedupeKey)
    }

    @Test func expression() throws {
        let change = try #require(try Self.changes([Self.math]).last)
        let notification = try Self.notification(change.notification(in: Self.location))
        #expect(notification.fields.contains { $0.name == "Metric" && $0.value == "Errors in %: m1 / m2 * 100" })
    }

    @Test func compositeRule() throws {
        let change = try #require(try Self.changes([Self.plain, Self.composite]).last)
        let notification = try Self.notification(change.notification(in: Self.location))
        let fields = Dictionary(notification.fields.map { ($0.name, $0.value) }) { $1 }
        #expect(fields["Rule"] == #"ALARM("errors") OR FALSE"#)
        #expect(fields["Triggered by"] == "errors: ALARM")
    }
}
