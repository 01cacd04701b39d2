import CloudWatchAlarms
import Testing

@testable import AlarmProvisioner

@Suite struct ThresholdFormulaTests {
    private static let facts: [Fact: Double] = [
        .timeoutMilliseconds: 3_000, .storageBytes: 107_374_182_400, .units: 0,
    ]

    @Test(arguments: [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 2 - 3", 5), ("100 / 10 / 2", 5), ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 ^ -1", 0.5), ("--3", 3), ("1e3", 1_000), ("1e-3 * 1000", 1), ("1_000", 1_000), (".5", 0.5),
        ("90% * 200", 180),
        ("0.9 * timeout_ms", 2_700), ("0.9 × timeout_ms", 2_700),
        ("min(0.1 * storage_bytes, 20 * 1024^3)", 10_737_418_240),
        ("max(1, 2, 3)", 3), ("min(4)", 4), ("10 − 3", 7), ("0.7 * 900", 630), (" ( 1 ) ", 1),
    ])
    func values(_ text: String, _ expected: Double) throws {
        #expect(try ThresholdFormula(parsing: text).evaluated(Self.facts).value == expected)
    }

    @Test(arguments: [
        ("0.9 * timeout_ms", "0.9 × timeout_ms (3,000) = 2,700"),
        (
            "min(0.1 * storage_bytes, 20 * 1024^3)",
            "min(0.1 × storage_bytes (107,374,182,400), 20 × 1,024^3) = 10,737,418,240"
        ),
        ("(1 + timeout_ms) * 2", "(1 + timeout_ms (3,000)) × 2 = 6,002"),
        ("timeout_ms - (1 - 2)", "timeout_ms (3,000) - (1 - 2) = 3,001"),
        ("timeout_ms / (2 * 3)", "timeout_ms (3,000) / (2 × 3) = 500"),
        ("90% * timeout_ms", "0.9 × timeout_ms (3,000) = 2,700"),
        ("(0 - timeout_ms)^2", "(0 - timeout_ms (3,000))^2 = 9,000,000"),
    ])
    func explanations(_ text: String, _ expected: String) throws {
        #expect(try ThresholdFormula(parsing: text).evaluated(Self.facts).explanation == expected)
    }

    @Test(arguments: [
        ("0.9 * timeout_mss", "character 7: there is no fact timeout_mss, did you mean timeout_ms?"),
        ("0.9 * TIMEOUT_MS", "character 7: there is no fact TIMEOUT_MS, did you mean timeout_ms?"),
        ("", "character 1: the formula ends where a number or a fact is expected"),
        ("1 +", "character 4: the formula ends where a number or a fact is expected"),
        ("1 2", "character 3: unexpected 2, expected an operator such as * or +"),
        ("(1 + 2", "character 7: expected )"), ("1)", "character 2: unexpected ), expected an operator such as * or +"),
        ("1.2.3", "character 1: 1.2.3 is no number"), ("1e999", "character 1: 1e999 is no number"),
        ("1 $ 2", "character 3: unexpected $, expected an operator such as * or +"),
        ("* 2", "character 1: unexpected *, expected a number, a fact or ("),
        ("min(1,", "character 7: the formula ends where a number or a fact is expected"),
    ])
    func faults(_ text: String, _ expected: String) {
        #expect(throws: FormulaError.self) { try ThresholdFormula(parsing: text) }
        do { _ = try ThresholdFormula(parsing: text) } catch { #expect(error.description == expected) }
    }

    @Test func anUnknownFactNamesTheFacts() throws {
        let error = #expect(throws: FormulaError.self) {
            try ThresholdFormula("0.8 * reserved_concurrency + accountless").evaluated([:])
        }
        #expect(error?.description.contains("there is no fact accountless") == true)
        let missing = #expect(throws: FormulaError.self) {
            try ThresholdFormula("reserved_concurrency / account_concurrency").evaluated([:])
        }
        #expect(missing?.message == "reserved_concurrency and account_concurrency is not known of the resource")
    }

    @Test(arguments: ["1 / units", "units / units", "10 ^ 400"])
    func resultsThatAreNoNumbers(_ text: String) throws {
        let formula = try ThresholdFormula(parsing: text)
        let error = #expect(throws: FormulaError.self) { try formula.evaluated(Self.facts) }
        #expect(error?.message.hasPrefix("the result is no number") == true)
    }

    @Test(arguments: [(49, true), (50, false)])
    func depthIsLimited(_ levels: Int, _ isRight: Bool) {
        let text = String(repeating: "(", count: levels) + "1" + String(repeating: ")", count: levels)
        let isRead = (try? ThresholdFormula(parsing: text)) != nil
        #expect(isRead == isRight)
    }

    @Test func manySignsDoNotExhaustTheStack() {
        #expect(throws: FormulaError.self) {
            try ThresholdFormula(parsing: String(repeating: "-", count: 100_000) + "1")
        }
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_234.5, "-1,234.5"), (0.05, "0.05"),
        (0.1 + 0.2, "0.3"), (99.9999999, "100"), (1e16, "1e+16"), (1e15, "1,000,000,000,000,000"),
        (999_999_999_999_999, "999,999,999,999,999"),
        (0.0005, "0.0005"), (-0.0, "0"),
    ])
    func numbersForPeople(_ number: Double, _ expected: String) { #expect(number.grouped == expected) }
}

