import Basics
import Events
import JSON

extension Source {
    static let gitHub = Source(rawValue: "github")
}

extension InputFormat {
    /// GitHub's webhooks; the header that names the event does not reach a format, so the members tell it.
    ///
    /// https://docs.github.com/en/webhooks/webhook-events-and-payloads
    static let gitHubWebhook = InputFormat("GitHub webhook") { message in
        guard let object = message.value.objectValue, let repository = object["repository"]?["full_name"]?.text
        else { return nil }
        for (member, read) in GitHubWebhook.readers {
            guard let subject = object[member]?.objectValue else { continue }
            let webhook = GitHubWebhook(object: object, subject: subject, repository: repository, message: message)
            return [read(webhook)]
        }
        return nil
    }
}

private struct GitHubWebhook: Sendable {
    let object: JSONObject
    /// The member that the event is about.
    let subject: JSONObject
    /// Such as `octo-org/shop`.
    let repository: String
    let message: IncomingMessage

    /// By the member that the event is about.
    ///
    /// GitHub adds `workflow_run` to the deployments that a workflow makes, so it comes last.
    static let readers: [(member: String, read: @Sendable (GitHubWebhook) -> Notification)] = [
        ("deployment_status", { $0.deployment }),
        ("alert", { $0.alert }),
        ("release", { $0.release }),
        ("workflow_run", { $0.workflow }),
    ]

    private var action: String { object.text("action") ?? "" }

    private func notification(_ title: String, _ severity: Severity, _ state: String?, incident: String?)
        -> Notification
    {
        var notification = message.notification(title.cut(250), source: .gitHub, severity: severity)
        notification.state = state.map { StateChange(to: $0) }
        notification.incidentKey = incident.map { "github|\(repository)|\($0)" }
        notification.time =
            (subject["updated_at"] ?? subject["published_at"] ?? subject["created_at"])?.timestamp ?? message.time
        notification.resource = repository
        notification.fields.add("Repository", repository)
        notification.fields.add("By", object["sender"]?["login"])
        notification.links.add("GitHub", subject.text("html_url", "target_url", "log_url", "environment_url"))
        return notification
    }

    /// A run that was requested, is in progress or completed; its conclusion is known only at the end.
    private var workflow: Notification {
        let name = subject.text("name") ?? "workflow"
        let branch = subject.text("head_branch")
        let state = subject.text("conclusion") ?? subject.text("status") ?? action
        let reading = StateReading(word: state)
        var notification = notification(
            "GitHub: workflow \(name) \(state) in \(repository)" + (branch.map { " (\($0))" } ?? ""),
            reading?.severity ?? .info, state, incident: "workflow|\(name)|\(branch ?? "")")
        notification.text =
            subject["head_commit"]?["message"]?.text.flatMap {
                $0.split(whereSeparator: \.isNewline).first.map(\.trimmed)
            } ?? subject.text("display_title") ?? ""
        notification.fields.add("Run", subject["run_number"])
        notification.fields.add("Attempt", subject["run_attempt"]?.wholeNumber.flatMap { $0 > 1 ? "\($0)" : nil })
        notification.fields.add("Event", subject.text("event"))
        notification.fields.add("Commit", subject.text("head_sha").map { String($0.prefix(12)) })
        return notification
    }

    private var deployment: Notification {
        let environment = subject.text("environment") ?? object["deployment"]?["environment"]?.text ?? "unknown"
        let state = subject.text("state") ?? action
        var notification = notification(
            "GitHub: deployment of \(repository) to \(environment) \(state)",
            StateReading(word: state)?.severity ?? .info,
            state, incident: "deployment|\(environment)")
        notification.text = subject.text("description") ?? ""
        let deployment = object["deployment"]
        notification.fields.add("Ref", deployment?["ref"])
        notification.fields.add("Commit", deployment?["sha"]?.text.map { String($0.prefix(12)) })
        notification.links.add("Environment", subject.text("environment_url"))
        return notification
    }

    /// An alert of Dependabot, of code scanning or of secret scanning.
    private var alert: Notification {
        let advisory = subject["security_advisory"]?.objectValue
        let vulnerability = subject["security_vulnerability"]
        let package = (vulnerability?["package"] ?? subject["dependency"]?["package"])?["name"]?.text
        let kind = advisory != nil ? "Dependabot" : subject["secret_type"] != nil ? "secret scanning" : "code scanning"
        let name =
            package ?? subject.text("secret_type_display_name", "secret_type") ?? subject["rule"]?["description"]?.text
        let word =
            advisory?.text("severity") ?? vulnerability?["severity"]?.text
            ?? subject["rule"]?["security_severity_level"]?.text ?? subject["rule"]?["severity"]?.text
        let state = subject.text("state") ?? action
        let isOver = ["fixed", "dismissed", "auto_dismissed", "resolved", "closed"].contains(state)
        let grave = word.flatMap(Severity.init(word:)) ?? (kind == "secret scanning" ? .critical : .warning)
        let number = subject.text("number") ?? ""
        var notification = notification(
            "GitHub: \(kind) alert\(name.map { " for \($0)" } ?? "") in \(repository)"
                + (isOver ? ", \(words(state))" : ""),
            isOver ? .ok : max(grave, .info), state, incident: "\(kind)|\(number)")
        notification.text =
            advisory?.text("summary", "description") ?? subject["most_recent_instance"]?["message"]?["text"]?.text ?? ""
        notification.fields.add("Severity", word)
        notification.fields.add("Advisory", advisory?.text("cve_id", "ghsa_id"))
        notification.fields.add("Affected", vulnerability?["vulnerable_version_range"])
        notification.fields.add("Fixed in", vulnerability?["first_patched_version"]?["identifier"])
        notification.fields.add("Manifest", subject["dependency"]?["manifest_path"])
        return notification
    }

    private var release: Notification {
        let tag = subject.text("tag_name") ?? "without a tag"
        var notification = notification(
            "GitHub: release \(tag) of \(repository) \(action)".trimmed, .info, action, incident: nil)
        notification.text = (subject.text("body") ?? "").cut(JSONFields.maximumLength)
        notification.fields.add("Name", subject.text("name").flatMap { $0 == tag ? nil : $0 })
        if subject["prerelease"]?.boolValue == true { notification.fields.add("Prerelease", "yes") }
        return notification
    }
}
