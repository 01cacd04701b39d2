import Basics
import CloudWatchAlarms
import Testing

@testable import AlarmEvaluation

/// AWS's tables: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html.
struct MissingDataTests {
    /// A row of AWS's two tables: five periods, M of 3, and the states for missing, ignore, breaching, notBreaching.
    struct Row: Sendable, CustomTestStringConvertible {
        var points: String
        var needed: Int
        var states: [AlarmState?]
        var testDescription: String { "\(needed) of 3: \(points)" }

        init(_ points: String, _ needed: Int, _ states: AlarmState?...) {
            (self.points, self.needed, self.states) = (points, needed, states)
        }
    }

    static let treatments: [MissingData] = [.missing, .ignore, .breaching, .notBreaching]

    static let published: [Row] = [
        Row("0 - X - X", 3, .ok, .ok, .ok, .ok),
        Row("- - - - 0", 3, .ok, .ok, .ok, .ok),
        Row("- - - - -", 3, .insufficientData, nil, .alarm, .ok),
        Row("0 X X - X", 3, .alarm, .alarm, .alarm, .alarm),
        Row("- - X - -", 3, .alarm, nil, .alarm, .ok),
        Row("0 - X - X", 2, .alarm, .alarm, .alarm, .alarm),
        Row("0 0 X 0 X", 2, .alarm, .alarm, .alarm, .alarm),
        Row("0 - X - -", 2, .ok, .ok, .alarm, .ok),
        Row("- - - - 0", 2, .ok, .ok, .alarm, .ok),
        Row("- - - X -", 2, .alarm, nil, .alarm, .ok),
    ]

    /// The other side of each boundary.
    static let neighbours: [Row] = [
        Row("- - - - X", 3, nil, nil, .alarm, .ok),
        Row("- - - X -", 3, nil, nil, .alarm, .ok),
        Row("X - - - -", 3, .alarm, nil, .alarm, .ok),
        Row("- - - - X", 2, nil, nil, .alarm, .ok),
        Row("- X - - 0", 3, .ok, .ok, .ok, .ok),
        Row("- X - X -", 2, .alarm, .alarm, .alarm, .alarm),
        Row("X X X 0 0", 2, .ok, .ok, .ok, .ok),
        Row("X X 0 X X", 3, .ok, .ok, .ok, .ok),
        Row("- - - - X", 1, .alarm, .alarm, .alarm, .alarm),
        Row("- - - - -", 1, .insufficientData, nil, .alarm, .ok),
    ]

    @Test(arguments: published + neighbours, 0..<4)
    func state(_ row: Row, _ column: Int) {
        let condition = MetricCondition(
            data: .metric(.test()), threshold: .value(.greater, 80), evaluationPeriods: 3, datapointsToAlarm: row.needed
        )
        let evaluation = DatapointEvaluation(
            points(row.points), in: minutes(5), of: condition, treatment: Self.treatments[column]
        ) { $0 > 80 }
        #expect(evaluation.state == row.states[column])
    }

    /// Seen with four periods, the good datapoint is out of sight, and the bad one makes an alarm.
    @Test func shorterRangeInventsAnAlarm() {
        let condition = MetricCondition(
            data: .metric(.test()), threshold: .value(.greater, 80), evaluationPeriods: 3, datapointsToAlarm: 2)
        let evaluation = DatapointEvaluation(
            points("- X - -"), in: minutes(4), of: condition, treatment: .missing
        ) { $0 > 80 }
        #expect(evaluation.state == .alarm)
        #expect(condition.evaluationRange == 5)
    }

    @Test(arguments: [("AWS/DynamoDB", MissingData.ignore), ("AWS/Lambda", .breaching)])
    func dynamoDBIgnoresMissingData(_ namespace: String, _ expected: MissingData) {
        let statistic = MetricStatistic(namespace: namespace, metric: "m", statistic: "Sum", period: 60)
        for data in [
            AlarmData.metric(statistic),
            .queries([
                MetricQuery(id: "m1", source: .metric(statistic, account: nil)),
                MetricQuery(id: "e1", source: .expression("m1", period: nil), returnsData: true),
            ]),
        ] {
            let condition = MetricCondition(data: data, threshold: .value(.greater, 0), missingData: .breaching)
            #expect(condition.effectiveMissingData == expected)
        }
    }

    /// 10 / (1 − p) samples from the median up, 10 / p below it, over the evaluated periods together.
    @Test(arguments: [
        ("p99", 999.0, true), ("p99", 1_000, false), ("p90", 99, true), ("p90", 100, false), ("p50", 19, true),
        ("p50", 20, false), ("p10", 99, true), ("p10", 100, false), ("Average", 1, false),
    ])
    func fewSamples(_ statistic: String, _ samples: Double, _ isTooFew: Bool) {
        var condition = MetricCondition(
            data: .metric(.test("m", statistic)), threshold: .value(.greater, 80), evaluationPeriods: 2,
            evaluatesFewSamples: false)
        #expect(condition.hasTooFewSamples(points("X X X X", samples: samples / 2)) == isTooFew)
        condition.evaluatesFewSamples = true
        #expect(!condition.hasTooFewSamples(points("X X X X", samples: samples / 2)))
    }
}

