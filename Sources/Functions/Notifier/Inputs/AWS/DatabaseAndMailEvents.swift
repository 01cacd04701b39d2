import AWSResources
import Basics
import Events
import JSON

extension Source {
    static let rds = Source(rawValue: "rds")
    static let ses = Source(rawValue: "ses")
}

extension InputFormat {
    static let databaseNotification = InputFormat("RDS notification") { message in
        guard let object = message.value.objectValue, object["Event Source"] != nil, object["Event Message"] != nil
        else {
            return nil
        }
        let base = message.notification("", source: .rds)
        return DatabaseEvent(object).map { [$0.notification(base)] }
    }

    static let mailNotification = InputFormat("SES notification") { message in
        guard let object = message.value.objectValue, object["mail"]?.objectValue != nil,
            let kind = object.text("eventType", "notificationType")
        else { return nil }
        return [MailEvent.notification(message.notification("", source: .ses), kind, object)]
    }
}

extension EventBridgeEvent {
    var database: Notification? { DatabaseEvent(detail)?.notification(notification("", .rds, .info)) }

    var mail: Notification? {
        detail.text("eventType").map { MailEvent.notification(notification("", .ses, .info), $0, detail) }
    }
}

/// An event of a database or cluster, from EventBridge or a topic.
///
/// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
private struct DatabaseEvent {
    let kind: String
    let name: String
    let message: String
    let id: String?
    let object: JSONObject

    /// Nil without a message.
    init?(_ object: JSONObject) {
        guard let message = object.text("Message", "Event Message") else { return nil }
        self.message = message
        self.object = object
        name =
            object.text("SourceIdentifier", "Source ID") ?? ARN(object.text("SourceArn", "Source ARN"))?.name
            ?? "unknown"
        let type = words((object.text("SourceType", "Event Source") ?? "").lowercased())
        kind = type.hasPrefix("db ") ? String(type.dropFirst(3)) : type
        // A topic has the address of the documentation with the id after `#`.
        id = object.text("EventID", "Event ID").flatMap { $0.split(separator: "#").last.map { String($0) } }
    }

    private var categories: [String] { (object["EventCategories"] ?? object["Event Categories"])?.texts ?? [] }

    /// What each id means where its category does not tell, and for topics, which have no categories.
    private static let severities: [(severity: Severity, ids: String)] = [
        // Storage is used up or low, a restart or replication failed, the instance has failed or cannot be upgraded.
        (.critical, "0007 0022 0031 0035 0036 0045 0058 0089 0188 0223"),
        // Shut down, deleted, recovering, failed over, replication ended.
        (.warning, "0003 0004 0013 0015 0020 0034 0049 0050 0051 0057 0065 0071 0072 0073"),
        // Restarted, recovered, replicating again.
        (.ok, "0006 0021 0046"),
    ]

    private var severity: Severity {
        let number = id.map { $0.suffix(4) } ?? ""
        if number.utf8.count == 4, let known = Self.severities.first(where: { $0.ids.containsBytes(String(number)) }) {
            return known.severity
        }
        let categories = categories.map { $0.lowercased() }
        if categories.contains(where: { ["failure", "low storage"].contains($0) }) { return .critical }
        return categories.contains { ["failover", "availability", "deletion", "security"].contains($0) }
            ? .warning : .info
    }

    func notification(_ base: Notification) -> Notification {
        var notification = base
        let title = message.trimmed.hasSuffix(".") ? String(message.trimmed.dropLast()) : message.trimmed
        let subject = ["RDS:", kind, name].filter { !$0.isEmpty }.joined(separator: " ")
        let arn = ARN(object.text("SourceArn", "Source ARN"))
        notification.region = base.region ?? arn?.region
        notification.title = "\(subject): \(title.cut(120))\(AWSRegion.place(notification.region))"
        notification.text = title.count > 120 ? message : ""
        notification.severity = severity
        notification.time = (object["Date"] ?? object["Event Time"])?.timestamp ?? base.time
        notification.resource = object.text("SourceArn", "Source ARN") ?? name
        notification.incidentKey = "rds|\(base.account ?? "")|\(notification.region ?? "")|\(name)"
        notification.fields.add("Event", id)
        notification.fields.add("Categories", categories.joined(separator: ", "))
        for (key, value) in object["Tags"]?.objectValue ?? [:] { notification.tags[key] = value.text }
        notification.links.add("Database", object.text("Identifier Link"))
        return notification
    }
}

/// What became of a mail, from EventBridge or a topic.
///
/// https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
private enum MailEvent {
    static func notification(_ base: Notification, _ kind: String, _ object: JSONObject) -> Notification {
        let mail = object["mail"]
        let key = kind == "Rendering Failure" ? "failure" : kind.prefix(1).lowercased() + kind.dropFirst()
        let event = object[key]
        let subtype = (event?["bounceType"] ?? event?["complaintFeedbackType"] ?? event?["delayType"])?.text
        var notification = base
        let sender = mail?["source"]?.text.map { " of mail from \($0.cut(80))" } ?? ""
        notification.title =
            "SES: \(words(kind))\(subtype.map { " (\($0))" } ?? "")\(sender)" + AWSRegion.place(base.region)
        notification.severity = severity(kind, subtype)
        notification.state = StateChange(to: kind)
        notification.time = event?["timestamp"]?.timestamp ?? base.time
        notification.account = mail?["sendingAccountId"]?.text ?? base.account
        notification.resource = mail?["sourceArn"]?.text ?? mail?["source"]?.text ?? base.resource
        let recipients =
            ["bouncedRecipients", "complainedRecipients", "delayedRecipients"]
            .compactMap { event?[$0]?.arrayValue }.first ?? []
        let reasons =
            recipients.compactMap { $0["diagnosticCode"]?.text }
            + [event?["reason"], event?["errorMessage"]].compactMap { $0?.text }
        notification.text = reasons.prefix(5).joined(separator: "\n")
        let addresses = recipients.compactMap { $0["emailAddress"]?.text }
        notification.fields.add(
            "To", (addresses.isEmpty ? mail?["destination"]?.texts ?? [] : addresses).prefix(10).joined(separator: ", ")
        )
        notification.fields.add("Subject", mail?["commonHeaders"]?["subject"])
        notification.fields.add("Subtype", event?["bounceSubType"])
        notification.fields.add("Template", event?["templateName"])
        notification.fields.add("Message id", mail?["messageId"])
        return notification
    }

    private static func severity(_ kind: String, _ subtype: String?) -> Severity {
        switch kind {
        // No mail of that template is sent.
        case "Rendering Failure": .critical
        // A full mailbox or an absence note is nothing that the sender can mend.
        case "Bounce": subtype == "Transient" ? .info : .warning
        case "Complaint", "Reject", "DeliveryDelay": .warning
        default: .info
        }
    }
}
