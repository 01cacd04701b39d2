import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

@Suite(.serialized, .enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct AdjustmentTests {
    /// One adjustment of `web`, and what it leaves.
    struct Trial: CustomTestStringConvertible {
        var name: String
        var plays: [JSONValue]
        var script: JSONObject = [:]
        var faults: [JSONValue] = []
        var on: [JSONValue] = []
        var settings: [AdjustmentRequest.Setting] = [.init("mem", 1)]
        var state: AdjustmentOutcome.State
        var cause: FailureCause.Kind?
        /// The revision that the service is on after it.
        var revision: Int
        var tasks = 2
        /// What the message says.
        var says = ""
        var testDescription: String { name }
    }

    static let denied = "AccessDeniedException"

    static let trials: [Trial] = [
        Trial(name: "success", plays: ["success"], state: .succeeded, revision: 2, says: "healthy on web:2"),
        Trial(name: "slow start", plays: ["slow"], state: .succeeded, revision: 2),
        Trial(
            name: "nothing to change", plays: [], settings: [.init("cpu", 0.25)], state: .unchanged, revision: 1,
            says: "wanted values already"),
        Trial(
            name: "crash loop, stopped by us", plays: ["crash"], state: .restored, cause: .containerExited, revision: 1,
            says: "healthy on web:1 again"),
        Trial(name: "out of memory", plays: ["out_of_memory"], state: .restored, cause: .outOfMemory, revision: 1),
        Trial(name: "no image", plays: ["image"], state: .restored, cause: .imageNotFound, revision: 1),
        Trial(
            name: "stopping is denied", plays: ["crash"],
            faults: [
                ["operation": "StopServiceDeployment", "status": 400, "code": "AccessDeniedException", "times": 0]
            ],
            state: .restored, cause: .containerExited, revision: 1),
        Trial(
            name: "stopping is refused", plays: ["crash"],
            faults: [["operation": "StopServiceDeployment", "status": 400, "code": "ClientException", "times": 0]],
            state: .restored, cause: .containerExited, revision: 1),
        Trial(name: "never ready", plays: ["stuck"], state: .restored, cause: .timedOut, revision: 1),
        Trial(
            name: "the way back crashes, too", plays: ["crash", "crash", "crash"], state: .stillBroken,
            cause: .containerExited, revision: 1,
            says:
                "aws ecs update-service --region eu-central-1 --cluster default --service web --task-definition web:1"),
        Trial(
            name: "registering is denied", plays: [],
            faults: [["operation": "RegisterTaskDefinition", "status": 400, "code": "AccessDeniedException"]],
            state: .nothingToRestore, cause: .denied, revision: 1, says: "allow ecs:RegisterTaskDefinition"),
        Trial(
            name: "updating is denied", plays: [],
            faults: [["operation": "UpdateService", "status": 400, "code": "AccessDeniedException"]],
            state: .nothingToRestore, cause: .denied, revision: 1, says: "web:2 is left registered"),
        Trial(
            name: "the way back is denied", plays: ["crash"],
            faults: [
                ["operation": "StopServiceDeployment", "status": 400, "code": "AccessDeniedException", "times": 0],
                ["operation": "UpdateService", "status": 400, "code": "AccessDeniedException", "skip": 1, "times": 0],
            ], state: .stillBroken, cause: .containerExited, revision: 2, says: "the service is on web:2"),
        Trial(
            name: "the former revision is inactive", plays: ["crash", "success"],
            faults: [
                ["operation": "StopServiceDeployment", "status": 400, "code": "AccessDeniedException", "times": 0],
                [
                    "operation": "UpdateService", "status": 400, "code": "ClientException",
                    "message": "TaskDefinition is inactive", "skip": 1,
                ],
            ], state: .restored, cause: .containerExited, revision: 3, says: "healthy on web:3 again"),
        Trial(
            name: "the answer to the registration is lost", plays: ["success"],
            faults: [["operation": "RegisterTaskDefinition", "cut": "after"]], state: .succeeded, revision: 2),
        Trial(
            name: "the answer to the update is lost", plays: ["success"],
            faults: [["operation": "UpdateService", "cut": "after"]], state: .succeeded, revision: 2),
        Trial(
            name: "throttled", plays: ["success"],
            faults: [
                ["operation": "RegisterTaskDefinition", "status": 400, "code": "ThrottlingException", "times": 3],
                [
                    "operation": "DescribeServices", "status": 400, "code": "ThrottlingException", "skip": 3,
                    "times": 20,
                ],
            ], state: .succeeded, revision: 2),
        Trial(name: "superseded", plays: ["superseded"], state: .nothingToRestore, cause: .superseded, revision: 3),
        Trial(
            name: "ECS goes back itself", plays: ["breaker"],
            script: [
                "deploymentConfiguration": [
                    "deploymentCircuitBreaker": ["enable": true, "rollback": true]
                ]
            ], state: .restored, revision: 1),
        Trial(
            name: "more tasks", plays: ["success"], settings: [.init("replicas", 4)], state: .succeeded, revision: 1,
            tasks: 4),
        Trial(
            name: "more tasks for which there is no room", plays: ["capacity"],
            settings: [.init("replicas", 4), .init("cpu", 1), .init("mem", 2)], state: .restored, cause: .noCapacity,
            revision: 1),
    ]

    @Test(arguments: trials) func endsAsTold(_ trial: Trial) async throws {
        var script = trial.script
        if script["desiredCount"] == nil { script["desiredCount"] = 2 }
        let service = try TestService(script, plays: trial.plays)
        try service.server.script(["faults": .array(trial.faults), "on": .array(trial.on)])
        let adjuster = service.adjuster(store: .memory())
        let told = Locked<[AdjustmentProgress]>([])
        let outcomes = try await service.run {
            try await adjuster.adjust(
                AdjustmentRequest(components: [.init("web", trial.settings)]), run: "1", cancellation: DurableSignal()
            ) { progress in told.withLock { $0.append(progress) } }
        }
        let outcome = try #require(outcomes.first)
        #expect(outcome.state == trial.state, "\(outcome.message)")
        if let cause = trial.cause { #expect(outcome.cause?.kind == cause, "\(outcome.message)") }
        if trial.state == .succeeded || trial.state == .unchanged { #expect(outcome.cause == nil) }
        #expect(outcome.message.contains(trial.says), "\(outcome.message)")
        let state = try service.state()
        #expect(state["taskDefinition"]?.stringValue == TestService.revision(trial.revision))
        #expect(state["desiredCount"]?.intValue == Int64(trial.tasks))
        // Nothing is left claimed, and the record says how it ended.
        let ledger = try #require(adjuster.ledger)
        let open = try await ledger.openRuns()
        #expect(open.isEmpty)
        if trial.state != .unchanged {
            let entry = try #require(try await ledger.history(of: "web").first)
            #expect(entry.outcome?.state == trial.state)
        }
    }
}
