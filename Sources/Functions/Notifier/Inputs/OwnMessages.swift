import Basics
import Events
import JSON

/// A result of `sla-runner`.
enum SLAMessage {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
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
enum UptimeMessage {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard message.value["type"]?.stringValue == UptimeChange.type else { return nil }
        let change = try UptimeChange(message.value)
        let name = [change.endpoint.group, change.endpoint.name].compactMap { $0 }.joined(separator: "/")
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
        notification.dedupeKey = change.id
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

/// The journal of a chaos experiment (chaostoolkit's shape), or a run's event that holds or stands for one.
enum ExperimentResult {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue else { return nil }
        if let experiment = object["experiment"]?.objectValue, object["status"] != nil {
            return [journal(object, experiment, message)]
        }
        guard let source = object.text("experiment_source"), let state = object.text("state") else { return nil }
        var response = object["response"] ?? .null
        if let text = response.stringValue { response = InputMessage.parse(text) }
        if let journal = response.objectValue, let experiment = journal["experiment"]?.objectValue {
            return [self.journal(journal, experiment, message)]
        }
        var notification = message.notification(
            "Experiment \(source): \(state)", source: .experiment,
            severity: state == "done" ? .ok : state == "failed" ? .critical : .info
        )
        notification.state = StateChange(to: state)
        notification.incidentKey = "experiment|" + source
        notification.resource = source
        notification.text = response.text?.cut(JSONFields.maximumLength) ?? ""
        notification.fields.add("Journal", object.text("output_path", "journal"))
        return [notification]
    }

    private static func journal(
        _ journal: JSONObject, _ experiment: JSONObject, _ message: InputMessage
    ) -> Notification {
        let title = experiment.text("title") ?? "without a title"
        let status = journal.text("status") ?? "unknown"
        let hasDeviated = journal["deviated"]?.boolValue ?? false
        let isGood = status == "completed" && !hasDeviated
        var notification = message.notification(
            "Experiment \(status)\(hasDeviated ? ", deviated" : ""): \(title)", source: .experiment,
            severity: isGood ? .ok : status == "interrupted" || status == "aborted" ? .warning : .critical
        )
        notification.text = experiment.text("description") ?? ""
        notification.state = StateChange(to: hasDeviated ? "deviated" : status)
        notification.time = journal["end"]?.timestamp ?? message.time
        notification.incidentKey = "experiment|" + title
        notification.resource = title
        notification.fields.add("Failed", failures(journal).joined(separator: "\n"), isShort: false)
        notification.fields.add("Steady state before", steadyState(journal, "before"))
        notification.fields.add("Steady state after", steadyState(journal, "after"))
        notification.fields.add("Activities", activities(journal["run"]))
        notification.fields.add("Rollbacks", activities(journal["rollbacks"]))
        notification.fields.add("Interrupted by", journal["interruption"]?["reason"])
        notification.fields.add("Duration", journal["duration"]?.number.map(readable(seconds:)))
        notification.fields.add("Node", journal.text("node"))
        notification.fields.add("Tags", experiment["tags"]?.texts.joined(separator: ", "))
        // What activities returned may hold secrets: a message of the journal's verdict is enough.
        notification.message = ["title": .string(title), "status": .string(status), "deviated": .bool(hasDeviated)]
        return notification
    }

    private static func steadyState(_ journal: JSONObject, _ moment: String) -> String? {
        journal["steady_states"]?[moment]?["steady_state_met"]?.boolValue.map { $0 ? "met" : "not met" }
    }

    private static func activities(_ value: JSONValue?) -> String? {
        guard let runs = value?.arrayValue, !runs.isEmpty else { return nil }
        let failed = runs.filter { $0["status"]?.text != "succeeded" }.count
        return "\(runs.count)" + (failed > 0 ? ", \(failed) failed" : "")
    }

    /// The names of failed activities, with the last line of their exception.
    private static func failures(_ journal: JSONObject) -> [String] {
        let runs = (journal["run"]?.arrayValue ?? []) + (journal["rollbacks"]?.arrayValue ?? [])
        return runs.filter { $0["status"]?.text != "succeeded" }.prefix(10).map { run in
            let name = run["activity"]?["name"]?.text ?? "activity"
            let exception = run["exception"]?.texts.last?.split(whereSeparator: \.isNewline).last.map(\.trimmed)
            return exception.map { "\(name): \($0.cut(200))" } ?? name
        }
    }
}
