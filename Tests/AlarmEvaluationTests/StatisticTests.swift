import Basics
import CloudWatchAlarms
import Testing

@testable import AlarmEvaluation

struct StatisticTests {
    private static let ten: [MetricSamples.Weighted] = (1...10).map { .init(Double($0)) }

    /// Percentiles as numpy's default, linear interpolation, has them.
    @Test(arguments: [
        ("Average", 5.5), ("Sum", 55), ("Minimum", 1), ("Maximum", 10), ("SampleCount", 10), ("p0", 1), ("p50", 5.5),
        ("p90", 9.1), ("p99", 9.91), ("p100", 10), ("tm90", 5), ("TM(10%:90%)", 5.5), ("TM(:50%)", 3), ("TM(50%:)", 8),
        ("wm100", 5.5),
    ])
    func ofOneToTen(_ name: String, _ expected: Double) throws {
        let value = try #require(try Statistic(parsing: name).value(of: Self.ten))
        #expect((value - expected).magnitude < 1e-9)
    }

    /// Values with counts are as if each stood there so often.
    @Test(arguments: ["Average", "Sum", "SampleCount", "p10", "p50", "p95", "tm80", "TM(20%:70%)", "wm90"])
    func counts(_ name: String) throws {
        let weighted: [MetricSamples.Weighted] = [.init(3, count: 4), .init(1, count: 2), .init(9)]
        let plain: [MetricSamples.Weighted] = [1, 1, 3, 3, 3, 3, 9].map { .init($0) }
        let statistic = try Statistic(parsing: name)
        let (one, other) = (try #require(statistic.value(of: weighted)), try #require(statistic.value(of: plain)))
        #expect((one - other).magnitude < 1e-9)
    }

    @Test(arguments: ["average", "p101", "p-1", "tm", "TM(90%:10%)", "PR(1:2)", "IQM", ""])
    func unknown(_ name: String) {
        let error = #expect(throws: AlarmEvaluationError.self) { try Statistic(parsing: name) }
        #expect(error?.code == .notEvaluated)
    }

    @Test func nearestName() {
        let error = #expect(throws: AlarmEvaluationError.self) { try Statistic(parsing: "Averge") }
        #expect(error?.message.contains("did you mean Average?") == true)
    }

    @Test func periodsAndUnits() throws {
        var samples = MetricSamples()
        let metric = MetricSamples.Identity(namespace: "Test", metric: "m")
        samples.add(
            [
                .init(time: .at(59), values: [.init(1)]), .init(time: .at(0), values: [.init(2)], unit: "Seconds"),
                .init(time: .at(60), values: [.init(4)]), .init(time: .at(-1), values: [.init(8)]),
            ], to: metric)
        let slot = MetricSlot(start: .at(0), end: .at(60))
        #expect(try samples.datapoint(.test("m", "Sum"), in: slot) == Datapoint(value: 3, sampleCount: 2))
        var seconds = MetricStatistic.test("m", "Sum")
        seconds.unit = "Seconds"
        #expect(try samples.datapoint(seconds, in: slot) == Datapoint(value: 2, sampleCount: 1))
        #expect(try samples.datapoint(.test("other"), in: slot) == nil)
        #expect(try samples.datapoint(.test(), in: MetricSlot(start: .at(120), end: .at(180))) == nil)
    }
}

struct SeriesNotationTests {
    @Test(arguments: [
        ("5", "5"), ("0x3 5x2 _x2 7", "0 0 0 5 5 - - 7"), ("1+2x4", "1 3 5 7"), ("10-0.5x3", "10 9.5 9"),
        ("-3x2", "-3 -3"), ("-1-1x3", "-1 -2 -3"), ("1e3", "1000"), ("_", "-"), ("", ""), ("1,2\n3", "1 2 3"),
        ("2.5e-1+1x2", "0.25 1.25"),
    ])
    func values(_ text: String, _ expected: String) throws {
        let steps = try SeriesNotation.parse(text).map { $0.first?.value }
        let wanted = expected.split(separator: " ").map { $0 == "-" ? nil : Double($0) }
        #expect(steps == wanted)
    }

    @Test func sampleCounts() throws {
        #expect(try SeriesNotation.parse("9*20x2 1") == [[.init(9, count: 20)], [.init(9, count: 20)], [.init(1)]])
    }

    @Test(arguments: ["x", "5x", "5x0", "5x-1", "5xx2", "a", "5*0", "5*", "1+x2", "nan", "inf", "5x1000001", "__"])
    func faults(_ text: String) {
        let error = #expect(throws: AlarmEvaluationError.self) { try SeriesNotation.parse("1 \(text)") }
        #expect(error?.message.hasPrefix("\"\(text)\" is no value of a series") == true)
    }
}
