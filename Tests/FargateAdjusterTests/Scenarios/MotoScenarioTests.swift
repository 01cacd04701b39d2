import AWS
import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing
import Transport

@testable import FargateAdjuster

/// The calls of an adjustment against another implementation of ECS than ours.
///
/// moto accepts a change, but its deployments stay on the first revision for ever. So an adjustment of it runs out of
/// time and goes back.
@Suite(.serialized, .enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(10)))
struct MotoScenarioTests {
    private static let loop = Result { try EventLoop.onOwnThread() }

    @Test func registeredUpdatedAndPutBack() async throws {
        let moto = try MotoServer()
        defer { moto.stop() }
        let loop = try Self.loop.get()
        let clock = SteppingClock(.now(), executor: loop)
        let clients = try TestService.clients(at: moto.url, loop: loop, clock: clock)
        let (descriptions, outcomes, newest, service) = try await Task(executorPreference: loop) {
            let ecs = clients.ecs
            _ = try await ecs.call("CreateCluster", ["clusterName": "shop"])
            let container: JSONValue = [
                "name": "web", "image": "web:1", "essential": true, "environment": [["name": "GOGC", "value": "100"]],
            ]
            _ = try await ecs.call(
                "RegisterTaskDefinition",
                [
                    "family": "web", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
                    "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [container],
                    "tags": [["key": "team", "value": "shop"]],
                ])
            // Without tasks, because none of moto's ever runs.
            _ = try await ecs.call(
                "CreateService",
                [
                    "cluster": "shop", "serviceName": "web", "taskDefinition": "web", "desiredCount": 0,
                    "launchType": "FARGATE",
                ])
            var component = TestService.component()
            component.cluster = "shop"
            component.timeout = 60
            let adjuster = Adjuster(
                AdjusterConfiguration(components: [component]), clients: clients, store: .memory())
            let outcomes = try await adjuster.adjust(
                AdjustmentRequest(components: [
                    .init("web", [.init("cpu", "0.5"), .init("mem", "1"), .init("GOGC", 200)])
                ]), run: "run-1", cancellation: DurableSignal(), observer: { _ in })
            let newest = try await ecs.call("DescribeTaskDefinition", ["taskDefinition": "web", "include": ["TAGS"]])
            let services = try await ecs.call("DescribeServices", ["cluster": "shop", "services": ["web"]])
            return (try await adjuster.describe(), outcomes, newest, services["services"]?[0])
        }.value
        let settings = descriptions["application"]?["components"]?["web"]?["settings"]
        #expect(settings?["cpu"]?["value"]?.doubleValue == 0.25)
        #expect(settings?["GOGC"]?["value"]?.doubleValue == 100)
        #expect(newest["taskDefinition"]?["revision"] == 2)
        #expect(newest["taskDefinition"]?["cpu"] == "512")
        #expect(newest["taskDefinition"]?["memory"] == "1024")
        #expect(
            newest["taskDefinition"]?["containerDefinitions"]?[0]?["environment"] == [["name": "GOGC", "value": "200"]])
        #expect(newest["tags"] == [["key": "team", "value": "shop"]])
        #expect(outcomes.first?.state == .restored, "\(outcomes.first?.message ?? "")")
        #expect(outcomes.first?.cause?.kind == .timedOut)
        #expect(service?["taskDefinition"]?.stringValue?.hasSuffix("task-definition/web:1") == true)
    }
}
