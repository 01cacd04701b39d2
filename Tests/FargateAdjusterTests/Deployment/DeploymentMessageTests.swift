import Basics
import JSON
import Testing

@testable import FargateAdjuster

/// Progress and message of a look.
@Suite struct DeploymentMessageTests {
    private static func named(_ sample: SampleService) -> SampleService {
        sample.with { $0.members["currentServiceDeployment"] = .string(SampleService.deploymentARN) }
    }

    private static func shifting(_ weight: Double) -> ServiceDeployment {
        SampleService.deployment(
            "IN_PROGRESS", stage: "PRODUCTION_TRAFFIC_SHIFT",
            ["targetServiceRevision": ["requestedProductionTrafficWeight": .double(weight)]])
    }

    private static func stage(_ stage: String) -> ServiceDeployment {
        SampleService.deployment("IN_PROGRESS", stage: stage)
    }

    static let stages: [(ServiceDeployment?, SampleService, Int, String)] = [
        (SampleService.deployment("PENDING"), SampleService(0, old: 2), 5, "PENDING: new 0/2 running, 2 old"),
        (stage("PRE_SCALE_UP"), SampleService(0, old: 2), 10, "PRE_SCALE_UP: new 0/2 running, 2 old"),
        (stage("SCALE_UP"), SampleService(0, old: 2), 10, "SCALE_UP: new 0/2 running, 2 old"),
        (stage("SCALE_UP"), SampleService(1, old: 2), 30, "SCALE_UP: new 1/2 running, 2 old"),
        (stage("SCALE_UP"), SampleService(2, old: 2), 50, "SCALE_UP: new 2/2 running, 2 old"),
        (stage("TEST_TRAFFIC_SHIFT"), SampleService(2, old: 2), 55, "TEST_TRAFFIC_SHIFT: new 2/2 running, 2 old"),
        (shifting(0), SampleService(2, old: 2), 60, "PRODUCTION_TRAFFIC_SHIFT (0 %): new 2/2 running, 2 old"),
        (shifting(12.5), SampleService(2, old: 2), 63, "PRODUCTION_TRAFFIC_SHIFT (12.5 %): new 2/2 running, 2 old"),
        (shifting(100), SampleService(2, old: 2), 85, "PRODUCTION_TRAFFIC_SHIFT (100 %): new 2/2 running, 2 old"),
        (stage("BAKE_TIME"), SampleService(2, old: 2), 90, "BAKE_TIME: new 2/2 running, 2 old"),
        (stage("CLEAN_UP"), SampleService(2, old: 1), 95, "CLEAN_UP: new 2/2 running, 1 old"),
        // Rolling deployments have no stage.
        (SampleService.deployment("IN_PROGRESS"), SampleService(0, old: 2), 10, "IN_PROGRESS: new 0/2 running, 2 old"),
        (nil, SampleService(0, old: 2), 10, "new 0/2 running, 2 old"),
        (nil, SampleService(1, old: 2), 30, "new 1/2 running, 2 old"),
        (nil, SampleService(2, old: 2), 50, "new 2/2 running, 2 old"),
        (nil, SampleService(2, old: 1), 70, "new 2/2 running, 1 old"),
        (nil, SampleService(2), 95, "new 2/2 running"),
        (nil, SampleService(2, rollout: "COMPLETED"), 100, "new 2/2 running; complete"),
        (
            nil, SampleService(2, rollout: "COMPLETED", revision: SampleService.old, at: -9), 5,
            "waiting for web:8, ECS still shows web:7: new 0/2 running, 2 old"
        ),
    ]

    @Test(arguments: stages.indices) func stageTellsProgress(_ index: Int) {
        let (deployment, sample, progress, message) = Self.stages[index]
        var looks = SampleLooks(deployment: deployment)
        let status = looks.look(at: deployment == nil ? sample : Self.named(sample))
        #expect(status.progress == progress)
        #expect(status.message == message)
    }

    @Test func progressNeverGoesBackWhileItGoesOn() {
        var looks = SampleLooks()
        var seen: [Int] = []
        for running in [0, 2, 1, 0, 1, 2] { seen.append(looks.look(at: SampleService(running, old: 2)).progress) }
        #expect(seen == [10, 50, 50, 50, 50, 50])
    }

