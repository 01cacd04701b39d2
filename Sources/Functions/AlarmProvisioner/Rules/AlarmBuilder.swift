import Basics
import CloudWatchAlarms

/// Collects alarms, and what could not be made.
struct AlarmBuilder {
    let options: AlarmOptions
    private let series: MetricSeriesIndex
    var alarms: [DesiredAlarm] = []
    var notices: [RuleNotice] = []

    /// Resources of which a rule could not be made, by rule and reason: thousands become one notice.
    private var gaps: [Gap: (names: [String], count: Int)] = [:]
    private var actions: [ActionKey: AlarmActions] = [:]
    private var seriesByKey: [SeriesKey: [String: [[String: String]]]] = [:]
    private let copiedTags: [String]

    private struct Gap: Hashable {
        var rule: String
        var origin: RuleOrigin
        var kind: ResourceKind
        var reason: String
    }

    private struct ActionKey: Hashable {
        var severity: String
        var scope: AlarmScope
    }

    private struct SeriesKey: Hashable {
        var scope: AlarmScope
        var metric: TemplateMetric
    }

    init(options: AlarmOptions, series: MetricSeriesIndex) {
        self.options = options
        self.series = series
        copiedTags = options.copiedTags.filter { !$0.hasPrefix("aws:") }
    }

    // MARK: One rule, one resource

    /// Makes the alarm of a rule for a resource, or one for each series where dimensions are listed.
    mutating func add(_ compiled: CompiledRule, of resource: WatchedResource) {
        let threshold: AlarmThreshold
        let explanation: String
        switch compiled.threshold {
        case .value(let comparison, let value):
            threshold = .value(comparison, value)
            explanation = value.grouped + (compiled.thresholdSource.map { " by \($0)" } ?? "")
        case .formula(let comparison, let expression):
            do throws(FormulaError) {
                let value = try expression.threshold(resource.facts)
                threshold = .value(comparison, value)
                explanation = expression.explanation(resource.facts, value)
            } catch {
                return addGap(compiled, resource, error.message)
            }
        case .band(let comparison, let width):
            threshold = .band(comparison, queryID: Self.bandID)
            explanation = "a band \(width.grouped) standard deviations wide around what the metric usually is"
        }
        let sets: [[[String: String]]]
        do throws(FormulaError) { sets = try dimensions(compiled, resource) } catch {
            return addGap(compiled, resource, error.message)
        }
        for set in sets {
            let alarm = AlarmParts(
                compiled: compiled, resource: resource, dimensions: set, threshold: threshold, explanation: explanation)
            alarms.append(desired(alarm))
        }
    }

    private mutating func desired(_ parts: AlarmParts) -> DesiredAlarm {
        let (rule, resource) = (parts.compiled.rule, parts.resource)
        return DesiredAlarm(
            alarm: Alarm(
                name: parts.name(prefix: options.prefix), description: parts.description,
                condition: parts.condition, actions: actions(of: rule, in: resource.scope, value: parts.value),
                tags: tags(parts)),
            scope: resource.scope,
            reason: AlarmReason(
                rule: rule.name, origin: rule.origin, kind: resource.kind, resource: resource.id,
                threshold: parts.explanation))
    }

    static let bandID = "ad1"

    // MARK: Dimensions

    /// For each alarm the dimensions of each metric, in the order of ``CompiledRule/metrics``.
    private mutating func dimensions(
        _ compiled: CompiledRule, _ resource: WatchedResource
    ) throws(FormulaError) -> [[[String: String]]] {
        var known: [[String: String]] = []
        for (_, metric) in compiled.metrics {
            known.append(try knownDimensions(metric, compiled, resource))
        }
        guard let first = compiled.metrics.firstIndex(where: { !$0.metric.listed.isEmpty }) else { return [known] }
        let leading = compiled.metrics[first].metric
        let found = series(of: leading, with: known[first], in: resource.scope)
        guard !found.isEmpty else {
            throw FormulaError(
                "there are no series of \(leading.metric.namespace) \(leading.metric.metric) with the dimensions "
                    + leading.metric.dimensions.keys.sorted().joined(separator: ", ") + ": is it being written?")
        }
        return found.map { series in
            zip(compiled.metrics, known).map { member, known in
                var dimensions = known
                for name in member.metric.listed { dimensions[name] = series[name] }
                return dimensions
            }
        }
    }

