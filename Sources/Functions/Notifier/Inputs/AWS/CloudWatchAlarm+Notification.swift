import AWSResources
import Basics
import Events
import JSON

extension CloudWatchAlarm {
    /// Titled such as `ALARM: "cpu-high" in Europe (Frankfurt)`, with the reason as text.
    func notification(of message: IncomingMessage) -> Notification {
        var notification = message.notification(
            "\(stateText): \"\(name)\"\(AWSRegion.place(region))", source: .cloudWatchAlarm)
        notification.text = reason.map(Self.shortened) ?? ""
        notification.tags.merge(tags) { _, ofAlarm in ofAlarm }
        notification.severity = severity(tags: notification.tags)
        notification.state = state
        notification.time = time
        let key = (arn ?? "\(account ?? "")/\(region ?? "")/\(name)") + (contributor.map { "#" + $0.id } ?? "")
        notification.incidentKey = key
        // Without the fields, so that the same change is the same by whatever way it comes.
        notification.dedupeKey = message.dedupeKey(
            "\(key)|\(state.to)|\(time.microseconds)", content: "\(reason ?? "")\n\(description ?? "")")
        notification.account = account
        notification.region = region
        notification.resource = arn ?? name
        notification.fields = fields
        notification.links = links(tags: notification.tags)
        notification.graph = graph
        return notification
    }

    /// The new state; an OK that follows no alarm says so, because nothing has recovered.
    private var stateText: String {
        state.to == "OK" && state.from == "INSUFFICIENT_DATA" ? "OK after INSUFFICIENT_DATA" : state.to
    }

    private func severity(tags: [String: String]) -> Severity {
        switch state.to {
        // Also after INSUFFICIENT_DATA: an alarm may have come before it, whose incident ends now.
        case "OK": .ok
        case "ALARM": Severity(tags: self.tags) ?? Severity(faultTags: tags) ?? .critical
        default: .warning
        }
    }

    private var fields: [Field] {
        var fields: [Field] = []
        if let old = state.from, old != state.to { fields.add("State", "\(old) → \(state.to)") }
        fields.add("Description", description, isShort: false)
        fields.add("Contributor", contributor.map { $0.attributes.isEmpty ? $0.id : Self.text($0.attributes) })
        fields.add("Rule", rule, isShort: false)
        fields.add("Triggered by", children.prefix(20).map { "\($0.name): \($0.state)" }.joined(separator: "\n"))
        if let watched { fields.add("Metric", metricText(watched)) }
        fields.add("Condition", condition)
        fields.add("Query", query, isShort: false)
        fields.add("Log groups", logGroups.map { ARN($0)?.name ?? $0 }.joined(separator: "\n"))
        if case .statistic(_, _, let dimensions, _) = watched?.kind {
            fields.add("Dimensions", Self.text(dimensions))
        }
        if !reasonHasValues {
            fields.add("Value", values.prefix(5).map { readable($0) }.joined(separator: ", "))
        }
        fields += notes
        return fields
    }

    private static func text(_ dimensions: [AlarmMetric.Dimension]) -> String {
        dimensions.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    }

    private func metricText(_ metric: AlarmMetric) -> String {
        switch metric.kind {
        case .statistic(let namespace, let name, _, let statistic):
            let full = namespace.isEmpty ? name : "\(namespace) \(name)"
            return statistic.map { "\(full) (\($0))" } ?? full
        case .expression(let text): return metric.label.map { "\($0): \(text)" } ?? text
        }
    }

    private func links(tags: [String: String]) -> [Link] {
        var links: [Link] = []
        let console = AWSConsole(region: region)
        links.add("Alarm", console?.alarm(name))
        let runbook = tags.first { $0.key.lowercased() == "runbook" }?.value ?? Self.address(in: description)
        links.add("Runbook", runbook)
        for group in logGroups.prefix(3) { links.add("Logs", console?.logGroup(ARN(group)?.name ?? group)) }
        return links
    }

    /// The first web address in a text.
    ///
    /// An alarm's description usually links its runbook.
    private static func address(in text: String?) -> String? {
        guard let text, let start = text.place(of: "https://")?.lowerBound else { return nil }
        let address = text[start...].prefix(while: { !$0.isWhitespace && !"<>\"'|,;)]".contains($0) })
        return address.hasSuffix(".") ? String(address.dropLast()) : String(address)
    }

