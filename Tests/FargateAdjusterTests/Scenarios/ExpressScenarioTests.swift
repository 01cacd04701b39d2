import Basics
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// Express services: ECS manages the revision, the deployment and auto scaling of them as a whole.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ExpressScenarioTests {
    private static func scenario(_ plays: [JSONValue] = [], _ settings: [AdjustmentRequest.Setting]) -> Scenario {
        var scenario = Scenario(plays: plays)
        scenario.service["express"] = true
        (scenario.settings, scenario.allowsExpress) = (settings, true)
        return scenario
    }

    private static let size: [AdjustmentRequest.Setting] = [.init("cpu", "0.5"), .init("mem", "1")]

    @Test func changed() async throws {
        let result = try await Self.scenario([], Self.size + [.init("replicas", 3)]).result()
        #expect(
            result.outcome?.state == .succeeded, "\(result.outcome?.message ?? "\(String(describing: result.error))")")
        #expect(result.revision == "web:2")
        #expect(result.outcome?.taskDefinition?.arnResourceName == "web:2")
        let registered = result.state["taskDefinitions"]?.arrayValue?.last
        #expect(registered?["cpu"] == "512")
        #expect(registered?["memory"] == "1024")
        #expect(result.service["runningCount"] == 3)
        #expect(result.scaling == "3…4")
        #expect(result.calls("UpdateExpressGatewayService") == 1)
        // Its own operation does all of it.
        for operation in ["RegisterTaskDefinition", "UpdateService", "RegisterScalableTarget"] {
            #expect(result.calls(operation) == 0, "\(operation)")
        }
    }

    /// ECS shows the former revision for a while: its healthy deployment is not taken for that of the change.
    @Test(arguments: [("success", AdjustmentOutcome.State.succeeded, "512"), ("crash", .restored, "256")])
    func shownLate(play: String, state: AdjustmentOutcome.State, cpu: String) async throws {
        var scenario = Self.scenario([.string(play), "success"], Self.size)
        scenario.service["stale"] = 3
        let result = try await scenario.result()
        #expect(
            result.outcome?.state == state, "\(result.outcome?.message ?? "\(String(describing: result.error))")")
        let current = result.state["taskDefinitions"]?.arrayValue?.first {
            $0["taskDefinitionArn"] == result.service["taskDefinition"]
        }
        #expect(current?["cpu"]?.stringValue == cpu)
    }

    /// The way back is by the same operation: the former size and bounds, healthy.
    @Test(arguments: ["crash", "image", "capacity", "unhealthy"], [false, true])
    func putBack(play: String, isScaled: Bool) async throws {
        let settings = Self.size + (isScaled ? [.init("replicas", 3)] : [])
        let result = try await Self.scenario([.string(play), "success"], settings).result()
        #expect(
            result.outcome?.state == .restored, "\(result.outcome?.message ?? "\(String(describing: result.error))")")
        #expect(result.revision == "web:1")
        let current = result.state["taskDefinitions"]?.arrayValue?.first {
            $0["taskDefinitionArn"] == result.service["taskDefinition"]
        }
        #expect(current?["cpu"] == "256")
        #expect(current?["memory"] == "512")
        // Within the former bounds, auto scaling takes it down when the load allows.
        #expect(result.service["desiredCount"] == (isScaled ? 3 : 2))
        #expect(result.service["runningCount"] == result.service["desiredCount"])
        #expect(result.scaling == "1…4")
        #expect(result.outcome?.taskDefinition == result.service["taskDefinition"]?.stringValue)
        #expect(result.calls("UpdateService") == 0)
    }

    /// A lost answer to its own operation: nothing is deployed twice.
    @Test(arguments: ["before", "after"]) func cut(moment: String) async throws {
        var scenario = Self.scenario([], Self.size)
        scenario.script["faults"] = [["operation": "UpdateExpressGatewayService", "cut": .string(moment)]]
        let result = try await scenario.result()
        #expect(
            result.outcome?.state == .succeeded, "\(result.outcome?.message ?? "\(String(describing: result.error))")")
        #expect(result.revision == "web:2")
        #expect(result.revisions == 2)
    }

    @Test func denied() async throws {
        var scenario = Self.scenario([], Self.size)
        scenario.script["faults"] = [
            ["operation": "UpdateExpressGatewayService", "code": "AccessDeniedException", "times": 0]
        ]
        let result = try await scenario.result()
        #expect(result.outcome?.state == .nothingToRestore, "\(result.outcome?.message ?? "")")
        #expect(result.outcome?.cause?.kind == .denied)
        #expect(result.outcome?.message.contains("ecs:UpdateExpressGatewayService") == true)
        #expect(result.revision == "web:1")
    }

    @Test func refusedUnlessItIsAllowed() async throws {
        var scenario = Self.scenario([], Self.size)
        scenario.allowsExpress = false
        let result = try await scenario.result()
        #expect(result.error?.code == .refused)
        #expect(result.error?.message.contains("`express: true`") == true, "\(String(describing: result.error))")
        #expect(result.calls("UpdateExpressGatewayService") == 0)
        #expect(result.revision == "web:1")
    }
}
