public import Basics
public import JSON

extension ComponentConfiguration {
    /// What `adjust --describe` tells of the component: `{"settings": {"cpu": {…, "value": "0.5"}, …}}`.
    ///
    /// A value is told as it is, also where the rule does not have it: an optimiser starts from it.
    /// See ``strayValues(in:)``.
    /// - Throws: ``AdjusterError`` `unavailable` for a variable that has no value and no default, or one that is no
    ///   number and should be; `refused` where the container is not clear.
    public func description(of snapshot: ServiceSnapshot) throws(AdjusterError) -> JSONValue {
        let definition = snapshot.taskDefinition
        for (rule, size, name) in [(cpu, definition.cpu, "cpu"), (memory, definition.memory, "memory")]
        where rule != nil && size <= 0 {
            throw AdjusterError(
                .unavailable,
                "component \(self.name): the task definition \(definition.arn) has no \(name) of its own, "
                    + "which every task on Fargate must have: is \(service) a service on Fargate?")
        }
        var settings = JSONObject()
        for (name, rule, value) in sizes(of: snapshot) {
            let unit: String? = name == "cpu" ? "vCPU" : name == "mem" ? "GiB" : nil
            settings[name] = .object(rule.description(of: value, unit: unit))
        }
        for setting in environment {
            settings[setting.name] = .object(
                setting.rule.description(ofVariable: try presentValue(of: setting, in: snapshot)))
        }
        return ["settings": .object(settings)]
    }

    /// What the rules do not allow of what the service is now, for people; pinned settings are left out.
    ///
    /// An optimiser takes such a value as its start, but cannot come back to it once it has left it.
    public func strayValues(in snapshot: ServiceSnapshot) -> [String] {
        var faults = sizes(of: snapshot).filter { !$0.rule.isPinned }.compactMap { name, rule, value in
            rule.fault(for: value, present: nil).map { (name, $0) }
        }
        for setting in environment where !setting.rule.isPinned {
            guard let value = try? presentValue(of: setting, in: snapshot) else { continue }
            if let fault = setting.rule.fault(forVariable: value, present: nil) { faults.append((setting.name, fault)) }
        }
        return faults.map { name, fault in
            "component \(self.name): \(name) is now what its rule does not have, so it cannot be set back to it: \(fault)"
        }
    }

    /// The settings that are no variables, in the original's order, with their present values as numbers.
    private func sizes(of snapshot: ServiceSnapshot) -> [(name: String, rule: SettingRule, value: JSONValue)] {
        let definition = snapshot.taskDefinition
        let all: [(String, SettingRule?, JSONValue)] = [
            ("cpu", cpu, FargateSizes.number(ofUnits: definition.cpu)),
            ("mem", memory, FargateSizes.number(ofUnits: definition.memory)),
            ("replicas", replicas, JSONValue(snapshot.service.desiredCount)),
        ]
        return all.compactMap { name, rule, value in rule.map { (name, $0, value) } }
    }

    /// The value of a variable: the container's, else the setting's default.
    func presentValue(of setting: EnvironmentSetting, in snapshot: ServiceSnapshot) throws(AdjusterError) -> JSONValue {
        let text = try snapshot.taskDefinition.variable(setting.variable, of: setting.container)
        guard let value = text.map(JSONValue.string) ?? setting.fallback else {
            throw AdjusterError(
                .unavailable,
                "component \(name): Environment variable \(setting.variable) had no value in containerDefinitions "
                    + "and no default in config: add a default, or set the variable in \(snapshot.taskDefinition.arn)")
        }
        guard case .range = setting.rule.values else { return value }
        guard let number = SettingRule.number(value) else {
            throw AdjusterError(
                .unavailable,
                "component \(name): Environment variable \(setting.variable) is \(value), which is no number, "
                    + "and the setting \(setting.name) is a range: "
                    + "set a number in \(snapshot.taskDefinition.arn), or make the setting an enum")
        }
        return .double(number)
    }
}

extension SettingRule {
    /// The description of `cpu`, `mem` or `replicas`: the entry of the file, with its value and what it leaves out.
    ///
    /// The order of keys is the original's.
    /// - Parameter unit: that of `cpu` and `mem`; nil for `replicas`, which have none.
    func description(of value: JSONValue, unit: String?) -> JSONObject {
        var result = entry
        func complete(_ key: String, _ value: @autoclosure () -> JSONValue) {
            if result[key]?.isNull ?? true { result[key] = value() }
        }
        if let unit {
            result["unit"] = .string(unit)
            complete("pinned", .bool(isPinned))
        }
        switch values {
        case .list(let texts):
            let elements = entry["values"]?.arrayValue ?? []
            result["value"] = elements.first { Self.isSame($0, value) } ?? .string(Self.text(value))
            result["type"] = "enum"
            if elements.isEmpty { result["values"] = .array(texts.map(JSONValue.string)) }
        case .any: result["value"] = value
        case .range(let minimum, let maximum, let step):
            result["value"] = value
            result["type"] = "range"
            if unit != nil { complete("step", Self.json(step)) } else { result["step"] = Self.json(step) }
            complete("min", Self.json(minimum))
            complete("max", Self.json(maximum))
        }
        complete("pinned", .bool(isPinned))
        return result
    }

    /// The description of a variable: the entry of the file without what only the adjuster needs, with its value.
    func description(ofVariable value: JSONValue) -> JSONObject {
        var result = entry
        for key in ["default", "variable", "container"] { result.removeValue(forKey: key) }
        switch values {
        case .list(let texts):
            // A number of the list is told as a number, so that the value is one of the values.
            let elements = entry["values"]?.arrayValue ?? texts.map(JSONValue.string)
            if entry.isEmpty { result = ["type": "enum", "values": .array(elements)] }
            result["value"] = element(of: value) ?? value
        case .any: break
        case .range(let minimum, let maximum, let step):
            if entry.isEmpty {
                result = [
                    "type": "range", "min": Self.json(minimum), "max": Self.json(maximum), "step": Self.json(step),
                ]
            }
            result["value"] = value
        }
        return result
    }

    private static func json(_ number: Double) -> JSONValue {
        Int64(exactly: number).map { .integer($0) } ?? .double(number)
    }
}
