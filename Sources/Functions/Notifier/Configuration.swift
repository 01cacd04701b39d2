import Basics
import Configuration
import ConfigurationSources
import Events
import JSON
import RegularExpressions
import StateStore
import YAML

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
        /// `NOTIFY_TOKEN`: what HTTP requests have to bring along; none by default.
        var token: SecretReference?
        /// Whether HTTP requests are refused while there is no token: on Lambda.
        var mustHaveToken: Bool
        /// `NOTIFY_TRUSTED`: whose messages may use Slack's markup, by the topic's ARN, `queue`, `http` or `direct`.
        var trusted: [TextPattern]
        /// `NOTIFY_GRAPHS`: whether alarms get a picture of their metric; by default they do.
        var showsGraphs: Bool
        /// `NOTIFY_STATE`: where silences, inhibiting alarms and groups are kept; none by default.
        var state: String?
        /// `NOTIFY_WAKE_QUEUE`: the URL of the queue by which the notifier wakes itself; none by default.
        var wakeQueue: String?
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
                token: variables.secretReference("NOTIFY_TOKEN", environment: environment.variables),
                mustHaveToken: environment["AWS_LAMBDA_FUNCTION_NAME"] != nil,
                trusted: variables.patterns("NOTIFY_TRUSTED"),
                showsGraphs: variables.flag("NOTIFY_GRAPHS", default: true),
                state: variables.value("NOTIFY_STATE", expected: "a folder, \(StateStore.expectedLocation)") {
                    StateStore.isPlace($0) ? $0 : nil
                },
                wakeQueue: variables.value("NOTIFY_WAKE_QUEUE", expected: "the URL of a queue of SQS, not a FIFO one") {
                    // The queues of tests and of `tocsin up` speak HTTP.
                    ($0.hasPrefix("https://") || $0.hasPrefix("http://")) && !$0.hasSuffix(".fifo") ? $0 : nil
                }
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
        let output =
            OutputDefinition(ofAny: variables, environment) ?? OutputDefinition(ofSlack: variables, environment)
        guard let output else {
            variables.fault(
                "NOTIFY_CONFIG",
                expected: "where the rules are; without rules, set OUTPUT_KIND and its settings, or SLACK_WEBHOOK_URL"
            )
            return .file(.text(""))
        }
        if !variables.diagnostics.faults.isEmpty { return .output(output) }
        do throws(ConfigurationError) { try output.check() } catch {
            let variables = environment["OUTPUT_KIND"] == nil ? "SLACK_WEBHOOK_URL" : "OUTPUT_KIND, OUTPUT_URL …"
            throw NotifierError(
                .wrongConfiguration, "\(variables) describe an output that has faults: \(error)", underlying: error
            )
        }
        return .output(output)
    }
}

extension StateStore {
    /// Whether a text looks like a place; nothing is asked.
    fileprivate static func isPlace(_ text: String) -> Bool {
        if text.hasPrefix("dynamodb:") { return text != "dynamodb:" }
        return !text.containsBytes("://") || bucketAndPrefix(text) != nil
    }
}

extension OutputDefinition {
    /// The output that `OUTPUT_KIND` and variables like `OUTPUT_URL`, `OUTPUT_CHANNEL` describe: each setting of the
    /// rules file in upper case.
    ///
    /// `env:NAME` stands for the value of another variable.
    init?(ofAny variables: ConfigurationSection, _ environment: Environment) {
        guard let kind = environment["OUTPUT_KIND"] else { return nil }
        self.init(name: kind, kind: kind)
        for (variable, text) in environment.variables.sorted(by: { $0.key < $1.key }) where !text.isEmpty {
            guard variable.hasPrefix("OUTPUT_"), variable != "OUTPUT_KIND" else { continue }
            let key = String(variable.dropFirst(7).lowercased().map { $0 == "_" ? "-" : $0 })
            if Self.secretKeys.contains(key) {
                // A wrong one is there too, or the check would call it missing as well.
                secrets[key] = variables.secretReference(variable, environment: environment.variables) ?? .plain("")
            } else if key == "headers" {
                readHeaders(text, of: variable, variables, environment)
            } else if text.hasPrefix("env:") {
                let name = String(text.dropFirst(4))
                if environment[name] == nil { variables.fault(variable, "\(text) is not set") }
                options[key] = environment[name].map(Self.value)
            } else {
                options[key] = Self.value(text)
            }
        }
    }