@Suite struct ThresholdTextTests {
    @Test(arguments: [
        ("> 80", AlarmThreshold.Comparison.greater, 80.0), (">= 0.05", .greaterOrEqual, 0.05), ("< 10", .less, 10),
        ("<=-1", .lessOrEqual, -1), ("≥ 3", .greaterOrEqual, 3), ("≤ 3", .lessOrEqual, 3), ("  > 1", .greater, 1),
        ("> 80%", .greater, 80), ("> 2 * 1024^3", .greater, 2_147_483_648), ("> 50% * 10", .greater, 5),
    ])
    func numbers(_ text: String, _ comparison: AlarmThreshold.Comparison, _ number: Double) throws {
        #expect(try TemplateThreshold(parsing: text) == .value(comparison, number))
    }

    @Test func aFormulaStaysOne() throws {
        #expect(
            try TemplateThreshold(parsing: "> 0.9 * timeout_ms")
                == .formula(.greater, ThresholdFormula("0.9 * timeout_ms")))
    }

    @Test(arguments: [
        ("AWS/EC2", "CPUUtilization", 5.0), ("AWS/ApiGateway", "5XXError", 0.05), ("AWS/S3", "4xxErrors", 0.05),
        ("AWS/ApplicationELB", "5XXError", 5),
    ])
    func perCentIsAsTheMetricCounts(_ namespace: String, _ metric: String, _ number: Double) throws {
        let threshold = try TemplateThreshold(
            parsing: "> 5%", percent: .of(namespace: namespace, metric: metric))
        #expect(threshold == .value(.greater, number))
    }

    @Test(arguments: [
        ("80", "character 1: expected >, >=, < or <= and a number or a formula, such as > 80 or > 0.9 * timeout_ms"),
        ("> 0.9 * timeout", "character 9: there is no fact timeout, did you mean timeout_ms?"),
        ("> ", "character 3: the formula ends where a number or a fact is expected"),
        ("=> 3", "character 1: expected >, >=, < or <= and a number or a formula, such as > 80 or > 0.9 * timeout_ms"),
    ])
    func faults(_ text: String, _ expected: String) {
        let error = #expect(throws: FormulaError.self) { try TemplateThreshold(parsing: text) }
        #expect(error?.description == expected)
    }

    @Test func perCentOfAnExpressionIsUnclear() {
        let error = #expect(throws: FormulaError.self) { try TemplateThreshold(parsing: "> 5%", percent: .unclear) }
        #expect(
            error?.description
                == "character 4: % is unclear here: write the number that the expression gives, such as 5 or 0.05")
    }
}
