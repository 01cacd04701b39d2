import Basics
import CloudWatchAlarms
import JSON
import Testing

@testable import AlarmEvaluation

/// The whole messages, against the forms that CloudWatch sends.
struct MessageTests {
    private static func change(_ alarms: [Alarm], _ values: String) throws -> AlarmStateChange {
        var run = try Run(alarms)
        try run.add("m", values)
        _ = run.minutes(1...3)
        return try #require(run.changes.last)
    }

    @Test func metricAlarm() throws {
        var alarm = Alarm.test(needed: 1, of: 1)
        alarm.description = "Too busy"
        alarm.tags = ["team": "shop", "severity": "high"]
        alarm.actions.propagatedTags = .only(["team"])
        let change = try Self.change([alarm], "0 0 90.5")
        let expected: JSONValue = [
            "AlarmName": "cpu", "AlarmDescription": "Too busy", "AWSAccountId": "123456789012",
            "NewStateValue": "ALARM",
            "NewStateReason":
                .string(
                    "Threshold Crossed: 1 out of the last 1 datapoints [90.5 (28/11/26 17:02:00)] was greater than the "
                        + "threshold (80.0) (minimum 1 datapoint for OK -> ALARM transition)."),
            "StateChangeTime": "2026-11-28T17:03:00.000+0000", "Region": "Europe (Frankfurt)",
            "AlarmArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:cpu", "OldStateValue": "OK",
            "OKActions": ["o"], "AlarmActions": ["a"], "InsufficientDataActions": ["i"],
            "Trigger": [
                "MetricName": "m", "Namespace": "Test", "StatisticType": "Statistic", "Statistic": "AVERAGE",
                "Unit": nil, "Dimensions": [], "Period": 60, "EvaluationPeriods": 1, "DatapointsToAlarm": 1,
                "ComparisonOperator": "GreaterThanThreshold", "Threshold": 80.0, "TreatMissingData": "missing",
                "EvaluateLowSampleCountPercentile": "",
            ],
            "AlarmTags": [["Key": "team", "Value": "shop"]],
        ]
        #expect(JSONValue.object(change.notification(in: .test)) == expected)
        #expect(change.subject(in: .test) == "ALARM: \"cpu\" in Europe (Frankfurt)")
    }

    @Test func metricAlarmEvent() throws {
        let change = try Self.change([.test()], "0 0 90.5")
        let event = change.event(in: .test, id: "e-1")
        let detail = try #require(event["detail"])
        #expect(event["detail-type"] == "CloudWatch Alarm State Change")
        #expect(event["id"] == "e-1")
        #expect(event["time"] == "2026-11-28T17:03:00Z")
        #expect(event["resources"] == ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:cpu"])
        #expect(detail["alarmName"] == "cpu")
        #expect(detail["previousState"]?["value"] == "OK")
        #expect(detail["state"]?["value"] == "ALARM")
        #expect(detail["state"]?["timestamp"] == "2026-11-28T17:03:00.000+0000")
        let metric: JSONValue = [
            "id": "m1",
            "metricStat": [
                "metric": ["namespace": "Test", "name": "m", "dimensions": [:]], "period": 60, "stat": "Average",
            ], "returnData": true,
        ]
        #expect(detail["configuration"]?["metrics"] == [metric])
        let data = try JSONValue(parsing: detail["state"]?["reasonData"]?.stringValue ?? "")
        #expect(data["recentDatapoints"] == [90.5])
    }

