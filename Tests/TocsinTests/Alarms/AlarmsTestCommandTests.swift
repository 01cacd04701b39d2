import AlarmEvaluation
import ArgumentParser
import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import tocsin

/// `tocsin alarms test` on files, without its process.
struct AlarmsTestCommandTests {
    private static let alarms = """
        [{"AlarmName": "shop-errors", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum",
          "Dimensions": [{"Name": "FunctionName", "Value": "shop"}], "Period": 60, "EvaluationPeriods": 3,
          "DatapointsToAlarm": 2, "Threshold": 2, "ComparisonOperator": "GreaterThanThreshold",
          "TreatMissingData": "notBreaching", "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:pager"]},
         {"AlarmName": "shop", "AlarmRule": "ALARM(\\"shop-errors\\")"}]
        """

    private static let series = """
        series:
          - {namespace: AWS/Lambda, metric: Errors, dimensions: {FunctionName: shop}, values: 0x10 5x3 _x5}

        """

    private func run(
        alarms: String? = Self.alarms, _ test: String, _ options: String...
    ) throws -> (output: String, isPassed: Bool) {
        try withFolder { folder in
            let (rules, metrics) = (folder.appending(path: "alarms.json"), folder.appending(path: "test.yaml"))
            try Data((alarms ?? "").utf8).write(to: rules)
            try Data(test.utf8).write(to: metrics)
            let files = alarms == nil ? [] : [rules.path]
            let command = try AlarmsTestCommand.parse(files + ["--metrics", metrics.path] + options)
            let result = try command.result(colour: false)
            return (result.output.replacing(folder.path + "/", with: ""), result.isPassed)
        }
    }

    private func fault(alarms: String? = Self.alarms, _ test: String) throws -> String {
        let fault = #expect(throws: AlarmsTestCommand.Fault.self) { try run(alarms: alarms, test) }
        return fault?.message.replacing(/[^ ]*\/(?=(alarms\.json|test\.yaml))/, with: "") ?? ""
    }

    private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "alarms-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    @Test("a file that expects nothing is refused, unless the changes are asked for")
    func nothingExpected() throws {
        #expect(try fault(Self.series).hasPrefix("test.yaml expects nothing, so nothing would be tested"))
        #expect(try fault(Self.series + "expect: []").hasPrefix("test.yaml expects nothing"))
        // Its own end is at the last expectation, so that nothing changes before it.
        #expect(try run(Self.series, "--changes").isPassed)
    }

