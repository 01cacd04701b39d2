import Basics
import JSON
import Testing

@testable import FargateAdjuster

/// Everything that is checked before anything is touched.
@Suite struct PlanRefusalTests {
    private func error(_ sample: PlanSample, _ values: String = #"{"cpu": 0.25}"#) -> AdjusterError? {
        #expect(throws: AdjusterError.self) { try sample.plan(values) }
    }

    @Test(arguments: [
        (#"{"cpu": 5}"#, ["cpu: 5 vCPU is not allowed"]),
        (#"{"cpu": 0.3}"#, ["cpu: 0.3 vCPU is not allowed"]),
        (#"{"cpu": "much"}"#, ["cpu: "]),
        (#"{"mem": 31}"#, ["mem: 31 GiB is not allowed"]),
        (#"{"replicas": 11}"#, ["replicas: 11 is not allowed"]),
        (#"{"replicas": 2.5}"#, ["replicas: 2.5 is not allowed"]),
        (#"{"GOGC": 95}"#, ["GOGC: 95 is not allowed"]),
        (#"{"MODE": "c"}"#, [#"MODE: "c" is not allowed"#]),
        (#"{"memory": 2, "mem": 3}"#, ["memory is 2 and mem is 3, but they are the same setting"]),
        (
            #"{"cpu": 5, "mem": 31, "replicas": 11, "GOGC": 5, "TOKEN": "a"}"#,
            [
                "comp web: cpu: 5", "comp web: mem: 31", "comp web: replicas: 11", "comp web: GOGC: 5",
                "comp web: TOKEN: ",
            ]
        ),
    ])
    func allFaultsOfTheValuesAreTold(values: String, texts: [String]) {
        let error = error(PlanSample(), values)
        #expect(error?.code == .invalidInput)
        for text in texts { #expect(error?.message.contains(text) == true, "\(error?.message ?? "")") }
    }

    @Test func aPinnedSettingKeepsItsValue() throws {
        var sample = PlanSample()
        sample.component.cpu?.isPinned = true
        #expect(error(sample)?.message.contains("cpu: it is pinned at 0.5 vCPU") == true)
        #expect(try sample.plan(#"{"cpu": "0.5", "mem": 2}"#).changeTexts == ["mem: 1 GiB → 2 GiB"])
    }

    /// Also when only one of both changes; a present pair is never checked.
    @Test(arguments: [
        (512, 1_024, #"{"cpu": 2}"#, false), (512, 4_096, #"{"cpu": 2}"#, true), (512, 4_096, #"{"cpu": 0.25}"#, false),
        (512, 4_096, #"{"cpu": 0.25, "mem": 2}"#, true), (512, 1_024, #"{"mem": 5}"#, false),
        (512, 1_024, #"{"mem": 4}"#, true), (512, 1_024, #"{"mem": 1.5}"#, false),
        (512, 9_000, #"{"replicas": 3}"#, true), (512, 9_000, #"{"cpu": 0.25}"#, false),
    ])
    func theResultingPairMustBeOneOfFargate(cpu: Int, memory: Int, values: String, isAllowed: Bool) throws {
        let sample = PlanSample(cpu: cpu, memory: memory)
        if isAllowed {
            #expect(try !sample.plan(values).isEmpty)
        } else {
            #expect(error(sample, values)?.code == .invalidInput)
        }
    }

    // MARK: Containers

    @Test(arguments: [
        // containers as (name, cpu, memory, memoryReservation), wanted, text
        ([("app", 0, 1_024, 0)], #"{"cpu": 0.25, "mem": 0.5}"#, "mem: container app has a limit of 1024 MiB"),
        ([("app", 0, 512, 0)], #"{"cpu": 0.25, "mem": 0.5}"#, nil),
        (
            [("app", 0, 513, 0)], #"{"cpu": 0.25, "mem": 0.5}"#,
            "which is more than the 512 MiB that the task would have"
        ),
        (
            [("app", 0, 512, 300), ("proxy", 0, 256, 0)], #"{"cpu": 0.25, "mem": 0.5}"#,
            "mem: the containers reserve 556 MiB (app 300, proxy 256)"
        ),
        ([("app", 0, 512, 256), ("proxy", 0, 256, 0)], #"{"cpu": 0.25, "mem": 0.5}"#, nil),
        (
            [("app", 200, 0, 0), ("proxy", 57, 0, 0)], #"{"cpu": 0.25}"#,
            "cpu: the containers reserve 257 CPU units (app 200, proxy 57)"
        ),
        ([("app", 200, 0, 0), ("proxy", 56, 0, 0)], #"{"cpu": 0.25}"#, nil),
        ([("app", 9_999, 9_999, 0)], #"{"cpu": 1, "mem": 2}"#, nil),
    ])
    func aContainerThatAsksForMoreThanTheTaskWouldHave(
        containers: [(name: String, cpu: Int, memory: Int, reservation: Int)], values: String, text: String?
    ) throws {
        let sample = PlanSample(
            containers: containers.map { container in
                [
                    "name": .string(container.name), "cpu": JSONValue(container.cpu),
                    "memory": JSONValue(container.memory), "memoryReservation": JSONValue(container.reservation),
                ]
            })
        if let text {
            let error = error(sample, values)
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
        } else {
            #expect(try !sample.plan(values).isEmpty)
        }
    }

    @Test(arguments: [([512, 512], 1), ([512, 0], 0), ([1_024, 1_024], 0)])
    func memoryThatNoContainerMayUseIsWarnedOf(limits: [Int], warnings: Int) throws {
        let sample = PlanSample(containers: limits.map { ["name": "c", "memory": JSONValue($0)] })
        #expect(try sample.plan(#"{"mem": 2}"#).warnings.count == warnings)
    }

    // MARK: The service

    private static let obstacles: [(text: String, change: @Sendable (inout FargateService) -> Void)] = [
        ("does not run on Fargate (its launch type is EC2)", { $0.launchType = "EC2" }),
        (
            "does not run on Fargate (its capacity providers are asg-1, asg-2)",
            { ($0.launchType, $0.capacityProviders) = (nil, ["asg-1", "asg-2"]) }
        ),
        ("is deployed by CodeDeploy", { $0.controller = "CODE_DEPLOY" }),
        ("is deployed by an external controller", { $0.controller = "EXTERNAL" }),
        ("is an Express service, which ECS manages as a whole: allow", { $0.isExpress = true }),
        ("is DRAINING, not ACTIVE", { $0.status = "DRAINING" }),
        ("is in flight (service deployment sd-1 goes on)", { $0.currentDeployment = "arn:x/sd-1" }),
        (
            "is in flight (deployment ecs-svc/7 of web:13 is IN_PROGRESS)",
            { service in
                var deployment = FargateService.Deployment()
                (deployment.id, deployment.rolloutState) = ("ecs-svc/7", "IN_PROGRESS")
                deployment.taskDefinition = "arn:x/web:13"
                service.deployments = [deployment]
            }
        ),
        ("is in flight (it has 2 deployments at once", { $0.deployments = [.init(), .init()] }),
    ]

    @Test func aServiceThatCannotBeAdjustedNow() throws {
        for (text, change) in Self.obstacles {
            var sample = PlanSample()
            change(&sample.snapshot.service)
            let error = error(sample)
            #expect(error?.code == .refused, "\(text)")
            #expect(error?.message.hasPrefix("comp web: ") == true)
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
            // Without a change nothing is refused.
            #expect(try sample.plan(#"{"cpu": 0.5}"#).isEmpty, "\(text)")
        }
    }

    @Test(arguments: [["FARGATE"], ["FARGATE_SPOT"], ["asg", "FARGATE_SPOT"]])
    func aServiceOfCapacityProvidersIsAdjusted(providers: [String]) throws {
        var sample = PlanSample()
        (sample.snapshot.service.launchType, sample.snapshot.service.capacityProviders) = (nil, providers)
        #expect(try !sample.plan(#"{"cpu": 0.25}"#).isEmpty)
    }

    @Test func aRevisionThatCannotBeGoneBackToIsRefused() throws {
        var sample = PlanSample()
        sample.snapshot.taskDefinition.isActive = false
        #expect(error(sample)?.code == .refused)
        #expect(error(sample)?.message.contains("web:12 was deregistered, so the service could not go back") == true)
        #expect(try !sample.plan(#"{"replicas": 3}"#).isEmpty)
    }

    @Test func whatADeploymentWaitsForIsTold() throws {
        var sample = PlanSample()
        sample.snapshot.inFlight = "service deployment 1 is IN_PROGRESS and is paused at hook h"
        #expect(error(sample)?.message.contains("is paused at hook h): wait until it is over") == true)
    }

    @Test func aServiceInFlightWithoutChangesIsUnchangedWithAWarning() throws {
        var sample = PlanSample()
        sample.snapshot.service.currentDeployment = "arn:x/sd-1"
        let plan = try sample.plan(#"{"cpu": 0.5}"#)
        #expect(plan.isEmpty)
        #expect(
            plan.warnings == [
                "there is nothing to change, but service deployment sd-1 goes on: whether that succeeds is not watched"
            ])
    }

    @Test func theNumberOfTasksOfADaemonServiceIsNotOurs() throws {
        var sample = PlanSample()
        sample.snapshot.service.scheduling = "DAEMON"
        let error = error(sample, #"{"replicas": 3}"#)
        #expect(error?.code == .refused)
        #expect(error?.message.contains("replicas: a DAEMON service") == true)
        #expect(try !sample.plan(#"{"cpu": 0.25}"#).isEmpty)
    }

    @Test func aVariableFromASecretIsRefused() {
        let error = error(PlanSample(), #"{"TOKEN": "a"}"#)
        #expect(error?.code == .refused)
        #expect(error?.message.contains("TOKEN of container app comes from a secret (arn:secret)") == true)
    }

    @Test func aVariableWithoutItsContainerIsRefused() {
        let error = error(PlanSample(containers: [["name": "app"], ["name": "proxy"]]), #"{"GOGC": 90}"#)
        #expect(error?.code == .refused)
        #expect(error?.message.contains("web:12 has several containers (app, proxy)") == true)
    }

    @Test func refusalsAreToldBesideFaults() {
        var sample = PlanSample()
        sample.snapshot.service.launchType = "EC2"
        sample.snapshot.service.controller = "CODE_DEPLOY"
        let error = error(sample, #"{"cpu": 5}"#)
        #expect(error?.code == .invalidInput)
        for text in ["cpu: 5 vCPU", "does not run on Fargate", "is deployed by CodeDeploy"] {
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
        }
    }
}
