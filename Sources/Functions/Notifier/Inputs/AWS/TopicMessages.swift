import AWSResources
import Basics
import Events
import JSON

extension Source {
    static let budgets = Source(rawValue: "budgets")
    static let sns = Source(rawValue: "sns")
}

/// What AWS services send to a topic in forms of their own.
extension InputFormat {
    static let autoScalingNotification = InputFormat("Auto Scaling notification", read: AutoScalingNotification.read)
    static let backupNotification = InputFormat("backup notification", read: BackupNotification.read)
    static let budgetNotification = InputFormat("budget notification", read: BudgetNotification.read)
    static let costAnomaly = InputFormat("cost anomaly", read: CostAnomaly.read)
    static let pipelineApproval = InputFormat("pipeline approval", read: PipelineApproval.read)
    static let subscriptionConfirmation = InputFormat("subscription confirmation", read: SubscriptionConfirmation.read)
}

/// What an Auto Scaling group sends to its own notification topic.
///
/// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-sns-notifications.html
private enum AutoScalingNotification {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, let event = object.text("Event"),
            event.hasPrefix("autoscaling:"), let group = object.text("AutoScalingGroupName")
        else { return nil }
        let arn = ARN(object.text("AutoScalingGroupARN"))
        var notification = message.notification(
            "Auto Scaling group \(group): \(AutoScalingText.what(String(event.dropFirst(12))))"
                + AWSRegion.place(arn?.region),
            source: .autoScaling, severity: event.hasSuffix("_ERROR") ? .critical : .info
        )
        notification.time = object["Time"]?.timestamp ?? message.time
        notification.account = object.text("AccountId") ?? arn?.account
        notification.region = arn?.region ?? notification.region
        notification.resource = object.text("AutoScalingGroupARN") ?? group
        AutoScalingText.fill(&notification, object)
        notification.links.add("Auto Scaling group", AWSConsole(region: notification.region)?.autoScalingGroup(group))
        return [notification]
    }
}

/// What the SNS and the EventBridge form of an Auto Scaling event share.
enum AutoScalingText {
    /// The event in words: `EC2_INSTANCE_LAUNCH` is `instance launched`.
    static func what(_ event: String) -> String {
        switch event {
        case "EC2 Instance Launch Successful", "EC2_INSTANCE_LAUNCH": "instance launched"
        case "EC2 Instance Launch Unsuccessful", "EC2_INSTANCE_LAUNCH_ERROR": "instance launch failed"
        case "EC2 Instance Terminate Successful", "EC2_INSTANCE_TERMINATE": "instance terminated"
        case "EC2 Instance Terminate Unsuccessful", "EC2_INSTANCE_TERMINATE_ERROR": "instance termination failed"
        case "EC2 Instance-launch Lifecycle Action": "instance waits before launch"
        case "EC2 Instance-terminate Lifecycle Action": "instance waits before termination"
        case "TEST_NOTIFICATION": "test notification"
        default: words(event.hasPrefix("EC2 Auto Scaling ") ? String(event.dropFirst(17)) : event.lowercased())
        }
    }

    /// Sets text, state and fields by the members that both forms have.
    static func fill(_ notification: inout Notification, _ object: JSONObject) {
        notification.text = [object.text("StatusMessage"), object.text("Cause") ?? object.text("Description")]
            .compactMap { $0 }.joined(separator: "\n")
        if let status = object.text("StatusCode") { notification.state = StateChange(to: status) }
        notification.fields.add("Instance", object.text("EC2InstanceId"))
        notification.fields.add("Zone", object["Details"]?["Availability Zone"])
        notification.fields.add("Lifecycle hook", object.text("LifecycleHookName"))
    }
}