    @Test func endWithoutSuccessKeepsItsProgress() {
        var looks = SampleLooks()
        looks.look(at: SampleService(2, old: 1))
        #expect(looks.look(at: SampleService(0, rollout: "FAILED")).progress == 70)
    }

    @Test func targetsAreCountedWithTheirReason() {
        var looks = SampleLooks(targets: [.sample(healthy: 1, of: 2)])
        let sample = SampleService(2, old: 2).with { $0.targetGroups() }
        // Nobody asks for them while something moves.
        for _ in 0..<3 { #expect(looks.look(at: sample).healthyTargets == nil) }
        let status = looks.look(at: sample)
        #expect(looks.look(at: sample).message == status.message)
        #expect(looks.look(at: sample.with { $0.event("x") }).healthyTargets == 1)
        #expect(
            status.message
                == "new 2/2 running, 2 old, targets 1/2 healthy; a target is unhealthy: Target.Timeout: Request timed out"
        )
    }

    @Test func pausedHookTellsTheCommand() {
        let expiry = SampleService.begin + .seconds(3600)
        var looks = SampleLooks(
            deployment: SampleService.deployment(
                "IN_PROGRESS", stage: "PRE_SCALE_UP",
                [
                    "lifecycleHookDetails": [
                        ["hookId": "h-1", "status": "AWAITING_ACTION", "expiresAt": .string(expiry.iso8601)]
                    ]
                ]))
        let status = looks.look(at: Self.named(SampleService(0, old: 2)))
        #expect(status.message.contains("paused at hook h-1 until \(expiry.iso8601)"))
        #expect(status.message.contains("aws ecs continue-service-deployment"))
        #expect(status.message.contains("--hook-id h-1"))
        #expect(status.message.contains(SampleService.deploymentARN))
    }

    @Test func newestProblemIsTold() {
        var looks = SampleLooks()
        let status = looks.look(
            at: SampleService(1, pending: 1).with {
                $0.event("was unable to place a task. Reason: Capacity is unavailable at this time.")
                $0.event("has started 1 tasks: (task 1).", at: 11)
            })
        #expect(
            status.message
                == "new 1/2 running; (service web) was unable to place a task. Reason: Capacity is unavailable at this time."
        )
    }

    @Test func changedCountIsTold() {
        var looks = SampleLooks()
        let status = looks.look(at: SampleService(3, of: 3, rollout: "COMPLETED"))
        #expect(status.message.contains("the service is to have 3 tasks, not 2"))
    }

    @Test func missingPermissionIsTold() {
        var looks = SampleLooks(denied: ["elasticloadbalancing:DescribeTargetHealth"])
        let status = looks.look(at: SampleService(2, rollout: nil).with { $0.targetGroups() })
        #expect(status.denied == ["elasticloadbalancing:DescribeTargetHealth"])
        #expect(status.message.contains("allow elasticloadbalancing:DescribeTargetHealth"))
    }

    @Test func classicLoadBalancerIsNamed() {
        var looks = SampleLooks()
        let status = looks.look(
            at: SampleService(2, rollout: nil).with {
                $0.members["loadBalancers"] = [["loadBalancerName": "web-classic"]]
            })
        #expect(status.phase == .succeeded)
        #expect(status.message.hasSuffix("complete, without a look at classic load balancer web-classic"))
    }

    @Test func messagesAreShortAndPrintable() {
        var looks = SampleLooks()
        let status = looks.look(
            at: SampleService(0).with { $0.event("failed \u{1B}[31m" + String(repeating: "x", count: 400)) })
        #expect(status.message.count == DeploymentLook.messageLimit)
        #expect(status.message.unicodeScalars.allSatisfy { !$0.isInvisible })
    }

    @Test func statusSurvivesItsRecord() throws {
        var looks = SampleLooks(deployment: Self.shifting(5))
        let status = looks.look(at: Self.named(SampleService(1, old: 2)))
        let record = try JSONEncoder().encodeToValue(status)
        #expect(try JSONDecoder().decode(DeploymentStatus.self, from: record) == status)
    }
}
