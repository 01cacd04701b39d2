import Basics
import CloudWatchAlarms
import Testing

@testable import AlarmEvaluation

struct MetricMathTests {
    /// m1 to m4 with five minutes each; errors and requests for `METRICS("…")`.
    private static let series = [
        "m1": "1 2 3 4 5", "m2": "10 - 30 - 50", "m3": "- 0 4 - -", "m4": "- - - - -", "errors_a": "1 - 2 - 3",
        "errors_b": "5 5 5 5 5",
    ]

    /// The values of an expression as `1 - 2.5`.
    private static func values(_ expression: String) throws -> String {
        var samples = MetricSamples()
        for (id, text) in series {
            let values = text.split(separator: " ").enumerated().compactMap { index, word in
                Double(word).map { MetricSamples.Sample(time: .at(index * 60), values: [.init($0)]) }
            }
            samples.add(values, to: .init(namespace: "Test", metric: id))
        }
        let metrics = series.keys.sorted().map { MetricQuery(id: $0, source: .metric(.test($0), account: nil)) }
        let queries =
            [MetricQuery(id: "out", source: .expression(expression, period: nil), returnsData: true)] + metrics
            + [MetricQuery(id: "e1", source: .expression("m1 * 2", period: nil))]
        // Five periods: the range of 2 + 2, and one more for expressions.
        let condition = MetricCondition(
            data: .queries(queries), threshold: .value(.greater, 0), evaluationPeriods: 3)
        let found = try condition.points(at: .at(300), MetricData(samples))
        return found.map { $0.map { Self.text($0.value) } ?? "-" }.joined(separator: " ")
    }

    private static func text(_ value: Double) -> String {
        let rounded = (value * 1_000).rounded() / 1_000
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }

