public import Basics
import CloudWatchAlarms

/// Makes alarms of rules and resources.
public enum RuleExpansion {
    /// What the expansion has to know beside rules and resources.
    public struct Context: Sendable {
        /// Where metrics carry the tags of resources, which fleet alarms by tag need.
        public var telemetryTagScopes: Set<AlarmScope>
        /// Where it could not be found out whether they do: there such fleet rules make nothing, so that a call that
        /// fails once does not make an alarm for each resource.
        public var unknownTelemetryTagScopes: Set<AlarmScope>
        /// The accounts and regions that are provisioned: log alarms are made in each that their rule matches.
        public var scopes: [AlarmScope]
        /// The time, since a window that happens once and is over makes no mute rule; nil to keep all.
        public var now: Timestamp?
        /// Alarms that others made of the same rules, such as those of objectives and tags: composites and windows see
        /// them, and they are part of the result.
        public var others: [DesiredAlarm]

        /// A context.
        public init(
            telemetryTagScopes: Set<AlarmScope> = [], unknownTelemetryTagScopes: Set<AlarmScope> = [],
            scopes: [AlarmScope] = [], now: Timestamp? = nil, others: [DesiredAlarm] = []
        ) {
            self.telemetryTagScopes = telemetryTagScopes
            self.unknownTelemetryTagScopes = unknownTelemetryTagScopes
            self.scopes = scopes
            self.now = now
            self.others = others
        }
    }

    /// The alarms that should exist, and why others that are asked for cannot.
    ///
    /// An alarm of the catalogue is left out where a rule of another source compares the same metric of the resource in
    /// the same direction. Of two rules that make alarms of the same name in one scope, the one whose source counts
    /// more stands: tags, then rules files, the original's file, the catalogue; between equals the first, with a
    /// notice.
    public static func expand(
        _ rules: RuleSet, over resources: DiscoveredResources, series: MetricSeriesIndex = MetricSeriesIndex(),
        context: Context = Context()
    ) -> DesiredAlarms {
        var builder = AlarmBuilder(options: rules.options, series: series)
        var selection = RuleSelection(rules.rules, options: rules.options, builder: &builder)
        builder.alarms.reserveCapacity(resources.resources.count * 8)
        for (index, resource) in resources.resources.enumerated() where resource.kind != .metric {
            selection.add(resource, at: index, to: &builder)
        }
        let seriesResources = selection.seriesResources(series)
        for resource in seriesResources { selection.add(resource, at: nil, to: &builder) }
        FleetAlarms(
            resources: resources.resources, telemetryTagScopes: context.telemetryTagScopes,
            unknownTelemetryTagScopes: context.unknownTelemetryTagScopes
        ).add(selection.fleets, to: &builder)
        builder.alarms += rules.alarms
        builder.addLogAlarms(rules.logs, in: context.scopes)
        builder.alarms += context.others
        builder.resolveNames()
        var byID: [String: WatchedResource] = [:]
        if !rules.composites.isEmpty || !rules.windows.isEmpty {
            byID.reserveCapacity(resources.resources.count)
            for resource in resources.resources + seriesResources where byID[resource.id] == nil {
                byID[resource.id] = resource
            }
        }
        builder.addComposites(rules.composites, resources: byID)
        let muteRules = MuteRules(options: rules.options, resources: byID, now: context.now)
            .rules(of: rules.windows, for: builder.alarms, notices: &builder.notices)
        return DesiredAlarms(alarms: builder.alarms, muteRules: muteRules, notices: builder.allNotices)
    }
}

/// Which rules a resource gets, with the settings of its tag.
struct RuleSelection {
    private let owner: String
    private var rules: [CompiledRule] = []
    private var byKind: [ResourceKind: [Int]] = [:]
    private let names: [String]
    /// Rules as the tag of a resource changes them, for all resources with the same tag.
    private var changed: [ChangedRule: CompiledRule] = [:]
    private var overrides: [String: ResourceOverrides] = [:]
    /// The resources of fleet rules, which are made at the end.
    private(set) var fleets: [FleetRule] = []
    private var fleetPositions: [Int: Int] = [:]

    private struct ChangedRule: Hashable {
        var rule: Int
        var tag: String
    }

    /// Compiles the rules; one that cannot be is told of.
    init(_ all: [AlarmRule], options: AlarmOptions, builder: inout AlarmBuilder) {
        owner = options.owner
        names = all.map(\.name).uniqued
        // Own rules come first, so that the catalogue knows to give way.
        let ordered = all.filter { $0.origin.source != .catalogue } + all.filter { $0.origin.source == .catalogue }
        for rule in ordered {
            do throws(FormulaError) {
                let compiled = try CompiledRule(rule, owner: owner)
                let kinds = rule.match.kinds.isEmpty ? Set(ResourceKind.allCases) : rule.match.kinds
                for kind in kinds { byKind[kind, default: []].append(rules.count) }
                rules.append(compiled)
            } catch {
                builder.notices.append(
                    RuleNotice(.error, "\(rule.origin): rule \(rule.name): its threshold is wrong, \(error)"))
            }
        }
    }

