import AWS
import Basics
import CloudWatchAlarms
import JSON
import TestSupport
import Testing

@testable import AlarmProvisioner

/// Whole runs against moto, which keeps metric alarms and their tags.
///
/// Every test has a region of its own.
@Suite(.timeLimit(.minutes(2)), .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
struct AlarmApplierTests {
    private typealias S = PlanSamples
    private static let moto = Result { try MotoServer() }

    private func stand(_ region: String) throws -> PlanStand { try PlanStand(Self.moto.get().url, region: region) }

    private func functions(_ count: Int, _ stand: PlanStand) -> [WatchedResource] {
        (0..<count).map { S.function("f\($0)", in: stand.scope) }
    }

    private func names(_ stand: PlanStand) async throws -> [String] {
        let output = try await stand.client().call("DescribeAlarms")
        return (output["MetricAlarms"]?.arrayValue ?? []).compactMap { $0["AlarmName"]?.stringValue }.sorted()
    }

    @Test func aSecondRunOnlyReads() async throws {
        let stand = try stand("us-east-1")
        let functions = functions(30, stand)
        let first = try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        #expect(first.isComplete)
        #expect(first.writeCalls == 30)
        #expect(try await names(stand).count == 30)
        stand.http.decide()
        let plan = try await stand.plan(DesiredAlarms(alarms: functions.map { S.errors($0) }), resources: functions)
        let second = try await stand.apply(plan)
        #expect(plan.unchanged == 30)
        #expect(second.writeCalls == 0)
        #expect(stand.http.writes == [])
        // moto has no mute rules: that call is made three times.
        #expect(plan.readCalls == Set(stand.http.operations).count)
        #expect(plan.notices == [])
    }

    /// CloudWatch takes 3 writes a second: 30 take at least 29/3 s.
    @Test func writesArePaced() async throws {
        let stand = try stand("us-east-2")
        let functions = functions(30, stand)
        let start = stand.clock.now
        try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        #expect(stand.clock.now - start > .milliseconds(9_600))
        #expect(stand.clock.now - start < .seconds(12))
    }

    @Test func changesOfSettingsAndTagsAreWritten() async throws {
        let stand = try stand("us-west-1")
        let function = S.function("f", in: stand.scope)
        try await stand.provision(
            [S.errors(function, tags: ["team": "a", "tocsin:origin": "old"])], resources: [function])
        stand.http.decide()
        let new = S.errors(function, threshold: 7, tags: ["team": "b"])
        let outcome = try await stand.provision([new], resources: [function])
        #expect(outcome.isComplete)
        #expect(stand.http.writes == ["PutMetricAlarm", "TagResource", "UntagResource"])
        #expect(outcome.writeCalls == 3)
        let plan = try await stand.plan(DesiredAlarms(alarms: [new]), resources: [function])
        #expect(plan.unchanged == 1)
        let tags = try await stand.client().call(
            "ListTagsForResource",
            ["ResourceARN": "arn:aws:cloudwatch:us-west-1:123456789012:alarm:tocsin-lambda-errors-f"])
        #expect(AlarmTags.read(tags["Tags"]) == new.alarm.tags)
    }

    @Test func tagsAloneNeedNoPut() async throws {
        let stand = try stand("us-west-2")
        let function = S.function("f", in: stand.scope)
        try await stand.provision([S.errors(function)], resources: [function])
        stand.http.decide()
        try await stand.provision([S.errors(function, tags: ["team": "b"])], resources: [function])
        #expect(stand.http.writes == ["TagResource"])
    }

    @Test func deletionsAreBatched() async throws {
        var stand = try stand("eu-west-1")
        stand.options.maximumDeletedPercent = 100
        let functions = functions(205, stand)
        try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        stand.http.decide()
        let outcome = try await stand.provision([], resources: functions)
        #expect(outcome.isComplete)
        #expect(outcome.results.count == 205)
        #expect(stand.http.writes == ["DeleteAlarms", "DeleteAlarms", "DeleteAlarms"])
        #expect(try await names(stand) == [])
    }

    @Test func theLifeOfAResource() async throws {
        var stand = try stand("eu-west-2")
        stand.options.maximumDeletedPercent = 100
        let (stays, goes) = (S.function("stays", in: stand.scope), S.function("goes", in: stand.scope))
        try await stand.provision([S.errors(stays), S.errors(goes)], resources: [stays, goes])
        stand.http.decide()
        try await stand.provision([S.errors(stays)], resources: [stays])
        #expect(stand.http.writes == ["TagResource"])
        // Back within the grace period.
        stand.clock.advance(.seconds(600))
        stand.http.decide()
        try await stand.provision([S.errors(stays), S.errors(goes)], resources: [stays, goes])
        #expect(stand.http.writes == ["UntagResource"])
        // Gone for good.
        try await stand.provision([S.errors(stays)], resources: [stays])
        stand.clock.advance(.seconds(3_599))
        #expect(try await stand.plan(DesiredAlarms(alarms: [S.errors(stays)]), resources: [stays]).actions == [])
        stand.clock.advance(.seconds(2))
        try await stand.provision([S.errors(stays)], resources: [stays])
        #expect(try await names(stand) == ["tocsin-lambda-errors-stays"])
    }

    @Test func foreignAlarmsAreNeverTouched() async throws {
        var stand = try stand("eu-west-3")
        stand.options.maximumDeletedPercent = 100
        let functions = functions(2, stand)
        var foreign = S.errors(functions[0], threshold: 42).alarm
        foreign.tags = ["team": "other"]
        _ = try await stand.client().call("PutMetricAlarm", foreign.request().input)
        try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        try await stand.provision([], resources: functions)
        let plan = AlarmPlanner(options: stand.options, now: stand.clock.now)
            .destroyPlan(existing: [try await stand.read(DesiredAlarms())])
        #expect(try await stand.apply(plan).isComplete)
        let described = try await stand.client().call("DescribeAlarms")["MetricAlarms"]?[0] ?? .null
        #expect(try await names(stand) == [foreign.name])
        #expect(try Alarm(describing: described, type: .metric).hasSettings(of: foreign))
    }

    /// Somebody makes an alarm of the same name between plan and apply.
    @Test func anAlarmThatAppearedMeanwhileIsNotOverwritten() async throws {
        let stand = try stand("eu-north-1")
        let functions = functions(2, stand)
        let plan = try await stand.plan(DesiredAlarms(alarms: functions.map { S.errors($0) }), resources: functions)
        var foreign = S.errors(functions[0], threshold: 42).alarm
        foreign.tags = [:]
        _ = try await stand.client().call("PutMetricAlarm", foreign.request().input)
        let outcome = try await stand.apply(plan)
        #expect(outcome.results.map { $0.failure == nil } == [false, true])
        #expect(outcome.results[0].failure?.contains("meanwhile there is an alarm of somebody else") == true)
    }

    /// The same event twice, or two runs at once.
    @Test func theSamePlanTwiceHasTheSameEnd() async throws {
        let stand = try stand("ca-central-1")
        let functions = functions(3, stand)
        let desired = DesiredAlarms(alarms: functions.map { S.errors($0) })
        let plan = try await stand.plan(desired, resources: functions)
        #expect(try await stand.apply(plan).isComplete)
        #expect(try await stand.apply(plan).isComplete)
        #expect(try await stand.plan(desired, resources: functions).unchanged == 3)
        #expect(try await names(stand).count == 3)
    }

    @Test func throttlingIsWaitedFor() async throws {
        let stand = try stand("sa-east-1")
        let functions = functions(5, stand)
        stand.http.decide { operation, number in
            operation == "PutMetricAlarm" && (2..<12).contains(number) ? .refused("Throttling") : .passes
        }
        let outcome = try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        #expect(outcome.isComplete)
        #expect(outcome.writeCalls == 5)
        #expect(stand.http.operations.count { $0 == "PutMetricAlarm" } == 15)
    }

    @Test func endlessThrottlingFailsTheStep() async throws {
        let stand = try stand("ap-south-1")
        let functions = functions(1, stand)
        stand.http.decide { operation, _ in operation == "PutMetricAlarm" ? .refused("Throttling") : .passes }
        let outcome = try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        #expect(outcome.results.first?.failure?.hasPrefix("given up: CloudWatch throttles PutMetricAlarm") == true)
        #expect(outcome.writeCalls == 0)
    }

    @Test func whatHasNoTimeIsLeftForTheNextRun() async throws {
        let stand = try stand("ap-southeast-1")
        let functions = functions(30, stand)
        let desired = DesiredAlarms(alarms: functions.map { S.errors($0) })
        let plan = try await stand.plan(desired, resources: functions)
        let first = try await stand.apply(plan, deadline: stand.clock.now + .seconds(6))
        #expect(first.isComplete == false)
        #expect(first.results.count + first.untried.count == 30)
        #expect((9...10).contains(first.results.count))
        #expect(first.results.allSatisfy { $0.failure == nil })
        let second = try await stand.provision(desired.alarms, resources: functions)
        #expect(second.isComplete)
        #expect(first.results.count + second.results.count == 30)
    }

    @Test func deniedOperationsAreNotTriedForEver() async throws {
        let stand = try stand("ap-southeast-2")
        let functions = functions(10, stand)
        stand.http.decide { operation, _ in operation == "PutMetricAlarm" ? .refused("AccessDenied") : .passes }
        let outcome = try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        #expect(stand.http.writes.count == 3)
        #expect(outcome.results.count == 10)
        #expect(outcome.results.allSatisfy { $0.failure != nil })
        #expect(
            outcome.results[0].failure?.hasSuffix(": allow cloudwatch:PutMetricAlarm to the role that applies") == true)
        #expect(outcome.results[9].failure?.hasPrefix("not tried: PutMetricAlarm was refused 3 times in a row") == true)
    }

    @Test func aFailedStepDoesNotStopTheOthers() async throws {
        let stand = try stand("ap-northeast-1")
        let functions = functions(3, stand)
        stand.http.decide { operation, number in
            operation == "PutMetricAlarm" && number == 1 ? .refused("ValidationError") : .passes
        }
        let outcome = try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        #expect(outcome.results.map { $0.failure == nil } == [true, false, true])
        #expect(outcome.results[1].failure?.contains("(rule lambda-errors, rules.yaml:12): change the rule") == true)
    }

    @Test(arguments: [
        ("LimitExceeded", ": ask for more alarms in Service Quotas, or use style: fleet"),
        ("InvalidParameterValue", ": change the rule"),
        ("ConcurrentModificationException", "; the next run tries again"),
        ("AccessDenied", ": allow cloudwatch:PutLogAlarm to the role that applies"),
    ]) func failuresSayWhatToDo(_ code: String, _ advice: String) async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try PlanStand(cloud.url, region: "eu-central-1")
        stand.http.decide { operation, _ in operation == "PutLogAlarm" ? .refused(code) : .passes }
        let outcome = try await stand.provision([S.log("log")])
        #expect(outcome.results.map { $0.failure?.hasSuffix(advice) } == [true])
        #expect(outcome.results.first?.failure?.hasPrefix("cloudwatch PutLogAlarm in eu-central-1: \(code)") == true)
    }

    /// An alarm that stands in a composite cannot be deleted, and so not be replaced either.
    @Test func whatCannotMakeRoomIsNotReplaced() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try PlanStand(cloud.url, region: "eu-central-1")
        var metric = S.errors(S.function("f"))
        metric.alarm.name = "x"
        try await stand.provision([metric])
        let foreign = Alarm(
            name: "foreign", condition: .composite(CompositeCondition(rule: .state(.alarm, alarm: "x"))))
        _ = try await stand.client().call("PutCompositeAlarm", foreign.request().input)
        let outcome = try await stand.provision([S.composite("x", .constant(true))])
        #expect(outcome.results.map { $0.failure != nil } == [true, true])
        #expect(
            outcome.results.last?.failure == "not made: the alarm of another type that it replaces is still there")
        #expect(cloud.state.withLock { $0.alarms["x"]?["Type"] } == "MetricAlarm")
    }

    /// CloudWatch deletes none of a batch when one of its alarms is gone, or stands in somebody's composite.
    @Test func oneAlarmDoesNotKeepABatch() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try PlanStand(cloud.url, region: "eu-central-1")
        let functions = (0..<8).map { S.function("f\($0)") }
        try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        let plan = AlarmPlanner(options: stand.options, now: stand.clock.now)
            .destroyPlan(existing: [try await stand.read(DesiredAlarms())])
        let held = "tocsin-lambda-errors-f5"
        let foreign = Alarm(
            name: "foreign", condition: .composite(CompositeCondition(rule: .state(.alarm, alarm: held))))
        _ = try await stand.client().call("PutCompositeAlarm", foreign.request().input)
        _ = try await stand.client().call("DeleteAlarms", ["AlarmNames": ["tocsin-lambda-errors-f1"]])
        let outcome = try await stand.apply(plan)
        #expect(outcome.results.map(\.step.name) == plan.steps.map(\.name))
        #expect(outcome.results.filter { $0.failure != nil }.map(\.step.name) == [held])
        #expect(cloud.state.withLock { $0.alarms.keys.sorted() } == ["foreign", held])
    }

    /// A resource is gone, and a composite that the plan does not know names one of its two alarms.
    @Test(arguments: [true, false]) func aRunForOneResourceLeavesChildrenOfComposites(isOfEverything: Bool) async throws
    {
        let cloud = try ScriptedCloudWatch()
        let stand = try PlanStand(cloud.url, region: "eu-central-1")
        let function = S.function("f")
        var other = S.errors(function)
        other.alarm.name = "other"
        let composite = S.composite("all", .state(.alarm, alarm: "other"))
        try await stand.provision([S.errors(function), other], resources: [function])
        var plan = try await stand.plan(DesiredAlarms(), resources: [function], coverage: .resource(function.id))
        #expect(plan.resource == function.id)
        // The composite is made after the plan: one that is known keeps its children in the plan already.
        try await stand.provision([S.errors(function), other, composite], resources: [function])
        if isOfEverything { plan.resource = nil }
        let outcome = try await stand.apply(plan)
        #expect(outcome.results.map(\.step.name) == ["other", "tocsin-lambda-errors-f"])
        #expect(outcome.results.map(\.isDone) == [false, true])
        #expect(outcome.isComplete == !isOfEverything)
        let (failure, postponement) = (outcome.results[0].failure, outcome.results[0].postponement)
        #expect(
            failure?.hasSuffix(": take it out of the composite alarm that names it") == (isOfEverything ? true : nil))
        #expect(postponement?.hasPrefix("the next run of everything deletes it") == (isOfEverything ? nil : true))
        #expect(cloud.state.withLock { $0.alarms.keys.sorted() } == ["all", "other"])
        #expect(try await stand.provision([]).isComplete)
    }

    /// Between plan and apply one alarm is deleted, and another one's tag is taken away so that it stays as it is.
    @Test func changesAreMadeOnlyToOurAlarms() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try PlanStand(cloud.url, region: "eu-central-1")
        let functions = (0..<3).map { S.function("f\($0)") }
        try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        let desired = DesiredAlarms(alarms: functions.map { S.errors($0, threshold: 7) })
        let plan = try await stand.plan(desired, resources: functions)
        let arns = cloud.state.withLock { $0.tags.keys.sorted() }
        _ = try await stand.client().call("DeleteAlarms", ["AlarmNames": ["tocsin-lambda-errors-f0"]])
        cloud.state.withLock { $0.tags[arns[1]] = [:] }
        let outcome = try await stand.apply(plan)
        #expect(outcome.results.map { $0.failure == nil } == [true, false, true])
        #expect(outcome.results[1].failure?.contains("meanwhile there is an alarm of somebody else") == true)
        #expect(cloud.state.withLock { $0.alarms["tocsin-lambda-errors-f1"]?["Threshold"]?.doubleValue } == 1)
        #expect(cloud.state.withLock { $0.tags[arns[0]]?[AlarmOptions.ownerTag] } == stand.options.owner)
    }

    @Test func progressIsTold() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try PlanStand(cloud.url, region: "eu-central-1")
        let functions = (0..<120).map { S.function("f\($0)") }
        let plan = try await stand.plan(DesiredAlarms(alarms: functions.map { S.errors($0) }), resources: functions)
        let texts = Locked<[String]>([])
        let applier = AlarmApplier(options: stand.options, time: stand.clock.source) { _ in try stand.aws }
        _ = try await applier.apply(plan, deadline: nil) { text in texts.withLock { $0.append(text) } }
        #expect(
            texts.withLock { $0 } == [
                "123456789012/eu-central-1: 50 of 120 changes made",
                "123456789012/eu-central-1: 100 of 120 changes made",
                "123456789012/eu-central-1: 120 of 120 changes made",
            ])
    }

    @Test func aRefusedPlanChangesNothing() async throws {
        let stand = try stand("ap-northeast-2")
        let functions = functions(2, stand)
        try await stand.provision(functions.map { S.errors($0) }, resources: functions)
        stand.http.decide()
        let plan = try await stand.plan(DesiredAlarms(), resources: functions)
        let error = await #expect(throws: ProvisionerError.self) { try await stand.apply(plan) }
        #expect(error?.code == .refused)
        #expect(stand.http.writes == [])
        #expect(try await names(stand).count == 2)
    }

    @Test func aScopeThatCannotBeReachedDoesNotStopTheOthers() async throws {
        let stand = try stand("ap-northeast-3")
        let elsewhere = AlarmScope(account: "123456789012", region: "eu-south-1")
        let (here, there) = (S.function("here", in: stand.scope), S.function("there", in: elsewhere))
        let plan = AlarmPlanner(options: stand.options, now: stand.clock.now)
            .plan(
                desired: DesiredAlarms(alarms: [S.errors(here), S.errors(there)]),
                existing: [ExistingAlarms(scope: stand.scope), ExistingAlarms(scope: elsewhere)],
                discovered: DiscoveredResources(resources: [here, there]))
        let applier = AlarmApplier(options: stand.options, time: stand.clock.source) { scope in
            guard scope != elsewhere else { throw AWSError("AccessDenied", "no role") }
            return try stand.aws
        }
        let outcome = try await applier.apply(plan, deadline: nil)
        #expect(outcome.results.map(\.step.scope) == [stand.scope, elsewhere])
        #expect(outcome.results[0].failure == nil)
        #expect(outcome.results[1].failure == "123456789012/eu-south-1 cannot be reached: AccessDenied: no role")
    }

    // MARK: Death between two writes

    /// The alarms with their tags that a cloud has in the end.
    private func contents(_ cloud: ScriptedCloudWatch) -> [String: [String: String]] {
        cloud.state.withLock { state in
            state.alarms.reduce(into: [:]) { result, alarm in
                result[alarm.key] = state.tags["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:" + alarm.key]
                result[alarm.key]?["threshold"] = alarm.value["Threshold"]?.description
                result[alarm.key]?["rule"] = alarm.value["AlarmRule"]?.stringValue
            }
        }
    }

    /// Makes the first state, then goes to the second one in runs of which the first dies at its write number `last`.
    private func dying(at last: Int?) async throws -> (contents: [String: [String: String]], writes: Int) {
        let cloud = try ScriptedCloudWatch()
        var stand = try PlanStand(cloud.url, region: "eu-central-1")
        stand.options.maximumDeletedPercent = 100
        let functions = (0..<4).map { S.function("f\($0)") }
        let old = [
            S.errors(functions[0]), S.errors(functions[1], tags: ["tocsin:origin": "x"]), S.errors(functions[2]),
            S.composite("top", .state(.alarm, alarm: "tocsin-lambda-errors-f2")),
            S.composite("replaced", .state(.alarm, alarm: "tocsin-lambda-errors-f0")), S.log("log"),
        ]
        try await stand.provision(old, resources: functions)
        var replaced = S.errors(functions[0])
        replaced.alarm.name = "replaced"
        let new = [
            S.errors(functions[0]), S.errors(functions[1], threshold: 9, tags: ["team": "a"]), S.errors(functions[3]),
            S.composite("top", .state(.alarm, alarm: "tocsin-lambda-errors-f3")), replaced,
        ]
        let count = Locked(0)
        stand.http.decide { operation, _ in
            guard ["Put", "Delete", "Tag", "Untag"].contains(where: { operation.hasPrefix($0) }) else { return .passes }
            let number = count.withLock { count in
                count += 1
                return count - 1
            }
            return number == last ? .stopped : .passes
        }
        try await stand.provision(new, resources: functions)
        if last != nil {
            stand.http.decide()
            let outcome = try await stand.provision(new, resources: functions)
            #expect(outcome.isComplete, "after death at write \(last ?? 0)")
        }
        stand.http.decide()
        let plan = try await stand.plan(DesiredAlarms(alarms: new), resources: functions)
        #expect(plan.actions == [], "after death at write \(last ?? 0)")
        return (contents(cloud), count.withLock { $0 })
    }

    @Test func deathAtEveryWriteHasTheSameEnd() async throws {
        let whole = try await dying(at: nil)
        #expect(
            whole.contents.keys.sorted() == [
                "replaced", "tocsin-lambda-errors-f0", "tocsin-lambda-errors-f1", "tocsin-lambda-errors-f3", "top",
            ])
        #expect(whole.writes == 9)
        for last in 0..<whole.writes {
            #expect(try await dying(at: last).contents == whole.contents, "after death at write \(last)")
        }
    }

    /// What CloudWatch's rules for deletions ask for; the scripted one refuses everything else.
    @Test func everyTypeIsDeletedAsCloudWatchAllows() async throws {
        let cloud = try ScriptedCloudWatch()
        let stand = try PlanStand(cloud.url, region: "eu-central-1")
        let functions = (0..<3).map { S.function("f\($0)") }
        let desired =
            functions.map { S.errors($0) } + [S.log("log-1"), S.log("log-2")] + [
                S.composite("a", .state(.alarm, alarm: "b")), S.composite("b", .state(.alarm, alarm: "log-1")),
            ]
        #expect(try await stand.provision(desired, resources: functions).isComplete)
        stand.http.decide()
        let plan = AlarmPlanner(options: stand.options, now: stand.clock.now)
            .destroyPlan(existing: [try await stand.read(DesiredAlarms())])
        let outcome = try await stand.apply(plan)
        #expect(outcome.isComplete)
        #expect(stand.http.writes.count == 5)
        #expect(cloud.state.withLock { $0.alarms.isEmpty })
    }

    @Test(arguments: [(0, 1), (1, 2), (2, 4), (4, 5), (5, 6)]) func batches(_ start: Int, _ end: Int) {
        func delete(_ alarm: DesiredAlarm) -> AlarmPlanStep {
            AlarmPlanStep(scope: S.scope, change: .delete(alarm.alarm, because: ""))
        }
        let metric = delete(S.errors(S.function("a")))
        let steps = [
            delete(S.composite("c", .constant(true))), delete(S.log("l")), metric, metric,
            AlarmPlanStep(scope: S.scope, change: .create(S.errors(S.function("a")))), metric,
        ]
        #expect(ScopeRun.batchEnd(steps, from: start) == end)
        #expect(ScopeRun.batchEnd(Array(repeating: metric, count: 101), from: 0) == 100)
    }
}
