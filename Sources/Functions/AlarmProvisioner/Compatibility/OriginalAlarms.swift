import AWSResources
import Basics
import CloudWatchAlarms
public import Configuration
import RegularExpressions

/// What the environment says about the file of j-sokol/CloudwatchMonitoring, in the original's names.
public struct OriginalSettings: Sendable, Hashable {
    /// `ALERT_PREFIX_NAME`: what names begin with.
    public var prefix = "alert"
    /// `TOPIC_ARN`: what alarms and recoveries are sent to, at most five; empty for the topics of ``AlarmOptions``.
    public var topics: [String] = []
    /// `INSTANCE_TAGS`: only instances with all of these; `Product=Energy` for those that the original looks at.
    public var instanceTags: [TagPart] = []

    /// The defaults.
    public init() {}

    /// Reads the variables.
    public init(_ variables: ConfigurationSection) {
        prefix = variables.text("ALERT_PREFIX_NAME", default: prefix)
        let topics = variables.list("TOPIC_ARN")
        for entry in topics where !Self.isTopic(entry.text) {
            variables.fault(at: entry, expected: "the ARN of a topic, arn:aws:sns:…")
        }
        if topics.count > 5 { variables.fault("TOPIC_ARN", expected: "at most five ARNs: CloudWatch takes no more") }
        self.topics = topics.map(\.text)
        instanceTags =
            variables.list("INSTANCE_TAGS").map { entry in
                let parts = entry.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts[0].isEmpty { variables.fault(at: entry, expected: "key=value, key=value") }
                return TagPart(key: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
            }
    }

    /// The original's default is no topic: `arn:aws:sns:REGION:ACCOUNT:SNSTOPIC`.
    private static func isTopic(_ text: String) -> Bool {
        ARN(text).map { $0.service == "sns" && $0.account != "ACCOUNT" } ?? false
    }
}

extension OriginalAlarmsFile {
    /// The alarms that the file asks for, with the original's names and settings.
    ///
    /// Two entries that make alarms with one name, of which the original kept the last, make two alarms and a notice.
    /// - Parameter hosts: the instances, when ``needsHosts``. When not all of them are known, nothing is said about
    ///   dimensions without values.
    public func alarms(
        hosts: OriginalHosts = OriginalHosts(), settings: OriginalSettings, options: AlarmOptions, scope: AlarmScope
    ) -> DesiredAlarms {
        var result = CompatibleAlarms(options: options)
        let candidates = hosts.hosts.filter { host in settings.instanceTags.allSatisfy { $0.matches(host.tags) } }
        for entry in entries {
            let place = "\(origin(entry))"
            var combinations: [Combination] = [Combination()]
            for dimension in entry.dimensions {
                let values = values(
                    of: dimension, candidates, entry, isComplete: hosts.incomplete.isEmpty, &result)
                combinations = combinations.flatMap { combination in
                    values.map { combination.adding(dimension.name, $0) }
                }
            }
            let actions = actions(of: entry, settings, options, in: scope, &result)
            for combination in combinations {
                let alarm = alarm(entry, combination, actions, settings)
                let reason = AlarmReason(
                    rule: entry.metric, origin: origin(entry),
                    kind: combination.host == nil ? nil : .ec2Instance,
                    resource: combination.host?.arn(in: scope),
                    threshold: "\(CompatibleAlarms.thresholdText(entry.threshold)), as \(place) says")
                result.add(
                    DesiredAlarm(alarm: alarm, scope: scope, reason: reason), place: place,
                    tags: combination.host?.tags ?? [:])
            }
            if actions.alarm.isEmpty, !combinations.isEmpty {
                result.note(.warning, "\(place): the alarms notify nobody: set TOPIC_ARN, or give alarm_actions")
            }
        }
        return result.finished()
    }

    private func origin(_ entry: OriginalAlarmEntry) -> RuleOrigin {
        RuleOrigin(.original, file: file ?? "config.yaml", line: entry.line)
    }

