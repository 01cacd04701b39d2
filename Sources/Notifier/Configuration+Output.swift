import FunctionRuntime
import JSON

extension OutputDefinition {
    /// The output that `OUTPUT_KIND` and variables like `OUTPUT_URL`, `OUTPUT_CHANNEL` describe: each setting of the
    /// rules file in upper case.
    init?(ofAny environment: Environment) {
        guard let kind = environment["OUTPUT_KIND"] else { return nil }
        self.init(name: kind, kind: kind)
        for (variable, text) in environment.variables.sorted(by: { $0.key < $1.key }) where !text.isEmpty {
            guard variable.hasPrefix("OUTPUT_"), variable != "OUTPUT_KIND" else { continue }
            let key = String(variable.dropFirst(7).lowercased().map { $0 == "_" ? "-" : $0 })
            if OutputSettings.secretKeys.contains(key) {
                secrets[key] = SecretReference(text)
            } else {
                options[key] = Self.value(text)
            }
        }
    }

    /// How `SLACK_FORMAT` has messages look.
    private enum SlackFormat: String, CaseIterable {
        /// Laid out in blocks, the default.
        case blocks
        /// As the CloudWatch notifier's that Tocsin replaces.
        case form
        /// As the CloudMonitor notifier's that Tocsin replaces.
        case text

        var kind: String {
            switch self {
            case .blocks: SlackWebhookOutput.kind
            case .form: SlackFormOutput.kind
            case .text: SlackTextOutput.kind
            }
        }
    }

    /// The output that `SLACK_WEBHOOK_URL`, `SLACK_CHANNEL`, `SLACK_USERNAME` and `SLACK_EMOJI` describe, the variables
    /// of the functions that Tocsin replaces; a webhook that is no URL is one that KMS has encrypted.
    init?(ofSlack variables: inout Environment.Reader) {
        guard let webhook = variables.string("SLACK_WEBHOOK_URL") ?? variables.string("slack_webhook_url") else {
            return nil
        }
        let format = variables.choice("SLACK_FORMAT", default: SlackFormat.blocks)
        self.init(name: "slack", kind: format.kind)
        var reference = SecretReference(webhook)
        if case .plain = reference, !webhook.hasPrefix("http") {
            reference = .encrypted(base64: webhook, context: [:])
        }
        secrets["url"] = reference
        guard format != .text else { return }
        for (variable, key) in [("SLACK_CHANNEL", "channel"), ("SLACK_USERNAME", "username"), ("SLACK_EMOJI", "emoji")]
        {
            if let text = variables.string(variable) { options[key] = .string(text) }
        }
    }

    /// What a text would be in the rules file.
    private static func value(_ text: String) -> JSONValue {
        switch text {
        case "true": true
        case "false": false
        default: Int64(text).flatMap { "\($0)" == text ? .integer($0) : nil } ?? .string(text)
        }
    }
}
