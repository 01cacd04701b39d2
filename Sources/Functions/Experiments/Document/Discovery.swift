public import Basics
public import JSON

/// What there is to experiment with: the native activities in the shape of Chaos Toolkit's `discovery.json`.
public enum Discovery {
    /// The packages of Chaos Toolkit whose activities are native, and their modules.
    private static let packages = [
        "chaostoolkit-aws": (module: "chaosaws", target: "aws"),
        "chaostoolkit-kubernetes": (module: "chaosk8s", target: "kubernetes"),
    ]

    /// The document.
    /// - Parameters:
    ///   - package: a package, or the beginning of a module's name such as `chaosaws.ec2`; nil for everything.
    ///   - version: Tocsin's version.
    ///   - id: names this discovery; a UUID in Chaos Toolkit.
    ///   - platform: the members of `platform`, as in Chaos Toolkit: `system`, `node`, `release` and so on.
    /// - Throws: `invalid` for a package without native activities, with the nearest right word.
    public static func document(
        of registry: ActivityRegistry, package: String?, version: String, id: String, at time: Timestamp,
        platform: JSONObject
    ) throws(ExperimentError) -> JSONObject {
        let activities = try activities(of: registry, package: package)
        let target = package.flatMap { packages[$0] }?.target ?? "tocsin"
        return [
            "chaoslib_version": .string(version), "id": .string(id), "target": .string(target),
            "date": .string(time.iso8601), "platform": .object(platform),
            "extension": ["name": .string(package ?? "tocsin"), "version": .string(version)],
            "activities": .array(activities.map(\.discovered)), "system": nil,
        ]
    }

    /// The activities of a package, by module and function.
    ///
    /// - Parameter package: a package, the beginning of a module's name such as `chaosaws.ec2`, one that stands for
    ///   another, or an activity; nil for everything.
    /// - Throws: `invalid` for a package without native activities, with the nearest right word.
    public static func activities(
        of registry: ActivityRegistry, package: String?
    ) throws(ExperimentError) -> [NativeActivity] {
        let module = package.map { registry.resolved(packages[$0]?.module ?? $0) }
        let activities = registry.all.values.filter { activity in
            guard let module else { return true }
            return "\(activity.module).\(activity.function).".hasPrefix("\(module).")
        }
        guard let package, activities.isEmpty else {
            return activities.sorted { ($0.module, $0.function) < ($1.module, $1.function) }
        }
        // Any other name of one activity that experiments may use.
        let parts = package.split(separator: ".")
        let (parent, function) = (parts.dropLast().joined(separator: "."), String(parts.last ?? ""))
        if let activity = registry.activity(module: parent, function: function) { return [activity] }
        if registry.functions(ofModule: parent) != nil {
            throw ExperimentError(
                .invalid,
                "\(parent) has no activity \(function): \(registry.hint(module: parent, function: function))")
        }
        let meant = (packages.keys.sorted() + registry.modules).nearest(to: package)
        throw ExperimentError(
            .invalid,
            "there are no activities in \(package)"
                + (meant.map { ": did you mean \($0)?" } ?? ": without a package all are listed"))
    }
}

extension NativeActivity {
    /// All that is declared of it.
    ///
    /// `{name, type, summary, aliases, arguments: [{name, type, default}], targets, calls, undo: {summary, calls}}`. An
    /// argument without a default is required; `undo` is null without one.
    public var declaration: JSONValue {
        func names(_ calls: [Call]) -> JSONValue { .array(calls.map { .string($0.action) }) }
        let arguments = arguments.map { argument in
            var entry: JSONObject = ["name": .string(argument.name), "type": .string(argument.kind.portableName)]
            entry["default"] = argument.fallback
            return JSONValue.object(entry)
        }
        return [
            "name": .string("\(module).\(function)"), "type": .string(kind.rawValue), "summary": .string(summary),
            "aliases": .array(aliases.map { .string($0) }), "arguments": .array(arguments),
            "targets": choice.isEmpty ? nil : .string(choice), "calls": names(calls),
            "undo": undo.map { ["summary": .string($0.summary), "calls": names($0.calls)] } ?? nil,
        ]
    }

    /// The activity in a discovery.
    fileprivate var discovered: JSONValue {
        let arguments = arguments.map { argument in
            var entry: JSONObject = ["name": .string(argument.name)]
            entry["default"] = argument.fallback
            entry["type"] = .string(argument.kind.portableName)
            return JSONValue.object(entry)
        }
        return [
            "type": .string(kind.rawValue), "name": .string(function), "mod": .string(module),
            "doc": .string(undo.map { "\(summary)\nUndo: \($0.summary)." } ?? summary),
            "arguments": .array(arguments),
        ]
    }
}

extension NativeActivity.Argument.Kind {
    /// The name of the type in discoveries; Chaos Toolkit says `object` for what it does not know.
    public var portableName: String {
        switch self {
        case .text: "string"
        case .integer: "integer"
        case .number: "number"
        case .flag: "boolean"
        case .list: "list"
        case .object: "mapping"
        case .any: "object"
        }
    }
}
