import AWS
import AWSResources
import Basics
import Configuration
import JSON

extension OutputKind {
    /// A topic of SNS, for programs and for other notifiers: the notification as JSON.
    static let sns = OutputKind("sns", service: "SNS", supportsDigests: false) { settings in
        let output = SNSOutput(settings)
        return (output.messages, { response, _ in response.isSuccess ? .delivered(nil) : response.failure() })
    }

    /// A bus of EventBridge: an event with the notification as its detail.
    static let eventBridge = OutputKind("eventbridge", service: "EventBridge", supportsDigests: false) { settings in
        let output = EventBridgeOutput(settings)
        return (output.messages, { response, _ in response.isSuccess ? .delivered(nil) : response.failure() })
    }
}

/// Publishes by https://docs.aws.amazon.com/sns/latest/api/API_Publish.html.
private struct SNSOutput {
    private let topicARN: String

    init(_ settings: ConfigurationSection) {
        topicARN = settings.requiredText("topic", expected: "a topic's ARN")
        if !topicARN.isEmpty, ARN(topicARN)?.service != "sns" { settings.fault("topic", expected: "a topic's ARN") }
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        guard !notification.via.contains(topicARN) else { return [.loop(to: topicARN)] }
        var input: JSONObject = ["MessageAttributes": .object(Self.attributes(notification))]
        input["Subject"] = Self.subject(notification.title).map { .string($0) }
        if topicARN.hasSuffix(".fifo") {
            // In order within an incident; a topic drops a second message with the same id within five minutes.
            let group = notification.incidentKey ?? notification.source.rawValue
            input["MessageGroupId"] = .string(Digest.sha256Hex(group))
            input["MessageDeduplicationId"] = .string(Digest.sha256Hex(options.idempotencyKey))
        }
        let message = JSONValue.object(notification.chained(to: topicARN)).description
        return [OutboundMessage(.aws(.publish(message, to: topicARN, input)))]
    }

    /// For the filter policies of subscriptions.
    private static func attributes(_ notification: Notification) -> JSONObject {
        var values: JSONObject = [
            "severity": .string(notification.severity.rawValue), "source": .string(notification.source.rawValue),
        ]
        values["state"] = notification.state.flatMap { $0.to.isEmpty ? nil : .string($0.to) }
        return JSONObject(values.map { ($0.key, ["DataType": "String", "StringValue": $0.value]) })
    }

    /// What subscribers by e-mail see: at most 99 ASCII characters, none of them a control character; nil when nothing
    /// is left.
    private static func subject(_ title: String) -> String? {
        let ascii = title.unicodeScalars.map { 0x20..<0x7F ~= $0.value ? Character($0) : " " }
        let words = String(ascii).split(separator: " ").joined(separator: " ")
        return words.isEmpty ? nil : String(words.prefix(99))
    }
}

/// Publishes by https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html.
private struct EventBridgeOutput {
    private let bus: String
    private let source: String
    private let detailType: String

    init(_ settings: ConfigurationSection) {
        bus = settings.text("bus", default: "default")
        source = settings.text("source", default: "tocsin.notifier")
        detailType = settings.text("detail-type", default: "Tocsin Notification")
        if bus.hasPrefix("arn:"), ARN(bus)?.service != "events" {
            settings.fault("bus", expected: "a bus's name or ARN")
        }
        if source.hasPrefix("aws.") || source.utf16.count > 256 {
            settings.fault("source", expected: "at most 256 characters that do not begin with aws., which is AWS's own")
        }
        if detailType.utf16.count > 128 { settings.fault("detail-type", expected: "at most 128 characters") }
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        guard !notification.via.contains(where: isThisBus) else { return [.loop(to: bus)] }
        let place = bus.hasPrefix("arn:") ? bus : "event-bus/" + bus
        var entry: JSONObject = [
            "EventBusName": .string(bus), "Source": .string(source), "DetailType": .string(detailType),
            "Detail": .string(JSONValue.object(notification.chained(to: place)).description),
        ]
        if let resource = notification.resource, ARN(resource) != nil { entry["Resources"] = [.string(resource)] }
        let request = AWSRequest(
            service: .eventBridge, operation: "PutEvents", input: ["Entries": [.object(entry)]],
            region: ARN(bus)?.region, destination: bus
        ) { output, _ in Self.outcome(output) }
        return [OutboundMessage(.aws(request))]
    }

    /// A call succeeds when its entries fail, each with an error of its own.
    private static func outcome(_ output: JSONValue) -> SendOutcome {
        guard let failed = output["FailedEntryCount"]?.intValue, failed > 0 else { return .delivered(nil) }
        let entry = output["Entries"]?[0]
        let code = entry?["ErrorCode"]?.stringValue ?? "an error without a code"
        let reason = "events PutEvents: \(code): \(entry?["ErrorMessage"]?.stringValue ?? "")"
        let isTemporary = ["InternalFailure", "InternalException", "ThrottlingException"].contains(code)
        return isTemporary ? .retry(after: nil, reason: reason) : .refused(reason: reason)
    }

    /// Whether a place in `via` is this bus; a name alone says nothing of account and region.
    private func isThisBus(_ place: String) -> Bool {
        func name(_ bus: String) -> String? {
            if let arn = ARN(bus) { return arn.service == "events" ? arn.name : nil }
            return bus.hasPrefix("event-bus/") ? String(bus.dropFirst(10)) : nil
        }
        if bus.hasPrefix("arn:"), place.hasPrefix("arn:") { return bus == place }
        return name(place) == (bus.hasPrefix("arn:") ? name(bus) : bus)
    }
}

extension OutboundMessage {
    /// In place of a message that would come back, and be sent again, for ever.
    fileprivate static func loop(to place: String) -> OutboundMessage {
        OutboundMessage(
            .withheld(reason: "not sent: it has come from \(place), and would go round for ever; drop it by a route"))
    }
}
