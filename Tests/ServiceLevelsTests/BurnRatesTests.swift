import Basics
import Testing

@testable import ServiceLevels

@Suite struct BurnRatesTests {
    private static let day = Duration.seconds(86_400)

    private static func objective(
        _ target: Double, _ window: Duration = .seconds(30 * 86_400), _ change: (inout Objective) -> Void = { _ in }
    ) -> Objective {
        var objective = Objective(
            name: "o", service: "s", target: target, window: window, indicator: .promQLRatio(bad: "x[{{.window}}]"))
        change(&objective)
        return objective
    }

    /// sre.google/workbook/alerting-on-slos, table 5-8, and the same shares for 28 days.
    private struct Row: CustomTestStringConvertible {
        let days: Int
        let severity: BurnSeverity
        let name: String
        let short: Int
        let long: Int
        let factor: Double
        /// Of a target of 99.9 %.
        let threshold: Double
        /// The hours until the whole budget is used up.
        let hours: Double
        var testDescription: String { "\(days) d \(severity) \(name)" }
    }

    private static let table = [
        Row(
            days: 30, severity: .page, name: "quick", short: 300, long: 3_600, factor: 14.4, threshold: 0.0144,
            hours: 50),
        Row(
            days: 30, severity: .page, name: "slow", short: 1_800, long: 21_600, factor: 6, threshold: 0.006, hours: 120
        ),
        Row(
            days: 30, severity: .ticket, name: "quick", short: 7_200, long: 86_400, factor: 3, threshold: 0.003,
            hours: 240),
        Row(
            days: 30, severity: .ticket, name: "slow", short: 21_600, long: 259_200, factor: 1, threshold: 0.001,
            hours: 720),
        Row(
            days: 28, severity: .page, name: "quick", short: 300, long: 3_600, factor: 13.44, threshold: 0.01344,
            hours: 50),
        Row(
            days: 28, severity: .page, name: "slow", short: 1_800, long: 21_600, factor: 5.6, threshold: 0.0056,
            hours: 120),
        Row(
            days: 28, severity: .ticket, name: "quick", short: 7_200, long: 86_400, factor: 2.8, threshold: 0.0028,
            hours: 240),
        Row(
            days: 28, severity: .ticket, name: "slow", short: 21_600, long: 259_200, factor: 14.0 / 15,
            threshold: 0.000933333333, hours: 720),
        Row(
            days: 7, severity: .page, name: "quick", short: 300, long: 3_600, factor: 13.44, threshold: 0.01344,
            hours: 12.5),
        Row(
            days: 7, severity: .page, name: "slow", short: 1_800, long: 21_600, factor: 3.5, threshold: 0.0035,
            hours: 48),
        Row(
            days: 7, severity: .ticket, name: "quick", short: 7_200, long: 86_400, factor: 1.4, threshold: 0.0014,
            hours: 120),
        Row(
            days: 7, severity: .ticket, name: "slow", short: 21_600, long: 259_200, factor: 0.98, threshold: 0.00098,
            hours: 171.428),
        // Windows in proportion to 30 days, with the same factors.
        Row(
            days: 60, severity: .page, name: "quick", short: 600, long: 7_200, factor: 14.4, threshold: 0.0144,
            hours: 100),
        Row(
            days: 60, severity: .ticket, name: "slow", short: 43_200, long: 518_400, factor: 1, threshold: 0.001,
            hours: 1_440),
        Row(
            days: 10, severity: .page, name: "quick", short: 120, long: 1_200, factor: 14.4, threshold: 0.0144,
            hours: 16.666),
    ]

    @Test(arguments: table) private func matchesTheTable(_ row: Row) throws {
        let window = Self.day * row.days
        let rates = BurnRates(for: Self.objective(0.999, window))
        let rate = try #require(rates.rates.first { $0.severity == row.severity && $0.name == row.name })
        #expect(rate.short == row.short)
        #expect(rate.long == row.long)
        #expect((rate.factor - row.factor).magnitude < 1e-9)
        #expect((rate.threshold(budget: 0.001) - row.threshold).magnitude < 1e-9)
        #expect((rate.exhaustion(of: window) / .seconds(3_600) - row.hours).magnitude < 0.01)
        #expect(rates.notices == [])
    }

    @Test(arguments: [1, 2, 7, 10, 28, 29, 30, 31, 45, 90, 180, 365])
    private func windowsFitTheBackend(days: Int) {
        for rate in BurnRates(for: Self.objective(0.999, Self.day * days)).rates {
            #expect(rate.long <= 604_800, "\(rate)")
            #expect(rate.short < rate.long, "\(rate)")
            #expect(rate.short % 60 == 0, "\(rate)")
            #expect(rate.long % 60 == 0, "\(rate)")
        }
    }

    /// 70 days is the last window of which three days in thirty are a week.
    @Test(arguments: [(70, 604_800, 1.0, 0), (80, 604_800, 0.1 * 80 / 7, 1)])
    private func cutsWindowsToAWeek(days: Int, long: Int, factor: Double, notices: Int) throws {
        let rates = BurnRates(for: Self.objective(0.999, Self.day * days))
        let slow = try #require(rates.rates.first { $0.severity == .ticket && $0.name == "slow" })
        #expect(slow.long == long)
        #expect((slow.factor - factor).magnitude < 1e-9)
        #expect(rates.notices.count == notices)
    }

