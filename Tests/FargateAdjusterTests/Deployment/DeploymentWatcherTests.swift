@testable import AWS
import Basics
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// Looks at deployments that a scripted ECS plays.
@Suite(.serialized) struct DeploymentWatcherTests {
    /// A service with a deployment of a new revision under way.
    private struct Stage {
        let service: TestService
        var expected: ExpectedDeployment

        init(_ script: JSONObject = [:], play: JSONValue = "success", further: [JSONValue] = []) async throws {
            service = try TestService(script, plays: [play] + further)
            let clients = service.clients
            let before = try await service.run { try await clients.snapshot(of: "web", in: "default") }
            let since = service.clock.now
            let revision = try await service.run {
                let output = try await clients.ecs.call(
                    "RegisterTaskDefinition", .object(before.taskDefinition.registrable))
                return output["taskDefinition"]?["taskDefinitionArn"]?.stringValue ?? ""
            }
            try await service.run {
                _ = try await clients.ecs.call(
                    "UpdateService",
                    ["cluster": "default", "service": "web", "taskDefinition": .string(revision)])
            }
            expected = ExpectedDeployment(
                service: before.service.arn, cluster: before.service.cluster, taskDefinition: revision,
                desiredCount: 2, since: since)
        }

        /// Looks until the phase is none of these, at most so many times.
        func looks(
            _ most: Int = 60, while phases: Set<DeploymentStatus.Phase> = [.running]
        ) async throws -> [DeploymentStatus] {
            let (expected, clients) = (expected, service.clients)
            return try await service.run {
                let watcher = DeploymentWatcher(clients)
                var all: [DeploymentStatus] = []
                while all.count < most {
                    all.append(try await watcher.look(at: expected, after: all.last))
                    if let last = all.last, !phases.contains(last.phase) { break }
                }
                return all
            }
        }
    }

    static let strategies: [JSONObject] = [
        [:], ["targetGroups": 1], ["targetGroups": 2], ["strategy": "BLUE_GREEN", "targetGroups": 1],
        ["strategy": "LINEAR", "targetGroups": 2], ["strategy": "CANARY", "targetGroups": 1], ["rollout": false],
        ["keepsDeployment": true], ["classic": 1],
    ]

    @Test(arguments: strategies) func succeedsAsSoonAsAllIsDone(_ script: JSONObject) async throws {
        let stage = try await Stage(script)
        let all = try await stage.looks()
        let last = try #require(all.last)
        #expect(last.phase == .succeeded)
        #expect(last.progress == 100)
        #expect(all.map(\.progress) == all.map(\.progress).sorted())
        #expect(all.dropLast().allSatisfy { $0.progress < 100 })
        // What ECS shows at the moment of success is complete.
        let shown = FargateService(try stage.service.state())
        #expect(shown.deployments.count == 1)
        #expect(shown.deployments.first?.taskDefinition == stage.expected.taskDefinition)
        #expect(shown.deployments.first?.runningCount == 2)
    }

    static let failures: [(JSONValue, FailureCause.Kind)] = [
        ("crash", .containerExited), ("out_of_memory", .outOfMemory), ("image", .imageNotFound),
        ("no_secret", .resourceNotFound), ("container_health", .containerHealth), ("unhealthy", .targetHealth),
    ]

    @Test(arguments: failures) func failsWithTheCauseOfTheTasks(_ play: JSONValue, _ kind: FailureCause.Kind)
        async throws
    {
        let stage = try await Stage(["targetGroups": 1], play: play)
        let last = try #require(try await stage.looks().last)
        #expect(last.phase == .failed)
        #expect(last.cause?.kind == kind)
        #expect(last.failedTasks > 0)
    }

    @Test(arguments: [
        ("breaker", FailureCause.Kind.containerExited), ("alarm", .alarm), ("hook_failed", .lifecycleHook),
    ])
    func seesTheRollbackOfECS(_ play: String, _ kind: FailureCause.Kind) async throws {
        let stage = try await Stage(["targetGroups": 1], play: .string(play))
        let all = try await stage.looks(while: [.running, .rollingBack])
        #expect(all.contains { $0.phase == .rollingBack })
        #expect(all.last?.phase == .rolledBack)
        #expect(all.last?.cause?.kind == kind)
    }

