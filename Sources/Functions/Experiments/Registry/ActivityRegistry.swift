/// The native activities by module and function.
public struct ActivityRegistry: Sendable {
    private var activities: [String: NativeActivity] = [:]
    private var aliases: [String: String] = [:]

    /// The registry of these activities.
    ///
    /// - Parameter aliases: names that stand for others: of a package with all that is in it (`experimentvr` for
    ///   `resiliencyvr`), of a module, or of one function. The longest that fits counts.
    public init(_ activities: [NativeActivity] = [], aliases: [String: String] = [:]) {
        self.aliases = aliases
        for activity in activities {
            let name = "\(activity.module).\(activity.function)"
            self.activities[name] = activity
            for alias in activity.aliases { self.aliases[alias] = name }
        }
    }

    /// The activity that a provider names; nil when there is none.
    public func activity(module: String, function: String) -> NativeActivity? {
        // An alias of a package may lead to one of a function: `experimentvr.fis…` to `resiliencyvr.fis…` to
        // `chaosaws.fis…`.
        var name = "\(module).\(function)"
        for _ in 0..<2 where activities[name] == nil { name = resolved(name) }
        return activities[name]
    }

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
