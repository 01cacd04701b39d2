import Events
import JSON

/// What a backup vault tells its topic: a sentence, with the facts as message attributes.
///
/// https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html
enum BackupNotification {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard case .string(let text) = message.value, message.subject == "Notification from AWS Backup" else {
            return nil
        }
        let attributes = message.attributes
        let state = attributes["State"]
        let sentence = text.place(of: ". ").map { String(text[..<$0.lowerBound]) } ?? text
        let isFailure = state == nil && (sentence.has("failed") || sentence.has("aborted") || sentence.has("expired"))
        var notification = message.notification(
            sentence.trimmed.isEmpty ? "Notification from AWS Backup" : sentence.trimmed.cut(200), source: .backup,
            severity: state.map(BackupState.severity) ?? (isFailure ? .critical : .info)
        )
        notification.text = text.trimmed == sentence.trimmed ? "" : text.dropFirst(sentence.count + 1).trimmed
        notification.state = state.map { StateChange(to: $0) }
        notification.resource = attributes["ResourceArn"] ?? notification.resource
        notification.account = attributes["AccountId"] ?? notification.account
        notification.incidentKey = attributes["Id"].map { "backup|" + $0 }
        if let job = attributes["Id"], !notification.text.has(job) { notification.fields.add("Job", job) }
        notification.fields.add("Started", attributes["StartTime"])
        return [notification]
    }
}
