/// The native activities by module and function.
public struct ActivityRegistry: Sendable {
    private var activities: [String: NativeActivity] = [:]
    /// Modules that stand for others: `resiliencyvr.ec2.actions`.
    private var aliases: [String: String] = [:]

    /// The registry of these activities.
    public init(_ activities: [NativeActivity] = [], aliases: [String: String] = [:]) {
        for activity in activities { self.activities["\(activity.module).\(activity.function)"] = activity }
        self.aliases = aliases
    }

    /// The activity that a provider names; nil when there is none.
    public func activity(module: String, function: String) -> NativeActivity? {
        activities["\(aliases[module] ?? module).\(function)"]
    }

    /// All activities, by `module.function`.
    public var all: [String: NativeActivity] { activities }
}
