import Events
import JSON

/// SNS asks an HTTP address whether it wants a subscription: people are shown it, nothing answers here.
///
/// https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html
enum SubscriptionConfirmation {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
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
        notification.dedupeKey = object.text("MessageId") ?? message.id
        notification.resource = topic
        notification.account = ARN(topic)?.account
        notification.region = ARN(topic)?.region
        notification.fields.add("Topic", topic, isShort: false)
        notification.links.add(isNew ? "Confirm subscription" : "Subscribe again", address)
        // The token in it is worth a subscription: only the link above has it, and only when it leads to AWS.
        var shown = object
        shown.removeValue(forKey: "Token")
        shown.removeValue(forKey: "SubscribeURL")
        notification.message = .object(shown)
        return [notification]
    }

    /// Exactly `https://sns.<region>.amazonaws.com/…`: buckets have names under that domain, too.
    private static func isAmazon(_ url: String) -> Bool {
        guard url.hasPrefix("https://"), let host = url.between("https://", "/") else { return false }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 4 && labels[0] == "sns" && !labels[1].contains("@")
            && (labels[2...] == ["amazonaws", "com"] || labels[2...] == ["amazonaws", "com", "cn"])
    }
}
