import AWS
import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import FargateAdjuster

/// What is registered again is the same revision, as another implementation of ECS sees it.
@Suite(.timeLimit(.minutes(10))) struct RegistrationTests {
    private static let loop = Result { try EventLoop.onOwnThread() }

    @Test func aRevisionIsRegisteredAgainWithEverythingThatCanBe() async throws {
        let moto = try MotoServer()
        defer { moto.stop() }
        let loop = try Self.loop.get()
        let clients = try AdjusterClients(AWSConfiguration(environment: awsVariables(at: moto.url), loop: loop))
        let input: JSONValue = [
            "family": "web", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"], "executionRoleArn": "arn:aws:iam::123456789012:role/x",
            "taskRoleArn": "arn:aws:iam::123456789012:role/y", "ephemeralStorage": ["sizeInGiB": 40],
            "runtimePlatform": ["cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"],
            "volumes": [["name": "v"]], "tags": [["key": "team", "value": "shop"]],
            "containerDefinitions": [
                ["name": "app", "image": "app:1", "environment": [["name": "A", "value": "1"]], "essential": true]
            ],
        ]
        _ = try await clients.ecs.call("RegisterTaskDefinition", input)
        let first = try await describe("web:1", clients)
        _ = try await clients.ecs.call("RegisterTaskDefinition", .object(first.registrable))
        let second = try await describe("web:2", clients)
        #expect(second.revision == 2)
        #expect(second.registrable == first.registrable)
        #expect(second.registrable["tags"] == [["key": "team", "value": "shop"]])
    }

    private func describe(_ name: String, _ clients: AdjusterClients) async throws -> TaskDefinition {
        TaskDefinition(
            try await clients.required(
                clients.ecs, "DescribeTaskDefinition", ["taskDefinition": .string(name), "include": ["TAGS"]]))
    }
}
