import Basics
import DurableExecution
import JSON

/// The controls of a run: what is done before and after its parts.
///
/// Chaos Toolkit's own controls are Python modules. Those that are known here do the same; others are left out with a
/// warning, as where their module is not installed. `process` and `http` controls are hooks, see ``ControlHook``.
public struct Controls: Sendable {
    /// The parts of a run that controls surround.
    public enum Level: String, Sendable {
        case experiment, hypothesis, method, rollback, activity
    }

    /// Before or after a part.
    enum Moment: String, Sendable {
        case before, after
    }

    /// What the controls want of an activity that is about to run.
    enum ActivityDecision: Sendable {
        case run
        /// It is not run, and counts as succeeded.
        case bypass
    }

    /// The controls of the settings and of control files, which apply to everything.
    private let globals: [ControlDeclaration]

    /// - Parameter globals: the controls of the settings and of control files.
    public init(globals: [ControlDeclaration] = []) { self.globals = globals }

    /// Applies the controls before an activity, inside of its step.
    func decide(on activity: Activity, _ context: RunContext) async throws -> ActivityDecision {
        var decision = ActivityDecision.run
        for control in controls(at: .activity, declared: activity.controls, context.experiment) {
            switch control.kind {
            case .bypass(let type, let names):
                if activity.kind.rawValue == type || names.contains(activity.name) { decision = .bypass }
            case .hook: await apply(control, .activity, .before, .object(activity.declaration), nil, context)
            default: break
            }
        }
        return decision
    }

    /// Applies the controls after an activity, inside of its step.
    func after(_ activity: Activity, record: @autoclosure () -> JSONObject, _ context: RunContext) async throws {
        for control in controls(at: .activity, declared: activity.controls, context.experiment) {
            if case .hook = control.kind {
                await apply(control, .activity, .after, .object(activity.declaration), .object(record()), context)
            }
        }
    }

    /// How many more times an activity is to be run, by the control that repeats activities.
    func repetitions(of activity: Activity, succeeded: Bool, _ context: RunContext) -> Int {
        for control in controls(at: .activity, declared: activity.controls, context.experiment) {
            if case .repeating(let count, let onlyAfterSuccess) = control.kind {
                return onlyAfterSuccess && !succeeded ? 0 : max(0, count - 1)
            }
        }
        return 0
    }

    /// Applies the controls around a part of the run, as a step of its own where there are any.
    ///
    /// - Returns: what they add to the journal.
    @discardableResult
    func apply(
        _ level: Level, _ moment: Moment, declared: [ControlDeclaration], _ declaration: JSONObject,
        state: JSONValue? = nil, _ context: RunContext, _ scope: DurableScope
    ) async throws -> JSONObject {
        let controls = controls(at: level, declared: declared, context.experiment).filter { control in
            if case .hook = control.kind { return true }
            return native(control, level, moment, context) != nil
        }
        let step = "controls \(moment.rawValue) the \(level.rawValue)"
        // A recovery does not have the controls of the settings, and takes the step that the run has recorded.
        guard !controls.isEmpty || context.gates.isRecovery && scope.isNext(step) else { return [:] }
        let additions = try await scope.step(step) {
            var additions: JSONObject = [:]
            for control in controls {
                let added = await apply(control, level, moment, .object(declaration), state, context)
                for (key, value) in added { additions[key] = value }
            }
            return .object(additions)
        }
        return additions.objectValue ?? [:]
    }

    /// The function of a Python module's control for a part of the run, where it is one of ours.
    private func native(
        _ control: ControlDeclaration, _ level: Level, _ moment: Moment, _ context: RunContext
    ) -> NativeActivity? {
        guard case .observer = control.kind, let module = control.declaration["provider"]?["module"]?.stringValue else {
            return nil
        }
        return context.providers.registry.control(
            module: module, function: "\(moment.rawValue)_\(level.rawValue)_control")
    }

    @discardableResult
    private func apply(
        _ control: ControlDeclaration, _ level: Level, _ moment: Moment, _ subject: JSONValue, _ state: JSONValue?,
        _ context: RunContext
    ) async -> JSONObject {
        if let scope = control.declaration["scope"]?.stringValue, scope != moment.rawValue { return [:] }
        let call = ControlHook.Call(level: level, moment: moment, subject: subject, state: state)
        do {
            if let native = native(control, level, moment, context) {
                return try await run(native, control, call, context)
            }
            let answer = try await ControlHook(control, context.providers).call(call, context.substitution)
            if let reason = answer["interrupt"]?.stringValue {
                context.interruption.raise(Interruption.Reason(.control, name: control.name, reason))
            }
        } catch {
            // As in Chaos Toolkit, a control that fails does not end the run.
            context.events(.message(.warning, "The control \(control.name) failed: \(error)"))
        }
        return [:]
    }

