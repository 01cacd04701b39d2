import Basics
import CloudWatchAlarms
import Testing

@testable import AlarmEvaluation

struct AlarmTestTests {
    private static func test(_ values: String, _ expectations: AlarmTest.Expectation...) throws -> AlarmTest {
        var test = AlarmTest(alarms: [.test(of: 2)], start: .at(0))
        let steps = try SeriesNotation.parse(values)
        test.samples.add(
            steps.enumerated().map { .init(time: .at($0.offset * 60), values: $0.element) },
            to: .init(namespace: "Test", metric: "m"))
        test.expectations = expectations
        return test
    }

    private static func expect(
        _ minutes: Int, _ state: AlarmState, from: Int? = nil, reason: String? = nil, notifications: Int? = nil,
        contributors: Int? = nil
    ) -> AlarmTest.Expectation {
        .init(
            alarm: "cpu", at: .seconds(minutes * 60), from: from.map { .seconds($0 * 60) }, state: state,
            reason: reason, notifications: notifications, contributors: contributors, line: 7)
    }

    /// OK from the first minute, in ALARM from the fifth to the sixth, after which it is OK again.
    @Test(arguments: [
        (expect(0, .insufficientData), nil as String?), (expect(1, .ok), nil), (expect(4, .ok, from: 1), nil),
        (expect(5, .alarm), nil), (expect(4, .alarm), "expected ALARM, was OK since 1m: Threshold Crossed: 1 out of*"),
        (expect(6, .alarm, from: 5), nil),
        (expect(6, .alarm, from: 4), "expected ALARM from 4m on, was so only from 5m"),
        (expect(7, .ok, notifications: 3), nil),
        (expect(7, .ok, notifications: 2), "expected 2 notifications so far, were 3"),
        (expect(5, .alarm, reason: "*96.0*"), "expected the reason *"), (expect(5, .alarm, reason: "*95.0 *"), nil),
        (expect(5, .alarm, contributors: 1), "expected 1 series in ALARM, were 0"),
    ])
    func expectation(_ expectation: AlarmTest.Expectation, _ failure: String?) throws {
        let report = try Self.test("0x3 90 95 91 0", expectation).run()
        let result = try #require(report.results.first)
        if let failure {
            #expect(result.failures.count == 1)
            #expect(Glob(failure).matches(result.failures.first ?? ""), "\(result.failures)")
        } else {
            #expect(result.failures == [])
        }
        #expect(report.isPassed == (failure == nil))
    }

    @Test func resultsAreInTheOrderOfTheFile() throws {
        let report = try Self.test("0x9", Self.expect(5, .ok), Self.expect(1, .ok), Self.expect(3, .alarm)).run()
        #expect(report.results.map(\.expectation.at) == [.seconds(300), .seconds(60), .seconds(180)])
        #expect(report.results.map(\.failures.isEmpty) == [true, true, false])
    }

    @Test func unknownAlarm() throws {
        var test = try Self.test("0", Self.expect(1, .ok))
        test.expectations[0].alarm = "cpus"
        let error = #expect(throws: AlarmEvaluationError.self) { try test.run() }
        #expect(error?.message == "line 7: there is no alarm \"cpus\", did you mean \"cpu\"?")
    }

    @Test func tooLong() throws {
        let test = try Self.test("0", Self.expect(500_000, .ok))
        #expect(throws: Never.self) { try AlarmTest(alarms: [], start: .at(0)).run(for: .seconds(600)) }
        let error = #expect(throws: AlarmEvaluationError.self) { try test.run(for: .seconds(500_001 * 60)) }
        #expect(error?.message.contains("more than 500000 evaluations") == true)
    }

    @Test func alarmsThatAreNotEvaluatedFail() throws {
        var test = try Self.test("0")
        let query = MetricQuery(id: "q", source: .expression("SELECT MAX(a) FROM b", period: 60), returnsData: true)
        test.alarms = [.test("fleet", .queries([query]))]
        test.expectations = [.init(alarm: "fleet", at: .seconds(60), state: .insufficientData)]
        let report = try test.run()
        #expect(
            report.results[0].failures == ["not evaluated: the test has no series for the query: SELECT MAX(a) FROM b"])
        test.queryResults["SELECT MAX(a) FROM b"] = [:]
        #expect(try test.run().isPassed)
    }
}
