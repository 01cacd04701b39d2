import Basics
import Events
import JSON

extension Source {
    static let slaResult = Source(rawValue: "sla-result")
    static let uptime = Source(rawValue: "uptime")
    static let experiment = Source(rawValue: "experiment")
    static let alarmProvisioner = Source(rawValue: "alarm-provisioner")
    static let fargateAdjuster = Source(rawValue: "fargate-adjuster")
}

/// What Tocsin's own functions and programs publish.
extension InputFormat {
    static let slaResult = InputFormat("SLA result", read: SLAMessage.read)
    static let uptimeChange = InputFormat("uptime change", read: UptimeMessage.read)
    static let experimentResult = InputFormat("experiment result", read: ExperimentMessage.read)
    static let alarmChange = InputFormat("alarm change", read: AlarmMessage.read)
    static let fargateAdjustment = InputFormat("Fargate adjustment", read: FargateMessage.read)
}

/// A result of `sla-runner`.
private enum SLAMessage {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, object["succeeded"] != nil, object["service"] != nil else {
            return nil
        }
        let result = try SLAResult(message.value)
        var notification = message.notification(
            "SLA test of \(result.service) \(result.succeeded ? "succeeded" : "failed")", source: .slaResult,
            severity: result.succeeded ? .ok : message.severity(or: .critical)
        )
        notification.state = StateChange(to: result.succeeded ? "succeeded" : "failed")
        notification.time = result.timestamp
        notification.incidentKey = "sla|" + result.service
        notification.resource = result.service
        let seconds = result.executionSeconds ?? result.executionSecs
        notification.fields.add("Duration", seconds.map(readable(seconds:)))
        notification.fields.add("Groups", result.groups.joined(separator: ", "))
        notification.fields.add("SLA target", result.slaTarget?.text.map { $0 + " %" })
        notification.fields.add("Tag", result.tagID)
        return [notification]
    }
}

/// What `uptime-checker` publishes.
private enum UptimeMessage {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard message.value["type"]?.stringValue == UptimeChange.type else { return nil }
        let change = try UptimeChange(message.value)
        let name = change.endpoint.displayName
        let duration = readable(seconds: change.duration / .seconds(1))
        let isDown = change.state == .down
        var notification = message.notification(
            isDown ? "DOWN: \(name)" : "UP: \(name) after \(duration)", source: .uptime,
            severity: isDown ? message.severity(or: .critical) : .ok
        )
        let failures = (change.errors + change.failedConditions).joined(separator: "\n")
        notification.text = isDown ? failures : ""
        notification.state = StateChange(from: isDown ? "up" : "down", to: change.state.rawValue)
        notification.time = change.at
        // The id is the same for each publication of one change; when it was seen may differ.
        notification.dedupeKey = message.dedupeKey(
            change.id, content: "\(change.state.rawValue)\n\(name)\n\(failures)")
        notification.incidentKey = "uptime|\(change.endpoint.group ?? "")|\(change.endpoint.name)"
        notification.region = change.region ?? notification.region
        notification.resource = change.endpoint.url ?? change.endpoint.name
        notification.fields.add("Endpoint", change.endpoint.url)
        notification.fields.add("Since", change.since.iso8601(fractionDigits: 0))
        if isDown, change.duration > .zero { notification.fields.add("Down for", duration) }
        if !isDown { notification.fields.add("Last failure", failures, isShort: false) }
        notification.links.add("Endpoint", change.endpoint.url)
        return [notification]
    }
}