    @Test func mathAndPercentile() throws {
        var statistic = MetricStatistic.test("m", "p99")
        statistic.dimensions = ["Service": "shop", "Host": "a"]
        statistic.unit = "Seconds"
        let queries = [
            MetricQuery(id: "m1", source: .metric(statistic, account: "444455556666")),
            MetricQuery(id: "e1", source: .expression("FILL(m1, 90)", period: nil), label: "filled", returnsData: true),
        ]
        let math = try Self.change([.test("math", .queries(queries))], "_")
        let metrics = math.notification(in: .test)["Trigger"]?["Metrics"]
        let expected: JSONValue = [
            [
                "Id": "m1", "AccountId": "444455556666",
                "MetricStat": [
                    "Metric": [
                        "Dimensions": [["value": "a", "name": "Host"], ["value": "shop", "name": "Service"]],
                        "MetricName": "m", "Namespace": "Test",
                    ], "Period": 60, "Stat": "p99", "Unit": "Seconds",
                ], "ReturnData": false,
            ], ["Id": "e1", "Expression": "FILL(m1, 90)", "Label": "filled", "ReturnData": true],
        ]
        #expect(metrics == expected)
        let plain = try Self.change([.test("p", .metric(.test("m", "p99")))], "90")
        let trigger = plain.notification(in: .test)["Trigger"]
        #expect(trigger?["StatisticType"] == "ExtendedStatistic")
        #expect(trigger?["ExtendedStatistic"] == "p99")
    }

    @Test func composite() throws {
        let top = Alarm.composite(
            "top", .and([.state(.alarm, alarm: "cpu"), .not(.or([.state(.ok, alarm: "cpu"), .constant(false)]))]),
            suppressor: .init(alarm: "cpu", waitSeconds: 5, extensionSeconds: 6))
        let change = try Self.change([.test(), top], "90")
        let message = change.notification(in: .test)
        #expect(message["AlarmRule"] == #"ALARM("cpu") AND NOT (OK("cpu") OR FALSE)"#)
        let child: JSONValue = [
            "Arn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:cpu",
            "State": ["Value": "ALARM", "Timestamp": "2026-11-28T17:01:00.000+0000"],
        ]
        #expect(message["TriggeringChildren"] == [child])
        #expect(message["Trigger"] == nil)
        let detail = try #require(change.event(in: .test, id: "1")["detail"])
        #expect(detail["state"]?["actionsSuppressedBy"] == "Alarm")
        #expect(detail["configuration"]?["actionsSuppressorWaitPeriod"] == 5)
        let data = try JSONValue(parsing: detail["state"]?["reasonData"]?.stringValue ?? "")
        #expect(data["triggeringAlarms"]?[0]?["state"]?["value"] == "ALARM")
    }

    @Test func mutedAndLate() throws {
        let mute = MuteRule(name: "work", schedule: "at(2026-11-28T17:01)", duration: .seconds(60), alarms: ["cpu"])
        var run = try Run([.test()], mutes: [mute])
        try run.add("m", "90x3")
        _ = run.minutes(1...2)
        let muted = try #require(run.changes.first)
        let expected: JSONValue = [
            "mutedByArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm-mute-rule:work",
            "muteWindowStart": "2026-11-28T17:01:00.000+0000", "muteWindowEnd": "2026-11-28T17:02:00.000+0000",
        ]
        #expect(muted.event(in: .test, id: "1")["detail"]?["muteDetail"] == expected)
        let late = try #require(run.changes.last)
        #expect(late.notification(in: .test)["ActionExecutedAfterMuteWindow"] == true)
        #expect(muted.notification(in: .test)["ActionExecutedAfterMuteWindow"] == nil)
    }

    @Test func contributor() throws {
        let alarm = Alarm.test(
            "fleet", .queries([MetricQuery(id: "q1", source: .expression("SELECT 1", period: 60), returnsData: true)]))
        var run = try Run([alarm])
        run.queries["SELECT 1"] = [["host": "a"]: [90]]
        _ = run.minutes(1...1)
        let change = try #require(run.changes.first)
        let id = JSONValue.string(AlarmContributor(attributes: ["host": "a"]).id)
        #expect(change.notification(in: .test)["AlarmContributorId"] == id)
        #expect(change.notification(in: .test)["AlarmContributorAttributes"] == ["host": "a"])
        let event = change.event(in: .test, id: "1")
        #expect(event["detail-type"] == "CloudWatch Alarm Contributor State Change")
        #expect(event["detail"]?["alarmContributor"]?["attributes"] == ["host": "a"])
    }
}