    /// The same, with the original's permissions only.
    @Test(arguments: ["breaker", "alarm"]) func seesTheRollbackByTheListAlone(_ play: String) async throws {
        let stage = try await Stage(["targetGroups": 1], play: .string(play))
        try stage.service.deny("DescribeServiceDeployments", "ListServiceDeployments", "ListTasks", "DescribeTasks")
        let all = try await stage.looks(while: [.running, .rollingBack])
        #expect(all.last?.phase == .rolledBack)
        #expect(all.last?.cause?.kind == (play == "alarm" ? .alarm : .circuitBreaker))
    }

    @Test func seesThatSomebodyElseDeployed() async throws {
        let stage = try await Stage(play: "superseded")
        let last = try #require(try await stage.looks().last)
        #expect(last.phase == .superseded)
        #expect(last.cause?.kind == .superseded)
    }

    @Test func seesThatTheServiceIsGone() async throws {
        let stage = try await Stage(play: "gone")
        #expect(try await stage.looks().last?.phase == .gone)
    }

    @Test func tellsThatThereIsNoCapacity() async throws {
        let stage = try await Stage(play: "capacity")
        let last = try #require(try await stage.looks(8).last)
        #expect(last.phase == .running)
        #expect(last.message.contains("Capacity is unavailable at this time."))
    }

    @Test func tellsWhatAHookWaitsFor() async throws {
        let stage = try await Stage(play: "hook")
        let last = try #require(try await stage.looks(8).last)
        #expect(last.phase == .running)
        #expect(last.message.contains("paused at hook"))
        #expect(last.message.hasSuffix(last.deployment ?? "none"))
    }

    @Test(arguments: [(4, [DeploymentStatus.Phase.succeeded]), (0, [.succeeded]), (1, [.succeeded])])
    func changedCountAloneSucceeds(_ count: Int, _ phases: [DeploymentStatus.Phase]) async throws {
        var stage = try await Stage(["targetGroups": 1])
        #expect(try await stage.looks().last?.phase == .succeeded)
        let clients = stage.service.clients
        (stage.expected.desiredCount, stage.expected.since) = (count, stage.service.clock.now)
        try await stage.service.run {
            _ = try await clients.ecs.call(
                "UpdateService", ["cluster": "default", "service": "web", "desiredCount": JSONValue(count)])
        }
        let last = try #require(try await stage.looks().last)
        #expect(phases.contains(last.phase))
        #expect(last.running == count)
    }

    // MARK: The way back

    static let waysBack: [(JSONObject, String, [JSONValue], DeploymentStatus.Phase)] = [
        ([:], "stop", [], .succeeded),
        (["targetGroups": 1, "keepsDeployment": true], "stop", [], .succeeded),
        (["strategy": "BLUE_GREEN", "targetGroups": 1], "stop", [], .succeeded),
        (["strategy": "CANARY", "targetGroups": 1, "rollout": false], "stop", [], .succeeded),
        ([:], "update", [], .succeeded),
        (["strategy": "LINEAR", "targetGroups": 2], "update", [], .succeeded),
        ([:], "stop", ["crash"], .failed),
        ([:], "update", ["crash"], .failed),
        ([:], "update", ["image"], .failed),
    ]

