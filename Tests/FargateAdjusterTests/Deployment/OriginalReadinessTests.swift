import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import FargateAdjuster

/// Where only counts and targets can be seen, a deployment has succeeded exactly when servo-fargate says so.
@Suite struct OriginalReadinessTests {
    @Test func agreesWithTheOriginal() throws {
        let file = Workspace.root.appending(path: "Tests/FargateAdjusterTests/Samples/original-readiness.json")
        let rows = try JSONValue(parsing: [UInt8](Data(contentsOf: file)))["rows"]?.arrayValue ?? []
        #expect(rows.count == 288)
        for row in rows {
            let numbers = (0..<4).map { Int(row[$0]?.intValue ?? -1) }
            let groups = (row[4]?.arrayValue ?? []).map { Int($0.intValue ?? -1) }
            var sample = SampleService(
                numbers[0], of: numbers[1], pending: numbers[2], old: numbers[3], rollout: nil)
            sample.members["loadBalancers"] = .array(
                groups.indices.map { ["targetGroupArn": .string("group \($0)")] })
            var looks = SampleLooks(
                targets: groups.enumerated().map { .sample("group \($0)", healthy: $1, of: $1 + 1) })
            looks.expected.desiredCount = numbers[1]
            let isReady = looks.look(at: sample).phase == .succeeded
            #expect(isReady == row[5]?.boolValue, "\(row)")
        }
    }
}

/// An emulator that knows only the older operations.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct DeploymentAtMotoTests {
    @Test func succeedsWithoutTheNewerOperations() async throws {
        let loop = try EventLoop.onOwnThread()
        let aws = try AWSConfiguration(environment: MotoServer.shared.get().environment, loop: loop)
        let clients = try AdjusterClients(aws)
        let ecs = clients.ecs
        _ = try await ecs.call("CreateCluster", ["clusterName": "watched"])
        let definition = try await ecs.call(
            "RegisterTaskDefinition",
            [
                "family": "watched", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
                "requiresCompatibilities": ["FARGATE"],
                "containerDefinitions": [["name": "app", "image": "web:1", "essential": true]],
            ])
        let revision = definition["taskDefinition"]?["taskDefinitionArn"]?.stringValue ?? ""
        func expectation(_ name: String, desired: Int, since: Timestamp) async throws -> ExpectedDeployment {
            let created = try await ecs.call(
                "CreateService",
                [
                    "cluster": "watched", "serviceName": .string(name), "taskDefinition": .string(revision),
                    "desiredCount": JSONValue(desired), "launchType": "FARGATE",
                ])
            return ExpectedDeployment(
                service: created["service"]?["serviceArn"]?.stringValue ?? "", cluster: "watched",
                taskDefinition: revision, desiredCount: desired, since: since)
        }
        let watcher = DeploymentWatcher(clients)
        // No task ever runs there.
        let busy = try await expectation("busy", desired: 1, since: Timestamp.now() - .seconds(60))
        let waiting = try await watcher.look(at: busy, after: nil)
        #expect(waiting.phase == .running)
        #expect(waiting.denied == ["ecs:ListServiceDeployments"])

        let idle = try await expectation("idle", desired: 0, since: Timestamp.now() + .seconds(60))
        let first = try await watcher.look(at: idle, after: nil)
        #expect(first.phase == .running)
        #expect(try await watcher.look(at: idle, after: first).phase == .succeeded)
    }
}