struct StateReasonTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var points: String
        var needed: Int
        var treatment: MissingData
        var text: String
        var testDescription: String { "\(points) \(needed) \(treatment)" }
    }

    @Test(arguments: [
        Row(
            points: "0 0 91.5 X 92", needed: 3, treatment: .missing,
            text: "Threshold Crossed: 3 out of the last 3 datapoints [92.0 (28/11/26 17:04:00), "
                + "100.0 (28/11/26 17:03:00), 91.5 (28/11/26 17:02:00)] were greater than the threshold (80.0) "
                + "(minimum 3 datapoints for OK -> ALARM transition)."),
        Row(
            points: "0 0 5 X 92", needed: 2, treatment: .missing,
            text: "Threshold Crossed: 2 out of the last 3 datapoints [92.0 (28/11/26 17:04:00), "
                + "100.0 (28/11/26 17:03:00)] were greater than the threshold (80.0) "
                + "(minimum 2 datapoints for OK -> ALARM transition)."),
        Row(
            points: "0 0 X 5 X", needed: 3, treatment: .missing,
            text: "Threshold Crossed: 1 out of the last 3 datapoints [5.0 (28/11/26 17:03:00)] was not greater than "
                + "the threshold (80.0) (minimum 1 datapoint for ALARM -> OK transition)."),
        Row(
            points: "0 0 X 5 4", needed: 2, treatment: .missing,
            text:
                "Threshold Crossed: 2 out of the last 3 datapoints [4.0 (28/11/26 17:04:00), 5.0 (28/11/26 17:03:00)] "
                + "were not greater than the threshold (80.0) (minimum 2 datapoints for ALARM -> OK transition)."),
        Row(
            points: "- - - - -", needed: 3, treatment: .missing,
            text: "Insufficient Data: 3 datapoints were unknown."),
        Row(
            points: "- - - - -", needed: 3, treatment: .breaching,
            text:
                "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
                + "[Breaching]."),
        Row(
            points: "- - - - 7", needed: 2, treatment: .breaching,
            text: "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as "
                + "[Breaching]."),
        Row(
            points: "- - - 7 7", needed: 3, treatment: .notBreaching,
            text: "Threshold Crossed: 2 datapoints were received for 3 periods and 1 missing datapoint was treated as "
                + "[NonBreaching]."),
    ])
    func text(_ row: Row) throws {
        #expect(try Self.reason(row).text == row.text)
    }

    @Test func onePeriod() throws {
        let condition = MetricCondition(data: .metric(.test()), threshold: .value(.lessOrEqual, 0.5))
        let outcome = try #require(condition.outcome(points("- - -"), at: .at(180)))
        #expect(outcome.reason.text == "Insufficient Data: 1 datapoint was unknown.")
        let low = try #require(condition.outcome(points("- - 0.5"), at: .at(180)))
        #expect(
            low.reason.text
                == "Threshold Crossed: 1 out of the last 1 datapoints [0.5 (28/11/26 17:02:00)] was less than or equal "
                + "to the threshold (0.5) (minimum 1 datapoint for OK -> ALARM transition).")
    }

    @Test func data() throws {
        let condition = MetricCondition(
            data: .metric(.test("m", "p90")), threshold: .value(.greater, 80), evaluationPeriods: 3,
            datapointsToAlarm: 2)
        let outcome = try #require(condition.outcome(points("- 5 - X X", samples: 4), at: .at(305)))
        let expected =
            #"{"version":"1.0","queryDate":"2026-11-28T17:05:05.000+0000","startDate":"2026-11-28T17:01:00.000+0000","#
            + #""statistic":"p90","period":60,"recentDatapoints":[5.0,100.0,100.0],"threshold":80.0,"#
            + #""evaluatedDatapoints":[{"timestamp":"2026-11-28T17:04:00.000+0000","sampleCount":4.0,"value":100.0},"#
            + #"{"timestamp":"2026-11-28T17:03:00.000+0000","sampleCount":4.0,"value":100.0},"#
            + #"{"timestamp":"2026-11-28T17:02:00.000+0000"},"#
            + #"{"timestamp":"2026-11-28T17:01:00.000+0000","sampleCount":4.0,"value":5.0}]}"#
        #expect(outcome.reason.data == expected)
    }

    private static func reason(_ row: Row) throws -> StateReason {
        let condition = MetricCondition(
            data: .metric(.test()), threshold: .value(.greater, 80), evaluationPeriods: 3,
            datapointsToAlarm: row.needed,
            missingData: row.treatment)
        return try #require(condition.outcome(points(row.points), at: .at(300))).reason
    }
}
