import FargateAdjuster
import JSON
import Testing

@Suite struct SettingRuleTests {
    private static let range = SettingRule(.range(minimum: 0.25, maximum: 4, step: 0.25), unit: "vCPU")
    private static let list = SettingRule(.list(["0.25", "0.5", "1"]), unit: "vCPU")
    private static let words = SettingRule(.list(["A", "Blue"]))

    /// Rule, wanted value, fault.
    private static let table: [(SettingRule, JSONValue, String?)] = [
        (range, 0.25, nil), (range, 4, nil), (range, 4.0, nil), (range, "1.75", nil), (range, 1, nil),
        (range, 0.2502, nil),  // within a 1,024th of a step
        (
            range, 0.2503,
            "0.2503 vCPU is not allowed, expected 0.25 to 4 in steps of 0.25: the nearest are 0.25 and 0.5"
        ),
        (range, 0.24, "0.24 vCPU is not allowed, expected 0.25 to 4 in steps of 0.25"),
        (range, 4.25, "4.25 vCPU is not allowed, expected 0.25 to 4 in steps of 0.25"),
        (range, -1, "-1 vCPU is not allowed, expected 0.25 to 4 in steps of 0.25"),
        (range, 0.3, "0.3 vCPU is not allowed, expected 0.25 to 4 in steps of 0.25: the nearest are 0.25 and 0.5"),
        (range, "much", "\"much\" is no number, expected 0.25 to 4 in steps of 0.25"),
        (range, "0x1", "\"0x1\" is no number, expected 0.25 to 4 in steps of 0.25"),
        (range, "inf", "\"inf\" is no number, expected 0.25 to 4 in steps of 0.25"),
        (range, true, "True is no number, expected 0.25 to 4 in steps of 0.25"),
        (range, nil, "None is no number, expected 0.25 to 4 in steps of 0.25"),
        (range, [1], "[1] is no number, expected 0.25 to 4 in steps of 0.25"),
        (list, "0.5", nil), (list, 0.5, nil), (list, 1, nil), (list, 1.0, nil), (list, "1.0", nil),
        (list, 2, "2 vCPU is not allowed, expected one of 0.25, 0.5, 1, did you mean 1?"),
        (list, "half", "\"half\" is not allowed, expected one of 0.25, 0.5, 1"),
        (words, "A", nil), (words, "a", "\"a\" is not allowed, expected one of A, Blue, did you mean A?"),
        (words, "Blux", "\"Blux\" is not allowed, expected one of A, Blue, did you mean Blue?"),
        (SettingRule(.list(["True", "False"])), true, nil), (SettingRule(.list(["true", "false"])), false, nil),
        (SettingRule(.list(["True", "False"])), 1, "1 is not allowed, expected one of True, False"),
        (SettingRule(.list([""])), "", nil),
        (SettingRule(.range(minimum: 2, maximum: 2, step: 0)), 2, nil),
        (SettingRule(.range(minimum: 2, maximum: 2, step: 0)), 3, "3 is not allowed, expected 2"),
    ]

    @Test(arguments: table) func values(_ rule: SettingRule, _ value: JSONValue, _ fault: String?) {
        #expect(rule.fault(for: value, present: nil) == fault)
    }

    @Test func presentValueIsAlwaysAllowed() {
        var pinned = Self.range
        pinned.isPinned = true
        #expect(pinned.fault(for: 8, present: "8.0") == nil)
        #expect(Self.list.fault(for: "3", present: 3) == nil)
        #expect(
            pinned.fault(for: 1, present: 0.5)
                == "it is pinned at 0.5 vCPU, so it cannot become 1 vCPU: leave it out, or remove `pinned` from the configuration"
        )
        #expect(pinned.fault(for: 1, present: nil) == "it is pinned, and its present value is not known")
    }

    @Test func textsForVariables() {
        let table: [(JSONValue, String)] = [
            (90.0, "90"), (90, "90"), (0.1, "0.1"), ("90.0", "90.0"), (true, "True"), ("", ""), (-1.5, "-1.5"),
        ]
        for (value, text) in table { #expect(SettingRule.text(value) == text) }
    }
}
