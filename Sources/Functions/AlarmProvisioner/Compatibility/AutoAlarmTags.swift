import Basics
import CloudWatchAlarms

/// Makes alarms of tags in the syntax of amazon-cloudwatch-auto-alarms.
///
/// A resource with the tag `Create_Auto_Alarms` gets the default alarms of its kind and one for each of its tags
/// `AutoAlarm-…`, under the original's names: `AutoAlarm-<id>-<Namespace>-<Metric>-…-<Operator>-<value>-5m-1p-Average`.
public struct AutoAlarmTags: Sendable {
    public let settings: AutoAlarmSettings

    /// With these settings.
    public init(settings: AutoAlarmSettings = AutoAlarmSettings()) { self.settings = settings }

    /// Whether a resource gets alarms at all.
    public func isWatched(_ resource: WatchedResource) -> Bool {
        resource.tags[settings.triggerTag] != nil && !Self.goneStates.contains(resource.attributes["state"] ?? "")
    }

    private static let goneStates = ["terminated", "shutting-down"]

    /// The alarms of a resource; nothing for one without the tag that asks for them.
    /// - Parameter facts: what ``needs(of:)`` asked for.
    public func alarms(
        for resource: WatchedResource, facts: AutoAlarmFacts = AutoAlarmFacts(), options: AlarmOptions
    ) -> DesiredAlarms {
        guard isWatched(resource) else { return DesiredAlarms() }
        var result = CompatibleAlarms()
        let actions = actions(for: resource, options, &result)
        let vocabulary = vocabulary(facts, resource.scope)
        let requests = requests(of: resource, facts, vocabulary) { result.note(.error, $0) }
        for request in requests {
            let sets = dimensionSets(of: request, resource, facts, &result)
            for set in sets {
                guard let alarm = alarm(request, set, resource, actions) else {
                    result.note(
                        .error,
                        "\(request.place): its value \"\(request.value)\" is no threshold: write a number, or off")
                    break
                }
                let reason = AlarmReason(
                    rule: request.rule, origin: RuleOrigin(.tag), kind: resource.kind, resource: resource.id,
                    threshold: "\(request.value), \(request.because)")
                result.add(DesiredAlarm(alarm: alarm, scope: resource.scope, reason: reason), place: request.place)
            }
        }
        return result.finished()
    }

    func vocabulary(_ facts: AutoAlarmFacts, _ scope: AlarmScope) -> AutoAlarmKey.Vocabulary {
        AutoAlarmKey.Vocabulary(
            agentNamespace: settings.agentNamespace,
            dimensions: AutoAlarmDimensions.known.union(settings.agentDimensions)
                .union(facts.dimensionNames[scope] ?? []))
    }

    // MARK: What is asked for

    /// An alarm that a tag, or the defaults, ask for.
    struct Request {
        var key: AutoAlarmKey
        var value: String
        /// For messages: `tag AutoAlarm-… of i-1`.
        var place: String
        var isDefault: Bool
        /// Without the description, which is free text.
        var rule: String
        var because: String { isDefault ? "a default of the auto-alarm rules" : "as the tag says" }
    }

    func requests(
        of resource: WatchedResource, _ facts: AutoAlarmFacts, _ vocabulary: AutoAlarmKey.Vocabulary,
        fault: (String) -> Void = { _ in }
    ) -> [Request] {
        var tagged: [Request] = []
        let beginning = settings.identifier + "-"
        for (tag, value) in resource.tags.sorted(by: { $0.key < $1.key }) where tag.hasPrefix(beginning) {
            let place = "tag \(tag) of \(resource.name)"
            do throws(AutoAlarmKeyError) {
                let key = try AutoAlarmKey(tag.dropFirst(beginning.count), vocabulary)
                tagged.append(
                    Request(key: key, value: value, place: place, isDefault: false, rule: rule(key)))
            } catch {
                fault("\(place): \(error.message)")
            }
        }
        let platform = facts.platform(of: resource)
        let defaults = settings.defaults(for: resource.kind, platform: platform).compactMap { alarm in
            (try? AutoAlarmKey(alarm.key[...], vocabulary)).map { key in
                Request(
                    key: key, value: alarm.value, place: "default alarm of \(resource.name)", isDefault: true,
                    rule: rule(key))
            }
        }
        // The original has no way to do without one of the defaults.
        let off = tagged.filter { $0.value.lowercased() == "off" }
        let kept = defaults.filter { request in !off.contains { $0.key.watchesTheSame(as: request.key) } }
        return tagged.filter { $0.value.lowercased() != "off" } + kept
    }

    private func rule(_ key: AutoAlarmKey) -> String {
        "\(settings.identifier)-\(key.namespace)-\(key.metric)-\(key.comparison.text)"
    }

    // MARK: Dimensions

