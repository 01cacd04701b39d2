import JSON
import Testing

@testable import FargateAdjuster

/// What wanted values do to a variable.
@Suite struct EnvironmentSettingTests {
    private static let versions = SettingRule(.list(["1.10", "1.9", ""]))
    private static let twins = SettingRule(.list(["100", "100.0"]))
    private static let range = SettingRule(.range(minimum: 0, maximum: 200, step: 0.5))
    private static let any = SettingRule(.any)

    /// As the file has them: with numbers and flags that are no texts.
    private static func typed(_ elements: [JSONValue]) -> SettingRule {
        var rule = SettingRule(.list(elements.map(\.pythonText)))
        rule.entry = ["type": "enum", "values": .array(elements)]
        return rule
    }

    private static func pinned(_ rule: SettingRule) -> SettingRule {
        var rule = rule
        rule.isPinned = true
        return rule
    }

    /// Rule, what the container has, wanted value, the container's new text; nil when nothing changes.
    private static let allowed: [(SettingRule, String?, JSONValue, String?)] = [
        // Texts by their bytes.
        (versions, "1.9", "1.10", "1.10"), (versions, "1.10", "1.10", nil), (versions, nil, "", ""),
        (twins, "100", "100.0", "100.0"), (twins, "100.0", "100", "100"), (twins, "100", "100", nil),
        // A number of the request: the list's spelling.
        (versions, "1.9", 1.1, "1.10"), (versions, "1.10", 1.1, nil), (versions, "1.1", 1.1, "1.10"),
        (twins, "100", 100.0, "100.0"), (twins, "100.0", 100, "100"),
        // A number or a flag of the file.
        (typed([1.1, 2]), "2", "1.10", "1.1"), (typed([1.1, 2]), "2", " 11e-1 ", "1.1"),
        (typed([1.1, 2]), "2.0", 2, nil), (typed([1.1, 2]), "2.0", "2", nil), (typed([2.0]), nil, 2, "2.0"),
        (typed([true, false]), "true", true, nil), (typed([true, false]), "true", false, "False"),
        (typed(["true", "false"]), "true", false, "false"), (typed([true]), nil, "true", "True"),
        // What the container has is allowed, and a text that is not in the list never gets there otherwise.
        (versions, "1.1", "1.1", nil), (versions, "2.0", 2, nil),
        // Ranges: the number, and never the text of the request.
        (range, "100", "100.0", nil), (range, "100.0", 100, nil), (range, "100", " 90 ", "90"),
        (range, "100", "9e1", "90.0"), (range, "100", "+090", "90"), (range, "100", "90.50", "90.5"),
        (range, "100", 90, "90"), (range, "100", 90.0, "90.0"), (range, "much", 90, "90"), (range, "much", "much", nil),
        // Anything.
        (any, nil, " 1.10", " 1.10"), (any, "1.1", "1.10", "1.10"), (any, "1.10", "1.10", nil), (any, "90.0", 90, nil),
        (any, "a", true, "True"),
        (pinned(versions), "1.10", "1.10", nil), (pinned(range), "100", "100.0", nil),
    ]

    @Test(arguments: allowed)
    func isAllowed(_ rule: SettingRule, _ present: String?, _ value: JSONValue, _ text: String?) {
        let effect = EnvironmentSetting("X", rule).effect(of: value, present: present)
        #expect(effect == (text.map { .text($0) } ?? .none))
    }

    @Test(
        arguments: [
            (versions, "1.9", "1.1", "1.1 is not allowed, expected one of 1.10, 1.9, \"\", did you mean 1.10?"),
            (versions, "1.9", " 1.10 ", "\" 1.10 \" is not allowed"), (versions, "1.9", "11e-1", "is not allowed"),
            (versions, "1.1", "1.100", "is not allowed"), (versions, "1.9", 1.2, "1.2 is not allowed"),
            (typed(["true"]), nil, "TRUE", "\"TRUE\" is not allowed"), (typed([1]), nil, "1.5", "is not allowed"),
            (range, "100", 200.5, "200.5 is not allowed, expected 0 to 200"), (range, "100", "a", "\"a\" is no number"),
            (pinned(versions), "1.9", "1.10", "it is pinned"), (pinned(versions), "1.10", "1.1", "it is pinned"),
            (pinned(range), "100", 90, "it is pinned at 100"),
        ] as [(SettingRule, String?, JSONValue, String)])
    func isRefused(_ rule: SettingRule, _ present: String?, _ value: JSONValue, _ text: String) {
        guard case .fault(let fault) = EnvironmentSetting("X", rule).effect(of: value, present: present) else {
            Issue.record("\(value) is allowed")
            return
        }
        #expect(fault.contains(text))
    }

    /// A container that does not have the variable gets the default as the file has it.
    @Test func theDefaultIsAllowedWhereTheVariableIsNot() {
        var setting = EnvironmentSetting("X", SettingRule(.list(["2"])))
        setting.fallback = "1.1"
        #expect(setting.effect(of: "1.1", present: nil) == .text("1.1"))
        #expect(setting.effect(of: 1.1, present: nil) == .text("1.1"))
        for (value, present) in [("1.10", nil), ("1.1", "3")] as [(JSONValue, String?)] {
            guard case .fault = setting.effect(of: value, present: present) else {
                Issue.record("\(value) is allowed")
                continue
            }
        }
    }
}