    @Test(arguments: [
        ("m1", "1 2 3 4 5"), ("m1 + 1", "2 3 4 5 6"), ("2 * m1 - 1", "1 3 5 7 9"), ("-m1", "-1 -2 -3 -4 -5"),
        ("m1 ^ 2", "1 4 9 16 25"), ("2 ^ 3 ^ 2 * m1 / 512", "1 2 3 4 5"), ("(m1 + 1) * 2", "4 6 8 10 12"),
        ("m1 + 1 * 2", "3 4 5 6 7"), ("10 - m1 - 1", "8 7 6 5 4"), ("1e1 / 4 * m1", "2.5 5 7.5 10 12.5"),
        // Between two series a missing value is 0, and a quotient by 0 is dropped.
        ("m1 + m2", "11 2 33 4 55"), ("m2 / m1", "10 0 10 0 10"), ("m1 / m2", "0.1 - 0.1 - 0.1"),
        ("m1 / m3", "- - 0.75 - -"), ("m2 + 1", "11 - 31 - 51"), ("m3 + m4", "- 0 4 - -"), ("1 / m3", "- - 0.25 - -"),
        // Comparisons and logic.
        ("m1 > 2", "0 0 1 1 1"), ("m1 >= 2", "0 1 1 1 1"), ("m1 < 2", "1 0 0 0 0"), ("m1 <= 2", "1 1 0 0 0"),
        ("m1 == 2", "0 1 0 0 0"), ("m1 != 2", "1 0 1 1 1"), ("m1 < m2", "1 0 1 0 1"),
        ("m1 > 1 AND m2 > 10", "0 0 1 0 1"), ("m1 > 1 && m2 > 10", "0 0 1 0 1"), ("m1 > 4 OR m2 > 10", "0 0 1 0 1"),
        ("m1 > 4 || m2 > 10 && m1 < 3", "0 0 0 0 1"), ("m1 > 1 OR m1 > 4 AND m1 < 0", "0 1 1 1 1"),
        ("1 > 2 OR m1", "1 1 1 1 1"),
        // IF.
        ("IF(m1 > 2, m2, m3)", "- 0 30 0 50"), ("IF(m1 > 2, 7, m3)", "- 0 7 7 7"), ("IF(m1 > 2, m2)", "- - 30 0 50"),
        ("IF(m2 > 2, 1, 5)", "1 - 1 - 1"), ("IF(1, m1)", "1 2 3 4 5"), ("IF(0, m1, m2)", "10 - 30 - 50"),
        ("IF(0, m1)", "- - - - -"), ("IF(m2, m1, 9)", "1 - 3 - 5"),
        // FILL.
        ("FILL(m2, 0)", "10 0 30 0 50"), ("FILL(m2, m1)", "10 2 30 4 50"), ("FILL(m2, REPEAT)", "10 10 30 30 50"),
        ("FILL(m2, LINEAR)", "10 20 30 40 50"), ("FILL(m3, REPEAT)", "- 0 4 4 4"), ("FILL(m3, LINEAR)", "- 0 4 - -"),
        ("FILL(m2, MIN(m2))", "10 10 30 10 50"), ("SUM(FILL([m2, m3], 1))", "11 1 34 2 51"),
        // Aggregates of one series are numbers, of many series.
        ("m1 - MIN(m1)", "0 1 2 3 4"), ("m1 - MAX(m1)", "-4 -3 -2 -1 0"), ("m1 - AVG(m1)", "-2 -1 0 1 2"),
        ("m1 * 0 + SUM(m2)", "90 90 90 90 90"), ("m1 * 0 + AVG(m2)", "30 30 30 30 30"),
        ("m1 * 0 + DATAPOINT_COUNT(m2)", "3 3 3 3 3"), ("m1 * 0 + STDDEV(m1)", "1.414 1.414 1.414 1.414 1.414"),
        ("SUM([m1, m2])", "11 2 33 4 55"), ("AVG([m1, m2])", "5.5 1 16.5 2 27.5"), ("MIN([m1, m2])", "1 2 3 4 5"),
        ("MAX([m1, m2])", "10 2 30 4 50"), ("DATAPOINT_COUNT([m1, m2])", "2 1 2 1 2"), ("SUM([m3, m4])", "- 0 4 - -"),
        ("SUM(METRICS(\"errors\"))", "6 5 7 5 8"), ("SUM(METRICS('errors_b'))", "5 5 5 5 5"),
        ("SUM([METRICS('rrors_a'), METRICS('m1')])", "2 2 5 4 8"), ("SUM(METRICS())", "17 7 44 9 63"),
        ("TIME_SERIES(METRIC_COUNT(METRICS()))", "6 6 6 6 6"), ("m1 + MIN(m4)", "- - - - -"),
        ("SUM(100 / [m1, m2])", "110 50 36.667 25 22"), ("SUM([m1, m2] * m1)", "11 4 99 16 275"),
        ("SUM([m1, m2] - [m1, m2])", "0 0 0 0 0"),
        // Changes between neighbours that exist.
        ("DIFF(m1)", "- 1 1 1 1"), ("DIFF(m2)", "- - 20 - 20"), ("DIFF_TIME(m2)", "- - 120 - 120"),
        ("RATE(m2) * 60", "- - 10 - 10"), ("RUNNING_SUM(m2)", "10 - 40 - 90"), ("SUM(DIFF([m1, m2]))", "- 1 21 1 21"),
        ("ABS(m1 - 3)", "2 1 0 1 2"), ("CEIL(m1 / 2)", "1 1 2 2 3"), ("FLOOR(m1 / 2)", "0 1 1 2 2"),
        ("LOG10(m2)", "1 - 1.477 - 1.699"), ("LOG(m3)", "- - 1.386 - -"), ("TIME_SERIES(3)", "3 3 3 3 3"),
        ("m1 * PERIOD(m1)", "60 120 180 240 300"), ("PERIOD(FILL(m2, 0)) * m1", "60 120 180 240 300"),
        // Time, 28 November 2026 being a Saturday.
        ("MINUTE(m4)", "0 1 2 3 4"), ("HOUR(m1)", "17 17 17 17 17"), ("DAY(m1)", "6 6 6 6 6"),
        ("DATE(m1)", "28 28 28 28 28"), ("MONTH(m1)", "11 11 11 11 11"), ("YEAR(m1)", "2026 2026 2026 2026 2026"),
        ("EPOCH(m1) - 1795885200", "0 60 120 180 240"),
        // Arrays.
        ("FIRST([m2, m1])", "10 - 30 - 50"), ("LAST([m2, m1])", "1 2 3 4 5"), ("[m1]", "1 2 3 4 5"),
        ("FIRST(SORT([m1, m2], AVG, DESC))", "10 - 30 - 50"), ("FIRST(SORT([m1, m2], MAX, ASC))", "1 2 3 4 5"),
        ("SORT([m1, m2], SUM, DESC, 1)", "10 - 30 - 50"), ("SLICE([m1, m2], 1)", "10 - 30 - 50"),
        ("SLICE([m1, m2, m3], 1, 2)", "10 - 30 - 50"), ("REMOVE_EMPTY([m4, m1])", "1 2 3 4 5"),
        // Other expressions, by id.
        ("e1 + 1", "3 5 7 9 11"), ("SUM([e1, m1])", "3 6 9 12 15"),
    ])
    func value(_ expression: String, _ expected: String) throws {
        #expect(try Self.values(expression) == expected)
    }

