import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

/// Pods are cut off from others by the addresses that the cluster tells.
struct PodAddressTests {
    private static let pods: JSONValue = [
        "kind": "PodList", "apiVersion": "v1", "metadata": ["resourceVersion": "1"],
        "items": [
            [
                "metadata": ["name": "db-1"], "spec": [:],
                "status": ["podIP": "10.0.0.1", "podIPs": [["ip": "10.0.0.1"], ["ip": "fd00::1"]]],
            ], ["metadata": ["name": "db-2"], "spec": [:], "status": ["podIP": "10.0.0.2"]],
            // Not begun, and one in the network of its node.
            ["metadata": ["name": "db-3"], "spec": [:], "status": [:]],
            ["metadata": ["name": "db-4"], "spec": ["hostNetwork": true], "status": ["podIP": "192.168.0.1"]],
        ],
    ]

    private static func run(
        cluster: String, pods: JSONValue
    ) async throws -> (commands: [ScriptedCommands.Command], targets: [String], asked: [JSONValue]) {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try KubernetesServer(
                certificate: certificates.issue("server"), authority: certificates.authority)
            try server.script(["faults": [["path": "/api/v1/pods", "status": 200, "body": pods]]])
            let authority = try Data(contentsOf: URL(fileURLWithPath: certificates.authority)).base64EncodedString()
            let description: JSONValue = [
                "cluster": [
                    "name": "shop", "endpoint": .string("https://127.0.0.1:\(server.port)"), "status": "ACTIVE",
                    "certificateAuthority": ["data": .string(authority)],
                ]
            ]
            let eks = try ScriptedServer { request in
                request.target == "/clusters/shop"
                    ? .http(200, body: description.serialized())
                    : .http(
                        404, headers: [("X-Amzn-ErrorType", "ResourceNotFoundException")],
                        body: #"{"message": "No cluster found"}"#)
            }
            let aws = try ScriptedCommands(["i-1"])
            let native = try Native(
                "resiliencyvr.k8s.actions.pod_blackhole_by_name",
                [
                    "cluster_name": .string(cluster), "blacklist_pod_name_pattern": "db",
                    "container_name_pattern": "web", "tag_value": "web", "pod_blackhole_by_name_duration": 20,
                ], at: aws.url, environment: ["AWS_ENDPOINT_URL_EKS": eks.url])
            let (targets, _) = try await native.run()
            return (aws.commands, targets.map(\.id), try server.script())
        }
    }

    @Test("the document gets the pods' own addresses")
    func addresses() async throws {
        let (commands, targets, asked) = try await Self.run(cluster: "shop", pods: Self.pods)
        #expect(targets == ["i-1"])
        let command = try #require(commands.first)
        #expect(command.document == "PodBlackholeByIP")
        #expect(command.parameters["sourceIP"] == "10.0.0.1 fd00::1 10.0.0.2")
        #expect(command.parameters["destinationIP"] == "10.0.0.1 fd00::1 10.0.0.2")
        #expect(command.parameters["duration"] == "20")
        #expect(asked.last?["target"]?.stringValue?.contains("labelSelector=app%3Ddb") == true, "\(asked)")
    }

    @Test(
        "without addresses, or without the cluster, nothing is sent",
        arguments: [
            ("shop", "no pod of shop with app=db has an address"), ("other", "EKS cluster other in eu-central-1"),
        ])
    func nothing(cluster: String, message: String) async throws {
        let error = await #expect(throws: ExperimentError.self) {
            try await Self.run(
                cluster: cluster,
                pods: ["kind": "PodList", "apiVersion": "v1", "metadata": ["resourceVersion": "1"], "items": []])
        }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
}
