import AWS
import AWSResources
import Basics
import CloudWatchAlarms

/// What there is, and the alarms that should exist for it.
struct Survey: Sendable {
    /// What is looked at.
    var scopes: [AlarmScope]
    var options: AlarmOptions
    /// The id of the one resource that the survey is about, as the tags of alarms have it; nil for everything.
    var resource: String?
    var discovered = DiscoveredResources()
    var desired = DesiredAlarms()
    /// What the alarms of the objectives take, each way.
    var objectives: [ObjectiveCost] = []
    /// Whether all alarms are asked for their tags; see ``AlarmReader``.
    var asksAll = false
    /// What is to be said about the rules, apart from ``desired``.
    var notices: [RuleNotice] = []
    /// The places whose alarms are read, and for which of them the survey is.
    var coverage: [AlarmScope: AlarmCoverage] = [:]
    /// Whether alarms of services without regions are asked for.
    var withGlobal: Bool

    /// Where alarms can be wanted: the scopes, and those of services without regions.
    var places: [AlarmScope] { coverage.keys.filter { withGlobal || coverage[$0] != .globalServices }.sorted() }

    init(scopes: [AlarmScope], options: AlarmOptions, withGlobal: Bool, notices: [RuleNotice] = []) {
        (self.scopes, self.options, self.withGlobal, self.notices) = (scopes, options, withGlobal, notices)
    }

    /// Chooses the places of a survey of everything.
    /// - Parameter provisioned: those that are not in the survey now are left alone, even if alarms of services without
    ///   regions are there.
    mutating func cover(provisioned: [AlarmScope]) {
        for scope in scopes.map(\.global) where !provisioned.contains(scope) { coverage[scope] = .globalServices }
        for scope in scopes { coverage[scope] = .all }
    }

    /// Chooses the places of a survey of one resource, whose alarms may be elsewhere than an event about it.
    /// - Parameter id: the resource's id, if it is in a scope.
    mutating func cover(_ id: (AlarmScope) throws -> String) rethrows {
        for scope in Set(scopes + (withGlobal ? scopes.map(\.global) : [])) {
            coverage[scope] = .resource(try id(scope))
        }
    }
}

extension Provisioner {
    /// Finds the resources, and makes the desired alarms of them.
    ///
    /// What cannot be found out is part of the result; only rules that cannot be read end it.
    func survey(_ range: Range, _ deadline: Timestamp?, _ progress: @escaping Progress) async throws -> Survey {
        let loaded = try await load(deadline)
        let scopes = try await scopes.scopes(deadline: deadline)
        var rules = loaded.rules
        if range.resource != nil { rules.keepResourceRules() }
        let kinds = kinds(of: rules, loaded.originals, range)
        var survey = Survey(
            scopes: try scopes.chosen(range.scopes), options: rules.options,
            withGlobal: !kinds.isDisjoint(with: KindFinder.globalKinds), notices: loaded.notices)
        survey.discovered = await discover(kinds, rules, range, survey.scopes, scopes, deadline, progress)
        if let wanted = range.resource {
            let isFound = survey.narrow(to: wanted, range, rules)
            let id = survey.resource ?? wanted
            survey.cover { scope in isFound ? id : range.id(in: scope) ?? id }
        } else {
            survey.cover(provisioned: scopes.all)
            survey.discovered.resources.removeAll { survey.coverage[$0.scope] == nil }
        }

        var facts = await facts(rules, survey, scopes, deadline)
        survey.discovered.incomplete += facts.incomplete
        survey.discovered.calls += facts.calls
        facts.others = await others(loaded, range, &survey, scopes, deadline)
        survey.desired = RuleExpansion.expand(
            rules, over: survey.discovered, series: facts.series,
            context: RuleExpansion.Context(
                telemetryTagScopes: facts.telemetryTagScopes,
                unknownTelemetryTagScopes: facts.unknownTelemetryTagScopes, scopes: survey.scopes, now: time.now(),
                others: facts.others.alarms))
        survey.desired.notices += facts.others.notices
        if let resource = survey.resource {
            survey.desired.keep(resource: resource)
            survey.discovered.resources.removeAll { $0.id != resource }
        }
        progress("\(counted(survey.desired.alarms.count, "alarm")) wanted")
        return survey
    }

