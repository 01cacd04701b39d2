import AWSResources
import Basics
import Events
import JSON

extension Source {
    static let backup = Source(rawValue: "backup")
    static let codePipeline = Source(rawValue: "codepipeline")
    static let codeBuild = Source(rawValue: "codebuild")
    static let synthetics = Source(rawValue: "synthetics")
}

extension EventBridgeEvent {
    /// A pipeline's, stage's or action's change of state.
    ///
    /// https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
    var codePipeline: Notification {
        guard let pipeline = text("pipeline"), let state = text("state") else { return other }
        let step = [text("stage"), text("action")].compactMap { $0 }
        let name = ([pipeline] + step).joined(separator: " / ")
        // A stage that succeeds does not end the incident, only the whole pipeline does.
        let severity = state == "SUCCEEDED" && !step.isEmpty ? .info : Self.severity(ofRun: state)
        var notification = notification(
            "Pipeline \(name): \(words(state.lowercased()))\(place)", .codePipeline, severity)
        let result = detail["execution-result"]
        notification.text = result?["external-execution-summary"]?.text ?? ""
        notification.state = StateChange(to: state)
        notification.incidentKey = "codepipeline|\(account ?? "")|\(region ?? "")|\(pipeline)"
        notification.fields.add("Failed", failedActions)
        notification.fields.add("Execution", text("execution-id"))
        notification.fields.add("Error", result?["error-code"])
        notification.fields.add("Trigger", detail["execution-trigger"]?["trigger-type"])
        notification.links.add("Pipeline", console?.pipeline(pipeline))
        notification.links.add("Step", result?["external-execution-url"]?.text)
        return notification
    }

    /// The failed actions with their reasons, which only CodeStar notifications have.
    private var failedActions: String {
        let actions = message.value["additionalAttributes"]?["failedActions"]?.arrayValue ?? []
        return actions.prefix(10).compactMap { action in
            action["action"]?.text.map { name in
                action["additionalInformation"]?.text.map { "\(name): \($0)" } ?? name
            }
        }.joined(separator: "\n")
    }

    /// The end of a build, or of one of its phases.
    ///
    /// https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
    var codeBuild: Notification {
        guard let project = text("project-name"), let status = text("build-status") ?? text("completed-phase-status")
        else { return other }
        let phase = text("completed-phase").map { " \(words($0.lowercased()))" } ?? ""
        let isPhase = text("completed-phase") != nil
        let severity = isPhase && status == "SUCCEEDED" ? .info : Self.severity(ofRun: status)
        var notification = notification(
            "Build of \(project)\(phase): \(words(status.lowercased()))\(place)", .codeBuild, severity)
        notification.state = StateChange(to: status)
        notification.resource = text("build-id") ?? notification.resource
        notification.incidentKey = "codebuild|\(account ?? "")|\(region ?? "")|\(project)"
        let information = detail["additional-information"]
        let failure = (information?["phases"]?.arrayValue ?? []).first { $0["phase-status"]?.text == "FAILED" }
        notification.text =
            failure?["phase-context"]?.texts.joined(separator: "\n") ?? text("completed-phase-context") ?? ""
        notification.fields.add("Failed phase", failure?["phase-type"]?.text.map { words($0.lowercased()) })
        notification.fields.add("Build", information?["build-number"])
        notification.fields.add("Initiator", information?["initiator"])
        notification.fields.add("Source version", information?["source-version"])
        notification.links.add("Logs", information?["logs"]?["deep-link"]?.text)
        return notification
    }

    private static func severity(ofRun state: String) -> Severity {
        switch state {
        case "SUCCEEDED": .ok
        case "FAILED", "FAULT", "TIMED_OUT", "CLIENT_ERROR": .critical
        case "STOPPED", "CANCELED", "ABANDONED", "STOPPING": .warning
        default: .info
        }
    }
}

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

extension EventBridgeEvent {
    /// A canary's run or change of state.
    ///
    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitoring-events-eventbridge.html
    var synthetics: Notification {
        guard let canary = text("canary-name"), let state = text("test-run-status") ?? text("current-state")
        else { return other }
        let isRun = text("test-run-status") != nil
        let severity: Severity =
            switch state {
            case "PASSED": .ok
            case "FAILED", "ERROR": .critical
            case "STOPPED" where !isRun: .warning
            default: .info
            }
        var notification = notification(
            "Canary \(canary) \(isRun ? "" : "is ")\(state.lowercased())\(place)", .synthetics, severity)
        // The event's own message is of no use: it says that the result was generated successfully.
        notification.text = text("state-reason") ?? ""
        notification.state = StateChange(from: text("previous-state"), to: state)
        notification.account = text("account-id") ?? account
        notification.incidentKey = "canary|\(notification.account ?? "")|\(region ?? "")|\(canary)"
        notification.resource = canary
        notification.fields.add("Run", text("canary-run-id"))
        notification.fields.add("Artifacts", text("artifact-location"))
        notification.links.add("Canary", console?.canary(canary))
        return notification
    }
}