    /// Reads `OUTPUT_HEADERS`, a mapping in JSON or YAML.
    private mutating func readHeaders(
        _ text: String, of variable: String, _ variables: ConfigurationSection, _ environment: Environment
    ) {
        let node = try? YAMLNode(parsing: Array(text.utf8))
        let members = (node?.json.objectValue ?? [:]).map { ($0.key, $0.value.text ?? "") }
        guard !members.isEmpty else {
            // The value may be secret.
            variables.fault(variable, expected: #"a mapping such as {"X-Team": "ops"}"#, secret: true)
            return
        }
        setHeaders(members, environment.variables) { variables.fault(variable, $0) }
    }

    /// How `SLACK_FORMAT` has messages look.
    private enum SlackFormat: String, CaseIterable {
        /// Laid out in blocks.
        case blocks
        /// As the CloudWatch notifier's that Tocsin replaces.
        case form
        /// As the CloudMonitor notifier's that Tocsin replaces, in its first version: a sentence.
        case text
        /// As that one's in its later version: all members of the event.
        case tree

        var kind: String {
            switch self {
            case .blocks: OutputKind.slack.name
            case .form: OutputKind.slackForm.name
            case .text, .tree: OutputKind.slackText.name
            }
        }

        /// What the variables of the replaced functions stand for, so that these look as before after a change of zips.
        ///
        /// The CloudWatch notifier demanded all four. The CloudMonitor notifier's Terraform had `slack_webhook_url`.
        static func standard(_ variables: ConfigurationSection) -> SlackFormat {
            guard variables.has("SLACK_WEBHOOK_URL") else { return .text }
            let others = ["SLACK_CHANNEL", "SLACK_USERNAME", "SLACK_EMOJI"]
            return others.allSatisfy { variables.text($0) != nil } ? .form : .blocks
        }
    }

    /// The output that `SLACK_WEBHOOK_URL`, `SLACK_CHANNEL`, `SLACK_USERNAME` and `SLACK_EMOJI` describe, the variables
    /// of the functions that Tocsin replaces; a webhook that is no URL is one that KMS has encrypted.
    init?(ofSlack variables: ConfigurationSection, _ environment: Environment) {
        let names = ["SLACK_WEBHOOK_URL", "slack_webhook_url"]
        guard let name = names.first(where: { variables.text($0) != nil }) else { return nil }
        let format = variables.choice("SLACK_FORMAT", default: SlackFormat.standard(variables))
        self.init(name: "slack", kind: format.kind)
        var reference = variables.secretReference(name, environment: environment.variables)
        if case .plain(let webhook) = reference, !webhook.hasPrefix("http") {
            if !Self.isEncrypted(webhook) {
                variables.fault(name, "is neither a URL that begins with https:// nor a text encrypted by KMS")
            }
            reference = .encrypted(base64: webhook, context: [:])
        }
        secrets["url"] = reference ?? .plain("")
        if format == .tree { options["style"] = "tree" }
        guard format != .text, format != .tree else { return }
        for (variable, key) in [("SLACK_CHANNEL", "channel"), ("SLACK_USERNAME", "username"), ("SLACK_EMOJI", "emoji")]
        {
            if let text = variables.text(variable) { options[key] = .string(text) }
        }
    }

    /// Whether a text looks like what KMS returns, in base64.
    private static func isEncrypted(_ text: String) -> Bool {
        // The first bytes of all ciphertexts of KMS so far are of these two kinds.
        (text.hasPrefix("AQ") || text.hasPrefix("Ci"))
            && text.utf8.allSatisfy {
                $0.isASCIIAlphanumeric || [UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "=")].contains($0)
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
