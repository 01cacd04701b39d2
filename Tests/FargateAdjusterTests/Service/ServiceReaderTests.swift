import Basics
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// Services are read from the scripted ECS, with all permissions and with few.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ServiceReaderTests {
    private func snapshot(
        _ service: TestService, _ name: String = "web", in cluster: String = "default", withScaling: Bool = true
    ) async throws -> ServiceSnapshot {
        let clients = service.clients
        return try await service.run { try await clients.snapshot(of: name, in: cluster, withScaling: withScaling) }
    }

    private func failure(
        _ service: TestService, _ name: String = "web", in cluster: String = "default"
    ) async -> AdjusterError? {
        await #expect(throws: AdjusterError.self) { try await snapshot(service, name, in: cluster) }
    }

    @Test func aServiceIsReadWithItsRevisionAndBounds() async throws {
        let service = try TestService([
            "scaling": ["minimum": 1, "maximum": 5],
            "task": [
                "tags": [["key": "team", "value": "shop"]], "runtimePlatform": ["cpuArchitecture": "ARM64"],
            ],
        ])
        let read = try await snapshot(service)
        #expect(read.service.name == "web")
        #expect(read.taskDefinition.name == "web:1")
        #expect(read.taskDefinition.registrable["tags"] == [["key": "team", "value": "shop"]])
        #expect(read.service.platform.architecture == "ARM64")
        #expect(read.scaling == ServiceSnapshot.ScalingBounds(minimum: 1, maximum: 5))
        #expect(read.warnings == [])
        #expect(read.deploymentInFlight == nil)
        #expect(
            try service.server.operations() == [
                "ecs:DescribeServices", "ecs:DescribeTaskDefinition", "application-autoscaling:DescribeScalableTargets",
            ])
    }

    @Test func byARNsAndWithoutScaling() async throws {
        let service = try TestService(["cluster": "shop"])
        let arn = "arn:aws:ecs:eu-central-1:123456789012:"
        let read = try await snapshot(
            service, arn + "service/shop/web", in: arn + "cluster/shop", withScaling: false)
        #expect(read.service.clusterName == "shop")
        #expect(try service.server.operations() == ["ecs:DescribeServices", "ecs:DescribeTaskDefinition"])
    }

    @Test func aServiceThatIsNotScaledHasNoBounds() async throws {
        let read = try await snapshot(TestService())
        #expect(read.scaling == nil)
        #expect(read.warnings == [])
    }

    @Test(arguments: ["AccessDeniedException", "UnknownOperationException"])
    func scalingThatCannotBeSeenIsAWarning(code: String) async throws {
        let service = try TestService()
        try service.server.script([
            "faults": [["operation": "DescribeScalableTargets", "code": .string(code), "message": "no"]]
        ])
        let read = try await snapshot(service)
        #expect(read.scaling == nil)
        #expect(read.warnings.count == 1)
        #expect(read.warnings.first?.contains("whether web is under auto scaling cannot be seen") == true)
    }

    @Test func whatIsNotThereIsRefused() async throws {
        let service = try TestService()
        for (name, cluster) in [("wep", "default"), ("web", "shop")] {
            let error = await failure(service, name, in: cluster)
            #expect(error?.code == .refused)
            #expect(
                error?.message.hasPrefix("service \(name) is not in cluster \(cluster) of eu-central-1; check ")
                    == true,
                "\(error?.message ?? "")")
        }
    }

    @Test(arguments: ["DRAINING", "INACTIVE"]) func aServiceThatGoesIsRefused(status: String) async throws {
        let error = await failure(try TestService(["status": .string(status)]))
        #expect(error?.code == .refused)
        #expect(error?.message.contains("service web of cluster default is \(status), not ACTIVE") == true)
    }

    @Test func aServiceOfTaskSetsIsRefused() async throws {
        let error = await failure(
            try TestService(["taskDefinition": "", "deploymentController": ["type": "EXTERNAL"]]))
        #expect(error?.code == .refused)
        #expect(error?.message.contains("because an EXTERNAL controller deploys it") == true)
    }

    @Test(arguments: ["DescribeServices", "DescribeTaskDefinition"])
    func aMissingPermissionIsNamed(operation: String) async throws {
        let service = try TestService()
        try service.server.script([
            "faults": [["operation": .string(operation), "code": "AccessDeniedException", "message": "not you"]]
        ])
        let error = await failure(service)
        #expect(error?.code == .unavailable)
        #expect(
            error?.message
                == "ecs:\(operation) is denied: allow it to the adjuster's role (AWS said: AccessDeniedException: not you)"
        )
    }

    @Test func throttlingIsToldAsThrottling() async throws {
        let service = try TestService()
        try service.server.script([
            "faults": [
                [
                    "operation": "DescribeServices", "code": "ThrottlingException", "message": "Rate exceeded",
                    "times": 0,
                ]
            ]
        ])
        let error = await failure(service)
        #expect(error?.code == .unavailable)
        #expect(error?.message.hasPrefix("ecs:DescribeServices is throttled after 3 attempts: try again later") == true)
    }

    // MARK: Deployments

    @Test func aDeploymentThatHasEndedDoesNotGoOn() async throws {
        let service = try TestService(["keepsDeployment": true])
        try service.server.script(["deploy": ["web": "web:1"]])
        var read = try await snapshot(service)
        #expect(read.deploymentInFlight != nil)
        for _ in 0..<10 where read.deploymentInFlight != nil { read = try await snapshot(service) }
        #expect(read.deploymentInFlight == nil)
        #expect(read.service.currentDeployment == nil)
    }

    @Test func whatHasEndedDoesNotGoOnAlsoWhereItCannotBeSeen() async throws {
        let service = try TestService(["currentServiceDeployment": "arn:aws:ecs:eu-central-1:1:service-deployment/x"])
        try service.server.script([
            "faults": [["operation": "DescribeServiceDeployments", "code": "AccessDeniedException", "times": 0]]
        ])
        #expect(try await snapshot(service).deploymentInFlight == nil)
    }

    @Test(arguments: [true, false]) func aDeploymentThatGoesOnIsSeen(isAllowed: Bool) async throws {
        let service = try TestService(plays: ["slow"])
        try service.server.script(["deploy": ["web": "web:1"]])
        if !isAllowed {
            try service.server.script([
                "faults": [["operation": "DescribeServiceDeployments", "code": "AccessDeniedException", "times": 0]]
            ])
        }
        let text = try #require(try await snapshot(service).deploymentInFlight)
        #expect(text.hasPrefix(isAllowed ? "service deployment " : "deployment ecs-svc/"), "\(text)")
        #expect(text.contains(" is IN_PROGRESS"), "\(text)")
    }

    @Test func aDeploymentThatIsPausedSaysAtWhichHook() async throws {
        let service = try TestService(["strategy": "BLUE_GREEN"], plays: ["hook"])
        try service.server.script(["deploy": ["web": "web:1"]])
        var text = ""
        for _ in 0..<10 where !text.contains("paused") {
            text = try await snapshot(service).deploymentInFlight ?? ""
        }
        #expect(text.contains(" and is paused at hook "), "\(text)")
        #expect(text.contains(" until "), "\(text)")
    }

    @Test func anExpressServiceIsReadWithItsConfiguration() async throws {
        let service = try TestService(["express": true])
        let read = try await snapshot(service)
        #expect(read.service.isExpress)
        #expect(read.express?["primaryContainer"]?["image"]?.stringValue != nil)
        try service.server.script([
            "faults": [["operation": "DescribeExpressGatewayService", "code": "AccessDeniedException"]]
        ])
        let withheld = try await snapshot(service)
        #expect(withheld.express == nil)
        #expect(withheld.warnings.count == 1)
    }
}