    @Test("a series that no alarm reads is told, with the name that was probably meant")
    func unreadSeries() throws {
        let result = try run(
            """
            series:
              - {namespace: AWS/Lambda, metric: Erors, dimensions: {FunctionName: shop}, values: 0x10}
            expect:
              - {at: 5m, alarm: shop-errors, state: OK}
            """)
        #expect(
            result.output.contains(
                "note: no alarm reads the series AWS/Lambda Erors FunctionName=shop, did you mean Errors?"))
    }

    @Test func metExpectations() throws {
        let result = try run(
            Self.series + """
                expect:
                  - {at: 11m, alarm: shop-errors, state: OK, from: 1m}
                  - {at: 12m, alarm: shop-errors, state: ALARM, reason: "*2 out of the last 3*", notifications: 1}
                  - {at: 12m, alarm: shop, state: ALARM}
                """)
        #expect(
            result.output == """
                met  11m  shop-errors  OK
                met  12m  shop-errors  ALARM
                met  12m  shop         ALARM
                3 of 3 expectations met
                """)
        #expect(result.isPassed)
    }

    @Test func failedExpectation() throws {
        let result = try run(Self.series + "expect: [{at: 11m, alarm: shop-errors, state: ALARM}]")
        #expect(!result.isPassed)
        #expect(
            result.output.hasPrefix(
                "FAILED  11m  shop-errors  expected ALARM, was OK since 0s: Threshold Crossed: no datapoints"
            ),
            "\(result.output)")
        #expect(result.output.hasSuffix("\n0 of 1 expectation met"))
    }

    @Test func changes() throws {
        let result = try run(Self.series + "expect: [{at: 12m, alarm: shop, state: ALARM}]", "--changes")
        #expect(
            result.output.contains(
                "12m  shop-errors OK → ALARM → arn:aws:sns:us-east-1:123456789012:pager: Threshold Crossed: 2"),
            "\(result.output)")
    }

    @Test func json() throws {
        let result = try run(Self.series + "expect: [{at: 12m, alarm: shop, state: OK}]", "--json")
        let json = try JSONValue(parsing: result.output)
        #expect(json["file"] == "test.yaml")
        #expect(json["passed"] == false)
        #expect(json["results"]?[0]?["state"] == "ALARM")
        #expect(json["results"]?[0]?["expected"] == "OK")
        #expect(json["results"]?[0]?["failures"]?.arrayValue?.count == 1)
        #expect(json["changes"]?.arrayValue?.last?["alarm"] == "shop")
    }

    @Test("alarms and mute rules may stand in the file of the series; queries have series of their own")
    func everythingInOneFile() throws {
        let result = try run(
            alarms: nil,
            """
            start: 2026-11-28T17:00:00Z
            step: 30s
            alarms:
              - AlarmName: fleet
                Metrics: [{Id: q1, Expression: SELECT MAX(m) FROM n GROUP BY host, Period: 60, ReturnData: true}]
                EvaluationPeriods: 1
                Threshold: 1
                ComparisonOperator: GreaterThanThreshold
                AlarmActions: ["arn:aws:sns:us-east-1:123456789012:pager"]
            muteRules:
              - Name: work
                Rule: {Schedule: {Expression: "at(2026-11-28T17:03)", Duration: PT2M, Timezone: UTC}}
                MuteTargets: {AlarmNames: [fleet]}
            series:
              - {query: SELECT MAX(m) FROM n GROUP BY host, labels: {host: a}, values: 0x4 9x20}
              - {query: SELECT MAX(m) FROM n GROUP BY host, labels: {host: b}, values: 0x24}
            expect:
              - {at: 2m, alarm: fleet, state: OK, contributors: 0}
              - {at: 4m, alarm: fleet, state: ALARM, contributors: 1, notifications: 0}
              - {at: 5m, alarm: fleet, state: ALARM, contributors: 1, notifications: 1}
            """)
        #expect(result.isPassed, "\(result.output)")
    }

    @Test func faultsOfTheFile() throws {
        let message = try fault(
            """
            series:
              - {namespace: n, values: 1 2q}
            expect:
              - {at: soon, alarm: shop, state: Alarm}
              - {alarm: shop, at: 1m, from: 2m, state: OK, colour: red}
            """)
        #expect(message.hasPrefix("test.yaml cannot be used:\n"), "\(message)")
        for part in [
            "line 2: series[0].values: \"2q\" is no value of a series", "line 2: series[0].metric",
            "line 4: expect[0].at is \"soon\", expected a duration",
            "line 4: expect[0].state is \"Alarm\", expected OK, ALARM",
            "line 5: expect[1].from: it is after at", "expect[1].colour",
        ] { #expect(message.contains(part), "\(part) in \(message)") }
    }

    @Test func unknownAlarm() throws {
        let message = try fault(Self.series + "expect: [{at: 1m, alarm: shop-error, state: OK}]")
        #expect(
            message
                == "test.yaml cannot be used:\nline 3: there is no alarm \"shop-error\", did you mean \"shop-errors\"?")
    }

    @Test(arguments: [
        ("rulez: []", "rulez: unknown key"), ("[1", "alarms.json, line 2, column 1: while parsing"),
        (#"[{"AlarmName": "a"}]"#, "alarms.json cannot be used: alarm a"), ("[]", "there are no alarms"),
    ])
    func faultsOfTheAlarms(_ alarms: String, _ expected: String) throws {
        let message = try fault(alarms: alarms, Self.series)
        #expect(message.contains(expected), "\(message)")
    }

    @Test("rules make the alarms of the resources that the test lists")
    func rules() throws {
        let rules = """
            rules:
              - name: slow
                for: {kinds: ["lambda:function"], tags: {team: shop}}
                metric: Duration
                stat: Maximum
                period: 1m
                threshold: "> 0.9 * timeout_ms"
                alarm-name: "{name} is slow"
            catalogue: false
            """
        let result = try run(
            alarms: rules,
            """
            resources:
              - kind: lambda:function
                name: shop
                tags: {team: shop}
                dimensions: {FunctionName: shop}
                facts: {timeout_ms: 1000}
            series:
              - {namespace: AWS/Lambda, metric: Duration, dimensions: {FunctionName: shop}, values: 900 901 900}
            expect:
              - {at: 1m, alarm: NAME, state: OK}
              - {at: 2m, alarm: NAME, state: ALARM}
              - {at: 3m, alarm: NAME, state: OK}
            """.replacing("NAME", with: "shop is slow"))
        #expect(result.isPassed, "\(result.output)")
    }

    @Test func describedAlarms() throws {
        let first = Self.alarms.split(separator: ",\n {\"AlarmName\": \"shop\"")[0]
        let described = #"{"MetricAlarms": \#(first)], "CompositeAlarms": []}"#
        let result = try run(alarms: described, Self.series + "expect: [{at: 12m, alarm: shop-errors, state: ALARM}]")
        #expect(result.isPassed, "\(result.output)")
    }
}
