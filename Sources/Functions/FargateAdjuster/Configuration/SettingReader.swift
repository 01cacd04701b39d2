import Basics
import Configuration
import JSON

/// Reads the rules of `cpu`, `mem` and `replicas`.
struct SettingReader {
    let component: String
    let label: String
    let section: SettingSection
    let reader: ConfigurationReader

    // MARK: cpu and mem

    /// The rule of `cpu` or `mem`: a range or a list, as `OPTUNE_ECS_USE_RANGES` says.
    func size(_ kind: SizeSetting) -> SettingRule {
        checkType(reader.usesRanges ? "range" : "enum", noun: kind.noun)
        if let unit = section.value("unit"), unit != .string(kind.unit) {
            fault("unit", "\(label) config does not support unit other than \(kind.unit). Found \(unit.pythonText)")
        }
        let own = reader.usesRanges ? ["min", "max", "step"] : ["values"]
        let other = reader.usesRanges ? ["values"] : ["min", "max", "step"]
        for key in other where section.value(key) != nil {
            reader.warn(
                section.section, key,
                reader.usesRanges
                    ? "has no effect, because OPTUNE_ECS_USE_RANGES is set"
                    : "has no effect, because OPTUNE_ECS_USE_RANGES is not set")
        }
        reader.warnOfUnknownKeys(section.section, known: ["type", "unit", "pinned"] + own + other)
        var rule = SettingRule(reader.usesRanges ? range(kind) : list(kind), unit: kind.unit)
        rule.isPinned = isPinned()
        rule.entry = entry
        return rule
    }

    private func range(_ kind: SizeSetting) -> SettingRule.Values {
        let minimum = number("min") ?? kind.defaultLimits.lowerBound
        let maximum = number("max") ?? kind.defaultLimits.upperBound
        let step = number("step") ?? kind.step
        let isRight =
            checkMinimum(minimum, kind) && checkMaximum(maximum, kind) && checkOrder(minimum, maximum, kind)
        if isRight, minimum != maximum { checkStep(step, from: minimum, to: maximum, kind) }
        return .range(minimum: minimum, maximum: maximum, step: minimum == maximum ? max(step, 0) : step)
    }

    private func checkStep(_ step: Double, from minimum: Double, to maximum: Double, _ kind: SizeSetting) {
        let message = SettingRule.stepFault(step, from: minimum, to: maximum)
        if kind.label == "cpu", let own = section.value("step") {
            // The original takes 0.25 alone, which is many steps to 32 vCPU. Fargate has no smaller fractions.
            let isMultiple = (step / kind.step).rounded() * kind.step == step
            if message == nil, isMultiple { return }
            fault(
                "step",
                "cpu config does not support step other than 0.25. Found \(own.pythonText): it must be a multiple of "
                    + "0.25 that leads from \(SettingRule.text(of: minimum)) to \(SettingRule.text(of: maximum))")
        } else if let message {
            fault("step", "\(label) range config was malformed; \(message)")
        }
    }

    private func checkMinimum(_ minimum: Double, _ kind: SizeSetting) -> Bool {
        if minimum > kind.limits.upperBound {
            fault(
                "min",
                "Provided min for \(kind.noun) setting config would exclude all compatible options: \(found("min"))")
        } else if minimum < kind.limits.lowerBound {
            fault(
                "min",
                "Provided min for \(kind.noun) setting is lower than the minimum compatible \(kind.noun) value "
                    + "(\(SettingRule.text(of: kind.limits.lowerBound))) for fargate. Found: \(found("min"))")
        }
        return kind.limits.contains(minimum)
    }

    private func checkMaximum(_ maximum: Double, _ kind: SizeSetting) -> Bool {
        if maximum < kind.limits.lowerBound {
            fault(
                "max",
                "Provided max for \(kind.noun) setting config would exclude all compatible options: \(found("max"))")
        } else if maximum > kind.limits.upperBound {
            fault(
                "max",
                "Provided max for \(kind.noun) setting is greater than the maximum compatible \(kind.noun) value "
                    + "(\(SettingRule.text(of: kind.limits.upperBound))) for fargate. Found: \(found("max"))")
        }
        return kind.limits.contains(maximum)
    }

    private func checkOrder(_ minimum: Double, _ maximum: Double, _ kind: SizeSetting) -> Bool {
        if minimum <= maximum { return true }
        // Above the default maximum the file must have one of its own.
        if section.value("max") == nil {
            fault(
                "min",
                "Provided min for \(kind.noun) setting config would exclude all compatible options: \(found("min")): "
                    + "without a max it is \(SettingRule.text(of: maximum)), so add one")
        } else {
            fault(
                "max",
                "Provided max for \(kind.noun) setting must be greater than or equal to the provided min or minumum "
                    + "supported \(kind.noun) value: conf min \(found("min")) conf max \(found("max"))")
        }
        return false
    }

