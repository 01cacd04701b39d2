/// The native activities by module and function.
public struct ActivityRegistry: Sendable {
    private var activities: [String: NativeActivity] = [:]
    private var aliases: [String: String] = [:]
    private var controls: [String: NativeActivity] = [:]

    /// The registry of these activities.
    ///
    /// - Parameter aliases: names that stand for others: of a package with all that is in it (`experimentvr` for
    ///   `resiliencyvr`), of a module, or of one function. The longest that fits counts.
    /// - Parameter controls: functions of the modules of controls, such as `after_experiment_control`. Their arguments
    ///   `context` and `state` are what was declared and the journal; their outputs are added to the journal.
    public init(
        _ activities: [NativeActivity] = [], aliases: [String: String] = [:], controls: [NativeActivity] = []
    ) {
        self.aliases = aliases
        for control in controls { self.controls["\(control.module).\(control.function)"] = control }
        for activity in activities {
            let name = "\(activity.module).\(activity.function)"
            self.activities[name] = activity
            for alias in activity.aliases { self.aliases[alias] = name }
        }
    }

    /// The activity that a provider names; nil when there is none.
    public func activity(module: String, function: String) -> NativeActivity? {
        let name = "\(module).\(function)"
        return activities[name] ?? activities[resolved(name)]
    }

    /// The function of a control's module; nil when it has none of the name.
    func control(module: String, function: String) -> NativeActivity? { controls["\(module).\(function)"] }

    /// The functions of a module, in the order of their names; nil when there is no such module.
    public func functions(ofModule module: String) -> [String]? {
        let name = aliases[module] ?? module
        let functions = activities.values.filter { $0.module == name }.map(\.function)
        return functions.isEmpty ? nil : functions.sorted()
    }

    /// All modules in the order of their names, those that stand for others included.
    public var modules: [String] { Set(activities.values.map(\.module)).union(aliases.keys).sorted() }

    /// All activities, by `module.function`.
    public var all: [String: NativeActivity] { activities }

    /// The name with its longest alias replaced.
    private func resolved(_ name: String) -> String {
        var end = name.endIndex
        while true {
            if let target = aliases[String(name[..<end])] { return target + name[end...] }
            guard let dot = name[..<end].lastIndex(of: ".") else { return name }
            end = dot
        }
    }
}