/// What `alarm-provisioner` publishes.
private enum AlarmMessage {
    /// How many changes of alarms a notification names.
    private static let maximumLines = 15

    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard message.value["type"]?.stringValue == AlarmChange.type else { return nil }
        let change = try AlarmChange(message.value)
        var notification = message.notification(
            title(change), source: .alarmProvisioner,
            severity: severity(change.state) ?? message.severity(or: .critical))
        let lines = change.changes.prefix(maximumLines).map { line($0) }
        let rest = change.created + change.updated + change.deleted - lines.count
        notification.text = (lines + (rest > 0 ? ["… and \(rest) more"] : [])).joined(separator: "\n")
        notification.state = StateChange(to: change.state.rawValue)
        notification.time = change.at
        notification.dedupeKey = message.dedupeKey(
            change.id,
            content: ([change.state.rawValue, notification.text] + change.failures).joined(separator: "\n"))
        notification.incidentKey = "alarm-provisioner|" + change.owner
        notification.resource = change.owner
        notification.fields.add("Failed", change.failures.joined(separator: "\n"), isShort: false)
        notification.fields.add("Trigger", change.trigger)
        notification.fields.add("Cost a month", change.monthlyCost == 0 ? nil : cost(change.monthlyCost))
        return [notification]
    }

    private static func severity(_ state: AlarmChange.State) -> Severity? {
        switch state {
        case .done: .info
        case .partial: .warning
        case .refused, .failed: nil
        }
    }

    private static func title(_ change: AlarmChange) -> String {
        let counts = [(change.created, "created"), (change.updated, "updated"), (change.deleted, "deleted")]
        let parts = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let done = parts.isEmpty ? "none changed" : parts.joined(separator: ", ")
        return switch change.state {
        case .done: "Alarms of \(change.owner): \(done)"
        case .partial: "Alarms of \(change.owner): \(done), not all could be"
        case .refused: "Alarms of \(change.owner) were not changed: a safety limit"
        case .failed: "Alarms of \(change.owner) could not be changed"
        }
    }

    private static func line(_ change: AlarmChange.Change) -> String {
        "\(change.action.rawValue) \(change.alarm)" + (change.reason.map { ": " + $0 } ?? "")
    }

    /// Such as `+0.30 USD`.
    private static func cost(_ dollars: Double) -> String {
        let cents = Int64((dollars.magnitude * 100).rounded())
        let digits = cents % 100
        return (dollars < 0 ? "-" : "+") + "\(cents / 100)." + (digits < 10 ? "0" : "") + "\(digits) USD"
    }
}

/// The result of an experiment, or what a runner tells about a run.
private enum ExperimentMessage {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        if let result = ExperimentResult(message.value) { return [notification(result, message)] }
        guard let run = ExperimentRun(message.value) else { return nil }
        if let result = run.result { return [notification(result, message)] }
        var notification = message.notification(
            "Experiment \(run.source): \(run.state)", source: .experiment,
            severity: run.state == "done" ? .ok : run.state == "failed" ? .critical : .info
        )
        notification.state = StateChange(to: run.state)
        notification.incidentKey = "experiment|" + run.source
        notification.resource = run.source
        notification.text = run.response?.cut(JSONFields.maximumLength) ?? ""
        notification.fields.add("Journal", run.journalPath)
        return [notification]
    }

    private static func notification(_ result: ExperimentResult, _ message: IncomingMessage) -> Notification {
        let title = result.title ?? "without a title"
        let status = result.status ?? "unknown"
        let isGood = status == "completed" && !result.hasDeviated
        var notification = message.notification(
            "Experiment \(status)\(result.hasDeviated ? ", deviated" : ""): \(title)", source: .experiment,
            severity: isGood ? .ok : status == "interrupted" || status == "aborted" ? .warning : .critical
        )
        notification.text = result.description ?? ""
        notification.state = StateChange(to: result.hasDeviated ? "deviated" : status)
        notification.time = result.end ?? message.time
        notification.incidentKey = "experiment|" + title
        notification.resource = title
        notification.fields.add("Failed", failures(result).joined(separator: "\n"), isShort: false)
        notification.fields.add("Steady state before", result.wasSteadyBefore.map { $0 ? "met" : "not met" })
        notification.fields.add("Steady state after", result.wasSteadyAfter.map { $0 ? "met" : "not met" })
        notification.fields.add("Activities", count(result.activities))
        notification.fields.add("Rollbacks", count(result.rollbacks))
        notification.fields.add("Interrupted by", result.interruption)
        notification.fields.add("Duration", result.duration.map(readable(seconds:)))
        notification.fields.add("Node", result.node)
        notification.fields.add("Tags", result.tags.joined(separator: ", "))
        // The journal has what activities returned, which can be secret: outputs get only its verdict.
        notification.message = [
            "title": .string(title), "status": .string(status), "deviated": .bool(result.hasDeviated),
        ]
        return notification
    }

    private static func count(_ activities: [ExperimentResult.Activity]) -> String? {
        guard !activities.isEmpty else { return nil }
        let failed = activities.count { !$0.succeeded }
        return "\(activities.count)" + (failed > 0 ? ", \(failed) failed" : "")
    }

    /// The names of failed activities with their errors, at most ten.
    private static func failures(_ result: ExperimentResult) -> [String] {
        (result.activities + result.rollbacks).filter { !$0.succeeded }.prefix(10).map { activity in
            let name = activity.name ?? "activity"
            return activity.error.map { "\(name): \($0.cut(200))" } ?? name
        }
    }
}
