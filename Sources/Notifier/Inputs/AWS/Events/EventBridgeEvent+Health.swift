import JSON

extension EventBridgeEvent {
    /// What AWS plans or has broken.
    ///
    /// https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
    var health: Notification {
        guard let code = text("eventTypeCode") else { return other }
        let category = text("eventTypeCategory") ?? ""
        let isClosed = text("statusCode") == "closed"
        let severity: Severity =
            if isClosed {
                .ok
            } else if type == "AWS Health Abuse Event" || category == "issue" {
                .critical
            } else {
                category == "accountNotification" ? .info : .warning
            }
        let service = text("service") ?? "AWS"
        let title = Self.healthTitle(code, service).capitalized
        let region = text("eventRegion") ?? region
        var notification = notification(
            "AWS Health, \(service): \(title)\(AWSRegion.place(region))" + (isClosed ? ", closed" : ""), .health,
            severity)
        notification.text = description
        if let status = text("statusCode") { notification.state = StateChange(to: status) }
        notification.account = text("affectedAccount") ?? account
        notification.region = region
        notification.resource = text("eventArn") ?? notification.resource
        notification.incidentKey = text("eventArn").map { $0 + "|" + (notification.account ?? "") }
        // The same communication is sent to the region and to the backup region.
        if let arn = text("eventArn"), let communication = text("communicationId") {
            notification.dedupeKey = "\(arn)|\(notification.account ?? "")|\(communication)|\(text("page") ?? "1")"
        }
        notification.fields.add("Category", category.isEmpty ? nil : words(category))
        notification.fields.add("Affected", affected)
        notification.fields.add("Starts", detail["startTime"]?.timestamp?.iso8601(fractionDigits: 0))
        notification.fields.add("Ends", detail["endTime"]?.timestamp?.iso8601(fractionDigits: 0))
        notification.fields.add("Event", code)
        notification.links.add("Health event", text("eventArn").flatMap { console?.healthEvent($0) })
        return notification
    }

    private var description: String {
        let texts = detail["eventDescription"]?.elements ?? []
        let english = texts.first { $0["language"]?.text?.hasPrefix("en") == true } ?? texts.first
        return english?["latestDescription"]?.text ?? ""
    }

    private var affected: String? {
        let entities = (detail["affectedEntities"]?.arrayValue ?? []).compactMap { entity in
            entity["entityValue"]?.text.map { value in
                entity["status"]?.text.map { "\(value) (\($0.lowercased()))" } ?? value
            }
        }
        guard !entities.isEmpty else { return nil }
        let rest = entities.count - 10
        return entities.prefix(10).joined(separator: "\n") + (rest > 0 ? "\n… and \(rest) more" : "")
    }

    /// `AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED` of service `EC2` is `instance retirement scheduled`.
    private static func healthTitle(_ code: String, _ service: String) -> String {
        var name = code[...]
        for prefix in ["AWS_", service + "_"] where name.hasPrefix(prefix) { name = name.dropFirst(prefix.count) }
        return words(name.lowercased())
    }
}
