import Events
import JSON

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
