import Basics
import CloudWatchAlarms

extension AlarmOptions {
    /// The configured actions of alarms in an account and region.
    /// - Parameters:
    ///   - severities: the alarm's own, then those whose topics it takes when there are none for that.
    ///   - notices: gets why nobody, or not everybody, is told; each once.
    func actions(
        _ severities: [String], in scope: AlarmScope, _ notices: inout [RuleNotice]
    ) -> AlarmActions {
        let severity = severities.first ?? ""
        let configured = topics(severities)
        if configured.isEmpty, !topics.isEmpty {
            notices.appendOnce(
                RuleNotice(
                    .warning,
                    "alarms of severity \(severity) notify nobody: add topics.\(severity) or topics.default"))
        }
        let arns = scope.targets(
            configured, severity: severity, of: "topics: alarms of severity \(severity)", &notices)
        return AlarmActions(alarm: arns, ok: notifiesRecovery ? arns : [], propagatedTags: propagatedTags)
    }

    /// The topics of the first of these severities that has some, or those of every severity; as they are configured.
    func topics(_ severities: [String]) -> [String] {
        (severities + [""]).lazy.compactMap { topics[$0] }.first ?? []
    }
}

extension AlarmScope {
    /// The ARNs that alarms here can have as actions, with `{region}`, `{account}` and `{severity}` filled in.
    func targets(
        _ arns: [String], severity: String, of alarms: String, _ notices: inout [RuleNotice]
    ) -> [String] {
        targets(arns, of: alarms, &notices) { placeholder in
            switch placeholder {
            case .region: region
            case .account: account
            case .severity: severity
            default: ""
            }
        }
    }

    /// The ARNs that alarms here can have as actions: CloudWatch refuses an alarm with a topic of another region.
    /// - Parameters:
    ///   - alarms: which ones, for the notice of such a topic: `topics: alarms of severity critical`.
    ///   - value: what the placeholders in the ARNs stand for.
    func targets(
        _ arns: [String], of alarms: String, _ notices: inout [RuleNotice],
        value: (PlaceholderText.Placeholder) -> String
    ) -> [String] {
        var targets: [String] = []
        for text in arns {
            let arn = PlaceholderText(text).text(value)
            let fields = arn.arnFields ?? []
            if fields.count == 6, fields[2] == "sns", fields[3] != region {
                notices.appendOnce(
                    RuleNotice(
                        .error,
                        "\(alarms) in \(self) cannot notify \(arn), which is in another region: write {region} in "
                            + "place of \(fields[3]), and make a topic there"))
                continue
            }
            targets.append(arn)
        }
        return targets
    }
}

extension [RuleNotice] {
    /// Adds a notice, unless it is there: thousands of alarms have the same topics.
    fileprivate mutating func appendOnce(_ notice: RuleNotice) {
        if !contains(notice) { append(notice) }
    }
}
