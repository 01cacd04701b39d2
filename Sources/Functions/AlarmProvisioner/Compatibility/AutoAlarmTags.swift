import Basics
import CloudWatchAlarms

/// Makes alarms of tags in the syntax of amazon-cloudwatch-auto-alarms.
///
/// A resource with the tag `Create_Auto_Alarms` gets the default alarms of its kind and one for each of its tags
/// `AutoAlarm-…`, under the original's names: `AutoAlarm-<id>-<Namespace>-<Metric>-…-<Operator>-<value>-5m-1p-Average`.
public struct AutoAlarmTags: Sendable {
    /// What the variables say.
    public let settings: AutoAlarmSettings

    private let vocabulary: AutoAlarmKey.Vocabulary
    /// Those of kinds that have some, by platform; read once, since thousands of resources have the same.
    private let defaults: [DefaultsKey: [(key: AutoAlarmKey, value: String)]]

    private struct DefaultsKey: Hashable {
        var kind: ResourceKind
        var platform: AutoAlarmPlatform?
    }

    /// With these settings.
    public init(settings: AutoAlarmSettings = AutoAlarmSettings()) {
        self.settings = settings
        let vocabulary = AutoAlarmKey.Vocabulary(
            agentNamespace: settings.agentNamespace,
            dimensions: AutoAlarmDimensions.known.union(settings.agentDimensions))
        self.vocabulary = vocabulary
        var defaults: [DefaultsKey: [(key: AutoAlarmKey, value: String)]] = [:]
        for kind in AutoAlarmSettings.kindsWithDefaults {
            for platform in [nil] + AutoAlarmPlatform.allCases.map(Optional.init) {
                defaults[DefaultsKey(kind: kind, platform: platform)] = settings.defaults(for: kind, platform: platform)
                    .compactMap { alarm in
                        (try? AutoAlarmKey(alarm.key[...], vocabulary)).map { ($0, alarm.value) }
                    }
            }
        }
        self.defaults = defaults
    }

    /// Whether a resource gets alarms at all.
    public func isWatched(_ resource: WatchedResource) -> Bool {
        resource.tags[settings.triggerTag] != nil && !Self.goneStates.contains(resource.attributes["state"] ?? "")
    }

    private static let severity = "warning"
    private static let goneStates = ["terminated", "shutting-down"]

    /// The alarms of resources; none for those without the tag that asks for them.
    /// - Parameter facts: what ``needs(of:)`` asked for.
    public func alarms(
        for resources: [WatchedResource], facts: AutoAlarmFacts = AutoAlarmFacts(), options: AlarmOptions
    ) -> DesiredAlarms {
        var result = CompatibleAlarms(options: options)
        for resource in resources where isWatched(resource) { addAlarms(of: resource, facts, options, to: &result) }
        return result.finished()
    }

