import Basics
import Configuration
import ConfigurationSources
import JSON

extension Notifier {
    /// What the environment tells the notifier.
    struct Configuration: Sendable {
        /// Where the rules come from.
        enum RulesSource: Sendable {
            /// A rules file.
            case file(ConfigurationSource)
            /// The variables describe one output that takes everything.
            case output(OutputDefinition)
        }

        /// `NOTIFY_CONFIG` or `NOTIFY_CONFIG_TEXT`, or else the one output of `OUTPUT_KIND` or `SLACK_WEBHOOK_URL`.
        var rules: RulesSource
        /// `NOTIFY_CONFIG_MAX_AGE`: how long rules from S3 or a parameter are used before they are read again; 60 s by
        /// default.
        var maximumAge: Duration
        /// `NOTIFY_DIGEST`: more notifications than this at once for one output are put together; 5 by default, 0 for
        /// never.
        var digestAbove: Int
        /// `NOTIFY_TABLE`: the DynamoDB table by which all instances know what has been sent; none by default.
        var table: String?
        /// `NOTIFY_GRAPHS`: whether alarms get a picture of their metric; by default they do.
        var showsGraphs: Bool
    }
}

extension Notifier.Configuration {
    /// Reads the variables.
    /// - Throws: `ConfigurationError` or `NotifierError` that names every fault.
    init(environment: Environment) throws {
        self = try environment.parse { variables in
            Notifier.Configuration(
                rules: try Self.rules(variables, environment),
                maximumAge: variables.duration("NOTIFY_CONFIG_MAX_AGE", default: .seconds(60)),
                digestAbove: variables.integer("NOTIFY_DIGEST", default: 5, in: 0...10_000),
                table: variables.text("NOTIFY_TABLE"),
                showsGraphs: variables.flag("NOTIFY_GRAPHS", default: true)
            )
        }
    }

    private static func rules(_ variables: ConfigurationSection, _ environment: Environment) throws -> RulesSource {
        if let text = variables.text("NOTIFY_CONFIG_TEXT") { return .file(.text(text)) }
        if variables.has("NOTIFY_CONFIG") {
            let source = variables.value("NOTIFY_CONFIG", expected: ConfigurationSource.expected) {
                ConfigurationSource($0)
            }
            return .file(source ?? .text(""))
        }
        let output = OutputDefinition(ofAny: environment) ?? OutputDefinition(ofSlack: variables)
        guard let output else {
            variables.fault(
                "NOTIFY_CONFIG",
                expected: "where the rules are; without rules, set OUTPUT_KIND and its settings, or SLACK_WEBHOOK_URL"
            )
            return .file(.text(""))
        }
        do throws(ConfigurationError) { try output.check() } catch {
            let variables = environment["OUTPUT_KIND"] == nil ? "SLACK_WEBHOOK_URL" : "OUTPUT_KIND, OUTPUT_URL …"
            throw NotifierError(
                .wrongConfiguration, "\(variables) describe an output that has faults: \(error)", underlying: error
            )
        }
        return .output(output)
    }
}

extension OutputDefinition {
    /// The output that `OUTPUT_KIND` and variables like `OUTPUT_URL`, `OUTPUT_CHANNEL` describe: each setting of the
    /// rules file in upper case.
    init?(ofAny environment: Environment) {
        guard let kind = environment["OUTPUT_KIND"] else { return nil }
        self.init(name: kind, kind: kind)
        for (variable, text) in environment.variables.sorted(by: { $0.key < $1.key }) where !text.isEmpty {
            guard variable.hasPrefix("OUTPUT_"), variable != "OUTPUT_KIND" else { continue }
            let key = String(variable.dropFirst(7).lowercased().map { $0 == "_" ? "-" : $0 })
            if Self.secretKeys.contains(key) {
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
            case .blocks: OutputKind.slack.name
            case .form: OutputKind.slackForm.name
            case .text: OutputKind.slackText.name
            }
        }
    }

    /// The output that `SLACK_WEBHOOK_URL`, `SLACK_CHANNEL`, `SLACK_USERNAME` and `SLACK_EMOJI` describe, the variables
    /// of the functions that Tocsin replaces; a webhook that is no URL is one that KMS has encrypted.
    init?(ofSlack variables: ConfigurationSection) {
        guard let webhook = variables.text("SLACK_WEBHOOK_URL") ?? variables.text("slack_webhook_url") else {
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
            if let text = variables.text(variable) { options[key] = .string(text) }
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