    /// The watcher that saw the way there sees the way back, by its own time.
    @Test(arguments: waysBack.indices) func seesTheWayBack(_ index: Int) async throws {
        let (script, way, plays, phase) = Self.waysBack[index]
        var stage = try await Stage(script, play: "stuck", further: plays)
        let deployment = try #require(try await stage.looks(4).last?.deployment)
        let (service, clients) = (stage.service, stage.service.clients)
        try await service.run { try await service.clock.source.sleep(.seconds(60)) }
        stage.expected.since = service.clock.now
        stage.expected.taskDefinition = TestService.revision(1)
        try await service.run {
            if way == "stop" {
                let input: JSONValue = ["serviceDeploymentArn": .string(deployment), "stopType": "ROLLBACK"]
                _ = try await clients.ecs.call("StopServiceDeployment", input)
            } else {
                let former = JSONValue.string(TestService.revision(1))
                _ = try await clients.ecs.call(
                    "UpdateService", ["cluster": "default", "service": "web", "taskDefinition": former])
            }
        }
        let all = try await stage.looks()
        #expect(all.last?.phase == phase, "\(all.last?.message ?? "")")
        #expect(all.dropLast().allSatisfy { $0.phase == .running })
        #expect((all.last?.cause == nil) == (phase == .succeeded))
    }

    // MARK: Calls

    /// Only what is needed is called: nothing but DescribeServices while nothing changes, target health and the service
    /// deployment when tasks are complete, and never stopped tasks without a failure.
    @Test func callsAsLittleAsPossible() async throws {
        let stage = try await Stage(["targetGroups": 2], play: "slow")
        let before = try stage.service.server.script().count
        let all = try await stage.looks(100)
        #expect(all.last?.phase == .succeeded)
        let calls = try stage.service.counts(after: before)
        #expect(calls["DescribeServices"] == all.count)
        #expect(calls["ListServiceDeployments"] == nil)
        #expect(calls["ListTasks"] == nil)
        #expect(calls["DescribeTasks"] == nil)
        // Two groups, when all is done, and once or twice while nothing moves.
        #expect((2...6).contains(calls["DescribeTargetHealth"] ?? 0))
        // At every third look, and where something changed.
        #expect((calls["DescribeServiceDeployments"] ?? 0) * 2 <= all.count)
    }

    @Test func deniedOperationsAreCalledOnce() async throws {
        let stage = try await Stage(["targetGroups": 1])
        try stage.service.deny(
            "DescribeServiceDeployments", "ListServiceDeployments", "DescribeTargetHealth", "ListTasks")
        let before = try stage.service.server.script().count
        let all = try await stage.looks()
        #expect(all.last?.phase == .succeeded)
        #expect(all.last?.denied.contains("ecs:DescribeServiceDeployments") == true)
        #expect(all.last?.denied.contains("elasticloadbalancing:DescribeTargetHealth") == true)
        let calls = try stage.service.counts(after: before)
        #expect(calls["DescribeServiceDeployments"] == 1)
        #expect(calls["DescribeTargetHealth"] == 1)
    }

    /// A hundred services that are adjusted in step stay within ECS's token bucket for reading services: 100 calls, and
    /// 20 more each second.
    ///
    /// Source: "Request throttling for the Amazon ECS API" in its API Reference.
    @Test(arguments: ["success", "slow", "stuck", "crash", "breaker", "bake"])
    func hundredServicesAtOnceStayWithinTheRateOfECS(_ play: String) async throws {
        let script: JSONObject = play == "bake" ? ["strategy": "CANARY", "targetGroups": 1] : ["targetGroups": 1]
        let stage = try await Stage(script, play: .string(play))
        let (expected, service) = (stage.expected, stage.service)
        var (status, tokens, lowest, looks): (DeploymentStatus?, Double, Double, Int) = (nil, 100, 100, 0)
        while looks < 60, [nil, .running, .rollingBack].contains(status?.phase) {
            let (before, previous) = (try service.server.script().count, status)
            let now = try await service.run {
                try await DeploymentWatcher(service.clients).look(at: expected, after: previous)
            }
            let calls = try service.counts(after: before)
            let reads = ["DescribeServices", "DescribeServiceDeployments", "ListServiceDeployments"].reduce(0) {
                $0 + (calls[$1] ?? 0)
            }
            // The looks of the hundred are spread over the time until the next one.
            let seconds = now.pause(.seconds(5)) / .seconds(1)
            tokens = min(100, tokens + 20 * seconds - 100 * Double(reads))
            (status, lowest, looks) = (now, min(lowest, tokens), looks + 1)
        }
        #expect(looks > 3)
        #expect(lowest >= 0)
    }