    /// The alarms that exist in the scopes of a survey.
    func existing(
        _ survey: Survey, _ deadline: Timestamp?, _ progress: @escaping Progress
    ) async throws -> [ExistingAlarms] {
        let scopes = try await scopes.scopes(deadline: deadline)
        let alarms = survey.desired.alarms.byScope
        let muteRules = Dictionary(grouping: survey.desired.muteRules, by: \.scope)
        progress("Reading the alarms of \(counted(survey.coverage.count, "place"))")
        let places = survey.coverage.sorted { $0.key < $1.key }
        let found = await places.concurrentMap(atMost: Self.parallelScopes) { scope, coverage in
            await read(
                scope, coverage, desired: alarms[scope] ?? [], muteRules: muteRules[scope] ?? [], survey, scopes,
                deadline)
        }
        // Where nothing is asked for there may be nothing either, and an organization may forbid to look.
        return found.filter { survey.places.contains($0.scope) || !$0.isUnknown }
    }

    private static let parallelScopes = 8

    private func read(
        _ scope: AlarmScope, _ coverage: AlarmCoverage, desired: [DesiredAlarm], muteRules: [DesiredMuteRule],
        _ survey: Survey, _ scopes: ProvisionerScopes, _ deadline: Timestamp?
    ) async -> ExistingAlarms {
        do {
            let reader = try AlarmReader(
                scope: scope, options: survey.options, aws: try scopes.configuration(of: scope))
            return await reader.read(
                desired: desired, muteRules: muteRules, coverage: coverage, asksAll: survey.asksAll,
                deadline: deadline)
        } catch {
            return ExistingAlarms(
                scope: scope, failure: "its alarms cannot be listed: \(error)", coverage: coverage)
        }
    }

    // MARK: Resources

    /// The kinds that rules ask for, and those whose tags may ask for alarms.
    private func kinds(
        of rules: RuleSet, _ originals: [OriginalAlarmsFile], _ range: Range
    ) -> Set<ResourceKind> {
        var kinds = rules.watchedKinds
        // Their alarms are of instances: one that is gone is missed first, like every other resource.
        if originals.contains(where: \.needsHosts) { kinds.insert(.ec2Instance) }
        // The kinds that auto-alarms knows; of others, tags count when a rule looks at them anyway.
        if rules.options.readsAutoAlarmTags { kinds.formUnion([.ec2Instance, .rdsInstance, .lambdaFunction]) }
        return range.kinds.map { kinds.intersection($0) } ?? kinds
    }

    /// Finds the resources of some kinds, or only the one that the range names, and those on which its alarms depend.
    private func discover(
        _ kinds: Set<ResourceKind>, _ rules: RuleSet, _ range: Range, _ wanted: [AlarmScope],
        _ scopes: ProvisionerScopes, _ deadline: Timestamp?, _ progress: @escaping Progress
    ) async -> DiscoveredResources {
        let finder = ResourceFinder { scope in try scopes.configuration(of: scope) }
        let facts = rules.neededFacts
        if let target = range.target(in: wanted), kinds.contains(target.kind) {
            let related = rules.relatedKinds(of: target.kind)
            if related.isEmpty {
                return await finder.find(resource: target, facts: facts, in: wanted, deadline: deadline)
            }
            return await finder.find(related, facts: facts, in: wanted, deadline: deadline, progress: progress)
        }
        var found = await finder.find(kinds, facts: facts, in: wanted, deadline: deadline, progress: progress)
        if range.resource == nil { found.kinds = kinds }
        progress("\(counted(found.resources.count, "resource")) found")
        return found
    }

    // MARK: Facts

