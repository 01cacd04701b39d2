import AWS
import Basics
import CloudWatchAlarms
import JSON
import TestSupport
import Testing

@testable import AlarmProvisioner

/// Reading what exists: pages, ownership, and everything that may be unknown.
@Suite(.timeLimit(.minutes(1))) struct AlarmReaderTests {
    private typealias S = PlanSamples

    private func stand(_ cloud: ScriptedCloudWatch) throws -> PlanStand {
        try PlanStand(cloud.url, region: "eu-central-1")
    }

    private func errors(_ count: Int) -> [DesiredAlarm] { (0..<count).map { S.errors(S.function("f\($0)")) } }

    private func describe(_ alarm: ExistingAlarm) -> String {
        switch alarm.ownership {
        case .asDesired: "\(alarm.name) as desired"
        case .ours: "\(alarm.name) ours"
        case .oursUnreadable(_, let reason): "\(alarm.name) unreadable: \(reason)"
        case .foreign(let owner): "\(alarm.name) of \(owner ?? "nobody")"
        case .unknown: "\(alarm.name) unknown"
        }
    }

    @Test func everyPageIsRead() async throws {
        let cloud = try ScriptedCloudWatch()
        cloud.state.withLock { $0.pageSize = 2 }
        let stand = try stand(cloud)
        let desired = errors(7)
        try await stand.provision(desired)
        stand.http.decide()
        let existing = try await stand.read(DesiredAlarms(alarms: desired))
        #expect(existing.alarms.map(describe).sorted() == desired.map { "\($0.alarm.name) as desired" }.sorted())
        #expect(stand.http.operations.count { $0 == "DescribeAlarms" } == 4)
        #expect(existing.calls == stand.http.operations.count)
        #expect(stand.http.operations.contains("ListTagsForResource") == false)
    }

    /// Of a desired alarm, and of one that is asked for its tags before it is deleted.
    @Test func theTimeOfTheLastChangeIsRead() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        let desired = errors(2)
        try await stand.provision(desired)
        cloud.state.withLock { state in
            for name in state.alarms.keys {
                state.alarms[name]?["AlarmConfigurationUpdatedTimestamp"] = 1_800_000_000.5
            }
        }
        let existing = try await stand.read(DesiredAlarms(alarms: [desired[0]]))
        let moment = Timestamp(secondsSinceEpoch: 1_800_000_000) + .milliseconds(500)
        #expect(existing.alarms.map(\.changedAt) == [moment, moment])
    }

    @Test func allTypesAreRead() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        let desired = errors(1) + [S.log("log"), S.composite("composite", .state(.alarm, alarm: "log"))]
        let outcome = try await stand.provision(desired)
        #expect(outcome.isComplete)
        let existing = try await stand.read(DesiredAlarms(alarms: desired))
        #expect(
            existing.alarms.map(describe).sorted() == [
                "composite as desired", "log as desired", "tocsin-lambda-errors-f0 as desired",
            ])
    }

    /// It is read in every run, mostly in vain.
    @Test func aPlaceOfGlobalServicesIsReadInFewCalls() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        let foreign = Alarm(name: "foreign", condition: errors(1)[0].alarm.condition)
        _ = try await stand.client().call("PutMetricAlarm", foreign.request().input)
        stand.http.decide()
        #expect(try await stand.read(DesiredAlarms(), coverage: .globalServices).alarms.isEmpty)
        #expect(stand.http.operations == ["GetResources", "ListAlarmMuteRules"])
        try await stand.provision(errors(2))
        stand.http.decide()
        let found = try await stand.read(DesiredAlarms(), coverage: .globalServices)
        #expect(found.alarms.map(\.name).sorted() == errors(2).map(\.alarm.name).sorted())
        #expect(stand.http.operations.count { $0 == "DescribeAlarms" } == 1)
    }

    @Test(arguments: [(AlarmCoverage.globalServices, false), (.all, true)])
    func whatIsNotAskedOneByOneStaysUnknown(_ coverage: AlarmCoverage, _ isKnown: Bool) async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        try await stand.provision(errors(1))
        stand.http.decide { operation, _ in operation == "GetResources" ? .refused("AccessDeniedException") : .passes }
        let found = try await stand.read(DesiredAlarms(), coverage: coverage)
        #expect((found.ownershipFailure == nil) == isKnown)
    }

    @Test func whoseAlarmsAreIsReadFromTags() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        var (others, nobodys, foreign) = (errors(3)[0], errors(3)[1], S.errors(S.function("foreign")))
        others.alarm.tags[AlarmOptions.ownerTag] = "other"
        nobodys.alarm.tags = [:]
        foreign.alarm.tags = [:]
        for alarm in [others, nobodys, foreign].map(\.alarm) {
            _ = try await stand.client().call("PutMetricAlarm", alarm.request().input)
        }
        try await stand.provision([errors(3)[2]])
        let existing = try await stand.read(DesiredAlarms(alarms: errors(3)))
        #expect(
            existing.alarms.map(describe).sorted() == [
                "tocsin-lambda-errors-f0 of other", "tocsin-lambda-errors-f1 of nobody",
                "tocsin-lambda-errors-f2 as desired",
            ])
    }

    /// The tagging API lists new alarms minutes later.
    @Test func aLaggingTaggingAPIIsMadeUpFor() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        let desired = errors(20)
        try await stand.provision(desired)
        cloud.state.withLock { $0.taggingLags = true }
        let plan = try await stand.plan(DesiredAlarms(alarms: desired))
        #expect(plan.actions == [])
        #expect(plan.unchanged == 20)
    }

    /// It also lists for minutes what was taken from us.
    @Test func beforeDeletionTheTagsAreReadAgain() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        let function = S.function("f0")
        try await stand.provision(errors(1))
        stand.http.decide { operation, _ in
            // Between the two calls somebody takes the alarm over.
            if operation == "DescribeAlarms" {
                cloud.state.withLock { state in
                    for arn in state.tags.keys { state.tags[arn]?[AlarmOptions.ownerTag] = "other" }
                }
            }
            return .passes
        }
        let plan = try await stand.plan(DesiredAlarms(), resources: [function])
        #expect(plan.actions == [])
    }

    @Test func aDeniedTaggingAPIIsMadeUpForBySingleCalls() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        try await stand.provision(errors(3))
        stand.http.decide { operation, _ in operation == "GetResources" ? .refused("AccessDeniedException") : .passes }
        let plan = try await stand.plan(DesiredAlarms(alarms: errors(2)), resources: [S.function("f2")])
        #expect(plan.actions == ["delete tocsin-lambda-errors-f2"])
        #expect(plan.notices == [])
    }

    @Test func aFailedListChangesNothing() async throws {
        let cloud = try ScriptedCloudWatch()
        cloud.state.withLock { $0.pageSize = 1 }
        let stand = try stand(cloud)
        try await stand.provision(errors(2))
        stand.http.decide { operation, number in
            operation == "DescribeAlarms" && number > 0 ? .refused("AccessDenied") : .passes
        }
        let plan = try await stand.plan(DesiredAlarms(alarms: errors(3)))
        #expect(plan.actions == [])
        #expect(plan.notices.count == 1)
        #expect(plan.notices.first?.text.contains("nothing is changed: its alarms cannot be listed") == true)
    }

    @Test func unreadableTagsBlockOnlyTheirAlarm() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        var foreign = errors(1)[0]
        foreign.alarm.tags = [:]
        _ = try await stand.client().call("PutMetricAlarm", foreign.alarm.request().input)
        stand.http.decide { operation, _ in operation == "ListTagsForResource" ? .refused("AccessDenied") : .passes }
        let plan = try await stand.plan(DesiredAlarms(alarms: errors(2)))
        #expect(plan.actions == ["create tocsin-lambda-errors-f1"])
        #expect(plan.notices.first?.text.contains("whose it is cannot be read") == true)
    }

    @Test func anOldServiceWithoutLogAlarmsIsRead() async throws {
        let cloud = try ScriptedCloudWatch()
        cloud.state.withLock { $0.isOld = true }
        let stand = try stand(cloud)
        try await stand.provision(errors(1))
        #expect(try await stand.plan(DesiredAlarms(alarms: errors(1))).unchanged == 1)
    }

    @Test func oneResourceIsReadInFewCalls() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        try await stand.provision(errors(50))
        stand.http.decide()
        let gone = try await stand.plan(DesiredAlarms(), coverage: .resource(S.function("f7").id))
        #expect(gone.actions == ["mark-missed tocsin-lambda-errors-f7"])
        #expect(stand.http.operations.sorted() == ["DescribeAlarms", "GetResources", "ListTagsForResource"])
        let new = S.function("new")
        let made = try await stand.plan(
            DesiredAlarms(alarms: [S.errors(new)]), resources: [new], coverage: .resource(new.id))
        #expect(made.actions == ["create tocsin-lambda-errors-new"])
    }

    /// What this version does not know is neither absent nor equal.
    @Test func unknownFormsOfOursAreMadeRight() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        try await stand.provision(errors(1))
        cloud.state.withLock { $0.alarms["tocsin-lambda-errors-f0"]?["ComparisonOperator"] = "NearThreshold" }
        let plan = try await stand.plan(DesiredAlarms(alarms: errors(1)))
        #expect(plan.actions == ["update tocsin-lambda-errors-f0"])
        #expect(plan.steps.first?.differences.first?.from.contains("NearThreshold is not known") == true)
        #expect(try await stand.apply(plan).isComplete)
        #expect(try await stand.plan(DesiredAlarms(alarms: errors(1))).unchanged == 1)
    }

    // MARK: Mute rules

    @Test func muteRulesAreMadeChangedAndRemoved() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        let first = DesiredAlarms(muteRules: [S.muteRule("a"), S.muteRule("b")])
        #expect(try await stand.apply(stand.plan(first)).isComplete)
        #expect(try await stand.plan(first).unchanged == 2)
        let second = DesiredAlarms(muteRules: [S.muteRule("a", hour: 4)])
        let plan = try await stand.plan(second)
        #expect(plan.actions == ["update-mute-rule a", "delete-mute-rule b"])
        #expect(try await stand.apply(plan).isComplete)
        #expect(try await stand.plan(second).actions == [])
        #expect(cloud.state.withLock { $0.muteRules.keys.sorted() } == ["a"])
    }

    @Test func foreignMuteRulesStay() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        var foreign = S.muteRule("a").rule
        foreign.tags = [:]
        _ = try await stand.client().call("PutAlarmMuteRule", foreign.request().input)
        let plan = try await stand.plan(DesiredAlarms(muteRules: [S.muteRule("a", hour: 5)]))
        #expect(plan.actions == [])
        #expect(plan.notices.map(\.level) == [.error])
    }

    @Test(
        arguments: [
            ("UnknownOperationException", [DesiredMuteRule](), []), ("AccessDenied", [], [.warning]),
            ("AccessDenied", [S.muteRule("a")], [.error]), ("UnknownOperationException", [S.muteRule("a")], [.error]),
        ] as [(String, [DesiredMuteRule], [RuleNotice.Level])]) func muteRulesThatCannotBeListed(
            _ code: String, _ desired: [DesiredMuteRule], _ levels: [RuleNotice.Level]
        ) async throws
    {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        stand.http.decide { operation, _ in operation == "ListAlarmMuteRules" ? .refused(code) : .passes }
        let plan = try await stand.plan(DesiredAlarms(muteRules: desired))
        #expect(plan.actions == [])
        #expect(plan.notices.map(\.level) == levels)
    }

    // MARK: Import

    @Test func adoptionMakesAlarmsOurs() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        var (nobodys, others) = (errors(3)[0], errors(3)[1])
        nobodys.alarm.tags = ["team": "shop"]
        others.alarm.tags = [AlarmOptions.ownerTag: "other"]
        for alarm in [nobodys.alarm, others.alarm] {
            _ = try await stand.client().call("PutMetricAlarm", alarm.request().input)
        }
        try await stand.provision([errors(3)[2]])
        let names = errors(3).map(\.alarm.name) + ["none"]
        let results = try await AlarmAdoption(scope: stand.scope, options: stand.options, aws: stand.aws).adopt(names)
        #expect(results.map(\.name) == names)
        #expect(results.map(\.wasOurs) == [false, false, true, false])
        #expect(
            results.map(\.failure) == [
                nil, "it belongs to other: remove its tag tocsin:owner first, if it is not needed there", nil,
                "there is no alarm of this name in 123456789012/eu-central-1",
            ])
        let plan = try await stand.plan(DesiredAlarms(alarms: [errors(1)[0]]), resources: [S.function("f2")])
        #expect(plan.actions == ["update tocsin-lambda-errors-f0", "delete tocsin-lambda-errors-f2"])
        #expect(plan.steps.first?.differences.allSatisfy { $0.isTag } == true)
    }

    @Test func adoptionWithoutPermissionIsTold() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try stand(cloud)
        var foreign = errors(1)[0]
        foreign.alarm.tags = [:]
        _ = try await stand.client().call("PutMetricAlarm", foreign.alarm.request().input)
        stand.http.decide { operation, _ in operation == "TagResource" ? .refused("AccessDenied") : .passes }
        let results = try await AlarmAdoption(scope: stand.scope, options: stand.options, aws: stand.aws)
            .adopt([foreign.alarm.name])
        #expect(results.first?.failure?.hasSuffix(": allow cloudwatch:TagResource") == true)
    }
}