    @Test(arguments: [
        ("m1 +", "query out, column 5: expected a number, an id, a function or \"(\", found the end"),
        ("m1 m2", "query out, column 4: expected an operator or the end, found \"m2\""),
        ("(m1", "query out, column 4: expected \")\", found the end"),
        ("m1 ? 2", "query out, column 4: \"?\" is no sign of metric math"),
        ("'a", "query out, column 1: the text has no closing quote"),
        ("1.2.3", "query out, column 1: \"1.2.3\" is no number"),
        ("AVGG(m1)", "query out, column 1: there is no function AVGG, did you mean AVG?"),
        ("2 * Sum(m1)", "query out, column 5: there is no function Sum, did you mean SUM?"),
        ("ANOMALY_DETECTION_BAND(m1)", "query out, column 1: ANOMALY_DETECTION_BAND is not evaluated locally"),
        ("SEARCH('x')", "query out, column 1: SEARCH is not evaluated locally"),
        ("FILL(m1)", "query out, column 1: FILL takes 2 arguments, not 1"),
        ("IF(m1)", "query out, column 1: IF takes 2 to 3 arguments, not 1"),
        ("m1 + mm2", "query out, column 6: there is no query with the id mm2, did you mean m2?"),
        ("METRICS(m1)", "query out, column 1: METRICS takes a text in quotes, a part of the ids"),
        ("TIME_SERIES(m1)", "query out, column 1: TIME_SERIES takes a number, not a series"),
        ("PERIOD(m1 + 1)", "query out, column 1: PERIOD takes a metric, not the result of an expression"),
        ("SUM(1)", "query out, column 1: SUM takes series, not a number"),
        ("SORT([m1], LOG, ASC)", "query out, column 1: SORT takes AVG, MIN, MAX or SUM as its second argument"),
        ("[m1, m2] + [m1]", "query out, \"+\" between 2 and 1 series"),
        ("1 + 2", "query out gives a number, an alarm needs a series: use TIME_SERIES(…)"),
        ("METRICS()", "query out gives 6 series, an alarm needs exactly one"),
        ("out + 1", "query out, the expressions refer to each other in a circle: out → out"),
    ])
    func faults(_ expression: String, _ message: String) {
        let error = #expect(throws: AlarmEvaluationError.self) { try Self.values(expression) }
        #expect(error?.message == message)
    }

    @Test func deepNesting() {
        let text = String(repeating: "(", count: 100_000) + "m1" + String(repeating: ")", count: 100_000)
        let error = #expect(throws: AlarmEvaluationError.self) { try MetricMath(parsing: text) }
        #expect(error?.message.contains("nested too deeply") == true)
        #expect(throws: AlarmEvaluationError.self) {
            try MetricMath(parsing: String(repeating: "-", count: 100_000) + "m1")
        }
    }

    @Test func references() throws {
        #expect(try MetricMath(parsing: "IF(m2 > AVG(m1), [m2, -e1], 3)").references == ["m2", "m1", "e1"])
    }
}