    /// Makes the alarms of a resource.
    /// - Parameter index: its place among the discovered ones, for fleets; nil where it cannot be in one.
    mutating func add(_ resource: WatchedResource, at index: Int?, to builder: inout AlarmBuilder) {
        guard let candidates = byKind[resource.kind] else { return }
        let tag = resource.tags[AlarmOptions.overrideTag] ?? ""
        let overrides = tag.isEmpty ? nil : overrides(tag, of: resource, &builder)
        if let overrides, overrides.isOff { return }
        var watched: [CompiledRule.Subject] = []
        for position in candidates {
            let compiled = rules[position]
            guard compiled.matcher.matches(resource), isFor(resource, compiled) else { continue }
            if let subject = compiled.subject {
                if compiled.rule.origin.source == .catalogue {
                    if watched.contains(subject) { continue }
                } else {
                    watched.append(subject)
                }
            }
            guard let overrides else {
                make(position, of: resource, at: index, &builder)
                continue
            }
            if overrides.isOff(compiled.rule.name) { continue }
            if let changed = changed(position, overrides, tag, resource, &builder) {
                builder.add(changed, of: resource)
            } else {
                make(position, of: resource, at: index, &builder)
            }
        }
    }

    /// A series is a resource only for rules of its own metric.
    private func isFor(_ resource: WatchedResource, _ compiled: CompiledRule) -> Bool {
        guard resource.kind == .metric else { return true }
        return compiled.metrics.first.map { first in
            resource.attributes["namespace"] == first.metric.metric.namespace
                && resource.attributes["metric"] == first.metric.metric.metric
                && Set(resource.dimensions.keys) == Set(first.metric.metric.dimensions.keys)
        } ?? false
    }

    private mutating func make(
        _ position: Int, of resource: WatchedResource, at index: Int?, _ builder: inout AlarmBuilder
    ) {
        guard case .fleet(let tag) = rules[position].rule.style, let index else {
            builder.add(rules[position], of: resource)
            return
        }
        if let fleet = fleetPositions[position] {
            fleets[fleet].members.append(index)
        } else {
            fleetPositions[position] = fleets.count
            fleets.append(FleetRule(compiled: rules[position], groupByTag: tag, members: [index]))
        }
    }

    private mutating func overrides(
        _ tag: String, of resource: WatchedResource, _ builder: inout AlarmBuilder
    ) -> ResourceOverrides {
        let overrides = self.overrides[tag] ?? ResourceOverrides(parsing: tag, rules: names)
        self.overrides[tag] = overrides
        for fault in overrides.faults {
            builder.notices.append(
                RuleNotice(
                    .error,
                    "\(resource.kind.rawValue) \(resource.displayName) (\(resource.id)): the tag "
                        + "\(AlarmOptions.overrideTag) is \"\(tag)\": \(fault)"))
        }
        return overrides
    }

    private mutating func changed(
        _ position: Int, _ overrides: ResourceOverrides, _ tag: String, _ resource: WatchedResource,
        _ builder: inout AlarmBuilder
    ) -> CompiledRule? {
        let key = ChangedRule(rule: position, tag: tag)
        if let known = changed[key] { return known }
        let rule = rules[position].rule
        guard let settings = overrides.settings(for: rule.name) else { return nil }
        do throws(FormulaError) {
            let compiled = try CompiledRule(
                settings.applied(to: rule), owner: owner,
                thresholdSource: settings.threshold == nil ? nil : "the resource's tag \(AlarmOptions.overrideTag)")
            changed[key] = compiled
            return compiled
        } catch {
            builder.notices.append(RuleNotice(.error, "rule \(rule.name) of \(resource.displayName): \(error)"))
            return nil
        }
    }

    /// One resource for each series that a rule for ``ResourceKind/metric`` can watch.
    func seriesResources(_ series: MetricSeriesIndex) -> [WatchedResource] {
        var seen: Set<WatchedResource> = []
        var result: [WatchedResource] = []
        for position in byKind[.metric] ?? [] {
            guard let metric = rules[position].metrics.first?.metric else { continue }
            let names = Set(metric.metric.dimensions.keys)
            for scope in series.scopes(of: metric.name) {
                for dimensions in series.series(
                    namespace: metric.name.namespace, metric: metric.name.name, in: scope)
                where Set(dimensions.keys) == names {
                    let resource = WatchedResource(series: metric.name, dimensions, in: scope)
                    if seen.insert(resource).inserted { result.append(resource) }
                }
            }
        }
        return result
    }
}

extension WatchedResource {
    /// A series of a metric as a resource, as ``MetricSeriesIndex/resources(of:in:)`` has it: its dimensions are
    /// attributes, too, and it knows its metric.
    init(series name: MetricName, _ dimensions: [String: String], in scope: AlarmScope) {
        let sorted = dimensions.sorted { $0.key < $1.key }
        var attributes = dimensions
        attributes["namespace"] = name.namespace
        attributes["metric"] = name.name
        let text = sorted.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        self.init(
            kind: .metric, scope: scope, id: "metric:\(name.namespace){\(text)}",
            name: sorted.isEmpty ? name.name : sorted.map(\.value).joined(separator: "/"), dimensions: dimensions,
            attributes: attributes)
    }
}