    private func list(_ kind: SizeSetting) -> SettingRule.Values {
        guard let value = section.value("values"), value.isTruthy else { return .list(kind.defaultValues) }
        guard let elements = value.arrayValue else {
            fault("values", "\(label) config must provide a list of values. Found: \(value.pythonText)")
            return .list(kind.defaultValues)
        }
        let wrong = elements.filter { element in
            SettingRule.number(element).map { !kind.values.contains($0) } ?? true
        }
        if !wrong.isEmpty {
            fault(
                "values",
                "Incompatible values entry provided for \(kind.noun) setting config: "
                    + wrong.map(\.pythonText).joined(separator: ", ") + "; Fargate has "
                    + kind.values.map { SettingRule.text(of: $0) }.joined(separator: ", ") + " \(kind.unit)")
        }
        return .list(elements.map { SettingRule.text($0) })
    }

    // MARK: replicas

    /// The rule of `replicas`, which is always a range of whole numbers.
    func replicas() -> SettingRule {
        checkType("range", noun: "replicas")
        reader.warnOfUnknownKeys(section.section, known: ["type", "unit", "pinned", "min", "max", "step"])
        if let step = section.value("step"), SettingRule.number(step) != 1 {
            fault("step", "replicas config does not support step other than 1. Found \(step.pythonText)")
        }
        let minimum = count("min") ?? 0
        var maximum = minimum
        if section.value("max") == nil {
            fault("max", "replicas config requires max be defined when replicas config is defined. Found: None")
        } else {
            maximum = count("max") ?? minimum
        }
        if minimum < 0 {
            fault(
                "min",
                "replicas config min must be greater than or equal to 0 when provided. Found: \(found("min"))")
        } else if maximum < minimum {
            fault(
                "max",
                "Provided max for replicas setting must be greater than or equal to the default min or provided min: "
                    + "conf min \(section.value("min") == nil ? "0" : found("min")) conf max \(found("max"))")
        }
        var rule = SettingRule(.range(minimum: minimum, maximum: maximum, step: 1))
        rule.unit = section.value("unit")?.stringValue
        rule.isPinned = isPinned()
        rule.entry = entry
        return rule
    }

    private func count(_ key: String) -> Double? {
        guard let number = number(key) else { return nil }
        if number.rounded() != number {
            fault(key, "replicas config \(key) must be a whole number. Found: \(found(key))")
            return nil
        }
        return number
    }

    // MARK: Parts

    private func checkType(_ expected: String, noun: String) {
        guard let type = section.value("type"), type != .string(expected) else { return }
        let advice =
            switch (noun, type.stringValue) {
            case ("replicas", _): ""
            case (_, "range"): ": set OPTUNE_ECS_USE_RANGES to true for ranges"
            case (_, "enum"): ": remove OPTUNE_ECS_USE_RANGES for enums"
            default: ""
            }
        fault(
            "type", "\(expected) is the only supported type for the \(noun) setting. Found: \(type.pythonText)\(advice)"
        )
    }

    private func isPinned() -> Bool {
        guard let value = section.value("pinned") else { return false }
        if let flag = value.boolValue { return flag }
        fault("pinned", "\(label) config pinned setting must be boolean when provided. Found \(value.pythonText)")
        return false
    }

    private func number(_ key: String) -> Double? {
        guard let value = section.value(key) else { return nil }
        if let number = SettingRule.number(value) { return number }
        fault(key, "\(label) config \(key) must be a number. Found \(value.pythonText)")
        return nil
    }

    /// The entry of the file, with numbers for texts of numbers.
    private var entry: JSONObject {
        var entry = section.entry
        for key in ["min", "max", "step"] {
            guard let value = entry[key], value.stringValue != nil, let number = SettingRule.number(value) else {
                continue
            }
            entry[key] = Int64(exactly: number).map { .integer($0) } ?? .double(number)
        }
        return entry
    }

    /// A value as Python shows it.
    private func found(_ key: String) -> String { (section.value(key) ?? .null).pythonText }

    private func fault(_ key: String, _ message: String) { section.fault(key, "comp \(component): \(message)") }
}

extension SettingRule {
    /// What is wrong with the step of a range whose minimum is not its maximum, in the original's words.
    static func stepFault(_ step: Double, from minimum: Double, to maximum: Double) -> String? {
        if step == 0 { return "step cannot be zero when min != max." }
        if step < 0 { return "step must be a positive number." }
        let steps = (maximum - minimum) / step
        if abs(steps - steps.rounded()) <= tolerance { return nil }
        let (low, high) = (text(of: minimum), text(of: maximum))
        return "step value must allow to get from \(low) to \(high) in equal steps of \(text(of: step))."
    }
}
