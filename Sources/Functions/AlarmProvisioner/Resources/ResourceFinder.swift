public import AWS
import AWSResources
public import Basics

/// Finds the resources that alarms are made for, in accounts and regions.
///
/// Each service's own list tells what exists, so that resources without tags are found, too. Where it has no tags, one
/// listing of the Resource Groups Tagging API has those of all kinds. A call that fails costs its kind in its scope and
/// nothing else: that is reported as ``IncompleteDiscovery``, and must keep alarms from being deleted.
public struct ResourceFinder: Sendable {
    /// Bounds of one discovery.
    public struct Limits: Sendable, Hashable {
        /// Calls in all scopes together, repeated attempts included.
        public var maximumCalls: Int
        /// Pages of one list; most have 100 items.
        public var maximumPages: Int
        /// Items of one page, where the service allows as many: smaller pages need less memory and more calls.
        public var itemsOnPage: Int
        /// Calls at one time, in all scopes together.
        public var parallelCalls: Int

        /// Bounds that some 10,000 resources stay within.
        public init(
            maximumCalls: Int = 20_000, maximumPages: Int = 500, itemsOnPage: Int = 1_000, parallelCalls: Int = 12
        ) {
            self.maximumCalls = maximumCalls
            self.maximumPages = maximumPages
            self.itemsOnPage = itemsOnPage
            self.parallelCalls = parallelCalls
        }
    }

    /// Gives the settings and credentials for a scope, perhaps by assuming a role; the region is set by the finder.
    public typealias Configurations = @Sendable (AlarmScope) async throws -> AWSConfiguration

    let limits: Limits
    let configuration: Configurations

    /// A finder.
    public init(limits: Limits = Limits(), configuration: @escaping Configurations) {
        self.limits = limits
        self.configuration = configuration
    }

    /// Finds all resources of some kinds.
    ///
    /// Kinds of services without regions are looked for once an account, and belong to `us-east-1` (or the first region
    /// of the partition) even if that is not among the scopes.
    /// - Parameters:
    ///   - facts: what thresholds need: other facts are left out where they cost calls of their own.
    ///   - deadline: no call begins after it.
    ///   - progress: gets a line for people after each kind and scope.
    public func find(
        _ kinds: Set<ResourceKind>, facts: Set<Fact> = Set(Fact.allCases), in scopes: [AlarmScope],
        deadline: Timestamp? = nil, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async -> DiscoveredResources {
        let budget = CallBudget(maximumCalls: limits.maximumCalls, parallelCalls: limits.parallelCalls)
        let wanted = Wanted(facts: facts, target: nil, deadline: deadline, progress: progress)
        return await find(Self.plan(kinds, scopes), wanted, budget)
    }

    /// Looks only for the resource that an event names, by an ARN or an id that tells its kind.
    ///
    /// Without a resource and without an incomplete list, it does not exist any more.
    public func find(
        resource: ResourceTarget, facts: Set<Fact> = Set(Fact.allCases), in scopes: [AlarmScope],
        deadline: Timestamp? = nil
    ) async -> DiscoveredResources {
        let budget = CallBudget(maximumCalls: limits.maximumCalls, parallelCalls: limits.parallelCalls)
        let wanted = Wanted(facts: facts, target: resource, deadline: deadline, progress: { _ in })
        let plan = Self.plan([resource.kind], scopes).filter { resource.belongs(to: $0.scope) }
        return await find(plan, wanted, budget)
    }

    /// The IAM actions that finding these kinds needs, in order; for policies and for documentation.
    public static func actions(
        for kinds: Set<ResourceKind>, facts: Set<Fact> = Set(Fact.allCases)
    ) -> [String] {
        var actions: Set<String> = kinds.contains(.metric) ? [MetricSeriesFinder.action] : []
        for finder in kinds.compactMap({ KindFinder.byKind[$0] }) {
            actions.formUnion(finder.actions)
            actions.formUnion(finder.factActions.filter { facts.contains($0.key) }.values)
            if finder.tagType != nil { actions.insert("tag:GetResources") }
        }
        return actions.sorted()
    }

    /// What is looked for in every scope.
    struct Wanted: Sendable {
        let facts: Set<Fact>
        let target: ResourceTarget?
        let deadline: Timestamp?
        let progress: @Sendable (String) -> Void
    }

    /// A scope and what is found there.
    struct ScopePlan: Sendable {
        let scope: AlarmScope
        var finders: [KindFinder] = []
    }

    /// Which kinds are looked for where.
    static func plan(_ kinds: Set<ResourceKind>, _ scopes: [AlarmScope]) -> [ScopePlan] {
        var plans: [AlarmScope: ScopePlan] = [:]
        for finder in kinds.sorted().compactMap({ KindFinder.byKind[$0] }) {
            for scope in Set(scopes.map { finder.isGlobal ? $0.global : $0 }) {
                plans[scope, default: ScopePlan(scope: scope)].finders.append(finder)
            }
        }
        return plans.values.sorted { $0.scope < $1.scope }
    }

    func find(_ plans: [ScopePlan], _ wanted: Wanted, _ budget: CallBudget) async -> DiscoveredResources {
        var all = DiscoveredResources()
        await withTaskGroup(of: DiscoveredResources.self) { group in
            for plan in plans { group.addTask { await find(plan, wanted, budget) } }
            for await found in group {
                all.resources += found.resources
                all.incomplete += found.incomplete
            }
        }
        all.resources = Self.unique(all.resources)
        all.incomplete.sort { ($0.scope, $0.kind?.rawValue ?? "") < ($1.scope, $1.kind?.rawValue ?? "") }
        all.calls = budget.made
        return all
    }

    /// In the order of scope, kind and id, each once: a list can name a resource on two pages when it changes
    /// meanwhile.
    private static func unique(_ resources: [WatchedResource]) -> [WatchedResource] {
        let sorted = resources.sorted { ($0.scope, $0.kind, $0.id) < ($1.scope, $1.kind, $1.id) }
        var unique: [WatchedResource] = []
        unique.reserveCapacity(sorted.count)
        for resource in sorted {
            if let last = unique.last, last.id == resource.id, last.kind == resource.kind, last.scope == resource.scope
            {
                continue
            }
            unique.append(resource)
        }
        return unique
    }
}

extension ResourceFinder {
    /// All kinds of one scope, and their tags.
    private func find(_ plan: ScopePlan, _ wanted: Wanted, _ budget: CallBudget) async -> DiscoveredResources {
        let scope = plan.scope
        let calls: ScopeCalls
        do {
            calls = ScopeCalls(
                scope, configuration: try await configuration(scope), budget: budget,
                limits: limits, deadline: wanted.deadline)
        } catch {
            let reason = "account \(scope.account) cannot be used in \(scope.region): \(error)"
            return DiscoveredResources(incomplete: [IncompleteDiscovery(kind: nil, scope: scope, reason: reason)])
        }
        let types = Set(plan.finders.compactMap(\.tagType))
        async let tags = TagListing.fetch(types: Array(types), arn: wanted.target?.plainARN, with: calls)
        let lists = await list(plan, wanted, calls)
        return Self.result(lists, tags: await tags, in: scope)
    }