    /// What rules need to know beside the resources.
    private struct Facts: Sendable {
        var series = MetricSeriesIndex()
        var telemetryTagScopes: Set<AlarmScope> = []
        var unknownTelemetryTagScopes: Set<AlarmScope> = []
        var incomplete: [IncompleteDiscovery] = []
        var calls = 0
        var others = DesiredAlarms()
    }

    private func facts(
        _ rules: RuleSet, _ survey: Survey, _ scopes: ProvisionerScopes, _ deadline: Timestamp?
    ) async -> Facts {
        var facts = Facts()
        let configuration: ResourceFinder.Configurations = { scope in try scopes.configuration(of: scope) }
        // Of rules for kinds that are not there, no series are needed.
        var needed = rules
        let found = Set(survey.discovered.resources.map(\.kind)).union([.metric])
        needed.rules.removeAll { $0.match.kinds.isDisjoint(with: found) }
        let finder = MetricSeriesFinder(configuration: configuration)
        // Beside the scopes only services without regions have alarms.
        var global = needed
        global.rules.removeAll { $0.match.kinds.isDisjoint(with: KindFinder.globalKinds) }
        let others = survey.places.filter { !survey.scopes.contains($0) }
        for (metrics, places) in [(needed.listedMetrics, survey.scopes), (global.listedMetrics, others)]
        where !metrics.isEmpty && !places.isEmpty {
            let outcome = await finder.find(metrics, in: places, deadline: deadline)
            facts.series.add(outcome.index)
            facts.calls += outcome.calls
            // An alarm for each disk of an instance is the instance's: for want of a series it must not go, either.
            let kinds = needed.kindsWithListedMetrics.union([.metric])
            facts.incomplete += outcome.incomplete.flatMap { gap in
                kinds.sorted().map { IncompleteDiscovery(kind: $0, scope: gap.scope, reason: gap.reason) }
            }
        }
        let kinds = needed.rules.filter(\.needsTelemetryTags).reduce(into: Set()) { $0.formUnion($1.match.kinds) }
        guard !kinds.isEmpty else { return facts }
        for scope in survey.places {
            facts.calls += 1
            switch await TelemetryTags.status(in: scope, configuration: configuration, deadline: deadline) {
            case .on: facts.telemetryTagScopes.insert(scope)
            case .off: break
            case .refused(let reason):
                // Single alarms watch what a fleet alarm of earlier perhaps watches, too; neither is deleted.
                facts.incomplete += kinds.sorted().map { IncompleteDiscovery(kind: $0, scope: scope, reason: reason) }
            case .unknown(let reason):
                facts.unknownTelemetryTagScopes.insert(scope)
                facts.incomplete += kinds.sorted().map { IncompleteDiscovery(kind: $0, scope: scope, reason: reason) }
            }
        }
        return facts
    }

    // MARK: Alarms that are not made by our rules

    private func others(
        _ loaded: LoadedRules, _ range: Range, _ survey: inout Survey, _ scopes: ProvisionerScopes,
        _ deadline: Timestamp?
    ) async -> DesiredAlarms {
        var result = DesiredAlarms()
        if survey.options.readsAutoAlarmTags { result.add(await taggedAlarms(&survey, scopes, deadline)) }
        for file in loaded.originals { result.add(await alarms(of: file, &survey, scopes, deadline)) }
        // Objectives are of no resource, and belong where the function is.
        guard range.resource == nil, survey.scopes.contains(scopes.home) else { return result }
        for objective in loaded.rules.objectives {
            result.add(objective.alarms(options: survey.options, scope: scopes.home))
            survey.objectives.append(objective.cost(options: survey.options, scope: scopes.home))
        }
        return result
    }