    @Test func aYearKeepsOneTicketRate() {
        let rates = BurnRates(for: Self.objective(0.999, Self.day * 365))
        #expect(rates.rates.map { "\($0.severity) \($0.name)" } == ["page quick", "page slow", "ticket quick"])
        #expect(rates.notices[0].contains("cut to 7 days"))
    }

    /// 14.4 times a budget of 1/14.4 is everything: only below that can the rate be exceeded.
    @Test(arguments: [
        (0.931, ["page quick", "page slow", "ticket quick", "ticket slow"], 0),
        (0.93, ["page slow", "ticket quick", "ticket slow"], 1),
        (0.834, ["page slow", "ticket quick", "ticket slow"], 1),
        (0.8, ["page slow", "ticket quick", "ticket slow"], 2),
        (0.6, ["page slow", "ticket slow"], 3),
    ])
    private func leavesOutWhatCannotHappen(target: Double, kept: [String], notices: Int) {
        let objective = Self.objective(target)
        let rates = BurnRates(for: objective)
        #expect(rates.rates.map { "\($0.severity) \($0.name)" } == kept)
        #expect(rates.notices.count == notices)
        for rate in rates.rates { #expect(rate.threshold(budget: objective.budget) < 1) }
    }

    @Test func lowersTheLastRate() {
        let rates = BurnRates(for: Self.objective(0.8))
        #expect((rates.rates[0].factor - 4.5).magnitude < 1e-9)
        #expect(rates.rates[0].threshold(budget: 0.2) == 0.9)
        #expect(rates.notices[1].contains("it is lowered to 4.5, which is 90 % errors"))
    }

    @Test func ownConditionsReplaceTheTable() {
        let rates = BurnRates(
            for: Self.objective(0.99) {
                $0.conditions = [
                    BurnCondition(severity: .ticket, factor: 1, window: .seconds(86_400)),
                    BurnCondition(severity: .page, factor: 2, window: .seconds(3_600), pending: .seconds(300)),
                ]
            }
        ).rates
        #expect(
            rates == [
                BurnRate(severity: .page, name: "1", short: 300, long: 3_600, factor: 2, pending: 300),
                BurnRate(severity: .ticket, name: "2", short: 7_200, long: 86_400, factor: 1),
            ])
    }

    /// The factors and delays of conditions with the same window, and those that are kept.
    @Test(
        arguments: [
            ([(14.4, 0), (6, 1_800)], [14.4, 6]), ([(14.4, 0), (6, 0)], [6]), ([(14.4, 1_800), (6, 0)], [6]),
            ([(6, 0), (6, 1_800)], [6]), ([(14.4, 300), (6, 300)], [6]),
        ] as [([(Double, Int)], [Double])])
    private func aLowerFactorThatWaitsLongerReplacesNone(conditions: [(Double, Int)], kept: [Double]) {
        let rates = BurnRates(
            for: Self.objective(0.99) {
                $0.conditions = conditions.map { factor, pending in
                    BurnCondition(severity: .page, factor: factor, window: .seconds(3_600), pending: .seconds(pending))
                }
            })
        #expect(rates.rates.map(\.factor) == kept)
        #expect(rates.notices == [])
    }

    @Test func leavesOutADisabledSeverity() {
        let rates = BurnRates(for: Self.objective(0.999) { $0.page = nil }).rates
        #expect(rates.map(\.severity) == [.ticket, .ticket])
    }
}

@Suite struct PromQLTemplateTests {
    @Test(arguments: [
        ("rate(x[{{.window}}])", "rate(x[{{.window}}])"), (" rate(x[{{ .window }}])\n", "rate(x[{{.window}}])"),
        ("a{b=\"c\"}[{{.window}}]", "a{b=\"c\"}[{{.window}}]"), ("{{.other}}", "{{.other}}"), ("{{", "{{"),
    ])
    private func normal(query: String, expected: String) { #expect(PromQLTemplate.normal(query) == expected) }

    @Test(arguments: [
        ("rate(x[{{.window}}])", nil as String?), ("rate(x[5m])", "has no {{.window}}"),
        ("rate(x{a=\"{{.service}}\"}[{{.window}}])", "only {{.window}} is filled in"),
    ])
    private func fault(query: String, expected: String?) {
        let fault = PromQLTemplate.fault(in: query)
        #expect((fault == nil) == (expected == nil))
        if let expected { #expect(fault?.contains(expected) == true) }
    }

    @Test(arguments: [
        ("sum(rate(x[{{.window}}]))", Indicator.EventUnit.perSecond), ("sum(increase(x[{{.window}}]))", .events),
        ("sum_over_time(x[{{.window}}])", .events), ("avg_over_time(x[{{.window}}])", .unknown),
        ("sum(error_rate[{{.window}}])", .unknown), ("increase(x[{{.window}}]) / rate(y[{{.window}}])", .unknown),
    ])
    private func unit(query: String, expected: Indicator.EventUnit) {
        #expect(PromQLTemplate.unit(of: query) == expected)
    }
}