    /// What the finder of one kind found.
    private struct KindList: Sendable {
        let finder: KindFinder
        let resources: [WatchedResource]
        let failures: [DiscoveryFailure]
    }

    private func list(_ plan: ScopePlan, _ wanted: Wanted, _ calls: ScopeCalls) async -> [KindList] {
        await withTaskGroup(of: KindList.self) { group in
            for finder in plan.finders {
                group.addTask {
                    let listing = ResourceListing(
                        finder.kind, calls, target: wanted.target, facts: wanted.facts)
                    var resources = await finder.find(listing)
                    if let target = wanted.target { resources.removeAll { !target.matches($0) } }
                    wanted.progress("\(plan.scope): \(resources.count) \(finder.kind.rawValue)")
                    return KindList(finder: finder, resources: resources, failures: listing.failures)
                }
            }
            var lists: [KindList] = []
            for await list in group { lists.append(list) }
            return lists
        }
    }

    /// Adds the tags, and says what is not whole.
    private static func result(_ lists: [KindList], tags: TagListing, in scope: AlarmScope) -> DiscoveredResources {
        var result = DiscoveredResources()
        for list in lists {
            var failures = list.failures
            if list.finder.tagType == nil {
                result.resources += list.resources
            } else if let failure = tags.failure {
                // With unknown tags a resource could get alarms that its tags forbid, and others than before.
                failures.append(
                    DiscoveryFailure("the tags are unknown: \(failure.reason)", concernsScope: failure.concernsScope))
            } else {
                result.resources += list.resources.map { $0.adding(tags: tags[list.finder.taggedARN($0)]) }
            }
            result.incomplete += failures.map { failure in
                IncompleteDiscovery(
                    kind: failure.concernsScope ? nil : list.finder.kind, scope: scope, reason: failure.reason)
            }
        }
        var seen: Set<ResourceKind?> = []
        // Of a scope that cannot be used one reason is enough.
        result.incomplete.removeAll { $0.kind == nil && !seen.insert(nil).inserted }
        return result
    }
}

extension AlarmScope {
    /// Where the metrics of the account's services without regions are.
    var global: AlarmScope { AlarmScope(account: account, region: KindFinder.globalRegion(beside: region)) }
}