    /// Values of dimensions, and the one instance that they are of.
    private struct Combination {
        var values: [(name: String, value: String)] = []
        var host: OriginalHost?

        func adding(_ name: String, _ value: Value) -> Combination {
            var result = self
            result.values.append((name, value.text))
            result.host = value.host ?? host
            return result
        }
    }

    private struct Value {
        var text: String
        var host: OriginalHost?
    }

    private func values(
        of dimension: OriginalAlarmEntry.Dimension, _ hosts: [OriginalHost], _ entry: OriginalAlarmEntry,
        isComplete: Bool, _ result: inout CompatibleAlarms
    ) -> [Value] {
        let place = "\(origin(entry)): dimension \(dimension.name)"
        switch dimension.values {
        case .fixed(let values): return values.map { Value(text: $0) }
        case .none:
            result.note(
                .warning,
                "\(place): has_tag gives no values, so that \(entry.metric) makes no alarm, as in the original: remove "
                    + "it"
            )
            return []
        case .hosts(let search):
            let tagged = hosts.filter { host in search.tags.allSatisfy { $0.matches(host.tags) } }
            for host in tagged where host.name == nil && isComplete {
                // With a search for every name the instance is certainly meant.
                let level: RuleNotice.Level = search.matches("") ? .error : .warning
                result.note(
                    level,
                    "\(place): no record in Route 53 has the address \(host.address) of \(host.instance), so that "
                        + "there is no alarm for it: add a record")
            }
            let found = tagged.filter { host in host.name.map { search.matches($0) } ?? false }
            if found.isEmpty, isComplete {
                result.note(
                    .warning,
                    "\(place): no instance has the tags and a name that dns_search matches, so that \(entry.metric) "
                        + "makes no alarm")
            }
            return found.map { Value(text: $0.name ?? "", host: $0) }
        }
    }

    private func actions(
        of entry: OriginalAlarmEntry, _ settings: OriginalSettings, _ options: AlarmOptions, in scope: AlarmScope,
        _ result: inout CompatibleAlarms
    ) -> AlarmActions {
        func targets(_ arns: [String]) -> [String] {
            scope.targets(arns, severity: entry.severity, of: "\(origin(entry)): its alarms", &result.notices)
        }
        let usual = settings.topics.isEmpty ? options.topics([entry.severity]) : settings.topics
        let alarm = targets(entry.alarmActions ?? usual)
        return AlarmActions(
            alarm: alarm, ok: entry.okActions.map(targets) ?? alarm,
            insufficientData: targets(entry.insufficientDataActions), propagatedTags: options.propagatedTags)
    }

    private func alarm(
        _ entry: OriginalAlarmEntry, _ combination: Combination, _ actions: AlarmActions, _ settings: OriginalSettings
    ) -> Alarm {
        let values = combination.values.map(\.value)
        let parts = [settings.prefix, entry.metric] + values + (entry.nameSuffix.map { [$0] } ?? [])
        let statistic = MetricStatistic(
            namespace: entry.namespace, metric: entry.metric,
            dimensions: Dictionary(combination.values.map { ($0.name, $0.value) }) { $1 },
            statistic: entry.statistic, period: entry.period, unit: entry.unit)
        let condition = MetricCondition(
            data: .metric(statistic), threshold: .value(entry.comparison, entry.threshold),
            evaluationPeriods: entry.evaluationPeriods, datapointsToAlarm: entry.datapoints,
            missingData: entry.missingData)
        return Alarm(
            name: parts.joined(separator: "-").filter { !"!@#$/:".contains($0) },
            description: entry.description ?? values.joined(separator: " - "), condition: .metric(condition),
            actions: actions, tags: [AlarmOptions.severityTag: entry.severity])
    }
}

extension OriginalAlarmEntry.HostSearch {
    func matches(_ text: String) -> Bool { name?.matches(text) ?? true }
}
