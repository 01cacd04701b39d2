import Basics
import JSON
import Testing

@testable import FargateAdjuster

/// What one look, or two, make of what ECS shows.
@Suite struct DeploymentPhaseTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let service: SampleService
        var deployment: ServiceDeployment?
        var targets: [TargetGroupHealth]?
        var denied: Set<String> = []
        var failing: Set<String> = []
        let phase: DeploymentStatus.Phase

        init(
            _ name: String, _ phase: DeploymentStatus.Phase, _ service: SampleService,
            _ deployment: ServiceDeployment? = nil, targets: [TargetGroupHealth]? = nil, denied: Set<String> = [],
            failing: Set<String> = []
        ) {
            (testDescription, self.service, self.deployment, self.targets) = (name, service, deployment, targets)
            (self.denied, self.failing, self.phase) = (denied, failing, phase)
        }
    }

    private static let complete = SampleService(2, rollout: "COMPLETED")
    private static let health = "elasticloadbalancing:DescribeTargetHealth"

    private static func balanced(_ strategy: String = "ROLLING", rollout: String? = "COMPLETED") -> SampleService {
        SampleService(2, rollout: rollout).with { $0.targetGroups(strategy) }
    }

    private static func named(_ sample: SampleService) -> SampleService {
        sample.with { $0.members["currentServiceDeployment"] = .string(SampleService.deploymentARN) }
    }

    /// Rows where the first look decides.
    static let successes: [Row] = [
        Row("complete", .succeeded, complete),
        Row("without rolloutState, as emulators", .succeeded, SampleService(2, rollout: nil)),
        Row("rollout in progress", .running, SampleService(2)),
        Row("one task short", .running, SampleService(1, rollout: "COMPLETED")),
        Row("one task too many", .running, SampleService(3, rollout: "COMPLETED")),
        Row("one pending", .running, SampleService(2, pending: 1, rollout: "COMPLETED")),
        Row("one old task", .running, SampleService(2, old: 1, rollout: "COMPLETED")),
        Row("another count than wanted", .running, SampleService(3, of: 3, rollout: "COMPLETED")),
        Row("ECS says successful", .succeeded, named(complete), SampleService.deployment("SUCCESSFUL")),
        Row(
            "ECS says successful, counts are behind", .running, named(SampleService(1)),
            SampleService.deployment("SUCCESSFUL")),
        Row("ECS bakes", .running, named(complete), SampleService.deployment("IN_PROGRESS", stage: "BAKE_TIME")),
        Row("the list says in progress", .running, named(SampleService(2)), SampleService.deployment("SUCCESSFUL")),
        Row(
            "deployment has no answer", .running, named(complete), SampleService.deployment("SUCCESSFUL"),
            failing: ["ecs:DescribeServiceDeployments"]),
        Row("deployment is denied", .succeeded, named(complete), denied: ["ecs:DescribeServiceDeployments"]),
        Row("targets healthy", .succeeded, balanced(), targets: [.sample(healthy: 2, of: 2)]),
        Row("more targets healthy than tasks", .succeeded, balanced(), targets: [.sample(healthy: 3, of: 3)]),
        Row("one target short", .running, balanced(), targets: [.sample(healthy: 1, of: 2)]),
        Row("no targets", .running, balanced(), targets: [.sample(healthy: 0, of: 0)]),
        Row("targets have no answer", .running, balanced(), failing: [health]),
        Row("targets are denied, ECS says complete", .succeeded, balanced(), denied: [health]),
        Row("targets are denied, ECS says nothing", .running, balanced(rollout: nil), denied: [health]),
        Row(
            "blue/green: the other group has the tasks", .succeeded, balanced("BLUE_GREEN"),
            targets: [.sample(healthy: 0, of: 0), .sample("green", healthy: 2, of: 2)]),
        Row(
            "blue/green: the group with the tasks is not healthy", .running, balanced("BLUE_GREEN"),
            targets: [.sample(healthy: 0, of: 0), .sample("green", healthy: 1, of: 2)]),
        Row(
            "blue/green: no group has targets", .running, balanced("BLUE_GREEN"),
            targets: [.sample(healthy: 0, of: 0), .sample("green", healthy: 0, of: 0)]),
        Row(
            "blue/green: the former group still has an unhealthy one", .running, balanced("BLUE_GREEN"),
            targets: [.sample(healthy: 0, of: 1), .sample("green", healthy: 2, of: 2)]),
    ]

    @Test(arguments: successes) func succeedsOnlyWithEveryCheck(_ row: Row) {
        var looks = SampleLooks(
            deployment: row.deployment, targets: row.targets, denied: row.denied, failing: row.failing)
        let status = looks.look(at: row.service)
        #expect(status.phase == row.phase)
        #expect(status.cause == nil)
    }

    private static let breaker: JSONObject = ["deploymentCircuitBreaker": ["status": "TRIGGERED", "failureCount": 3]]
    private static let alarm: JSONObject = ["alarms": ["status": "TRIGGERED", "triggeredAlarmNames": ["web-5xx"]]]

    static let ends: [Row] = [
        Row("rolled back", .rolledBack, named(SampleService(1)), SampleService.deployment("ROLLBACK_SUCCESSFUL")),
        Row("rolling back", .rollingBack, named(SampleService(1)), SampleService.deployment("ROLLBACK_IN_PROGRESS")),
        Row("asked to", .rollingBack, named(SampleService(1)), SampleService.deployment("ROLLBACK_REQUESTED")),
        Row("rollback failed", .failed, named(SampleService(1)), SampleService.deployment("ROLLBACK_FAILED")),
        Row("stopped", .failed, named(SampleService(1)), SampleService.deployment("STOPPED")),
        Row("asked to stop", .running, named(SampleService(1)), SampleService.deployment("STOP_REQUESTED")),
        Row("in progress", .running, named(SampleService(1)), SampleService.deployment("IN_PROGRESS")),
        Row("breaker", .failed, named(SampleService(1)), SampleService.deployment("IN_PROGRESS", breaker)),
        Row(
            "breaker with rollback", .rollingBack, named(SampleService(1)).with { $0.breaker(rollback: true) },
            SampleService.deployment("IN_PROGRESS", breaker)),
        Row("alarm", .failed, named(SampleService(2)), SampleService.deployment("IN_PROGRESS", alarm)),
        Row("rollout failed", .failed, SampleService(1, rollout: "FAILED")),
        Row(
            "rollout failed, with rollback", .rollingBack,
            SampleService(1, rollout: "FAILED").with { $0.breaker(rollback: true) }),
        Row("one task below the limit", .running, SampleService(0, failed: 2)),
        Row("as many failed tasks as allowed", .failed, SampleService(0, failed: 3)),
        Row(
            "as many, but the breaker decides", .running,
            SampleService(0, failed: 3).with { $0.breaker(rollback: true) }),
        Row("draining", .gone, SampleService(0).with { $0.members["status"] = "DRAINING" }),
        Row("inactive", .gone, SampleService(0).with { $0.members["status"] = "INACTIVE" }),
    ]

    @Test(arguments: ends) func endsWithACause(_ row: Row) {
        var looks = SampleLooks(deployment: row.deployment.map { _ in SampleService.deployment("IN_PROGRESS") })
        if row.deployment != nil { looks.look(at: Self.named(SampleService(0))) }
        looks.deployment = row.deployment
        let status = looks.look(at: row.service)
        #expect(status.phase == row.phase)
        #expect((status.cause == nil) == (row.phase == .running))
        #expect(status.progress < 100)
    }

    /// What a second look at the same shows.
    static let confirmed: [(String, SampleService, first: DeploymentStatus.Phase, second: DeploymentStatus.Phase)] = [
        (
            "another revision, newer", SampleService(1, revision: SampleService.other, at: 30), .running, .superseded
        ),
        (
            "another revision, from before",
            SampleService(2, rollout: "COMPLETED", revision: SampleService.old, at: -9), .running, .running
        ),
        ("only the count changed", SampleService(2, rollout: "COMPLETED", at: -86_400), .running, .succeeded),
        (
            "only the count changed, not there yet", SampleService(1, rollout: "COMPLETED", at: -86_400), .running,
            .running
        ),
        ("no deployment at all", SampleService(2).with { $0.deployments = [] }, .running, .running),
    ]

    @Test(arguments: confirmed.indices) func confirmsWhatMayBeStale(_ index: Int) {
        let row = Self.confirmed[index]
        var looks = SampleLooks()
        #expect(looks.look(at: row.1).phase == row.first, "\(row.0)")
        #expect(looks.look(at: row.1).phase == row.second, "\(row.0)")
    }

    @Test func noTasksAtAllSucceed() {
        var looks = SampleLooks()
        looks.expected.desiredCount = 0
        let status = looks.look(at: SampleService(0, of: 0, rollout: "COMPLETED").with { $0.targetGroups() })
        #expect(status.phase == .succeeded)
        #expect(looks.questions == [.search(since: SampleService.begin)])
    }

    @Test func scaledServiceMayHaveAnotherCount() {
        let sample = SampleService(5, of: 5, rollout: "COMPLETED")
        var fixed = SampleLooks()
        var scaled = SampleLooks()
        scaled.expected.isScaled = true
        for phases in [(DeploymentStatus.Phase.running, DeploymentStatus.Phase.running), (.running, .succeeded)] {
            #expect(fixed.look(at: sample).phase == .running)
            #expect(scaled.look(at: sample).phase == phases.1)
        }
    }

    @Test func oldAnswerAfterANewOneChangesNothing() {
        var looks = SampleLooks()
        looks.look(at: SampleService(1, old: 2))
        let old = SampleService(2, rollout: "COMPLETED", revision: SampleService.old, at: -86_400)
        for _ in 0..<3 {
            let status = looks.look(at: old)
            #expect(status.phase == .running)
            #expect(status.message.contains("ECS still shows web:7"))
        }
        #expect(looks.look(at: Self.complete).phase == .succeeded)
    }

    @Test func oneLookAtAnotherRevisionIsNotEnough() {
        var looks = SampleLooks()
        let other = SampleService(1, revision: SampleService.other, at: 30)
        #expect(looks.look(at: other).phase == .running)
        #expect(looks.look(at: SampleService(1)).phase == .running)
        #expect(looks.look(at: other).phase == .running)
        #expect(looks.look(at: other).phase == .superseded)
        #expect(looks.status?.cause?.kind == .superseded)
    }

    @Test func deploymentStoppedByANewerOneIsSuperseded() {
        var looks = SampleLooks(deployment: SampleService.deployment("IN_PROGRESS"))
        looks.look(at: Self.named(SampleService(1)))
        looks.deployment = SampleService.deployment("STOPPED", ["statusReason": "Superseded by a newer deployment."])
        let other = SampleService(1, revision: SampleService.other, at: 30)
        looks.look(at: other)
        #expect(looks.look(at: other).phase == .superseded)
    }

    @Test func sameRevisionDeployedAgainCountsInsteadOfTheFirst() {
        var looks = SampleLooks(deployment: SampleService.deployment("IN_PROGRESS"))
        looks.look(at: Self.named(SampleService(1)))
        let again = SampleService.deployment("SUCCESSFUL", at: 60, arn: SampleService.earlierARN)
        looks.deployment = again
        let sample = SampleService(2, rollout: "COMPLETED", at: 60).with {
            $0.members["currentServiceDeployment"] = .string(again.arn)
        }
        let status = looks.look(at: sample)
        #expect(status.phase == .succeeded)
        #expect(status.deployment == again.arn)
    }

    @Test func rollbackSeenOnlyByDescribeServices() {
        var looks = SampleLooks(denied: ["ecs:DescribeServiceDeployments", "ecs:ListServiceDeployments"])
        let start = SampleService(0, failed: 1).with { $0.breaker(rollback: true) }
        #expect(looks.look(at: start).phase == .running)
        var back = SampleService(1, rollout: "IN_PROGRESS", revision: SampleService.old, at: 60)
        back.breaker(rollback: true)
        back.add(
            SampleService.new, 0, failed: 3, status: "ACTIVE", rollout: "FAILED",
            reason: "ECS deployment circuit breaker: tasks failed to start.", at: 1)
        let rolling = looks.look(at: back)
        #expect(rolling.phase == .rollingBack)
        #expect(rolling.cause?.kind == .circuitBreaker)
        let done = SampleService(2, rollout: "COMPLETED", revision: SampleService.old, at: 60)
        #expect(looks.look(at: done).phase == .rollingBack)
        #expect(looks.look(at: done).phase == .rolledBack)
    }

    @Test func rollbackThatNobodySawBegin() {
        var looks = SampleLooks(denied: ["ecs:DescribeServiceDeployments", "ecs:ListServiceDeployments"])
        looks.look(at: SampleService(0))
        let done = SampleService(2, rollout: "COMPLETED", revision: SampleService.old, at: 60).with {
            $0.event("rolling back to (deployment ecs-svc/1).")
        }
        looks.look(at: done)
        #expect(looks.look(at: done).phase == .rolledBack)
    }

    @Test func announcedRollbackThatNeverBeginsFails() {
        var looks = SampleLooks()
        let sample = SampleService(0, rollout: "FAILED").with { $0.breaker(rollback: true) }
        var phases: [DeploymentStatus.Phase] = []
        for _ in 0...DeploymentLook.patience { phases.append(looks.look(at: sample).phase) }
        #expect(phases.dropLast().allSatisfy { $0 == .rollingBack })
        #expect(phases.last == .failed)
    }

    @Test func failuresFromBeforeACountChangeDoNotCount() {
        var looks = SampleLooks()
        #expect(looks.look(at: SampleService(1, failed: 7, rollout: "COMPLETED", at: -86_400)).failedTasks == 0)
        #expect(looks.look(at: SampleService(1, failed: 9, rollout: "COMPLETED", at: -86_400)).phase == .running)
        #expect(looks.look(at: SampleService(1, failed: 10, rollout: "COMPLETED", at: -86_400)).phase == .failed)
    }

    /// ECS begins to count again when a task runs.
    @Test func failuresFromBeforeAreForgottenWithECS() {
        var looks = SampleLooks()
        let counts = [7, 0, 2].map {
            looks.look(at: SampleService(1, failed: $0, rollout: "COMPLETED", at: -86_400)).failedTasks
        }
        #expect(counts == [0, 0, 2])
    }

    @Test func noFailedTaskIsNeverTooMany() {
        var looks = SampleLooks()
        looks.expected.maximumFailedTasks = 0
        #expect(looks.look(at: SampleService(1)).phase == .running)
        #expect(looks.look(at: SampleService(1, failed: 1)).phase == .failed)
    }

    /// This machine's clock is ten minutes ahead of ECS's.
    @Test func clockThatIsAheadOnlyCostsALook() {
        var looks = SampleLooks(deployment: SampleService.deployment("IN_PROGRESS", at: -600))
        let sample = Self.named(SampleService(1, old: 1, at: -600))
        #expect(looks.look(at: sample).deployment == SampleService.deploymentARN)
        looks.deployment = SampleService.deployment("ROLLBACK_IN_PROGRESS", at: -600)
        let phases = (0..<DeploymentLook.readingInterval).map { _ in looks.look(at: sample).phase }
        #expect(phases == [.running, .running, .rollingBack])
    }

    @Test func failedRolloutCountsWhateverTheClock() {
        var looks = SampleLooks()
        looks.look(at: SampleService(1, at: -600))
        #expect(looks.look(at: SampleService(1, rollout: "FAILED", at: -600)).phase == .failed)
    }

    @Test func missingServiceIsGoneAtTheSecondLook() {
        let expected = SampleService.expected
        let first = DeploymentStatus.missing(expected, after: nil)
        #expect(first.phase == .running)
        let second = DeploymentStatus.missing(expected, after: first)
        #expect(second.phase == .gone)
        #expect(second.cause?.kind == .serviceGone)
    }
}

