import Events
import JSON

/// A custom notification for Amazon Q Developer in chat applications.
///
/// https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
enum AmazonQMessage {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, object["source"]?.stringValue == "custom",
            let content = object["content"]?.objectValue
        else { return nil }
        let metadata = object["metadata"]?.objectValue ?? [:]
        guard let title = content.text("title") ?? metadata.text("summary") ?? content.text("description") else {
            throw EventError(.missingField, at: "content.description", "is missing")
        }
        let context = metadata["additionalContext"]?.objectValue ?? [:]
        let severity = context.text("severity", "priority").flatMap(Severity.init(word:))
        var notification = message.notification(
            title.cut(250), source: .amazonQ, severity: severity ?? message.severity(or: .info)
        )
        let description = content.text("description") ?? ""
        notification.text = description == title && title.utf8.count <= 250 ? "" : SlackText.plain(description)
        notification.dedupeKey = object.text("id") ?? message.id
        notification.incidentKey = metadata.text("threadId")
        notification.resource = metadata["relatedResources"]?[0]?.text
        notification.fields.add(
            "Next steps", (content["nextSteps"]?.texts ?? []).map(SlackText.plain).joined(separator: "\n"),
            isShort: false)
        notification.fields.add("Keywords", (content["keywords"]?.texts ?? []).joined(separator: ", "))
        notification.fields.add("Event type", metadata.text("eventType"))
        notification.fields.add("Resources", (metadata["relatedResources"]?.texts ?? []).joined(separator: "\n"))
        for field in JSONFields.fields(of: .object(context)) { notification.fields.append(field) }
        return [notification]
    }
}
