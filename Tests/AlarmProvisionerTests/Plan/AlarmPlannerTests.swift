import Basics
import CloudWatchAlarms
import TestSupport
import Testing

@testable import AlarmProvisioner

/// The pure comparison.
@Suite(.timeLimit(.minutes(1))) struct AlarmPlannerTests {
    private typealias S = PlanSamples
    private static let (a, b) = (S.function("a"), S.function("b"))

    private func plan(
        _ desired: [DesiredAlarm], _ existing: [ExistingAlarm], resources: [WatchedResource] = [],
        incomplete: [IncompleteDiscovery] = [], options: AlarmOptions = S.options, coverage: AlarmCoverage = .all,
        ownershipFailure: String? = nil
    ) -> AlarmPlan {
        AlarmPlanner(options: options, now: S.now)
            .plan(
                desired: DesiredAlarms(alarms: desired),
                existing: [
                    ExistingAlarms(
                        scope: S.scope, alarms: existing, ownershipFailure: ownershipFailure, coverage: coverage,
                        calls: 3)
                ],
                discovered: DiscoveredResources(resources: resources, incomplete: incomplete, calls: 7))
    }

    /// An alarm of ours whose resource was missed at a time.
    private func missed(_ function: WatchedResource, since moment: Timestamp) -> ExistingAlarm {
        .ours(S.errors(function, tags: [AlarmOptions.missedTag: moment.iso8601]).alarm)
    }

    @Test func newAlarmsAreCreated() {
        let plan = plan([S.errors(Self.a)], [], resources: [Self.a])
        #expect(plan.actions == ["create tocsin-lambda-errors-a"])
        #expect(plan.steps[0].costAfter == 0.10)
        #expect(plan.readCalls == 10)
        #expect(plan.resources == 1)
    }

    @Test func equalAlarmsAreLeftAlone() {
        let plan = plan([S.errors(Self.a)], [.ours(S.errors(Self.a).alarm)], resources: [Self.a])
        #expect(plan.actions == [])
        #expect(plan.unchanged == 1)
        #expect(plan.unchangedCost == 0.10)
    }

    @Test func theOwnersTagIsAdded() throws {
        var wanted = S.errors(Self.a)
        wanted.alarm.tags = [:]
        guard case .create(let created) = try #require(plan([wanted], []).steps.first).change else {
            return #expect(Bool(false), "nothing is created")
        }
        #expect(created.alarm.tags == [AlarmOptions.ownerTag: "tocsin"])
    }

    @Test func differencesAreTold() throws {
        let old = S.errors(Self.a, tags: ["team": "old", "note": "by hand", "tocsin:origin": "gone"])
        let plan = plan(
            [S.errors(Self.a, threshold: 5, tags: ["team": "new"])], [.ours(old.alarm)], resources: [Self.a])
        #expect(plan.actions == ["update tocsin-lambda-errors-a"])
        #expect(
            plan.steps.first?.differences == [
                AlarmDifference("threshold", from: "1", to: "5"),
                AlarmDifference("tag team", from: "old", to: "new"),
                AlarmDifference("tag tocsin:origin", from: "gone", to: "none"),
            ])
    }

    @Test(
        arguments: [
            (
                ExistingAlarm.Ownership.foreign(owner: nil),
                "was made by somebody else: choose another name, or take it over"
            ),
            (.foreign(owner: "other"), "belongs to other (tag tocsin:owner): choose another name or prefix"),
            (.unknown("AccessDenied"), "whose it is cannot be read: AccessDenied"),
        ] as [(ExistingAlarm.Ownership, String)]) func namesOfOthersAreBlocked(
            _ ownership: ExistingAlarm.Ownership, _ text: String
        )
    {
        let wanted = S.errors(Self.a)
        let plan = plan([wanted], [ExistingAlarm(name: wanted.alarm.name, type: .metric, ownership: ownership)])
        #expect(plan.actions == [])
        #expect(plan.notices.first?.level == .error)
        #expect(plan.notices.first?.text.contains(text) == true)
        #expect(plan.notices.first?.text.contains("rule lambda-errors (rules.yaml:12)") == true)
    }

    @Test func manyNamesOfAnotherOwnerAreOneNotice() {
        let wanted = (1...4).map { S.errors(S.function("f\($0)")) }
        let existing = wanted.map {
            ExistingAlarm(name: $0.alarm.name, type: .metric, ownership: .foreign(owner: "other"))
        }
        #expect(
            plan(wanted, existing).notices.map(\.text) == [
                "123456789012/eu-central-1: 4 alarms not made: alarms of these names belong to other (tag tocsin:owner), "
                    + "such as tocsin-lambda-errors-f1, tocsin-lambda-errors-f2: choose another prefix"
            ])
    }

    /// Accounts are looked for only when a rule asks for them, as all kinds are, but their id is no ARN.
    @Test func accountsThatNoRuleAsksForAreNotGone() {
        let facts = DiscoveryFacts(DiscoveredResources(kinds: [.lambdaFunction]), since: nil)
        #expect(!facts.wasLookedFor("account:123456789012/eu-central-1"))
        #expect(facts.wasLookedFor("arn:aws:lambda:eu-central-1:123456789012:function:a"))
        #expect(!facts.wasLookedFor("arn:aws:sqs:eu-central-1:123456789012:q"))
    }

    @Test func nothingIsChangedWhereAlarmsAreUnknown() {
        let planner = AlarmPlanner(options: S.options, now: S.now)
        let plan = planner.plan(
            desired: DesiredAlarms(alarms: [S.errors(Self.a)]),
            existing: [ExistingAlarms(scope: S.scope, failure: "AccessDenied")], discovered: DiscoveredResources())
        #expect(plan.actions == [])
        #expect(plan.notices.map(\.text) == ["123456789012/eu-central-1: nothing is changed: AccessDenied"])
        #expect(plan.incomplete.map(\.reason) == ["AccessDenied"])
    }

    @Test func alarmsOfScopesThatWereNotReadAreBlocked() {
        let planner = AlarmPlanner(options: S.options, now: S.now)
        let plan = planner.plan(
            desired: DesiredAlarms(alarms: [S.errors(Self.a)]), existing: [], discovered: DiscoveredResources())
        #expect(plan.actions == [])
        #expect(
            plan.notices.map(\.text) == [
                "123456789012/eu-central-1: 1 alarm not made: the scope's alarms were not read"
            ])
    }

    @Test func aNameTakenTwiceIsTold() {
        let plan = plan([S.errors(Self.a), S.errors(Self.a)], [], resources: [Self.a])
        #expect(plan.actions == ["create tocsin-lambda-errors-a"])
        #expect(plan.notices.first?.text.contains("is wanted twice") == true)
    }

    @Test func whatCloudWatchRefusesIsNotPlanned() {
        var wanted = S.errors(Self.a)
        wanted.alarm.description = String(repeating: "d", count: 1_025)
        let plan = plan([wanted], [], resources: [Self.a])
        #expect(plan.actions == [])
        #expect(plan.notices.first?.text.hasSuffix("not made: the description has more than 1,024 characters") == true)
    }

    // MARK: Resources that are gone

    @Test func theFirstMissOnlyMarks() {
        let plan = plan([], [.ours(S.errors(Self.a).alarm)], resources: [Self.b])
        #expect(plan.actions == ["mark-missed tocsin-lambda-errors-a"])
        #expect(plan.refusal == nil)
    }

    @Test(arguments: [(3_599, []), (3_600, ["delete tocsin-lambda-errors-a"])] as [(Int, [String])])
    func theGracePeriodCounts(_ seconds: Int, _ actions: [String]) {
        let plan = plan([], [missed(Self.a, since: S.now - .seconds(seconds))], resources: [Self.b])
        #expect(plan.actions == actions)
        #expect(plan.unchanged == 1 - actions.count)
    }

    @Test func withoutGracePeriodAnAlarmIsStillMarkedFirst() {
        var options = S.options
        options.gracePeriod = .zero
        let first = plan([], [.ours(S.errors(Self.a).alarm)], options: options)
        #expect(first.actions == ["mark-missed tocsin-lambda-errors-a"])
        let second = plan([], [missed(Self.a, since: S.now)], options: options)
        #expect(second.actions == ["delete tocsin-lambda-errors-a"])
    }

    @Test func whatIsBackLosesTheMark() {
        let plan = plan([S.errors(Self.a)], [missed(Self.a, since: S.now)], resources: [Self.a])
        #expect(plan.actions == ["clear-missed tocsin-lambda-errors-a"])
    }

    /// An event's run makes an alarm after the whole run has looked at resources, and before it looks at alarms.
    @Test(arguments: [(-1, ["delete tocsin-lambda-errors-a"]), (0, ["delete tocsin-lambda-errors-a"]), (1, [])])
    func whatIsNewerThanTheDiscoveryStays(_ seconds: Int, _ actions: [String]) {
        let function = S.function("a")
        let alarm = S.errors(function).alarm
        let existing = ExistingAlarm(
            name: alarm.name, type: .metric, ownership: .ours(alarm), changedAt: S.now + .seconds(seconds))
        let plan = AlarmPlanner(options: S.options, now: S.now + .seconds(60), allowsAnyDeletion: true).plan(
            desired: DesiredAlarms(), existing: [ExistingAlarms(scope: S.scope, alarms: [existing])],
            discovered: DiscoveredResources(resources: [function]), since: S.now)
        #expect(plan.actions == actions)
        #expect(plan.unchanged == 1 - actions.count)
    }

    @Test func withoutARuleAnAlarmGoesAtOnce() {
        let plan = plan([], [.ours(S.errors(Self.a).alarm)], resources: [Self.a])
        #expect(plan.actions == ["delete tocsin-lambda-errors-a"])
        #expect(plan.steps.first?.because == "no rule asks for it any more")
    }

    @Test(arguments: [
        (ResourceKind.lambdaFunction as ResourceKind?, true), (nil, true), (.queue, false),
    ]) func incompleteListsDeleteNothingOfTheirKind(_ kind: ResourceKind?, _ isKept: Bool) {
        let gap = IncompleteDiscovery(kind: kind, scope: S.scope, reason: "AccessDenied")
        for existing in [ExistingAlarm.ours(S.errors(Self.a).alarm), missed(Self.a, since: S.now - .seconds(9_999))] {
            let plan = plan([], [existing], incomplete: [gap])
            #expect(plan.actions.isEmpty == isKept)
            #expect(plan.incomplete == [gap])
            let text = "1 alarm of missing resources kept: \(kind?.rawValue ?? "resources") could not be listed"
            #expect(plan.notices.contains { $0.text.contains(text) } == isKept)
        }
    }

    @Test func incompleteListsOfOtherScopesDoNotMatter() {
        let gap = IncompleteDiscovery(
            kind: .lambdaFunction, scope: AlarmScope(account: "1", region: "eu-west-1"), reason: "no")
        let plan = plan([], [.ours(S.errors(Self.a).alarm)], incomplete: [gap])
        #expect(plan.actions == ["mark-missed tocsin-lambda-errors-a"])
    }

    /// A composite, or an alarm of a whole fleet, has no resource of its own.
    @Test func alarmsOfNoResourceStayWhileAnyListIsIncomplete() {
        let existing = ExistingAlarm.ours(S.composite("c", .constant(true)).alarm)
        let gap = IncompleteDiscovery(kind: .queue, scope: S.scope, reason: "no")
        #expect(plan([], [existing], incomplete: [gap]).actions == [])
        #expect(plan([], [existing]).actions == ["delete c"])
    }

    @Test func withoutKnowledgeOfOwnersNothingIsDeleted() {
        let plan = plan([], [missed(Self.a, since: S.now - .seconds(9_999))], ownershipFailure: "AccessDenied")
        #expect(plan.actions == [])
        #expect(plan.notices.map(\.text) == ["123456789012/eu-central-1: no alarm is deleted: AccessDenied"])
    }

    @Test func anEventTouchesOnlyItsResource() {
        let existing = [ExistingAlarm.ours(S.errors(Self.a).alarm), .ours(S.errors(Self.b).alarm)]
        let plan = plan([], existing, coverage: .resource(Self.b.id))
        #expect(plan.actions == ["mark-missed tocsin-lambda-errors-b"])
    }

    /// The rules write the id of a resource into a tag, which takes neither every character nor every length.
    @Test(arguments: [
        ("arn:aws:lambda:eu-central-1:1:function:a", "arn:aws:lambda:eu-central-1:1:function:a"),
        ("metric{d=\"ü\"}", "metric_d=_ü__"),
        (String(repeating: "x", count: 300), String(repeating: "x", count: 256)),
    ]) func idsAreComparedAsTagsHaveThem(_ id: String, _ tag: String) {
        #expect(AlarmTagText.value(id) == tag)
        let resource = WatchedResource(kind: .metric, scope: S.scope, id: id, name: "m")
        let existing = ExistingAlarm.ours(S.errors(Self.a, tags: [AlarmOptions.resourceTag: tag]).alarm)
        #expect(plan([], [existing], resources: [resource]).actions == ["delete tocsin-lambda-errors-a"])
        #expect(plan([], [existing], coverage: .resource(id)).actions == ["mark-missed tocsin-lambda-errors-a"])
    }

    // MARK: What a run is for

    private static func alarm(_ name: String, resource: String? = nil) -> Alarm {
        var alarm = S.errors(S.function(name)).alarm
        alarm.name = name
        alarm.tags[AlarmOptions.resourceTag] = resource
        return alarm
    }

    private static func composite(_ name: String, over alarms: String...) -> Alarm {
        S.composite(name, .or(alarms.map { .state(.alarm, alarm: $0) })).alarm
    }

    private static func mute(_ name: String, _ alarms: String...) -> ExistingMuteRule {
        var rule = S.muteRule(name).rule
        rule.alarms = alarms
        return ExistingMuteRule(name: name, ownership: .ours(rule))
    }

    /// A place that is only there for services without regions, and what a run that provisioned it has made.
    private static let global = ExistingAlarms(
        scope: S.scope,
        alarms: [
            alarm("visits", resource: "arn:aws:cloudfront::1:distribution/A"),
            alarm("ping", resource: "arn:aws:route53:::healthcheck/1"), alarm("slo"), alarm("errors", resource: a.id),
            composite("over visits", over: "visits"), composite("mixed", over: "ping", "errors"),
            composite("over slo", over: "slo"),
        ].map { .ours($0) },
        muteRules: [mute("of visits", "visits", "over visits"), mute("of all", "visits", "errors")],
        coverage: .globalServices)

    @Test func besideTheScopesOnlyAlarmsOfGlobalServicesGo() {
        let planner = AlarmPlanner(options: S.options, now: S.now)
        let expected = ["delete over visits", "delete visits", "delete-mute-rule of visits"]
        #expect(planner.destroyPlan(existing: [Self.global]).actions == expected)
        let plan = planner.plan(
            desired: DesiredAlarms(), existing: [Self.global], discovered: DiscoveredResources(kinds: [.queue]))
        #expect(plan.actions == expected)
        // CloudWatch does not delete what stands in a composite.
        #expect(plan.notices.map(\.text).contains { $0.contains("1 alarm of missing resources kept: composite") })
    }

    @Test func besideTheScopesNoNameOfOthersIsDropped() throws {
        var visits = S.errors(Self.a)
        visits.alarm.name = "visits"
        var wanted = S.muteRule("of all")
        wanted.rule.alarms = ["visits"]
        let plan = AlarmPlanner(options: S.options, now: S.now)
            .plan(
                desired: DesiredAlarms(
                    alarms: [S.composite("mixed", .state(.alarm, alarm: "ping"))], muteRules: [wanted]),
                existing: [Self.global], discovered: DiscoveredResources(kinds: [.queue]))
        #expect(!plan.actions.contains("update mixed"))
        #expect(!plan.actions.contains("update-mute-rule of all"))
    }

    @Test(arguments: [AlarmCoverage.globalServices, .resource(b.id), .all])
    func alarmsOfOtherResourcesKeepTheirSettings(_ coverage: AlarmCoverage) {
        let old = S.errors(Self.a, threshold: 7)
        var wanted = S.errors(Self.b)
        wanted.alarm.name = old.alarm.name
        let plan = plan([wanted], [.ours(old.alarm)], resources: [Self.a, Self.b], coverage: coverage)
        #expect(plan.actions == (coverage == .all ? ["update \(old.alarm.name)"] : []))
        let text = "not made: the alarm of this name is of \(Self.a.id), which this run does not look at"
        #expect(plan.notices.contains { $0.text.hasSuffix(text) } == (coverage != .all))
    }

    @Test(arguments: [(true, []), (false, ["mark-missed c", "mark-missed tocsin-lambda-errors-a"])])
    func anEventLeavesTheCompositesOfItsResource(_ exists: Bool, _ actions: [String]) {
        var composite = Self.composite("c", over: "tocsin-lambda-errors-a")
        composite.tags[AlarmOptions.resourceTag] = Self.a.id
        let plan = plan(
            exists ? [S.errors(Self.a)] : [], [.ours(S.errors(Self.a).alarm), .ours(composite)],
            resources: exists ? [Self.a] : [], coverage: .resource(Self.a.id))
        #expect(plan.actions == actions)
    }

    // MARK: What is not known

    private static let queue = "arn:aws:sqs:eu-central-1:123456789012:q"
    private static let gap = IncompleteDiscovery(kind: .queue, scope: S.scope, reason: "no")
    private static let doubt = "sqs could not be listed: no"

    @Test func compositesKeepAlarmsThatMayStillBeWanted() {
        let composite = Self.composite("c", over: "backlog", "old", "tocsin-lambda-errors-a")
        let existing = [Self.alarm("backlog", resource: Self.queue), Self.alarm("old", resource: Self.a.id), composite]
        let wanted = [S.errors(Self.a), S.composite("c", .state(.alarm, alarm: "tocsin-lambda-errors-a"))]
        let plan = plan(wanted, existing.map { .ours($0) }, resources: [Self.a], incomplete: [Self.gap])
        #expect(plan.actions == ["create tocsin-lambda-errors-a"])
        #expect(plan.notices.contains { $0.text.hasSuffix("composite alarm c is left as it is: \(Self.doubt)") })
        let known = self.plan(wanted, existing.map { .ours($0) }, resources: [Self.a])
        #expect(
            known.actions == ["create tocsin-lambda-errors-a", "update c", "delete old", "mark-missed backlog"])
    }

    private func muted(
        _ desired: [DesiredMuteRule], _ rule: ExistingMuteRule, _ alarms: [Alarm], incomplete: [IncompleteDiscovery]
    ) -> AlarmPlan {
        AlarmPlanner(options: S.options, now: S.now)
            .plan(
                desired: DesiredAlarms(alarms: [S.errors(Self.a)], muteRules: desired),
                existing: [
                    ExistingAlarms(
                        scope: S.scope, alarms: (alarms + [S.errors(Self.a).alarm]).map { .ours($0) }, muteRules: [rule]
                    )
                ],
                discovered: DiscoveredResources(resources: [Self.a], incomplete: incomplete))
    }

    @Test(arguments: [[gap], []])
    func muteRulesKeepAlarmsThatMayStillBeWanted(_ incomplete: [IncompleteDiscovery]) throws {
        var wanted = S.muteRule("m")
        wanted.rule.alarms = ["tocsin-lambda-errors-a"]
        let alarms = [Self.alarm("backlog", resource: Self.queue), Self.alarm("old", resource: Self.a.id)]
        let plan = muted(
            [wanted], Self.mute("m", "backlog", "old", "tocsin-lambda-errors-a"), alarms, incomplete: incomplete)
        // Without a gap the queue is missed for the first time, which may be a mistake.
        let mark = incomplete.isEmpty ? ["mark-missed backlog"] : []
        #expect(plan.actions == ["delete old"] + mark + ["update-mute-rule m"])
        guard case .updateMuteRule(let rule, _, _) = try #require(plan.steps.last).change else { return }
        #expect(rule.rule.alarms == ["backlog", "tocsin-lambda-errors-a"])
        let text = "mute rule m keeps 1 alarm: \(Self.doubt)"
        #expect(plan.notices.contains { $0.text.hasSuffix(text) } == !incomplete.isEmpty)
    }

    @Test(
        arguments: [
            (["backlog"], [gap], true), (["backlog", "tocsin-lambda-errors-a"], [gap], true), (["backlog"], [], true),
            (["backlog", "tocsin-lambda-errors-a"], [], false), (["tocsin-lambda-errors-a"], [gap], false),
            (["gone"], [], false),
        ] as [([String], [IncompleteDiscovery], Bool)])
    func muteRulesStayWhileTheirAlarmsMay(_ names: [String], _ incomplete: [IncompleteDiscovery], _ isKept: Bool) {
        var rule = S.muteRule("m").rule
        rule.alarms = names
        let plan = muted(
            [], ExistingMuteRule(name: "m", ownership: .ours(rule)), [Self.alarm("backlog", resource: Self.queue)],
            incomplete: incomplete)
        #expect(plan.actions.contains("delete-mute-rule m") == !isKept)
    }

    @Test func aMuteRuleHasRoomForWhatIsWantedFirst() throws {
        var wanted = S.muteRule("m")
        wanted.rule.alarms = (1...100).map { "f\($0)" }
        let plan = muted(
            [wanted], Self.mute("m", "backlog"), [Self.alarm("backlog", resource: Self.queue)], incomplete: [Self.gap])
        guard case .updateMuteRule(let rule, _, _) = try #require(plan.steps.last).change else {
            Issue.record("the mute rule is not updated")
            return
        }
        #expect(Set(rule.rule.alarms) == Set(wanted.rule.alarms))
    }

    // MARK: The share

    private func share(_ gone: Int, of all: Int, percent: Double = 25, allows: Bool = false) -> String? {
        var options = S.options
        options.maximumDeletedPercent = percent
        let functions = (0..<all).map { S.function("f\($0)") }
        let existing = functions.enumerated().map { index, function in
            index < gone ? missed(function, since: S.now - .seconds(9_999)) : .ours(S.errors(function).alarm)
        }
        return AlarmPlanner(options: options, now: S.now, allowsAnyDeletion: allows)
            .plan(
                desired: DesiredAlarms(alarms: functions.dropFirst(gone).map { S.errors($0) }),
                existing: [ExistingAlarms(scope: S.scope, alarms: existing)],
                discovered: DiscoveredResources(resources: Array(functions.dropFirst(gone)))
            ).refusal
    }

    @Test(arguments: [
        (25, 100, 25.0, false), (26, 100, 25, true), (26, 100, 26, false), (5, 6, 25, false), (6, 10, 25, true),
        (1, 1, 25, true), (3, 3, 25, true), (3, 3, 100, false), (40, 40, 100, false),
    ]) func largeSharesAreRefused(_ gone: Int, _ all: Int, _ percent: Double, _ isRefused: Bool) {
        #expect((share(gone, of: all, percent: percent) != nil) == isRefused)
    }

    @Test func theRefusalHasNumbersAndAWayOut() {
        #expect(
            share(26, of: 100)
                == "123456789012/eu-central-1: the plan would delete 26 of our 100 alarms (26 %), and 25 % is the "
                + "limit: if that is meant, raise it with --max-deleted-percent or ALARM_MAX_DELETED_PERCENT")
        #expect(share(26, of: 100, allows: true) == nil)
    }

    @Test func everythingCanBeDestroyed() {
        let alarms = [
            ExistingAlarm.ours(S.errors(Self.a).alarm), .ours(S.composite("c", .state(.alarm, alarm: "x")).alarm),
        ]
        let rule = ExistingMuteRule(name: "m", ownership: .ours(S.muteRule("m").rule))
        let foreign = ExistingAlarm(name: "f", type: .metric, ownership: .foreign(owner: nil))
        let plan = AlarmPlanner(options: S.options, now: S.now)
            .destroyPlan(existing: [ExistingAlarms(scope: S.scope, alarms: alarms + [foreign], muteRules: [rule])])
        #expect(plan.actions == ["delete c", "delete tocsin-lambda-errors-a", "delete-mute-rule m"])
        #expect(plan.refusal == nil)
        #expect(plan.summary.costBefore == 0.60)
        #expect(plan.summary.costAfter == 0)
    }

    // MARK: Order

    @Test func compositesComeAfterTheirChildrenAndGoBefore() {
        let (top, middle) = (
            S.composite("a-top", .state(.alarm, alarm: "z-middle")),
            S.composite("z-middle", .state(.alarm, alarm: "tocsin-lambda-errors-a"))
        )
        let created = plan([top, middle, S.errors(Self.a)], [], resources: [Self.a])
        #expect(created.actions == ["create tocsin-lambda-errors-a", "create z-middle", "create a-top"])
        let deleted = plan(
            [], [top, middle, S.errors(Self.a)].map { .ours($0.alarm) }, resources: [Self.a])
        #expect(deleted.actions == ["delete a-top", "delete z-middle", "delete tocsin-lambda-errors-a"])
    }

    /// A composite must let an alarm go before that can be deleted.
    @Test func compositesChangeBeforeTheirChildrenGo() {
        let (old, new) = (
            S.composite("c", .state(.alarm, alarm: "tocsin-lambda-errors-a")),
            S.composite("c", .state(.alarm, alarm: "tocsin-lambda-errors-b"))
        )
        let plan = plan(
            [new, S.errors(Self.b)], [.ours(old.alarm), .ours(S.errors(Self.a).alarm)], resources: [Self.a, Self.b])
        #expect(
            plan.actions == ["create tocsin-lambda-errors-b", "update c", "delete tocsin-lambda-errors-a"])
    }

    @Test func circlesOfCompositesEnd() {
        let (a, b) = (S.composite("a", .state(.alarm, alarm: "b")), S.composite("b", .state(.alarm, alarm: "a")))
        #expect(plan([a, b], []).steps.count == 2)
    }

    @Test func anotherTypeIsDeletedAndMadeAgain() {
        let old = ExistingAlarm.ours(
            Alarm(name: "c", condition: S.errors(Self.a).alarm.condition, tags: [AlarmOptions.ownerTag: "tocsin"]))
        let plan = plan([S.composite("c", .state(.alarm, alarm: "tocsin-lambda-errors-a")), S.errors(Self.a)], [old])
        #expect(plan.actions == ["create tocsin-lambda-errors-a", "delete c", "create c"])
        #expect(plan.steps[1].because == "its type changes from MetricAlarm to CompositeAlarm")
        #expect(plan.refusal == nil)
    }

    // MARK: Mute rules

    private func mute(_ desired: [DesiredMuteRule], _ existing: [ExistingMuteRule], failure: String? = nil) -> AlarmPlan
    {
        AlarmPlanner(options: S.options, now: S.now)
            .plan(
                desired: DesiredAlarms(muteRules: desired),
                existing: [ExistingAlarms(scope: S.scope, muteRules: existing, muteRuleFailure: failure)],
                discovered: DiscoveredResources())
    }

    /// A window can become several mute rules, or get another name, while it is open.
    @Test func muteRulesAreComparedToo() {
        let existing = ["same", "other", "old"].map {
            ExistingMuteRule(name: $0, ownership: .ours(S.muteRule($0).rule))
        }
        let plan = mute([S.muteRule("same"), S.muteRule("other", hour: 3), S.muteRule("new")], existing)
        #expect(plan.actions == ["create-mute-rule new", "update-mute-rule other", "delete-mute-rule old"])
        #expect(plan.unchanged == 1)
        #expect(
            plan.steps[1].differences == [
                AlarmDifference("schedule", from: "cron(0 2 * * SUN)", to: "cron(0 3 * * SUN)")
            ])
    }

    @Test func unknownMuteRulesAreNotTouched() {
        let plan = mute([S.muteRule("a")], [], failure: "AccessDenied")
        #expect(plan.actions == [])
        #expect(plan.notices.map(\.level) == [.error])
    }

    @Test func muteRulesOfOthersAreBlocked() {
        let plan = mute([S.muteRule("a")], [ExistingMuteRule(name: "a", ownership: .foreign(owner: nil))])
        #expect(plan.actions == [])
        #expect(plan.notices.first?.text.contains("mute rule a (rules.yaml:30) not made") == true)
    }

    // MARK: Kinds

    @Test(
        arguments: [
            ("arn:aws:ec2:r:1:instance/i-1", .ec2Instance), ("arn:aws:sqs:r:1:orders", .queue),
            ("arn:aws:lambda:r:1:function:f", .lambdaFunction), ("arn:aws:s3:::bucket", .bucket),
            ("arn:aws:elasticloadbalancing:r:1:loadbalancer/app/web/1", .applicationLoadBalancer),
            ("arn:aws:elasticloadbalancing:r:1:loadbalancer/net/web/1", .networkLoadBalancer),
            ("arn:aws:elasticloadbalancing:r:1:targetgroup/web/1", .targetGroup),
            ("arn:aws:apigateway:r::/restapis/abc", .restAPI), ("arn:aws:route53:::healthcheck/1", .healthCheck),
            ("arn:aws:autoscaling:r:1:autoScalingGroup:uuid:autoScalingGroupName/web", .autoScalingGroup),
            ("arn:aws:unheard:r:1:thing/1", nil), ("metric:AWS/EC2", nil),
        ] as [(String, ResourceKind?)]) func kindsAreReadFromARNs(_ id: String, _ kind: ResourceKind?)
    {
        #expect(ResourceKind(ofResource: id) == kind)
    }
}
