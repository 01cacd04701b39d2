import Basics
import Configuration
import JSON

/// Reads the setting of one variable.
struct EnvironmentReader {
    let component: String
    let name: String
    let section: SettingSection
    let reader: ConfigurationReader

    /// The setting; nil when it is no range and no enum.
    func setting() -> EnvironmentSetting? {
        let type = section.value("type") ?? .null
        let rule: SettingRule
        switch type {
        case .string("enum"):
            checkKeys("enum", ["type", "unit", "values", "default"])
            rule = SettingRule(list())
        case .string("range"):
            checkKeys("range", ["type", "unit", "min", "max", "step", "default"])
            rule = SettingRule(range())
        default:
            fault(
                "type",
                "Invalid environment variable setting type \(type.pythonText) supplied for name \(name). "
                    + "Only enum and range are supported")
            return nil
        }
        var setting = EnvironmentSetting(name, rule)
        setting.rule.entry = section.entry
        setting.rule.unit = unit(isChecked: type == "enum")
        setting.variable = text("variable") ?? name
        setting.container = text("container")
        setting.fallback = fallback(setting.rule)
        return setting
    }

    /// Unknown keys are faults, as they are for the original.
    private func checkKeys(_ type: String, _ known: [String]) {
        let known = known + ["variable", "container"]
        let unknown = section.section.keys.filter { !known.contains($0) }
        guard let first = unknown.first else { return }
        let advice = known.nearest(to: first).map { ": did you mean \($0)?" } ?? ""
        fault(
            first,
            "environment \(type) setting \(name) config was malformed, contained unknown key(s) "
                + unknown.joined(separator: ", ") + advice)
    }

    private func list() -> SettingRule.Values {
        guard let value = section.value("values"), let elements = value.arrayValue else {
            let found = section.value("values") ?? .null
            fault(
                "values",
                "environment setting \(name) must provide a list of acceptable values. Found: \(found.pythonText)")
            return .list([])
        }
        let wrong = elements.filter { $0.isNull || $0.arrayValue != nil || $0.objectValue != nil }
        if !wrong.isEmpty {
            fault(
                "values",
                "environment setting \(name): a variable can only have a text, a number, true or false. Found: "
                    + wrong.map(\.pythonText).joined(separator: ", "))
        }
        if elements.isEmpty { reader.warn(section.section, "values", "is empty, so \(name) cannot be changed") }
        return .list(elements.map(\.pythonText))
    }

    private func range() -> SettingRule.Values {
        let prefix = "environment range setting \(name) config was malformed"
        func required(_ key: String) -> Double? {
            let value = section.value(key) ?? .null
            if let number = number(value) { return number }
            fault(key, "\(prefix); \(key) value is required, must be a number. Found \(value.pythonText).")
            return nil
        }
        guard let minimum = required("min"), let maximum = required("max"), let step = required("step") else {
            // The other ones are looked at as well, so that all faults are told at once.
            _ = (required("max"), required("step"))
            return .range(minimum: 0, maximum: 0, step: 0)
        }
        if minimum > maximum {
            fault("min", "\(prefix); supplied min is higher than max")
        } else if minimum != maximum, let message = SettingRule.stepFault(step, from: minimum, to: maximum) {
            fault("step", "\(prefix); \(message)")
        }
        return .range(minimum: minimum, maximum: maximum, step: step)
    }

    private func fallback(_ rule: SettingRule) -> JSONValue? {
        guard let value = section.value("default") else { return nil }
        if case .range = rule.values, number(value) == nil {
            fault(
                "default",
                "environment range setting \(name) config was malformed; default must be a number when provided. "
                    + "Found \(value.pythonText).")
        } else if let fault = rule.fault(forVariable: value, present: nil) {
            reader.warn(section.section, "default", fault)
        }
        return value
    }

    private func unit(isChecked: Bool) -> String? {
        guard let value = section.value("unit") else { return nil }
        if isChecked, value.stringValue == nil {
            fault(
                "unit",
                "environment setting \(name) unit must be string type when provided. Found \(value.pythonTypeName)")
        }
        return value.stringValue
    }

    private func text(_ key: String) -> String? {
        guard let value = section.value(key) else { return nil }
        if let text = value.stringValue, !text.isEmpty { return text }
        fault(key, "environment setting \(name) \(key) must be a text. Found: \(value.pythonText)")
        return nil
    }

    /// A finite number; a text of one is not enough for the original.
    private func number(_ value: JSONValue) -> Double? { value.stringValue == nil ? SettingRule.number(value) : nil }

    private func fault(_ key: String, _ message: String) { section.fault(key, "comp \(component): \(message)") }
}
