import AWS
import Basics
import JSON

/// Runs a `python` activity: the native activity that has its module and function.
struct NativeProvider: Sendable {
    let providers: Providers

    /// Runs it.
    func run(_ activity: Activity, execution: String, _ substitution: Substitution) async throws -> JSONValue {
        let provider = activity.provider
        let (module, function) = (provider["module"]?.stringValue ?? "", provider["func"]?.stringValue ?? "")
        guard let named = providers.registry.activity(module: module, function: function) else {
            throw ExperimentError(
                .unforeseen,
                "\(module).\(function) is none of the activities that are built in: "
                    + providers.registry.hint(module: module, function: function))
        }
        let invocation = try invocation(of: named, provider, substitution)
        let native = named.resolved(for: invocation.arguments)
        let targets = try await failing { try await native.targets(invocation) }
        guard native.kind == .action else { return try await failing { try await native.run(invocation, targets) } }
        let change = ChangeObserver.Change(
            activity: activity, execution: execution, native: native, invocation: invocation, targets: targets)
        try await providers.changes.willChange(change)
        do {
            let output = try await failing { try await native.run(invocation, targets) }
            try await providers.changes.didChange(change, nil)
            return output
        } catch {
            try await providers.changes.didChange(change, error)
            throw error
        }
    }

    /// The call of an activity: its arguments are substituted, and checked against its declaration.
    func invocation(
        of native: NativeActivity, _ provider: JSONObject, _ substitution: Substitution
    ) throws -> NativeActivity.Invocation {
        let given = substitution.apply(toArguments: provider["arguments"] ?? [:]).objectValue ?? [:]
        let name = "\(native.module).\(native.function)"
        var arguments: JSONObject = [:]
        for (key, _) in given where !native.arguments.contains(where: { $0.name == key }) {
            throw ExperimentError(
                .activityFailed, "TypeError: \(native.function)() got an unexpected keyword argument '\(key)'")
        }
        for argument in native.arguments {
            if let value = given[argument.name] {
                guard argument.kind.accepts(value) || value == argument.fallback else {
                    throw ExperimentError(
                        .activityFailed,
                        "TypeError: argument \(argument.name) of \(name) is \(value), expected \(argument.kind.words)")
                }
                arguments[argument.name] = value
            } else if let fallback = argument.fallback {
                arguments[argument.name] = fallback
            } else {
                throw ExperimentError(
                    .activityFailed,
                    "TypeError: \(native.function)() missing 1 required positional argument: '\(argument.name)'")
            }
        }
        let now = providers.time.now()
        return NativeActivity.Invocation(
            arguments: arguments, configuration: substitution.configuration,
            secrets: substitution.secrets(of: provider),
            aws: try providers.aws(), loop: providers.loop, time: providers.time,
            deadline: providers.deadline ?? now + .seconds(3_600),
            seed: providers.seed)
    }

    /// Whatever a Python function raises makes its activity fail.
    private func failing<R>(_ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch let error as ExperimentError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ExperimentError(.activityFailed, "\(error)", underlying: error)
        }
    }
}

extension NativeActivity.Argument.Kind {
    /// Whether a value after substitution may be passed.
    func accepts(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.any, _), (.text, .string), (.flag, .bool), (.list, .array), (.object, .object): true
        case (.integer, .integer), (.integer, .unsigned): true
        case (.number, .integer), (.number, .unsigned), (.number, .double): true
        default: false
        }
    }

    /// What is expected, for messages.
    var words: String {
        switch self {
        case .text: "a text"
        case .integer: "a whole number"
        case .number: "a number"
        case .flag: "true or false"
        case .list: "a list"
        case .object: "a mapping"
        case .any: "any value"
        }
    }
}