    @Test func waitsLongerWhenNothingMoves() {
        var looks = SampleLooks()
        let pauses = (0..<14).map { _ in looks.look(at: SampleService(1, old: 2)).pause(.seconds(5)) / .seconds(1) }
        #expect(pauses == Array(repeating: 10, count: 12) + [15, 15])
        #expect(looks.look(at: SampleService(2, old: 1)).pause(.seconds(5)) == .seconds(10))
        #expect(looks.look(at: SampleService(2)).pause(.seconds(5)) == .seconds(10))
        let done = looks.look(at: SampleService(2, pending: 1, rollout: "COMPLETED"))
        #expect(done.pause(.seconds(5)) == .seconds(5))
    }

    @Test func throttledLookTellsIt() async throws {
        let stage = try await Stage()
        try stage.service.server.script([
            "faults": [
                [
                    "operation": "DescribeServiceDeployments", "status": 400, "code": "ThrottlingException",
                    "message": "Rate exceeded", "times": 9,
                ]
            ]
        ])
        let status = try #require(try await stage.looks(1).last)
        #expect(status.isThrottled)
        #expect(status.pause(.seconds(5)) == .seconds(30))
        #expect(status.denied == [])
    }

    @Test(arguments: ["ThrottlingException", "ServerException"])
    func serviceThatCannotBeReadIsUnavailable(_ code: String) async throws {
        let stage = try await Stage()
        try stage.service.server.script([
            "faults": [
                [
                    "operation": "DescribeServices", "status": code == "ServerException" ? 500 : 400,
                    "code": .string(code), "message": "no", "times": 0,
                ]
            ]
        ])
        do {
            _ = try await stage.looks(1)
            Issue.record("it was read")
        } catch let error as AdjusterError {
            #expect(error.code == .unavailable)
            #expect(error.isThrottling == (code == "ThrottlingException"))
        }
    }

    @Test func lookWithoutAnswerDoesNotSucceed() async throws {
        let stage = try await Stage(["targetGroups": 1])
        try stage.service.server.script([
            "faults": [
                [
                    "operation": "DescribeTargetHealth", "status": 500, "code": "InternalFailure", "message": "no",
                    "times": 0,
                ]
            ]
        ])
        let all = try await stage.looks(20)
        #expect(all.count == 20)
        #expect(all.last?.phase == .running)
        #expect(all.last?.denied == [])
        try stage.service.server.script(["faults": []])
        let (expected, clients) = (stage.expected, stage.service.clients)
        let end = try await stage.service.run {
            try await DeploymentWatcher(clients).look(at: expected, after: all.last)
        }
        #expect(end.phase == .succeeded)
    }

    @Test func operationsAreInTheModels() async throws {
        let names = [
            DeploymentLook.Question.deployment(""), .search(since: SampleService.begin), .targets([]), .stoppedTasks,
        ].flatMap(\.actions)
        let service = try TestService()
        for name in names {
            let parts = name.split(separator: ":")
            let client = parts[0] == "ecs" ? service.clients.ecs : try service.clients.loadBalancing.value()
            #expect(throws: Never.self) { try client.model.operation(String(parts[1])) }
        }
    }
}

extension TestService {
    fileprivate func deny(_ operations: String...) throws {
        try server.script([
            "faults": .array(
                operations.map {
                    [
                        "operation": .string($0), "status": 400, "code": "AccessDeniedException",
                        "message": "User is not authorized to perform it", "times": 0,
                    ]
                })
        ])
    }

    /// How often each operation was called.
    fileprivate func counts(after first: Int) throws -> [String: Int] {
        try server.script().dropFirst(first).reduce(into: [:]) {
            $0[$1["operation"]?.stringValue ?? "", default: 0] += 1
        }
    }
}
