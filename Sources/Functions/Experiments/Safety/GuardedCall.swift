import JSON

/// Something in an experiment that acts through a provider: activities, and what else can run programs or send
/// requests.
struct GuardedCall {
    /// For messages: `the action "stop" (line 12)`.
    let title: String
    let provider: JSONObject
    var isBackground = false
    /// Whether it is an action or a probe; a control otherwise.
    var isActivity = true
    /// The name in the experiment.
    var name = ""

    init(_ provider: JSONObject, title: String, isActivity: Bool = true) {
        (self.provider, self.title, self.isActivity) = (provider, title, isActivity)
    }

    init(activity: Activity, title: String) {
        (provider, self.title) = (activity.provider, title)
        (isBackground, name) = (activity.isBackground, activity.name)
    }

    /// What a native activity is called: first as the registry has it, then as the experiment has it.
    func names(_ registry: ActivityRegistry) -> [String] {
        let (module, function) = (provider["module"]?.stringValue ?? "", provider["func"]?.stringValue ?? "")
        let native = registry.activity(module: module, function: function)
        let known = native.map { "\($0.module).\($0.function)" }
        let given = "\(module).\(function)"
        return [known, given == known ? nil : given].compactMap(\.self)
    }

    /// Whether it calls AWS; also when nobody knows.
    func usesAWS(_ registry: ActivityRegistry) -> Bool {
        guard isActivity, provider["type"] == "python" else { return false }
        let (module, function) = (provider["module"]?.stringValue ?? "", provider["func"]?.stringValue ?? "")
        guard let native = registry.activity(module: module, function: function) else { return true }
        let calls = native.calls + (native.undo?.calls ?? [])
        return native.callsOfArguments != nil || calls.contains { $0.system == .aws }
    }

    /// All of an experiment but the probes of its configuration.
    static func all(of experiment: Experiment) -> [GuardedCall] {
        let activities = (experiment.hypothesis?.probes ?? []) + experiment.method + experiment.rollbacks
        let controls = experiment.controls + (experiment.hypothesis?.controls ?? []) + activities.flatMap(\.controls)
        // What has faults runs nothing.
        let watched = (try? StopConditions.declared(in: experiment))?.probes ?? []
        return activities.flatMap(Self.calls) + controls.flatMap(Self.calls) + watched.flatMap { calls($0.activity) }
    }

    /// The probes that find values of the configuration.
    static func configuration(of experiment: Experiment) -> [GuardedCall] {
        experiment.configuration.compactMap { key, value in
            guard value["type"] == "probe", let provider = value["provider"]?.objectValue else { return nil }
            return GuardedCall(provider, title: "the probe of configuration.\(key)")
        }
    }

    private static func calls(_ activity: Activity) -> [GuardedCall] {
        // What refers to nothing does nothing, and is another's fault.
        guard activity.unknownReference == nil else { return [] }
        let line = activity.line.map { " (line \($0))" } ?? ""
        let title = "the \(activity.kind.rawValue) \"\(activity.name)\"\(line)"
        return [GuardedCall(activity: activity, title: title)]
            + [tolerance(activity.tolerance, title)].compactMap(\.self)
    }

    private static func tolerance(_ tolerance: JSONValue?, _ title: String) -> GuardedCall? {
        guard tolerance?["type"] == "probe", let provider = tolerance?["provider"]?.objectValue else { return nil }
        return GuardedCall(provider, title: "the tolerance of \(title)")
    }

    private static func calls(_ control: ControlDeclaration) -> [GuardedCall] {
        guard let provider = control.declaration["provider"]?.objectValue else { return [] }
        let title = "the control \"\(control.name)\""
        // The probes of safeguards are in the arguments.
        let probes = (provider["arguments"]?["probes"]?.arrayValue ?? []).compactMap(\.objectValue).flatMap { probe in
            calls(Activity(declaration: probe))
        }
        return [GuardedCall(provider, title: title, isActivity: false)] + probes
    }
}
