import Basics
import JSON

/// The native activities by module and function.
public struct ActivityRegistry: Sendable {
    private var activities: [String: NativeActivity] = [:]
    private var aliases: [String: String] = [:]
    private let prefix: String?
    private var controls: [String: NativeActivity] = [:]

    /// The registry of these activities.
    ///
    /// - Parameter aliases: names that stand for others: of a package with all that is in it (`experimentvr` for
    ///   `resiliencyvr`), of a module, or of one function. The longest that fits counts.
    /// - Parameter prefix: what names of functions may begin with: `gpn_stop` is `stop`, when nothing is `gpn_stop`.
    /// - Parameter controls: functions of the modules of controls, such as `after_experiment_control`. Their arguments
    ///   `context` and `state` are what was declared and the journal; their outputs are added to the journal.
    public init(
        _ activities: [NativeActivity] = [], aliases: [String: String] = [:], prefix: String? = nil,
        controls: [NativeActivity] = []
    ) {
        for control in controls { self.controls["\(control.module).\(control.function)"] = control }
        self.aliases = aliases
        self.prefix = prefix
        for activity in activities {
            let name = "\(activity.module).\(activity.function)"
            self.activities[name] = activity
            for alias in activity.aliases { self.aliases[alias] = name }
        }
    }

    /// Whether an activity changes something: by what it calls, whatever the experiment takes it for.
    func isAction(_ activity: Activity) -> Bool {
        activity.kind == .action || native(activity)?.kind == .action
    }

    /// The native activity that an activity of an experiment calls; nil for another provider.
    func native(_ activity: Activity) -> NativeActivity? {
        guard activity.provider["type"] == "python" else { return nil }
        let (module, function) = (activity.provider["module"]?.stringValue, activity.provider["func"]?.stringValue)
        return self.activity(module: module ?? "", function: function ?? "")
    }

    /// The activity that a provider names; nil when there is none.
    public func activity(module: String, function: String) -> NativeActivity? {
        if let activity = self["\(module).\(function)"] { return activity }
        guard let prefix, function.hasPrefix(prefix) else { return nil }
        return self["\(module).\(function.dropFirst(prefix.count))"]
    }

    private subscript(name: String) -> NativeActivity? {
        // An alias of a package may lead to one of a function: `experimentvr.fis`, `resiliencyvr.fis`, `chaosaws.fis`.
        var name = name
        for _ in 0..<2 where activities[name] == nil { name = resolved(name) }
        return activities[name]
    }

    /// What to say of a name that no activity has, such as `did you mean stop_instances?`.
    public func hint(module: String, function: String) -> String {
        if let functions = functions(ofModule: module) {
            return functions.nearest(to: function).map { "did you mean \($0)?" }
                ?? "it has \(functions.joined(separator: ", "))"
        }
        // Long names differ in few letters and have nothing to do with each other: same package only.
        let package = module.prefix { $0 != "." }
        return modules.filter { $0.prefix { $0 != "." } == package }.nearest(to: module)
            .map { "did you mean \($0)?" } ?? "discover lists all activities"
    }

    /// The function of a control's module; nil when it has none of the name.
    func control(module: String, function: String) -> NativeActivity? { controls["\(module).\(function)"] }

    /// The functions of a module, in the order of their names; nil when there is no such module.
    public func functions(ofModule module: String) -> [String]? {
        let name = resolved(module)
        let functions = activities.values.filter { $0.module == name }.map(\.function)
        return functions.isEmpty ? nil : functions.sorted()
    }

    /// All modules in the order of their names, those that stand for others included.
    public var modules: [String] { Set(activities.values.map(\.module)).union(aliases.keys).sorted() }

    /// All activities, by `module.function`.
    public var all: [String: NativeActivity] { activities }

    /// The name with its longest alias replaced.
    func resolved(_ name: String) -> String {
        var end = name.endIndex
        while true {
            if let target = aliases[String(name[..<end])] { return target + name[end...] }
            guard let dot = name[..<end].lastIndex(of: ".") else { return name }
            end = dot
        }
    }
}