/// What a backup vault sends to its topic: a sentence, with the details as message attributes.
///
/// https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html
private enum BackupNotification {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard case .string(let text) = message.value, message.subject == "Notification from AWS Backup" else {
            return nil
        }
        let attributes = message.attributes
        let state = attributes["State"]
        let sentence = text.place(of: ". ").map { String(text[..<$0.lowerBound]) } ?? text
        let isFailure =
            state == nil
            && (sentence.containsBytes("failed") || sentence.containsBytes("aborted")
                || sentence.containsBytes("expired"))
        var notification = message.notification(
            sentence.trimmed.isEmpty ? "Notification from AWS Backup" : sentence.trimmed.cut(200), source: .backup,
            severity: state.map(BackupState.severity) ?? (isFailure ? .critical : .info)
        )
        notification.text = text.trimmed == sentence.trimmed ? "" : text.dropFirst(sentence.count + 1).trimmed
        notification.state = state.map { StateChange(to: $0) }
        notification.resource = attributes["ResourceArn"] ?? notification.resource
        notification.account = attributes["AccountId"] ?? notification.account
        notification.incidentKey = attributes["Id"].map { "backup|" + $0 }
        if let job = attributes["Id"], !notification.text.containsBytes(job) { notification.fields.add("Job", job) }
        notification.fields.add("Started", attributes["StartTime"])
        return [notification]
    }
}

/// The severity of a backup job's state.
enum BackupState {
    static func severity(_ state: String) -> Severity {
        switch state {
        case "COMPLETED": .ok
        case "FAILED", "ABORTED", "EXPIRED": .critical
        case "PARTIAL", "ABORTING": .warning
        default: .info
        }
    }
}

/// What AWS Budgets sends to a topic: an e-mail text with lines such as `Budget Name: monthly`, or JSON.
///
/// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
private enum BudgetNotification {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        if case .string(let text) = message.value { return email(text, message).map { [$0] } }
        guard let object = message.value.objectValue, let name = object.text("budgetName", "BudgetName") else {
            return nil
        }
        var notification = notification(name, isForecast: isForecast(object), message)
        notification.account = object.text("accountId", "account", "AccountId") ?? notification.account
        let shown: Set<String> = ["accountId", "account", "AccountId", "budgetName", "BudgetName"]
        notification.fields = JSONFields.fields(of: message.value, leavingOut: shown).map { field in
            Field(fieldName(field.name), field.value)
        }
        return [notification]
    }

    private static func email(_ text: String, _ message: IncomingMessage) -> Notification? {
        guard text.containsBytes("Budget Name:") else { return nil }
        let lines = text.split(whereSeparator: \.isNewline).map(\.trimmed)
        var facts: [(name: String, value: String)] = []
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].utf8.count <= 30 else { continue }
            let value = line[line.index(after: colon)...].trimmed
            if !value.isEmpty, !line.hasPrefix("["), !value.hasPrefix("//") {
                facts.append((line[..<colon].trimmed, value))
            }
        }
        guard let name = facts.first(where: { $0.name == "Budget Name" })?.value else { return nil }
        let isForecast = facts.contains { $0.name == "Alert Type" && $0.value.uppercased() == "FORECASTED" }
        var notification = notification(name, isForecast: isForecast, message)
        let account = lines.first { $0.hasPrefix("AWS Account ") }?.dropFirst(12).prefix { $0.isNumber }
        notification.account = account.map { String($0) } ?? notification.account
        for fact in facts.prefix(JSONFields.maximumFields) where fact.name != "Budget Name" {
            notification.fields.add(fact.name, fact.value)
        }
        return notification
    }

    private static func notification(_ name: String, isForecast: Bool, _ message: IncomingMessage) -> Notification {
        var notification = message.notification(
            "Budget \"\(name)\" \(isForecast ? "is forecast to exceed" : "has exceeded") its threshold",
            source: .budgets, severity: isForecast ? .warning : .critical
        )
        notification.resource = name
        notification.incidentKey = "budget|\(notification.account ?? "")|\(name)"
        notification.links.add("Budgets", AWSConsole(region: notification.region ?? "us-east-1")?.budgets)
        return notification
    }

    private static func isForecast(_ object: JSONObject) -> Bool {
        object.text("alertType", "AlertType", "notificationType", "NotificationType")?.uppercased() == "FORECASTED"
    }
}