    /// The alarms that tags of resources ask for, in auto-alarms' syntax.
    private func taggedAlarms(
        _ survey: inout Survey, _ scopes: ProvisionerScopes, _ deadline: Timestamp?
    ) async -> DesiredAlarms {
        let tags = AutoAlarmTags(settings: settings.autoAlarms)
        let only = survey.resource
        let resources = survey.discovered.resources.filter { [nil, $0.id].contains(only) && tags.isWatched($0) }
        guard !resources.isEmpty else { return DesiredAlarms() }
        let needs = tags.needs(of: resources)
        var facts = AutoAlarmFacts()
        for scope in Set(needs.metrics.map(\.scope)).union(needs.images.keys).sorted() {
            do {
                let aws = try scopes.configuration(of: scope)
                let lookup = AutoAlarmLookup(
                    cloudWatch: try AWSClient(.cloudWatch, configuration: aws),
                    ec2: try AWSClient(.ec2, configuration: aws), scope: scope)
                let result = await lookup.read(needs, into: &facts, deadline: deadline)
                survey.discovered.incomplete += result.incomplete
                survey.discovered.calls += result.calls
            } catch {
                for metric in needs.metrics where metric.scope == scope { facts.noteUnlisted(metric.name, in: scope) }
                survey.discovered.incomplete.append(IncompleteDiscovery(kind: nil, scope: scope, reason: "\(error)"))
            }
        }
        return tags.alarms(for: resources, facts: facts, options: survey.options)
    }

    /// The alarms of a file in CloudwatchMonitoring's form, in every scope.
    private func alarms(
        of file: OriginalAlarmsFile, _ survey: inout Survey, _ scopes: ProvisionerScopes, _ deadline: Timestamp?
    ) async -> DesiredAlarms {
        var result = DesiredAlarms()
        for scope in survey.scopes {
            var hosts = OriginalHosts()
            if file.needsHosts {
                do {
                    let aws = try scopes.configuration(of: scope)
                    hosts = await OriginalHostReader(
                        ec2: try AWSClient(.ec2, configuration: aws),
                        route53: try AWSClient(.route53, configuration: aws), scope: scope
                    ).hosts(deadline: deadline)
                } catch {
                    hosts.incomplete.append(
                        IncompleteDiscovery(kind: .ec2Instance, scope: scope, reason: "\(error)"))
                }
            }
            survey.discovered.incomplete += hosts.incomplete
            survey.discovered.calls += hosts.calls
            result.add(
                file.alarms(
                    hosts: hosts, settings: settings.original, options: survey.options, scope: scope))
        }
        return result
    }
}

extension Survey {
    /// Keeps the one resource that an event or a person named by its ARN, id or name, and those on which its alarms
    /// depend.
    /// - Returns: whether it was found.
    fileprivate mutating func narrow(to wanted: String, _ range: Provisioner.Range, _ rules: RuleSet) -> Bool {
        let target = range.target(in: scopes)
        let named = discovered.resources.filter { found in
            target?.matches(found) ?? false || found.id == wanted || found.name == wanted
        }
        // A resource that is gone is known by its alarms, under the id that it had.
        resource = named.first?.id ?? target?.arn?.description ?? wanted
        let related = named.first.map { rules.relatedKinds(of: $0.kind) } ?? []
        discovered.resources.removeAll { !related.contains($0.kind) && !named.contains($0) }
        return !named.isEmpty
    }
}

extension Provisioner.Range {
    /// The resource by its ARN where that is known: an event may have only its name, and its kind.
    fileprivate func target(in scopes: [AlarmScope]) -> ResourceTarget? {
        guard let resource else { return nil }
        let ids = scopes.lazy.flatMap { scope in
            (kinds ?? []).sorted().lazy.compactMap { $0.id(of: resource, in: scope) }
        }
        return ids.first.flatMap { ResourceTarget($0) } ?? ResourceTarget(resource)
    }

    /// The resource's id, as the tags of alarms have it, if it is in a scope; nil where only a list tells it.
    func id(in scope: AlarmScope) -> String? {
        guard let resource else { return nil }
        let target = ResourceTarget(resource)
        // Accounts and series have no ARN.
        if ARN(resource) != nil || resource.hasPrefix("account:") || resource.hasPrefix("metric:") {
            return target?.plainARN ?? resource
        }
        let kinds = kinds ?? target.map { [$0.kind] } ?? []
        return kinds.sorted().lazy.compactMap { $0.id(of: resource, in: scope) }.first
    }
}

