import AWSResources
import Basics
import Events
import JSON

extension Source {
    static let health = Source(rawValue: "health")
    static let guardDuty = Source(rawValue: "guardduty")
    static let securityHub = Source(rawValue: "securityhub")
}

extension EventBridgeEvent {
    /// A threat that GuardDuty found.
    ///
    /// https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
    var guardDuty: Notification {
        if type.hasPrefix("GuardDuty Malware Protection"), detail["scanResultDetails"] != nil { return malwareScan }
        guard type == "GuardDuty Finding", let title = detail.text("title", "type"),
            let score = detail["severity"]?.number
        else { return other }
        var notification = notification(
            "GuardDuty: \(title)", .guardDuty, score < 4 ? .info : score < 7 ? .warning : .critical)
        let description = text("description") ?? ""
        // Most descriptions repeat the title at their start.
        notification.text = description.hasPrefix(title) ? description.dropFirst(title.count).trimmed : description
        notification.account = text("accountId") ?? account
        notification.region = text("region") ?? region
        notification.resource = text("arn") ?? text("id")
        notification.incidentKey = text("arn") ?? text("id")
        // A repeated finding has a new count and a new event id, so it is sent again.
        notification.fields.add("Type", text("type"))
        let level = score < 4 ? "low" : score < 7 ? "medium" : score < 9 ? "high" : "critical"
        notification.fields.add("Severity", "\(readable(score)) (\(level))")
        notification.fields.add("Resource", resource(of: detail["resource"]))
        notification.fields.add("Count", detail["service"]?["count"])
        notification.fields.add("First seen", detail["service"]?["eventFirstSeen"])
        notification.fields.add("Last seen", detail["service"]?["eventLastSeen"])
        notification.links.add(
            "Finding", text("id").flatMap { AWSConsole(region: notification.region)?.finding(guardDuty: $0) })
        return notification
    }

    /// Such as `Instance i-1`; the type alone when the id is in a member that is not known here.
    private func resource(of resource: JSONValue?) -> String {
        let id =
            resource?["instanceDetails"]?["instanceId"] ?? resource?["accessKeyDetails"]?["userName"]
            ?? resource?["s3BucketDetails"]?[0]?["name"] ?? resource?["eksClusterDetails"]?["name"]
        return [resource?["resourceType"]?.text, id?.text].compactMap { $0 }.joined(separator: " ")
    }

    private var malwareScan: Notification {
        let result = detail["scanResultDetails"]?["scanResultStatus"]?.text ?? text("scanStatus") ?? "unknown"
        let object = detail["s3ObjectDetails"]
        let name = [object?["bucketName"]?.text, object?["objectKey"]?.text].compactMap { $0 }.joined(separator: "/")
        let severity: Severity = result == "THREATS_FOUND" ? .critical : result == "NO_THREATS_FOUND" ? .info : .warning
        let suffix = name.isEmpty ? "" : " in \(name)"
        var notification = notification(
            "GuardDuty malware scan: \(words(result.lowercased()))\(suffix)".cut(150), .guardDuty, severity)
        if !notification.title.hasSuffix(suffix) { notification.fields.add("Object", name) }
        notification.fields.add(
            "Threats",
            (detail["scanResultDetails"]?["threats"]?.arrayValue ?? []).compactMap { $0["name"]?.text }
                .joined(separator: ", "))
        notification.fields.add("Scan", text("scanStatus"))
        return notification
    }

    /// One notification for each finding; an event without findings is shown as it is.
    ///
    /// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html
    var securityHub: [Notification] {
        let findings = detail["findings"]?.arrayValue ?? []
        return findings.isEmpty ? [other] : findings.enumerated().map { finding($0.element, $0.offset) }
    }

    private func finding(_ value: JSONValue, _ index: Int) -> Notification {
        let finding = value.objectValue ?? [:]
        // The new Security Hub sends OCSF, which has other names for the members.
        let info = finding["finding_info"]?.objectValue ?? [:]
        let title = finding.text("Title") ?? info.text("title") ?? "finding without a title"
        let id = finding.text("Id") ?? info.text("uid")
        let label = finding["Severity"]?["Label"]?.text ?? finding.text("severity") ?? "unknown"
        let severity = Self.severity(finding, label)
        var notification = notification(
            "Security Hub: \(title)" + (severity == .ok ? ", resolved" : ""), .securityHub, severity)
        notification.text = finding.text("Description") ?? info.text("desc") ?? ""
        notification.dedupeKey += "#\(index)"
        notification.incidentKey = id
        notification.account = finding.text("AwsAccountId") ?? finding["cloud"]?["account"]?["uid"]?.text ?? account
        notification.region = finding.text("Region") ?? finding["cloud"]?["region"]?.text ?? region
        let resources = (finding["Resources"] ?? finding["resources"])?.arrayValue ?? []
        let names = resources.compactMap { $0["Id"]?.text ?? $0["uid"]?.text }
        notification.resource = names.first ?? id
        notification.message = value
        notification.fields.add("Severity", label)
        notification.fields.add(
            "Product", finding.text("ProductName") ?? finding["metadata"]?["product"]?["name"]?.text)
        notification.fields.add("Resources", names.prefix(10).joined(separator: "\n"))
        notification.fields.add("Compliance", finding["Compliance"]?["Status"])
        notification.fields.add("Workflow", finding["Workflow"]?["Status"])
        notification.fields.add("Remediation", finding["Remediation"]?["Recommendation"]?["Text"])
        notification.fields.add("Action", text("actionName"))
        let console = AWSConsole(region: notification.region)
        notification.links.add("Finding", id.flatMap { console?.finding(securityHub: $0) })
        notification.links.add("Remediation", finding["Remediation"]?["Recommendation"]?["Url"]?.text)
        return notification
    }

    private static func severity(_ finding: JSONObject, _ label: String) -> Severity {
        let isOver =
            finding["Compliance"]?["Status"]?.text == "PASSED" || finding["Workflow"]?["Status"]?.text == "RESOLVED"
            || finding.text("RecordState") == "ARCHIVED"
        if isOver { return .ok }
        return switch label.lowercased() {
        case "critical", "high", "fatal": .critical
        case "low", "informational", "info": .info
        default: .warning
        }
    }
}

extension EventBridgeEvent {
    /// Maintenance that AWS plans, and faults of AWS.
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
        // AWS sends each communication to the region and to a backup region.
        if let arn = text("eventArn"), let communication = text("communicationId") {
            notification.dedupeKey = message.dedupeKey(
                "\(arn)|\(notification.account ?? "")|\(communication)|\(text("page") ?? "1")",
                content: "\(notification.title)\n\(description)\n\(affected ?? "")")
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