    /// EventBridge's event about a created, changed or deleted alarm.
    static func configurationChange(
        _ event: JSONObject, _ detail: JSONObject, _ message: IncomingMessage
    ) -> Notification {
        let arn = event["resources"]?[0]?.text
        let region = event.text("region") ?? ARN(arn)?.region
        let name = detail.text("alarmName") ?? ARN(arn)?.name ?? "unknown"
        let verb = ["create": "created", "update": "changed", "delete": "deleted"][detail.text("operation") ?? ""]
        var notification = message.notification(
            "Alarm \(verb ?? "configured"): \"\(name)\"\(AWSRegion.place(region))", source: .cloudWatchAlarm,
            severity: verb == "deleted" ? .warning : .info
        )
        notification.text = detail["configuration"]?["description"]?.text ?? ""
        notification.time = event["time"]?.timestamp ?? message.time
        if let id = event.text("id") { notification.dedupeKey = message.dedupeKey(id) }
        notification.account = event.text("account") ?? ARN(arn)?.account
        notification.region = region
        notification.resource = arn ?? name
        notification.fields.add("Rule", detail["configuration"]?["alarmRule"])
        if verb != "deleted" { notification.links.add("Alarm", AWSConsole(region: region)?.alarm(name)) }
        return notification
    }
}

extension CloudWatchAlarm {
    /// Whether the reason has the compared values, which need no field then.
    private var reasonHasValues: Bool { reason.map { !Self.values(in: $0).isEmpty } ?? false }

    /// The datapoints that a reason quotes: `… datapoints [99.5 (02/10/19 16:59:00), 98.1 (…)] was …`.
    static func values(in reason: String) -> [Double] {
        datapoints(in: reason).map { reason[$0].parts(",").compactMap(value) } ?? []
    }

    /// The number of a datapoint such as `99.5 (02/10/19 16:59:00)`.
    private static func value(of datapoint: String) -> Double? {
        Double(Substring(datapoint.utf8.prefix { $0 != UInt8(ascii: " ") }))
    }

    /// CloudWatch's reason, shortened: rounded numbers, without the times of datapoints, without the rule (the field
    /// `Condition` has it), and with the name of a child alarm in place of its ARN.
    static func shortened(_ reason: String) -> String {
        var text = reason
        if text.hasPrefix("arn:"), let end = text.place(of: ":alarm:")?.upperBound { text = String(text[end...]) }
        if let place = datapoints(in: text) {
            let datapoints = text[place].parts(",")
            let values = datapoints.compactMap(value)
            if values.count == datapoints.count {
                text.replaceSubrange(place, with: values.map { readable($0) }.joined(separator: ", "))
            }
        }
        if let start = text.place(of: " (minimum ")?.lowerBound,
            let end = text[start...].place(of: " transition)")?.upperBound
        {
            text.removeSubrange(start..<end)
        }
        return text
    }

    /// The text between the brackets after the first `datapoint`.
    private static func datapoints(in reason: String) -> Range<String.Index>? {
        guard let word = reason.place(of: "datapoint")?.upperBound,
            let open = reason[word...].place(of: "[")?.upperBound,
            let close = reason[open...].place(of: "]")?.lowerBound
        else { return nil }
        return open..<close
    }
}

extension CloudWatchAlarm {
    /// Such as `CPUUtilization > 80 for 2 of 3 datapoints of 5 min`; nil when a part of it is unknown.
    var condition: String? {
        guard let name = watched?.name ?? query.map({ _ in "the query's result" }) else { return nil }
        guard let comparison = comparison.flatMap(Self.sign) ?? reason.flatMap(Self.comparison(in:)) else { return nil }
        let limit: String
        if comparison.hasSuffix("band") {
            limit = ""
        } else if let threshold {
            limit = " " + exact(threshold) + (watched?.unit.map { " " + $0 } ?? "")
        } else {
            return nil
        }
        return "\(name) \(comparison)\(limit)" + (duration.map { " for " + $0 } ?? "")
    }

    /// `2 of 3 datapoints of 5 min`, `3 datapoints of 1 min`, `1 datapoint of 1 h`.
    private var duration: String? {
        guard let count = evaluationPeriods, count > 0 else { return nil }
        let needed = datapointsToAlarm ?? count
        let datapoints = needed == count ? counted(count, "datapoint") : "\(needed) of \(counted(count, "datapoint"))"
        return datapoints + (period.map { " of " + readable(seconds: Double($0)) } ?? "")
    }

    private static func sign(_ comparison: String) -> String? {
        switch comparison {
        case "GreaterThanThreshold": ">"
        case "GreaterThanOrEqualToThreshold": "≥"
        case "LessThanThreshold": "<"
        case "LessThanOrEqualToThreshold": "≤"
        case "GreaterThanUpperThreshold": "above the expected band"
        case "LessThanLowerThreshold": "below the expected band"
        case "LessThanLowerOrGreaterThanUpperThreshold": "outside the expected band"
        default: nil
        }
    }

    /// Finds the comparison in the reason, because EventBridge's events do not have it.
    private static func comparison(in reason: String) -> String? {
        if reason.containsBytes("upper threshold") {
            return reason.containsBytes("lower threshold") ? "outside the expected band" : "above the expected band"
        }
        if reason.containsBytes("lower threshold") { return "below the expected band" }
        if reason.containsBytes("greater than or equal to the threshold") { return "≥" }
        if reason.containsBytes("less than or equal to the threshold") { return "≤" }
        if reason.containsBytes("greater than the threshold") { return ">" }
        return reason.containsBytes("less than the threshold") ? "<" : nil
    }
}