/// What AWS Cost Anomaly Detection sends to a topic, and through EventBridge.
///
/// https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
private enum CostAnomaly {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, object["impact"] != nil else { return nil }
        return notification(object, message.notification("", source: .budgets)).map { [$0] }
    }

    static func notification(_ object: JSONObject, _ base: Notification) -> Notification? {
        guard let id = object.text("anomalyId") else { return nil }
        let impact = object["impact"]
        let total = (impact?["totalImpact"] ?? impact?["maxImpact"])?.number
        let name = object.text("dimensionalValue", "monitorName") ?? "an account"
        var notification = base
        notification.title = "Cost anomaly: \(name)" + (total.map { ", $" + readable($0) } ?? "")
        notification.severity = .warning
        notification.incidentKey = "anomaly|" + id
        notification.account = object.text("accountId") ?? notification.account
        notification.resource = object.text("monitorArn")
        notification.fields.add("Started", object.text("anomalyStartDate"))
        notification.fields.add("Ended", object.text("anomalyEndDate"))
        let causes = (object["rootCauses"]?.arrayValue ?? []).prefix(5).map(JSONFields.summary)
        notification.fields.add("Root causes", causes.joined(separator: "\n"))
        notification.fields.add("Monitor", object.text("monitorName"))
        notification.links.add("Anomaly", object.text("anomalyDetailsLink"))
        return notification
    }
}

extension EventBridgeEvent {
    var costAnomaly: Notification? { CostAnomaly.notification(detail, notification("", .budgets, .warning)) }
}

/// A pipeline that waits for approval.
///
/// Its token is never shown, because it can approve.
///
/// https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html
private enum PipelineApproval {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard let approval = message.value["approval"]?.objectValue, let pipeline = approval.text("pipelineName")
        else { return nil }
        let name = [pipeline, approval.text("stageName"), approval.text("actionName")].compactMap { $0 }
        var notification = message.notification(
            "Approval needed: \(name.joined(separator: " / "))", source: .codePipeline, severity: .warning
        )
        notification.text = approval.text("customData") ?? ""
        notification.region = message.value["region"]?.text ?? notification.region
        notification.fields.add("Expires", approval.text("expires"))
        notification.links.add("Review", approval.text("approvalReviewLink"))
        notification.links.add("To be reviewed", approval.text("externalEntityLink"))
        if var shown = message.value.objectValue {
            var approval = approval
            approval.removeValue(forKey: "token")
            shown["approval"] = .object(approval)
            notification.message = .object(shown)
        }
        return [notification]
    }
}

/// SNS asks an HTTP address to confirm a subscription.
///
/// The request is shown to people and not answered here, so that nobody can subscribe this address to a topic of
/// theirs.
///
/// https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html
private enum SubscriptionConfirmation {
    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, let type = object["Type"]?.stringValue,
            type == "SubscriptionConfirmation" || type == "UnsubscribeConfirmation"
        else { return nil }
        let topic = object.text("TopicArn")
        let isNew = type == "SubscriptionConfirmation"
        let name = ARN(topic)?.resource ?? topic ?? "a topic"
        var notification = message.notification(
            isNew ? "Subscription to confirm: \(name)" : "Subscription ended: \(name)", source: .sns, severity: .warning
        )
        let address = object.text("SubscribeURL").flatMap { isAmazon($0) ? $0 : nil }
        notification.text =
            if !isNew {
                "This address receives no more messages of the topic. Open the link to subscribe again."
            } else if address != nil {
                "The topic wants to send its messages to this address. Open the link if that is wanted."
            } else {
                "Somebody asks for a subscription with a link that does not lead to AWS. Ignore it."
            }
        notification.time = object["Timestamp"]?.timestamp ?? message.time
        if let id = object.text("MessageId") { notification.dedupeKey = message.dedupeKey(id) }
        notification.resource = topic
        notification.account = ARN(topic)?.account
        notification.region = ARN(topic)?.region
        notification.fields.add("Topic", topic, isShort: false)
        notification.links.add(isNew ? "Confirm subscription" : "Subscribe again", address)
        // Whoever has the token can confirm the subscription: only the link above has it, when it leads to AWS.
        var shown = object
        shown.removeValue(forKey: "Token")
        shown.removeValue(forKey: "SubscribeURL")
        notification.message = .object(shown)
        return [notification]
    }

    /// Whether the URL is `https://sns.<region>.amazonaws.com/…`: anyone can have a bucket under amazonaws.com.
    private static func isAmazon(_ url: String) -> Bool {
        guard url.hasPrefix("https://"), let host = url.between("https://", "/") else { return false }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 4 && labels[0] == "sns" && !labels[1].contains("@")
            && (labels[2...] == ["amazonaws", "com"] || labels[2...] == ["amazonaws", "com", "cn"])
    }
}
