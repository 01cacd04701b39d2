import Basics
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// Calls that are throttled, cut off, denied or answered late, in the middle of an adjustment.
@Suite(.serialized, .timeLimit(.minutes(10))) struct FaultScenarioTests {
    private static func faults(_ operation: String, _ more: JSONObject) -> JSONObject {
        var fault = more
        fault["operation"] = .string(operation)
        return ["faults": [.object(fault)]]
    }

    private static let throttled: JSONObject = ["code": "ThrottlingException", "message": "Rate exceeded"]
    private static let denied: JSONObject = [
        "code": "AccessDeniedException", "times": 0,
        "message": "User: arn:aws:sts::123456789012:assumed-role/tocsin/me is not authorized to perform this",
    ]

    /// Writes that a deployment that goes well makes.
    private static let writes = ["RegisterTaskDefinition", "UpdateService", "RegisterScalableTarget"]

    /// A connection is lost before or after a write had its effect: the run goes on, and nothing is done twice.
    @Test(arguments: writes, ["before", "after"]) func cut(operation: String, moment: String) async throws {
        let result = try await Scenario(script: Self.faults(operation, ["cut": .string(moment)])).result()
        let outcome = try #require(result.outcome, "\(String(describing: result.error))")
        #expect(outcome.state == .succeeded, "\(outcome.message)")
        #expect(result.revision == "web:2")
        #expect(result.revisions == 2)
        #expect(result.state["serviceDeployments"]?.arrayValue?.count == 1)
        #expect(result.scaling == "3…4")
    }

    /// The same on the way back.
    @Test(arguments: ["StopServiceDeployment", "UpdateService", "RegisterScalableTarget"], ["before", "after"])
    func cutOnTheWayBack(operation: String, moment: String) async throws {
        let first = operation == "StopServiceDeployment" ? 0 : 1
        let fault: JSONObject = ["cut": .string(moment), "skip": JSONValue(first)]
        let result = try await Scenario(plays: ["crash"], script: Self.faults(operation, fault)).result()
        let outcome = try #require(result.outcome, "\(String(describing: result.error))")
        #expect(outcome.state == .restored, "\(outcome.message)")
        #expect(result.revision == "web:1")
        #expect(result.service["desiredCount"] == 2)
        #expect(result.service["runningCount"] == 2)
        #expect(result.scaling == "1…4")
    }

    /// Reads that are cut off now and then are made again.
    @Test(arguments: [
        "DescribeServices", "DescribeTaskDefinition", "DescribeServiceDeployments", "DescribeTargetHealth",
        "DescribeScalableTargets",
    ])
    func readsAreCut(operation: String) async throws {
        for skip in 0..<3 {
            let fault: JSONObject = ["cut": "before", "skip": JSONValue(skip)]
            let result = try await Scenario(script: Self.faults(operation, fault)).result()
            #expect(
                result.outcome?.state == .succeeded,
                "\(result.outcome?.message ?? "\(String(describing: result.error))")")
            #expect(result.revision == "web:2")
        }
    }

    /// ECS's rate limits slow an adjustment down, and end nothing.
    @Test(arguments: writes + ["DescribeServices", "DescribeServiceDeployments", "DescribeTargetHealth"])
    func throttling(operation: String) async throws {
        var fault = Self.throttled
        fault["times"] = 5
        // The service is read for the plan, before the change, and in looks at the deployment.
        for skip in operation == "DescribeServices" ? [0, 2, 4] : [0] {
            fault["skip"] = JSONValue(skip)
            let result = try await Scenario(script: Self.faults(operation, fault)).result()
            #expect(
                result.outcome?.state == .succeeded,
                "\(result.outcome?.message ?? "\(String(describing: result.error))")")
            #expect(result.revision == "web:2")
            #expect(result.revisions == 2)
        }
    }

    /// Only the originals' permissions are needed: what else is denied is gone without.
    @Test(
        arguments: [
            "DescribeServiceDeployments", "ListServiceDeployments", "StopServiceDeployment", "ListTasks",
            "DescribeTasks", "DescribeScalableTargets", "RegisterScalableTarget", "DeregisterTaskDefinition",
            "DescribeTargetHealth",
        ], ["success", "crash"])
    func optionalOperationsAreDenied(operation: String, play: String) async throws {
        for strategy in ["ROLLING", "BLUE_GREEN"] {
            var scenario = Scenario(plays: [.string(play)], script: Self.faults(operation, Self.denied))
            scenario.service["strategy"] = .string(strategy)
            // A run that may not change the bounds of auto scaling cannot change the number of tasks for good.
            if operation.contains("Scal") { scenario.settings.removeLast() }
            let result = try await scenario.result()
            let outcome = try #require(result.outcome, "\(String(describing: result.error))")
            #expect(outcome.state == (play == "success" ? .succeeded : .restored), "\(strategy): \(outcome.message)")
            #expect(result.revision == (play == "success" ? "web:2" : "web:1"))
        }
    }

    /// All of them at once are denied.
    @Test(arguments: ["success", "crash", "breaker", "alarm"]) func onlyTheOriginalsPermissions(play: String)
        async throws
    {
        let operations = [
            "DescribeServiceDeployments", "ListServiceDeployments", "StopServiceDeployment", "ListTasks",
            "DescribeTasks", "DescribeScalableTargets", "RegisterScalableTarget", "DescribeServiceRevisions",
        ]
        let faults = operations.map { operation in
            var fault = Self.denied
            fault["operation"] = .string(operation)
            return JSONValue.object(fault)
        }
        var scenario = Scenario(plays: [.string(play)], script: ["faults": .array(faults)])
        scenario.service["scaling"] = nil
        let result = try await scenario.result()
        let outcome = try #require(result.outcome, "\(String(describing: result.error))")
        #expect(outcome.state == (play == "success" ? .succeeded : .restored), "\(outcome.message)")
        #expect(result.revision == (play == "success" ? "web:2" : "web:1"))
        // What the way there has found to be denied the way back does not ask again.
        for operation in operations { #expect(result.calls(operation) <= 1, "\(operation) is asked again") }
    }

    /// What is needed is denied: nothing is touched, and the message names the permission.
    @Test(arguments: ["DescribeServices", "DescribeTaskDefinition", "RegisterTaskDefinition", "UpdateService"])
    func requiredOperationsAreDenied(operation: String) async throws {
        let result = try await Scenario(script: Self.faults(operation, Self.denied)).result()
        if let outcome = result.outcome {
            #expect(outcome.cause?.kind == .denied, "\(outcome.message)")
            #expect(outcome.state != .stillBroken)
            #expect(outcome.cause?.text.contains("ecs:\(operation)") == true, "\(outcome.cause?.text ?? "")")
        } else {
            #expect(result.error?.message.contains("ecs:\(operation)") == true, "\(String(describing: result.error))")
        }
        #expect(result.revision == "web:1")
        #expect(result.service["desiredCount"] == 2)
        #expect(result.scaling == "1…4")
    }

    /// Bounds of auto scaling that may not be changed are known before a task is started.
    @Test(arguments: [3, 5]) func changingTheBoundsIsDenied(replicas: Int) async throws {
        var scenario = Scenario(script: Self.faults("RegisterScalableTarget", Self.denied))
        scenario.settings = [.init("cpu", "0.5"), .init("mem", "1"), .init("replicas", JSONValue(replicas))]
        let result = try await scenario.result()
        #expect(result.outcome?.state == .nothingToRestore, "\(result.outcome?.message ?? "")")
        #expect(result.outcome?.cause?.kind == .denied)
        #expect(result.calls("UpdateService") == 0)
        #expect(result.scaling == "1…4")
    }

    /// Auto scaling is asked only where the number of tasks is to change.
    @Test func autoScalingIsNotAskedWithoutReplicas() async throws {
        for isScaled in [false, true] {
            var scenario = Scenario(settings: [.init("cpu", "0.5"), .init("mem", "1")])
            if isScaled { scenario.settings.append(.init("replicas", 3)) }
            let result = try await scenario.result()
            #expect(result.outcome?.state == .succeeded, "\(result.outcome?.message ?? "")")
            #expect((result.calls("DescribeScalableTargets") > 0) == isScaled)
            #expect(result.service["runningCount"] == (isScaled ? 3 : 2))
        }
    }

    /// ECS answers for a while as if nothing had changed.
    @Test(arguments: ["ROLLING", "BLUE_GREEN", "CANARY"], ["success", "crash"])
    func staleAnswers(strategy: String, play: String) async throws {
        var scenario = Scenario(plays: [.string(play)])
        scenario.service["strategy"] = .string(strategy)
        scenario.service["stale"] = 1
        let result = try await scenario.result()
        let outcome = try #require(result.outcome, "\(String(describing: result.error))")
        #expect(outcome.state == (play == "success" ? .succeeded : .restored), "\(outcome.message)")
        #expect(result.revision == (play == "success" ? "web:2" : "web:1"))
    }

    /// Others deploy while the run is between its own writes, or while it puts the service back: theirs stays.
    @Test(arguments: ["RegisterTaskDefinition", "UpdateService", "StopServiceDeployment"])
    func othersDeploy(after operation: String) async throws {
        var scenario = Scenario(plays: operation == "StopServiceDeployment" ? ["crash"] : [])
        scenario.more = [["name": "others"]]  // a revision of their own to deploy
        scenario.script["on"] = [["operation": .string(operation), "script": ["deploy": ["web": "others:1"]]]]
        let result = try await scenario.result()
        #expect(result.outcome?.state == .nothingToRestore, "\(result.outcome?.message ?? "")")
        #expect(result.outcome?.cause?.kind == .superseded)
        #expect(result.revision == "others:1")
        #expect(result.scaling == "1…4")
    }
}