    private func addAlarms(
        of resource: WatchedResource, _ facts: AutoAlarmFacts, _ options: AlarmOptions,
        to result: inout CompatibleAlarms
    ) {
        let actions = actions(for: resource, options, &result)
        let requests = requests(of: resource, facts) { result.note(.error, $0) }
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
                result.add(
                    DesiredAlarm(alarm: alarm, scope: resource.scope, reason: reason), place: request.place,
                    tags: resource.tags)
            }
        }
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
        of resource: WatchedResource, _ facts: AutoAlarmFacts, fault: (String) -> Void = { _ in }
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
        let key = DefaultsKey(
            kind: resource.kind, platform: resource.kind == .ec2Instance ? facts.platform(of: resource) : nil)
        let defaults = (defaults[key] ?? []).map { key, value in
            Request(
                key: key, value: value, place: "default alarm of \(resource.name)", isDefault: true, rule: rule(key))
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

    /// The dimensions that are known, and the names of those that `ListMetrics` must tell: of `*`, and of what the
    /// agent adds and discovery does not know.
    func dimensions(of request: Request, _ resource: WatchedResource) -> (fixed: [String: String], listed: [String]) {
        var fixed: [String: String] = [:]
        var listed: [String] = []
        let named = Set(request.key.dimensions.map(\.name))
        for name in AutoAlarmDimensions.names(resource.kind, request.key.namespace, settings)
        where !named.contains(name) {
            if let value = AutoAlarmDimensions.value(name, of: resource) {
                fixed[name] = value
            } else if name != "AutoScalingGroupName" || resource.kind == .autoScalingGroup {
                listed.append(name)
            }
        }
        for dimension in request.key.dimensions {
            if dimension.value == "*" { listed.append(dimension.name) } else { fixed[dimension.name] = dimension.value }
        }
        return (fixed, listed)
    }

    /// The dimensions of a request's alarms: one set, or with `*` one for each that the metric has.
    private func dimensionSets(
        of request: Request, _ resource: WatchedResource, _ facts: AutoAlarmFacts, _ result: inout CompatibleAlarms
    ) -> [[String: String]] {
        let (fixed, listed) = dimensions(of: request, resource)
        if listed.isEmpty { return [fixed] }
        let found = facts.series.series(
            namespace: request.key.namespace, metric: request.key.metric, in: resource.scope, fixed: fixed,
            listed: listed)
        func order(_ values: [String: String]) -> String {
            values.sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n")
        }
        let sorted = found.sorted { order($0) < order($1) }
        let isListed = facts.isListed(MetricName(request.key.namespace, request.key.metric), in: resource.scope)
        if !isListed, sorted.isEmpty || !request.key.hasWildcard {
            // Without its dimensions the alarm would replace the right one, which has the same name.
            result.note(
                .warning,
                "\(request.place): its alarm stays as it is, because the dimensions of \(request.key.metric) could not "
                    + "be listed")
            return []
        }
        if request.key.hasWildcard {
            if found.isEmpty {
                result.note(
                    .warning,
                    "\(request.place): CloudWatch has no metric \(request.key.metric) with such dimensions yet, so "
                        + "that there is no alarm; the next run looks again")
            }
            return sorted
        }
        if let first = sorted.first { return [first] }
        result.note(
            .warning,
            "\(request.place): the value of \(listed.joined(separator: ", ")) is not known, so that the alarm is made "
                + "without it")
        return [fixed]
    }

    // MARK: The alarm

    private func actions(
        for resource: WatchedResource, _ options: AlarmOptions, _ result: inout CompatibleAlarms
    ) -> AlarmActions {
        var topic = settings.topic(in: resource.scope)
        var alarms = "DEFAULT_ALARM_SNS_TOPIC_ARN: alarms"
        if let notify = resource.tags["notify"] {
            if AutoAlarmSettings.isTopic(notify) {
                (topic, alarms) = (notify, "tag notify of \(resource.name): its alarms")
            } else {
                result.note(
                    .error,
                    "tag notify of \(resource.name): \"\(notify)\" is not the ARN of a topic, so that the usual topics "
                        + "are told: write arn:aws:sns:…")
            }
        }
        guard let topic else { return options.actions([Self.severity], in: resource.scope, &result.notices) }
        let topics = resource.scope.targets([topic], severity: Self.severity, of: alarms, &result.notices)
        return AlarmActions(
            alarm: topics, ok: options.notifiesRecovery ? topics : [], propagatedTags: options.propagatedTags)
    }

    /// Nil when the value is no number.
    private func alarm(
        _ request: Request, _ dimensions: [String: String], _ resource: WatchedResource, _ actions: AlarmActions
    ) -> Alarm? {
        guard let value = AutoAlarmSettings.number(request.value) else { return nil }
        let key = request.key
        let statistic = MetricStatistic(
            namespace: key.namespace, metric: key.metric, dimensions: dimensions, statistic: key.statistic,
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
        return Alarm(
            name: name(request, dimensions, resource),
            description: key.description ?? "Created by cloudwatch-auto-alarms", condition: .metric(condition),
            actions: actions, tags: [AlarmOptions.severityTag: Self.severity])
    }

    private func name(_ request: Request, _ dimensions: [String: String], _ resource: WatchedResource) -> String {
        let key = request.key
        let parts =
            [settings.identifier, resource.name, key.namespace, key.metric]
            + key.dimensions.flatMap { [$0.name, dimensions[$0.name] ?? $0.value] }
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