    /// The dimensions of a request's alarms: one set, or with `*` one for each that the metric has.
    private func dimensionSets(
        of request: Request, _ resource: WatchedResource, _ facts: AutoAlarmFacts, _ result: inout CompatibleAlarms
    ) -> [[AutoAlarmKey.Dimension]] {
        var dimensions: [String: String] = [:]
        for name in AutoAlarmDimensions.names(resource.kind, request.key.namespace, settings) {
            if let value = facts.dimension(name, of: resource, request.key) {
                dimensions[name] = value
            } else if name != "AutoScalingGroupName" || resource.kind == .autoScalingGroup {
                result.note(
                    .warning,
                    "\(request.place): the dimension \(name) is not known, so that the alarm is made without it")
            }
        }
        for dimension in request.key.dimensions { dimensions[dimension.name] = dimension.value }
        let base = dimensions.filter { entry in !request.key.dimensions.contains { $0.name == entry.key } }
            .map { AutoAlarmKey.Dimension(name: $0.key, value: $0.value) }
        guard request.key.hasWildcard else { return [base + request.key.dimensions] }
        let found = facts.series(request.key.namespace, request.key.metric, dimensions, in: resource.scope)
        if found.isEmpty {
            result.note(
                .warning,
                "\(request.place): CloudWatch has no metric \(request.key.metric) with such dimensions yet, so that "
                    + "there is no alarm; the next run looks again")
        }
        return found.map { values in
            base
                + request.key.dimensions.map {
                    AutoAlarmKey.Dimension(name: $0.name, value: values[$0.name] ?? $0.value)
                }
        }
    }

    // MARK: The alarm

    private func actions(
        for resource: WatchedResource, _ options: AlarmOptions, _ result: inout CompatibleAlarms
    ) -> AlarmActions {
        var topics = settings.topic(in: resource.scope).map { [$0] } ?? options.topics["warning"] ?? options.topics[""]
        if let notify = resource.tags["notify"] {
            if AutoAlarmSettings.isTopic(notify) {
                topics = [notify]
            } else {
                result.note(
                    .error,
                    "tag notify of \(resource.name): \"\(notify)\" is not the ARN of a topic, so that the usual topics "
                        + "are told: write arn:aws:sns:…")
            }
        }
        return AlarmActions(
            alarm: topics ?? [], ok: options.notifiesRecovery ? topics ?? [] : [],
            propagatedTags: options.propagatedTags)
    }

    /// Nil when the value is no number.
    private func alarm(
        _ request: Request, _ dimensions: [AutoAlarmKey.Dimension], _ resource: WatchedResource, _ actions: AlarmActions
    ) -> Alarm? {
        guard let value = AutoAlarmSettings.number(request.value) else { return nil }
        let key = request.key
        let statistic = MetricStatistic(
            namespace: key.namespace, metric: key.metric,
            dimensions: Dictionary(dimensions.map { ($0.name, $0.value) }) { $1 }, statistic: key.statistic,
            period: key.period)
        var queries = [MetricQuery(id: "m1", source: .metric(statistic, account: nil), returnsData: true)]
        let threshold: AlarmThreshold
        switch key.comparison {
        case .number(let comparison): threshold = .value(comparison, value)
        case .band(let comparison):
            guard value > 0 else { return nil }
            queries.append(
                MetricQuery(
                    id: "t1", source: .expression("ANOMALY_DETECTION_BAND(m1, \(value))", period: nil), label: "t1",
                    returnsData: true))
            threshold = .band(comparison, queryID: "t1")
        }
        let condition = MetricCondition(
            data: .queries(queries), threshold: threshold, evaluationPeriods: key.evaluationPeriods,
            datapointsToAlarm: key.datapointsToAlarm)
        let named = Set(key.dimensions.map(\.name))
        return Alarm(
            name: name(request, dimensions.filter { named.contains($0.name) }, resource),
            description: key.description ?? "Created by cloudwatch-auto-alarms", condition: .metric(condition),
            actions: actions, tags: [AlarmOptions.severityTag: "warning"])
    }

    private func name(_ request: Request, _ dimensions: [AutoAlarmKey.Dimension], _ resource: WatchedResource) -> String
    {
        let key = request.key
        let parts =
            [settings.identifier, resource.name, key.namespace, key.metric]
            + dimensions.flatMap { [$0.name, $0.value] }
            + [key.comparison.text, request.value, key.periodText, "\(key.evaluationText)p", key.statistic]
            + (key.descriptionInName.map { [$0] } ?? [])
        return parts.joined(separator: "-")
    }
}

extension AutoAlarmKey {
    /// Whether a tag that is `off` means this default.
    fileprivate func watchesTheSame(as other: AutoAlarmKey) -> Bool {
        (namespace, metric, comparison) == (other.namespace, other.metric, other.comparison)
            && dimensions.allSatisfy { other.dimensions.contains($0) || $0.value == "*" }
    }
}
