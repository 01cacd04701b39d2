import Basics
import Experiments
import JSON

/// A fault that a document of Systems Manager makes: how an activity's arguments become the document's parameters.
struct DocumentFault: Sendable {
    /// A parameter of a document, and the arguments that give it: the first that is given counts.
    struct Parameter: Sendable {
        let name: String
        let arguments: [String]

        init(_ name: String, _ arguments: String...) { (self.name, self.arguments) = (name, arguments) }
    }

    /// What the activity returns, as the originals do.
    enum Output: Sendable {
        /// `True`.
        case flag
        /// Nothing.
        case nothing
        /// The response to `SendCommand`, with `CommandInvocations` when they were waited for.
        case response
        /// What each instance said.
        case results
        /// For each stage its name, its outcome and what each instance said.
        case stages
    }

    /// The document's name.
    let document: String
    var parameters: [Parameter]
    /// Parameters that no argument gives.
    var constants: [String: String] = [:]
    /// How long the document's fault lasts when no duration is given; nil for one that ends at once.
    var defaultDuration: Duration? = .seconds(60)
    /// Groups of parameters of which one must be given, since the document's default would hit anything or nothing.
    var needs: [[String]] = []
    /// What the arguments for stages begin with: `pod_stress_cpu` for `pod_stress_cpu_parameter_map`.
    var stagePrefixes: [String] = []
    var output = Output.response

    /// One run of the document.
    struct Stage: Sendable {
        let name: String
        /// The parameters, each a list of one text as the service wants them.
        let parameters: JSONObject
        /// How long the fault lasts.
        let duration: Duration
        /// The arguments by which the stage chooses instances of its own; empty for those of the activity.
        let choice: JSONObject
    }

    /// The stages in order: those of the parameter map, or one with the arguments.
    func stages(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> [Stage] {
        let maps = stagePrefixes.lazy.compactMap { invocation.given("\($0)_parameter_map") }
        guard let map = maps.first?.objectValue else {
            return [try stage("default", arguments: invocation.arguments, parameters: [:], choice: [:])]
        }
        var stages: [Stage] = []
        for (name, settings) in map { stages.append(try stage(name, settings, invocation)) }
        return stages
    }

    /// Whether the first stage that fails ends the activity.
    func failsFast(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> Bool {
        let modes = stagePrefixes.map { invocation.argument("\($0)_failure_mode") }
        // A function with the stages of two has the mode that is not the default.
        switch modes.first(where: { $0 != "FailFast" }) ?? "FailFast" {
        // One original has the value of the mode in the place of its name.
        case "FailFast", .bool(true): return true
        case "Continue", .bool(false): return false
        case let mode:
            throw .failedActivity("the failure mode is \(mode.pythonText), expected FailFast or Continue")
        }
    }

    /// A stage of a parameter map.
    ///
    /// The originals read some maps by arguments and others by parameters, whose values are lists of one. Both are
    /// understood everywhere.
    private func stage(
        _ name: String, _ settings: JSONValue, _ invocation: NativeActivity.Invocation
    ) throws(ExperimentError) -> Stage {
        guard let settings = settings.objectValue else {
            throw .failedActivity("the stage \(name) is \(settings.pythonText), expected a mapping")
        }
        var arguments = invocation.arguments
        var own: [String: JSONValue] = [:]
        var choice: JSONObject = [:]
        for (key, value) in settings {
            let single = value.elements.count == 1 ? value[0] ?? .null : value
            if let parameter = parameters.first(where: { $0.arguments.contains(key) }) {
                // Another argument for the same parameter must not count before that of the stage.
                for other in parameter.arguments { arguments[other] = .null }
                arguments[key] = single
            } else if parameters.contains(where: { $0.name == key }) {
                own[key] = single
            } else if key == "region" {
                guard single == .string(try invocation.inItsRegion.region()) else {
                    throw .failedActivity("the stage \(name) cannot have a region of its own: give it to the activity")
                }
            } else if let member = Self.choices[key] {
                choice[member] = member == "targets" ? value : single
            } else {
                let known = parameters.flatMap { $0.arguments + [$0.name] } + Self.choices.keys.sorted()
                let meant = known.nearest(to: key).map { ", did you mean \($0)?" } ?? ""
                throw .failedActivity("the stage \(name) has \"\(key)\", which \(document) does not know\(meant)")
            }
        }
        if choice["targets"] != nil, choice["test_target_type"] == nil { choice["test_target_type"] = "NAMED_LIST" }
        return try stage(name, arguments: arguments, parameters: own, choice: choice)
    }

    /// What a stage may say of its instances, and the argument that it stands for.
    private static let choices = [
        "targets": "targets", "instance_ids": "targets", "test_target_type": "test_target_type", "tag_key": "tag_key",
        "tag_value": "tag_value", "target_count": "target_count", "target_percent": "target_percent",
    ]

    private func stage(
        _ name: String, arguments: JSONObject, parameters own: [String: JSONValue], choice: JSONObject
    ) throws(ExperimentError) -> Stage {
        var values: JSONObject = [:]
        for (name, value) in constants.sorted(by: { $0.key < $1.key }) { values[name] = [.string(value)] }
        for parameter in parameters {
            let given = parameter.arguments.lazy.compactMap { arguments[$0] }.first { !$0.isNull }
            // The originals send `None`, which boto3 refuses; the document has defaults.
            guard let value = own[parameter.name] ?? given, !value.isNull else { continue }
            let text = try Self.text(value, of: parameter.name)
            if !text.isEmpty { values[parameter.name] = [.string(text)] }
        }
        for group in needs where !group.contains(where: { values[$0] != nil }) {
            let names = group.compactMap { name in
                parameters.first { $0.name == name }?.arguments.last { arguments[$0] != nil }
            }
            throw .failedActivity("there is nothing for \(document) to hit: give \(names.joined(separator: " or "))")
        }
        return Stage(name: name, parameters: values, duration: try duration(values), choice: choice)
    }

    /// A value as the service wants it; experiments also write numbers.
    private static func text(_ value: JSONValue, of name: String) throws(ExperimentError) -> String {
        switch value {
        case .string, .integer, .unsigned, .double, .bool: return value.pythonText
        case .array(let elements): return elements.map(\.pythonText).joined(separator: " ")
        default: throw .failedActivity("\(name) is \(value.pythonText), expected a text")
        }
    }

    private func duration(_ values: JSONObject) throws(ExperimentError) -> Duration {
        guard let fallback = defaultDuration else { return .zero }
        guard let text = values["duration"]?[0]?.stringValue else { return fallback }
        guard let count = Int(text), count > 0, count <= 43_200 else {
            throw .failedActivity("the duration is \"\(text)\", expected whole seconds from 1 to 43200")
        }
        return .seconds(count)
    }
}
