import Basics
import JSON

/// A deployment of `DescribeServiceDeployments`: the newer view, which also has stages, traffic, alarms and hooks.
struct ServiceDeployment: Sendable, Hashable, Codable {
    /// A hook at which the deployment stands.
    struct Hook: Sendable, Hashable, Codable {
        var id = ""
        /// `AWAITING_ACTION`, `IN_PROGRESS`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`.
        var status = ""
        var expiresAt: Timestamp?
        /// What ECS does then: `ROLLBACK` or `CONTINUE`.
        var timeoutAction: String?
    }

    var arn = ""
    /// `PENDING`, `IN_PROGRESS`, `SUCCESSFUL`, `STOPPED`, `STOP_REQUESTED`, `ROLLBACK_REQUESTED`,
    /// `ROLLBACK_IN_PROGRESS`, `ROLLBACK_SUCCESSFUL`, `ROLLBACK_FAILED`.
    var status = ""
    var statusReason: String?
    /// `SCALE_UP`, `BAKE_TIME` …; nil where ECS does not tell.
    var stage: String?
    var createdAt: Timestamp?
    /// When it ended, or else was last changed.
    var endedAt: Timestamp?
    /// In per cent; nil where traffic is not shifted.
    var trafficWeight: Double?
    var breakerTriggered = false
    var breakerFailures = 0
    /// nil where the breaker is off.
    var breakerThreshold: Int?
    var alarmsTriggered: [String] = []
    var hasAlarm = false
    var rollbackReason: String?
    var hooks: [Hook] = []

    init() {}

    /// A member of `serviceDeployments`.
    init(_ json: JSONValue) {
        arn = json.text("serviceDeploymentArn")
        status = json.text("status")
        statusReason = json.words("statusReason")
        stage = json.words("lifecycleStage")
        createdAt = json.timestamp("createdAt")
        endedAt = json.timestamp("finishedAt") ?? json.timestamp("stoppedAt") ?? json.timestamp("updatedAt")
        trafficWeight = json["targetServiceRevision"]?["requestedProductionTrafficWeight"]?.doubleValue
        if let breaker = json["deploymentCircuitBreaker"] {
            breakerTriggered = breaker["status"] == "TRIGGERED"
            breakerFailures = breaker.integer("failureCount")
            if breaker["status"] != "DISABLED" { breakerThreshold = breaker["threshold"]?.intValue.map { Int($0) } }
        }
        hasAlarm = json["alarms"]?["status"] == "TRIGGERED"
        alarmsTriggered = (json["alarms"]?["triggeredAlarmNames"]?.arrayValue ?? []).compactMap(\.stringValue)
        rollbackReason = json["rollback"]?.words("reason")
        hooks = (json["lifecycleHookDetails"]?.arrayValue ?? []).map {
            Hook(
                id: $0.text("hookId"), status: $0.text("status"), expiresAt: $0.timestamp("expiresAt"),
                timeoutAction: $0.words("timeoutAction"))
        }
    }

    /// Whether it is on its way to the new revision.
    var goesForward: Bool { ["PENDING", "IN_PROGRESS"].contains(status) }

    /// Whether ECS is taking it back.
    var goesBack: Bool { ["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"].contains(status) }

    /// Whether it was or is being taken back, or that failed.
    var wasTurned: Bool { status.hasPrefix("ROLLBACK") }

    /// Whether ECS does nothing more about it.
    var hasEnded: Bool { !goesForward && !goesBack && status != "STOP_REQUESTED" }

    /// The hook that waits for somebody to continue it.
    var waitingHook: Hook? { hooks.first { $0.status == "AWAITING_ACTION" } }

    /// The hook that ended the deployment.
    var failedHook: Hook? { hooks.first { ["FAILED", "TIMED_OUT"].contains($0.status) } }
}

extension JSONValue {
    /// A text; nil when there is none.
    func words(_ key: String) -> String? { self[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
}