extension ResourceKind {
    /// The ARN of a resource of this kind, from the id or name that an event has; nil where that is not enough.
    func id(of name: String, in scope: AlarmScope) -> String? {
        if ARN(name) != nil { return name }
        let parts = rawValue.split(separator: ":", maxSplits: 1).map { String($0) }
        let place =
            switch self {
            case .bucket: "s3:::"
            case .healthCheck: "route53:::healthcheck/"
            case .distribution: "cloudfront::\(scope.account):distribution/"
            case .restAPI, .httpAPI: "apigateway:\(scope.region)::/\(parts[1])/"
            case .queue, .topic: "\(rawValue):\(scope.region):\(scope.account):"
            case .rdsInstance, .rdsCluster, .cacheCluster, .lambdaFunction, .stateMachine:
                "\(parts[0]):\(scope.region):\(scope.account):\(parts[1]):"
            case .ec2Instance, .ebsVolume, .natGateway, .vpnConnection, .vpcEndpoint, .vpcEndpointService, .ecsCluster,
                .eksCluster, .table, .fileSystem, .certificate, .kinesisStream, .userPool:
                "\(parts[0]):\(scope.region):\(scope.account):\(parts[1])/"
            case .autoScalingGroup, .ecsService, .eksNodeGroup, .applicationLoadBalancer, .networkLoadBalancer,
                .targetGroup, .kafkaCluster, .account, .metric:
                ""
            }
        return place.isEmpty ? nil : "arn:\(AWSPartition.of(scope.region).name):\(place)\(name)"
    }
}

extension RuleSet {
    /// Leaves what makes alarms of single resources: rules of style `fleet` do where they fall back, and where they do
    /// not, the catalogue gives way to them.
    fileprivate mutating func keepResourceRules() {
        rules.removeAll { $0.match.kinds.isSubset(of: [.metric, .account]) }
        (objectives, alarms, composites, logs, windows) = ([], [], [], [], [])
    }

    /// The kinds of all resources that must be known for the alarms of one of this kind; none when it is enough by
    /// itself.
    ///
    /// Alarms made from one resource alone would replace what the whole run makes where the other resources matter:
    /// they decide whether a fleet rule falls back, which of several alarms of the same name get a hash, and which
    /// queues are for dead letters.
    fileprivate func relatedKinds(of kind: ResourceKind) -> Set<ResourceKind> {
        rules.reduce(into: []) { kinds, rule in
            guard rule.match.kinds.contains(kind), rule.dependsOnOthers(than: kind) else { return }
            kinds.formUnion(rule.match.kinds)
        }
    }
}

extension DesiredAlarms {
    fileprivate mutating func add(_ other: DesiredAlarms) {
        alarms += other.alarms
        muteRules += other.muteRules
        notices += other.notices
    }

    /// Leaves the alarms of one resource.
    fileprivate mutating func keep(resource: String?) {
        alarms.removeAll { $0.reason.resource != resource }
        muteRules = []
    }
}

extension RuleSet {
    /// The kinds for which alarms are made by series that are listed, such as one for each disk.
    fileprivate var kindsWithListedMetrics: Set<ResourceKind> {
        rules.reduce(into: []) { kinds, rule in
            guard rule.template.data.metrics.contains(where: { $0.dimensions.values.contains(.listed) }) else { return }
            kinds.formUnion(rule.match.kinds)
        }
    }
}

extension AlarmRule {
    /// Whether what it makes of a resource of this kind can depend on other resources.
    fileprivate func dependsOnOthers(than kind: ResourceKind) -> Bool {
        style != .resource || template.name != nil || match.kinds.count > 1 || !kind.hasUniqueNames
            || match.attributes["dead_letter_queue"] != nil
    }

    /// Whether it makes one alarm for resources that are chosen by their tags.
    fileprivate var needsTelemetryTags: Bool {
        guard case .fleet(let tag) = style else { return false }
        return tag != nil || !match.tags.isEmpty
    }
}