    private func knownDimensions(
        _ metric: CompiledMetric, _ compiled: CompiledRule, _ resource: WatchedResource
    ) throws(FormulaError) -> [String: String] {
        // A series is all of its dimensions; and of most resources, the metric has just those that are known of it.
        if resource.kind == .metric { return resource.dimensions }
        if metric.fixed.isEmpty, metric.listed.isEmpty, metric.own.count == resource.dimensions.count,
            metric.own.allSatisfy({ resource.dimensions[$0] != nil })
        {
            return resource.dimensions
        }
        var dimensions: [String: String] = [:]
        for name in metric.own {
            guard let value = resource.dimensions[name] else {
                throw FormulaError("it has no dimension \(name) for \(metric.metric.namespace) \(metric.metric.metric)")
            }
            dimensions[name] = value
        }
        for (name, text) in metric.fixed {
            dimensions[name] = text.text { AlarmParts.value($0, compiled, resource) }
        }
        return dimensions
    }

    /// The series that have the known dimensions and the listed ones, and no others.
    private mutating func series(
        of metric: CompiledMetric, with known: [String: String], in scope: AlarmScope
    ) -> [[String: String]] {
        if known.count == metric.metric.dimensions.count { return [known] }
        let key = SeriesKey(scope: scope, metric: metric.metric)
        let names = metric.own + metric.fixed.map(\.name)
        let values = names.map { known[$0] ?? "" }.joined(separator: "\n")
        if let index = seriesByKey[key] { return index[values] ?? [] }
        let all = Set(metric.metric.dimensions.keys)
        var index: [String: [[String: String]]] = [:]
        for found in series.series(namespace: metric.metric.namespace, metric: metric.metric.metric, in: scope)
        where found.count == all.count && found.keys.allSatisfy(all.contains) {
            index[names.map { found[$0] ?? "" }.joined(separator: "\n"), default: []].append(found)
        }
        seriesByKey[key] = index
        return index[values] ?? []
    }

    // MARK: Tags

    private mutating func tags(_ parts: AlarmParts) -> [String: String] {
        let (compiled, resource) = (parts.compiled, parts.resource)
        var tags = compiled.commonTags
        tags[AlarmOptions.resourceTag] = AlarmTagText.value(resource.id)
        for (key, text) in compiled.tags where tags.count < Self.mostTags {
            tags[key] = AlarmTagText.value(text.text(parts.value))
        }
        for key in copiedTags where tags[key] == nil {
            guard let value = resource.tags[key] else { continue }
            guard tags.count < Self.mostTags else {
                addGap(compiled, resource, "an alarm has at most 50 tags: copy-tags are left out", isMade: true)
                break
            }
            tags[key] = AlarmTagText.value(value)
        }
        return tags
    }

    private static let mostTags = 49  // One is left for the time at which the resource was missed.

    // MARK: Actions

    /// The rule's own actions, or those of its severity.
    mutating func actions(
        of rule: AlarmRule, in scope: AlarmScope, value: (PlaceholderText.Placeholder) -> String
    ) -> AlarmActions {
        guard var own = rule.template.actions else { return actions(rule.severity, in: scope) }
        let alarms = "rule \(rule.name) (\(rule.origin)): its alarms"
        own.alarm = scope.targets(own.alarm, of: alarms, &notices, value: value)
        own.ok = scope.targets(own.ok, of: alarms, &notices, value: value)
        own.insufficientData = scope.targets(own.insufficientData, of: alarms, &notices, value: value)
        if own.propagatedTags == nil { own.propagatedTags = options.propagatedTags }
        return own
    }

    /// The configured actions of a severity in an account and region.
    mutating func actions(_ severity: String, in scope: AlarmScope) -> AlarmActions {
        let key = ActionKey(severity: severity, scope: scope)
        if let known = actions[key] { return known }
        let result = options.actions([severity], in: scope, &notices)
        actions[key] = result
        return result
    }

    // MARK: Notices

    private mutating func addGap(
        _ compiled: CompiledRule, _ resource: WatchedResource, _ reason: String, isMade: Bool = false
    ) {
        let gap = Gap(
            rule: compiled.rule.name, origin: compiled.rule.origin, kind: resource.kind,
            reason: isMade ? reason : "no alarm, because " + reason)
        gaps[gap, default: ([], 0)].count += 1
        if gaps[gap, default: ([], 0)].names.count < 3 { gaps[gap]?.names.append(resource.displayName) }
    }

    /// All notices, those about many resources in one line each: an error where a rules file asked for the alarm, a
    /// warning where the catalogue did.
    var allNotices: [RuleNotice] {
        let ordered = gaps.sorted { ($0.key.rule, $0.key.reason) < ($1.key.rule, $1.key.reason) }
        return notices
            + ordered.map { gap, resources in
                let names = resources.names.joined(separator: ", ") + (resources.count > 3 ? ", …" : "")
                return RuleNotice(
                    gap.origin.source == .catalogue ? .warning : .error,
                    "rule \(gap.rule) (\(gap.origin)), \(resources.count) \(gap.kind.rawValue) (\(names)): "
                        + gap.reason)
            }
    }
}
