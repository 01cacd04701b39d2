import AWSResources
import Basics
import Configuration
import ConfigurationSources

/// The alarm provisioner's settings, from its environment variables.
struct ProvisionerSettings: Sendable {
    /// Files with rules, in any of the forms that are known by their content: `ALARM_RULES`, and `CONFIG_FILE`, the
    /// original's.
    var sources: [ConfigurationSource]
    /// Whether the catalogue of recommended alarms is in force: `ALARM_CATALOGUE`.
    ///
    /// Nil for what our rules files say; without one only when there are no rules at all.
    var usesCatalogue: Bool?
    /// What is set in the variables overrides the rules files: `ALARM_OWNER`, `ALERT_PREFIX_NAME`, `TOPIC_ARN`,
    /// `ALARM_TOPICS`, `ALARM_AUTO_TAGS`, `ALARM_GRACE`, `ALARM_MAX_DELETED_PERCENT`.
    var overrides: Overrides
    /// `ALARM_REGIONS`; empty for the function's own.
    var regions: [String]
    /// `ALARM_ROLES`: roles of other accounts, by account.
    var roles: [String: String]
    /// `ALARM_EXTERNAL_ID`: what the roles' trust policies ask for, or where it is kept.
    var externalID: SecretReference?
    /// `ALARM_ACTION`: what a schedule or an event does.
    var action: ProvisionerRequest.Action
    /// `ALARM_RESULT_TOPIC_ARN`: where changes are published.
    var resultTopic: String?
    /// `ALARM_STATE`: where the lease is kept that lets one invocation at a time change everything.
    var state: String?
    /// What CloudwatchMonitoring's file and auto-alarms' tags take from their own variables.
    var original: OriginalSettings
    var autoAlarms: AutoAlarmSettings
    /// `ALARM_MARGIN`: how long before the end of an invocation no further change is begun.
    var margin: Duration

    /// Options that are set by variables; nil for one that is not.
    struct Overrides: Sendable, Hashable {
        var owner: String?
        var prefix: String?
        var topics: [String: [String]] = [:]
        var readsAutoAlarmTags: Bool?
        var gracePeriod: Duration?
        var maximumDeletedPercent: Double?

        /// The options with these in their place.
        func applied(to options: AlarmOptions) -> AlarmOptions {
            var options = options
            if let owner { options.owner = owner }
            if let prefix { options.prefix = prefix }
            options.topics.merge(topics) { $1 }
            if let readsAutoAlarmTags { options.readsAutoAlarmTags = readsAutoAlarmTags }
            if let gracePeriod { options.gracePeriod = gracePeriod }
            if let maximumDeletedPercent { options.maximumDeletedPercent = maximumDeletedPercent }
            return options
        }
    }
}

extension ProvisionerSettings {
    /// Reads the variables.
    /// - Throws: ``ProvisionerError`` with everything that is wrong with them.
    init(_ variables: [String: String]) throws(ProvisionerError) {
        do {
            self = try Environment(variables).parse { Self.read($0, variables) }
        } catch {
            throw ProvisionerError(.invalid, "\(error)", underlying: error)
        }
    }

    private static func read(_ variables: ConfigurationSection, _ all: [String: String]) -> ProvisionerSettings {
        var sources = variables.list("ALARM_RULES").compactMap { entry -> ConfigurationSource? in
            let source = ConfigurationSource(entry.text)
            if source == nil { variables.fault(at: entry, expected: ConfigurationSource.expected) }
            return source
        }
        if let source = variables.value(
            "CONFIG_FILE", expected: ConfigurationSource.expected, read: { ConfigurationSource($0) })
        {
            sources.append(source)
        }
        if let text = variables.text("ALARM_RULES_TEXT") { sources.append(.text(text)) }
        let overrides = overrides(variables)
        var original = OriginalSettings(variables)
        // Several topics are several ARNs here, and none stands for those of the rules' options.
        original.topics = overrides.topics[""] ?? []
        return ProvisionerSettings(
            sources: sources, usesCatalogue: variables.flag("ALARM_CATALOGUE"),
            overrides: overrides,
            regions: variables.list("ALARM_REGIONS").compactMap { region($0, variables) },
            roles: roles(variables),
            externalID: variables.secretReference("ALARM_EXTERNAL_ID", environment: all),
            action: variables.value("ALARM_ACTION", default: .apply, expected: "apply or plan") {
                let action = ProvisionerRequest.Action(rawValue: $0.lowercased())
                // Nothing that runs by itself destroys.
                return action == .destroy ? nil : action
            },
            resultTopic: topic("ALARM_RESULT_TOPIC_ARN", variables),
            state: variables.value("ALARM_STATE", expected: "s3://bucket/prefix or dynamodb:table") {
                $0.hasPrefix("s3://") || $0.hasPrefix("dynamodb:") ? $0 : nil
            },
            original: original, autoAlarms: AutoAlarmSettings(variables),
            margin: variables.duration("ALARM_MARGIN", default: .seconds(15)))
    }

