import JSON

extension EventBridgeEvent {
    /// A pipeline's, stage's or action's change of state.
    ///
    /// https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
    var codePipeline: Notification {
        guard let pipeline = text("pipeline"), let state = text("state") else { return other }
        let step = [text("stage"), text("action")].compactMap { $0 }
        let name = ([pipeline] + step).joined(separator: " / ")
        // Only the pipeline as a whole ends an incident.
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

    /// What CodeStar notifications add: the actions that failed, and why.
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
