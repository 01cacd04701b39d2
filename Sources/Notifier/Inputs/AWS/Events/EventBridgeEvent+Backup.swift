import JSON

extension EventBridgeEvent {
    /// A job's change of state.
    ///
    /// https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
    var backup: Notification {
        let kinds = [("Backup", "backupJobId"), ("Restore", "restoreJobId"), ("Copy", "copyJobId")]
        guard let kind = kinds.first(where: { type.hasPrefix($0.0 + " Job") })?.0,
            let state = text("state") ?? text("status")
        else { return other }
        let id = kinds.lazy.compactMap { text($0.1) }.first
        let resource = text("resourceArn") ?? text("createdResourceArn")
        let what = "\(text("resourceType") ?? "resource") \(ARN(resource)?.name ?? resource ?? "unknown")"
        var notification = notification(
            "\(kind) of \(what): \(words(state.lowercased()))\(place)", .backup, BackupState.severity(state)
        )
        notification.text = text("statusMessage") ?? ""
        notification.state = StateChange(to: state)
        notification.resource = resource ?? notification.resource
        notification.incidentKey = id.map { "backup|" + $0 }
        notification.fields.add("Job", id)
        notification.fields.add("Vault", text("backupVaultName") ?? ARN(text("backupVaultArn"))?.name)
        notification.fields.add("Resource", resource)
        if let id, kind != "Copy" { notification.links.add("Job", console?.backupJob(id, kind: kind.lowercased())) }
        return notification
    }
}