/// Looks on the way back, where the deployment that failed is from before.
@Suite struct DeploymentWayBackTests {
    private static func back(_ sample: SampleService, named: Bool = true) -> SampleService {
        sample.with { if named { $0.members["currentServiceDeployment"] = .string(SampleService.earlierARN) } }
    }

    private static func earlier(_ status: String, _ more: JSONObject = [:]) -> ServiceDeployment {
        SampleService.deployment(status, at: -60, arn: SampleService.earlierARN, more)
    }

    @Test func waitsUntilECSHasTakenItBack() {
        var looks = SampleLooks(deployment: Self.earlier("IN_PROGRESS"))
        let before = Self.back(SampleService(1, revision: SampleService.other, at: -60))
        #expect(looks.look(at: before).phase == .running)
        looks.deployment = Self.earlier("ROLLBACK_IN_PROGRESS")
        #expect(looks.look(at: before).phase == .running)
        let shown = Self.back(SampleService(2, rollout: "COMPLETED", at: -86_400))
        for _ in 0..<3 { #expect(looks.look(at: shown).phase == .running) }
        looks.deployment = Self.earlier("ROLLBACK_SUCCESSFUL")
        #expect(looks.look(at: shown).phase == .running)
        let status = looks.look(at: shown)
        #expect(status.phase == .succeeded)
        #expect(status.deployment == nil)
    }

    /// ECS's clock is ahead, so that the deployment from before seems to be from after the way back was begun.
    @Test func endOfTheRollbackIsNoEndOfTheWayBack() {
        var looks = SampleLooks()
        looks.deployment = SampleService.deployment("ROLLBACK_SUCCESSFUL", at: 2, arn: SampleService.earlierARN)
        #expect(looks.look(at: Self.back(SampleService(2, rollout: "COMPLETED", at: 5))).phase == .succeeded)
    }

    @Test func rollbackThatFailsIsAFailure() {
        var looks = SampleLooks()
        let end = (SampleService.begin + .seconds(30)).iso8601
        looks.deployment = Self.earlier("ROLLBACK_FAILED", ["finishedAt": .string(end)])
        let status = looks.look(at: Self.back(SampleService(0, at: 5)))
        #expect(status.phase == .failed)
    }

    @Test func rollbackThatFailedBeforeDoesNotCount() {
        var looks = SampleLooks()
        let end = (SampleService.begin - .seconds(30)).iso8601
        looks.deployment = Self.earlier("ROLLBACK_FAILED", ["finishedAt": .string(end)])
        #expect(looks.look(at: Self.back(SampleService(0, at: 5))).phase == .running)
    }
}