    private static func overrides(_ variables: ConfigurationSection) -> Overrides {
        var overrides = Overrides()
        overrides.owner = variables.value("ALARM_OWNER", expected: "1 to 64 letters, digits, -, _ and .") {
            $0.isOwnerName ? $0 : nil
        }
        overrides.prefix = variables.value("ALERT_PREFIX_NAME", expected: "1 to 64 printable characters") {
            (1...64).contains($0.utf8.count) ? $0 : nil
        }
        let topics = variables.list("TOPIC_ARN").map(\.text)
        if topics.count > 5 { variables.fault("TOPIC_ARN", expected: "at most five ARNs: CloudWatch takes no more") }
        if topics.contains(where: { ARN($0) == nil }) {
            variables.fault("TOPIC_ARN", expected: "the ARN of an SNS topic")
        }
        if !topics.isEmpty { overrides.topics[""] = topics }
        for entry in variables.list("ALARM_TOPICS") {
            let parts = entry.text.split(separator: "=", maxSplits: 1).map { String($0.trimmingWhitespace) }
            guard parts.count == 2, ARN(parts[1]) != nil else {
                variables.fault(at: entry, expected: "a severity and the ARN of a topic: critical=arn:aws:sns:…")
                continue
            }
            overrides.topics[parts[0], default: []].append(parts[1])
        }
        overrides.readsAutoAlarmTags = variables.flag("ALARM_AUTO_TAGS")
        overrides.gracePeriod = variables.value(
            "ALARM_GRACE", expected: "a duration such as 30m or 1h, or 0 for none"
        ) { text in
            Duration(text: text, bareUnit: .seconds(1)).flatMap { $0 < .zero ? nil : $0 }
        }
        if variables.has("ALARM_MAX_DELETED_PERCENT") {
            overrides.maximumDeletedPercent = variables.number("ALARM_MAX_DELETED_PERCENT", default: 25, in: 0...100)
        }
        return overrides
    }

    private static func topic(_ name: String, _ variables: ConfigurationSection) -> String? {
        variables.value(name, expected: "the ARN of an SNS topic") { ARN($0)?.service == "sns" ? $0 : nil }
    }

    private static func region(_ entry: ConfigurationEntry, _ variables: ConfigurationSection) -> String? {
        let text = entry.text
        // Regions have two hyphens at least, and a digit at the end.
        let hyphens = text.utf8.count { $0 == UInt8(ascii: "-") }
        guard hyphens >= 2, let last = text.utf8.last, (0x30...0x39).contains(last) else {
            variables.fault(at: entry, expected: "a region such as eu-central-1")
            return nil
        }
        return text
    }

    private static func roles(_ variables: ConfigurationSection) -> [String: String] {
        var roles: [String: String] = [:]
        for entry in variables.list("ALARM_ROLES") {
            guard let arn = ARN(entry.text), arn.service == "iam", let account = arn.account, account.isAccount,
                arn.resourceType == "role"
            else {
                variables.fault(at: entry, expected: "the ARN of a role: arn:aws:iam::123456789012:role/name")
                continue
            }
            if roles.updateValue(entry.text, forKey: account) != nil {
                variables.fault(at: entry, "there are two roles for the account \(account): give one")
            }
        }
        return roles
    }
}

extension String {
    /// Whether it may be the value of the owner's tag, and a part of names.
    fileprivate var isOwnerName: Bool {
        (1...64).contains(utf8.count)
            && utf8.allSatisfy { $0.isASCIIAlphanumeric || [0x2D, 0x5F, 0x2E].contains($0) }
    }
}
