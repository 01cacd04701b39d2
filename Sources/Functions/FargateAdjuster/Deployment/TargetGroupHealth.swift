import Basics
import JSON

/// The targets of one target group, of `DescribeTargetHealth`.
struct TargetGroupHealth: Sendable, Hashable {
    /// ARN.
    var group: String
    var healthy = 0
    /// Targets that are to serve: neither draining, nor in a group that no listener uses.
    var serving = 0
    /// What a target that is not healthy says: `Target.ResponseCodeMismatch: Health checks failed with these codes:
    /// [500]`.
    var reason: String?

    init(group: String) { self.group = group }

    /// The output of `DescribeTargetHealth`.
    init(group: String, _ output: JSONValue) {
        self.init(group: group)
        for target in output["TargetHealthDescriptions"]?.arrayValue ?? [] {
            let health = target["TargetHealth"] ?? [:]
            let state = health.text("State")
            guard !["draining", "unused"].contains(state) else { continue }
            serving += 1
            if state == "healthy" {
                healthy += 1
            } else if reason == nil || state == "unhealthy" {
                let words = [health.words("Reason"), health.words("Description")].compactMap(\.self)
                reason = ([state] + words).joined(separator: ": ")
            }
        }
    }
}

/// The targets of a service, by the target group that has the fewest healthy ones.
struct TargetHealth: Sendable, Hashable, Codable {
    var healthy: Int
    /// Whether there are as many as tasks.
    var areEnough: Bool
    /// Why one of them is not healthy; nil when they are enough.
    var reason: String?
}

extension FargateService {
    /// Judges target groups.
    ///
    /// A rolling deployment keeps every group full, as the original demands. Blue/green, linear and canary deployments
    /// have two groups for a listener, and the tasks are in the one that has the production traffic: which one that is
    /// changes with each deployment. The other one is empty after `CLEAN_UP`, so groups without targets do not count as
    /// long as half of them have some.
    func targets(_ groups: [TargetGroupHealth], tasks: Int) -> TargetHealth {
        let isShifted = strategy != "ROLLING"
        var counted = isShifted ? groups.filter { $0.serving > 0 } : groups
        if isShifted, counted.count * 2 < groups.count { counted = groups }
        let worst = counted.min { $0.healthy < $1.healthy }
        let healthy = worst?.healthy ?? 0
        return TargetHealth(
            healthy: healthy, areEnough: healthy >= tasks, reason: healthy < tasks ? worst?.reason : nil)
    }
}
