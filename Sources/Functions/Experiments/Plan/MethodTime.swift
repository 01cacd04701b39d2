import Basics
import JSON

/// How long activities take, for the guard and for plans.
enum MethodTime {
    /// The time of activities one after the other; those in the background run beside them.
    /// - Returns: nil when one of the times is not known.
    static func total<Activities: Sequence>(
        _ activities: Activities, isBackground: (Activities.Element) -> Bool,
        time: (Activities.Element) -> Duration?
    ) -> Duration? {
        var total = Duration.zero
        var longest = Duration.zero
        for activity in activities {
            guard let time = time(activity) else { return nil }
            if isBackground(activity) { longest = max(longest, total + time) } else { total += time }
        }
        return max(total, longest)
    }
}

extension Activity {
    /// The pauses before and after it together; nil when one of them is no number of seconds.
    func pause(_ substitution: Substitution) -> Duration? {
        let pauses = substitution.apply(to: declaration["pauses"] ?? [:])
        var total = Duration.zero
        for key in ["before", "after"] {
            guard let value = pauses[key] else { continue }
            guard let seconds = value.doubleValue else { return nil }
            total += .seconds(min(max(0, seconds), 1e9))
        }
        return total
    }
}

extension Experiment {
    /// How long its method takes at least: its pauses; nil when one of them is not known.
    func leastTime(_ substitution: Substitution) -> Duration? {
        MethodTime.total(method, isBackground: \.isBackground) { $0.pause(substitution) }
    }
}
