import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// Every play in every strategy, from the request to the outcome.
@Suite(.serialized, .timeLimit(.minutes(10))) struct PlayScenarioTests {
    typealias Kind = FailureCause.Kind

    /// A play, and what becomes of the service.
    struct Row: Sendable, CustomTestStringConvertible {
        var play: String
        var state: AdjustmentOutcome.State
        var cause: Kind?
        /// The revision that the service is on at the end; nil for a service that is gone.
        var revision: String?

        init(_ play: String, _ state: AdjustmentOutcome.State, _ cause: Kind?, _ revision: String?) {
            (self.play, self.state, self.cause, self.revision) = (play, state, cause, revision)
        }

        var testDescription: String { play }
    }

    private static let rows: [Row] = [
        Row("success", .succeeded, nil, "web:2"),
        Row("slow", .succeeded, nil, "web:2"),
        Row("bake", .succeeded, nil, "web:2"),
        Row("crash", .restored, .containerExited, "web:1"),
        Row("out_of_memory", .restored, .outOfMemory, "web:1"),
        Row("image", .restored, .imageNotFound, "web:1"),
        Row("no_secret", .restored, .resourceNotFound, "web:1"),
        Row("unhealthy", .restored, .targetHealth, "web:1"),
        Row("container_health", .restored, .containerHealth, "web:1"),
        Row("capacity", .restored, .noCapacity, "web:1"),
        Row("stuck", .restored, .timedOut, "web:1"),
        Row("alarm", .restored, .alarm, "web:1"),
        Row("breaker", .restored, .containerExited, "web:1"),
        Row("hook", .restored, .lifecycleHook, "web:1"),
        Row("hook_failed", .restored, .lifecycleHook, "web:1"),
        Row("superseded", .nothingToRestore, .superseded, "web:3"),
        Row("gone", .nothingToRestore, .serviceGone, nil),
    ]

    @Test(arguments: ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"], rows)
    func ends(strategy: String, row: Row) async throws {
        var scenario = Scenario(plays: [.string(row.play)])
        scenario.service["strategy"] = .string(strategy)
        let result = try await scenario.result()
        let outcome = try #require(result.outcome, "\(String(describing: result.error))")
        #expect(outcome.state == row.state, "\(outcome.message)")
        #expect(outcome.cause?.kind == row.cause, "\(outcome.cause?.text ?? "")")
        guard let revision = row.revision else {
            #expect(result.service["status"] == "INACTIVE")
            return
        }
        #expect(result.revision == revision)
        #expect(outcome.formerTaskDefinition?.arnResourceName == "web:1")
        if row.state != .nothingToRestore { #expect(outcome.taskDefinition?.arnResourceName == revision) }
        if row.state == .succeeded {
            #expect(result.service["desiredCount"] == 3)
            #expect(result.scaling == "3…4")
            #expect(result.service["runningCount"] == 3)
        } else {
            #expect(result.scaling == "1…4")
        }
        if row.state == .restored {
            #expect(result.service["desiredCount"] == 2)
            #expect(result.service["runningCount"] == 2)
        }
        #expect(result.calls("RegisterTaskDefinition") == 1)
    }

    /// A deployment whose time ends is told with what held it up.
    @Test(
        arguments: [
            ("capacity", "no capacity: not healthy after 10 m, 0 of 3 tasks run: (service web) was unable to place"),
            ("hook", "lifecycle hook: not healthy after 10 m"), ("stuck", "not healthy after 10 m; last seen"),
        ])
    func timeOutsHaveTheirCause(play: String, text: String) async throws {
        let outcome = try #require(try await Scenario(plays: [.string(play)]).result().outcome)
        let cause = try #require(outcome.cause).text
        #expect(cause.hasPrefix(text), "\(cause)")
        if play == "capacity" { #expect(cause.contains("; wait, add subnets"), "\(cause)") }
        #expect(outcome.message.hasPrefix(cause), "\(outcome.message)")
    }

    /// A rolling deployment leaves the second target group of a service that also knows blue/green empty.
    @Test(arguments: ["success", "crash"]) func alternateTargetGroups(play: String) async throws {
        let group = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web"
        var scenario = Scenario(plays: [.string(play)])
        scenario.service["loadBalancers"] = [
            [
                "targetGroupArn": .string(group + "-1/0123456789abcdef"), "containerName": "web", "containerPort": 80,
                "advancedConfiguration": ["alternateTargetGroupArn": .string(group + "-green/0123456789abcdef")],
            ]
        ]
        let result = try await scenario.result()
        #expect(
            result.outcome?.state == (play == "success" ? .succeeded : .restored), "\(result.outcome?.message ?? "")")
        #expect(result.calls("DescribeTargetHealth") > 0)
    }

    /// A failure is known long before the timeout of 10 minutes.
    @Test(arguments: ["crash", "out_of_memory", "image", "no_secret", "unhealthy", "alarm", "breaker"])
    func failuresAreKnownEarly(play: String) async throws {
        let result = try await Scenario(plays: [.string(play)]).result()
        #expect(result.duration < .seconds(300), "\(result.duration)")
    }

    /// Progress begins low, never falls, and ends at 100.
    @Test(arguments: ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]) func progress(strategy: String) async throws {
        for play in ["success", "slow", "bake"] {
            var scenario = Scenario(plays: [.string(play)])
            scenario.service["strategy"] = .string(strategy)
            let told = try await scenario.result().progress.filter { $0.component == "web" }.map(\.progress)
            #expect(told == told.sorted())
            #expect(told.first.map { $0 < 20 } == true)
            #expect(told.last == 100)
        }
    }

    /// The circuit breaker and alarms that only fail leave the way back to the adjuster.
    @Test(arguments: ["ROLLING", "BLUE_GREEN"]) func failuresWithoutRollback(strategy: String) async throws {
        for (play, setting) in [
            ("crash", ["deploymentCircuitBreaker": ["enable": true, "rollback": false]] as JSONObject),
            ("alarm", ["alarms": ["alarmNames": ["web-5xx"], "enable": true, "rollback": false]]),
        ] {
            var scenario = Scenario(plays: [.string(play)])
            scenario.service["deploymentConfiguration"] = .object(setting)
            scenario.service["strategy"] = .string(strategy)
            let result = try await scenario.result()
            #expect(result.outcome?.state == .restored, "\(play): \(result.outcome?.message ?? "")")
            #expect(result.revision == "web:1")
            #expect(result.calls("UpdateService") == 2)
            #expect(result.scaling == "1…4")
        }
    }

    /// ECS's rollback fails: the former revision is deployed, and if that fails, too, the outcome says what to do.
    @Test(
        arguments: [
            (["crash", "crash", "success"], .restored), (["crash", "stuck", "success"], .restored),
            (["breaker", "crash", "success"], .restored), (["crash", "crash", "crash"], .stillBroken),
            (["crash", "stuck", "stuck"], .stillBroken),
        ] as [([String], AdjustmentOutcome.State)])
    func theWayBackFails(plays: [String], state: AdjustmentOutcome.State) async throws {
        let result = try await Scenario(plays: plays.map { .string($0) }).result()
        let outcome = try #require(result.outcome)
        #expect(outcome.state == state, "\(outcome.message)")
        #expect(result.revision == "web:1")
        #expect(result.scaling == "1…4")
        if state == .stillBroken {
            #expect(outcome.message.contains("aws ecs update-service"))
            #expect(outcome.message.contains("web:1"))
        }
    }

    /// What a run is told while it deploys ends it, with everything put back.
    @Test(arguments: ["ROLLING", "CANARY"]) func cancelled(strategy: String) async throws {
        var scenario = Scenario(plays: ["slow"], cancelsAt: "new 0/3")
        scenario.service["strategy"] = .string(strategy)
        let result = try await scenario.result()
        #expect(result.outcome?.state == .restored, "\(result.progress.map(\.message))")
        #expect(result.outcome?.cause?.kind == .cancelled)
        #expect(result.revision == "web:1")
        #expect(result.service["runningCount"] == 2)
    }

    /// Only the number of tasks changes: no revision, no deployment.
    @Test(
        arguments: [("success", .succeeded, 3), ("crash", .restored, 2), ("stuck", .restored, 2)]
            as [(String, AdjustmentOutcome.State, Int)])
    func onlyReplicas(play: String, state: AdjustmentOutcome.State, count: Int) async throws {
        var scenario = Scenario(plays: [.string(play)])
        scenario.settings = [.init("replicas", 3)]
        let result = try await scenario.result()
        #expect(result.outcome?.state == state, "\(result.outcome?.message ?? "")")
        #expect(result.revision == "web:1")
        #expect(result.service["desiredCount"] == JSONValue(count))
        #expect(result.service["runningCount"] == JSONValue(count))
        #expect(result.revisions == 1)
        #expect(result.state["serviceDeployments"]?.arrayValue?.isEmpty == true)
        #expect(result.scaling == (state == .succeeded ? "3…4" : "1…4"))
    }

    /// What the service has already is not written.
    @Test func unchanged() async throws {
        var scenario = Scenario()
        scenario.settings = [.init("cpu", "0.25"), .init("mem", "0.5"), .init("replicas", 2)]
        let result = try await scenario.result()
        #expect(result.outcome?.state == .unchanged)
        for operation in ["RegisterTaskDefinition", "UpdateService", "RegisterScalableTarget"] {
            #expect(result.calls(operation) == 0, "\(operation)")
        }
    }
}