    /// Runs a function of ours; what it gets of the run is without secrets, because it may write it somewhere.
    private func run(
        _ native: NativeActivity, _ control: ControlDeclaration, _ call: ControlHook.Call, _ context: RunContext
    ) async throws -> JSONObject {
        let values = context.substitution
        let secrets = SecretValues(secrets: values.secrets, configuration: values.configuration)
        func masked(_ value: JSONValue?) -> JSONValue {
            guard var object = value?.objectValue else { return value.map { secrets.masked($0) } ?? .null }
            if let experiment = object["experiment"]?.objectValue {
                object["experiment"] = .object(secrets.masked(document: experiment))
            }
            return secrets.masked(.object(object))
        }
        var invocation = try context.providers.invocation(
            of: native, provider: control.declaration["provider"]?.objectValue ?? [:], values)
        invocation.arguments["context"] = masked(call.subject)
        invocation.arguments["state"] = masked(call.state)
        return try await native.run(invocation, []).objectValue ?? [:]
    }

    /// The controls of a part, by the rules of Chaos Toolkit.
    func controls(
        at level: Level, declared: [ControlDeclaration], _ experiment: Experiment
    ) -> [ControlDeclaration] {
        let top = experiment.controls
        guard !globals.isEmpty || !declared.isEmpty || !top.isEmpty else { return [] }
        let own = globals + declared
        if top.isEmpty { return own }
        if own.isEmpty || level == .method || level == .rollback { return top.filter(\.isAutomatic) }
        var controls = own
        for control in own {
            if let reference = control.declaration["ref"]?.stringValue {
                if let found = top.first(where: { $0.name == reference }) { controls.append(found) }
            } else if level != .experiment {
                for other in top.reversed() where other.name != control.name && other.isAutomatic {
                    controls.insert(other, at: 0)
                }
            }
        }
        return controls
    }
}

extension ControlDeclaration {
    /// What a control does.
    enum Kind: Sendable {
        /// Leaves activities out, by type or name.
        case bypass(type: String?, names: [String])
        /// Runs an activity several times.
        case repeating(count: Int, onlyAfterSuccess: Bool)
        /// Ends the run when probes are not within their tolerance; see `StopConditions`.
        case safeguards
        /// Runs a program or calls a URL.
        case hook
        /// Belongs to the events of the run, and not to its flow.
        case observer
        /// A Python module that is not known here.
        case unknown
    }

    /// What the control does.
    var kind: Kind {
        let provider = declaration["provider"]
        let arguments = provider?["arguments"]
        switch (provider?["type"], provider?["module"]) {
        case ("process", _), ("http", _): return .hook
        case ("python", "chaosaddons.controls.bypass"):
            let names = arguments?["target_names"]?.arrayValue?.compactMap(\.stringValue) ?? []
            return .bypass(type: arguments?["target_type"]?.stringValue, names: names)
        case ("python", "chaosaddons.controls.repeat"):
            return .repeating(
                count: Int(arguments?["repeat_count"]?.intValue ?? 0),
                onlyAfterSuccess: arguments?["break_if_previous_iteration_failed"]?.boolValue ?? false)
        case ("python", "chaosaddons.controls.safeguards"): return .safeguards
        case ("python", .some(let module)) where Self.observers.contains(module.stringValue ?? ""): return .observer
        default: return .unknown
        }
    }

    /// The modules of the controls that are known here.
    public static let knownModules = observers.union([
        "chaosaddons.controls.bypass", "chaosaddons.controls.repeat", "chaosaddons.controls.safeguards",
    ])

    /// Controls that watch the run; the modules of Chaos Toolkit's extensions, and Tocsin's own.
    static let observers: Set<String> = [
        "chaosaddons.controls.synchronization", "chaosaws.s3.controls.upload", "chaostracing.control",
        "chaostracing.oltp", "tocsin.cloudwatch", "tocsin.logging", "tocsin.sns",
    ]
}
