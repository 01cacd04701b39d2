import AWS
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// The scripted server itself: what it shows in one view agrees with what it shows in the others.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ScriptedServerTests {
    private static let strategies = ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]

    /// The end of a play that ends by itself: status of the service deployment and the revision of the service.
    private static let ends: [(play: String, status: String, revision: Int)] = [
        ("success", "SUCCESSFUL", 2), ("slow", "SUCCESSFUL", 2), ("bake", "SUCCESSFUL", 2),
        ("alarm", "ROLLBACK_SUCCESSFUL", 1), ("breaker", "ROLLBACK_SUCCESSFUL", 1),
        ("hook_failed", "ROLLBACK_SUCCESSFUL", 1),
    ]

    @Test(arguments: strategies, ends) func agrees(
        strategy: String, row: (play: String, status: String, revision: Int)
    ) async throws {
        let service = try TestService(["strategy": .string(strategy)], plays: [.string(row.play)])
        try await service.run {
            let ecs = service.clients.ecs
            let before = try await ecs.call("DescribeTaskDefinition", ["taskDefinition": "web"])
            var registration = before["taskDefinition"]?.objectValue ?? [:]
            for name in ["status", "taskDefinitionArn", "revision", "requiresAttributes", "compatibilities"] {
                registration[name] = nil
            }
            registration["registeredAt"] = nil
            registration["registeredBy"] = nil
            registration["memory"] = "1024"
            _ = try await ecs.call("RegisterTaskDefinition", .object(registration))
            _ = try await ecs.call("UpdateService", ["service": "web", "taskDefinition": "web:2"])
            var arn: JSONValue?
            var status: String?
            for _ in 0..<70 {
                let shown = try await ecs.call("DescribeServices", ["services": ["web"]])["services"]?[0] ?? [:]
                arn = arn ?? shown["currentServiceDeployment"]
                let deployments = try await ecs.call(
                    "DescribeServiceDeployments", ["serviceDeploymentArns": [try #require(arn)]])
                let deployment = try #require(deployments["serviceDeployments"]?[0])
                let target = deployment["targetServiceRevision"]
                status = deployment["status"]?.stringValue
                if status == "IN_PROGRESS" {
                    let primary = shown["deployments"]?.arrayValue?.first { $0["status"] == "PRIMARY" }
                    #expect(primary?["taskDefinition"]?.stringValue == TestService.revision(2))
                    #expect(primary?["runningCount"] == target?["runningTaskCount"])
                    #expect(primary?["pendingCount"] == target?["pendingTaskCount"])
                    #expect(shown["currentServiceDeployment"] == arn)
                }
                guard status?.hasSuffix("SUCCESSFUL") == true else { continue }
                #expect(shown["currentServiceDeployment"] == nil)
                break
            }
            #expect(status == row.status)
        }
        let end = try service.state()
        #expect(end["taskDefinition"]?.stringValue == TestService.revision(row.revision))
        #expect(end["runningCount"]?.intValue == 2)
        #expect(end["deployments"]?.arrayValue?.count == 1)
        #expect(end["deployments"]?[0]?["taskDefinition"]?.stringValue == TestService.revision(row.revision))
    }
}
