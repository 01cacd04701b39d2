import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import Kubernetes

/// The scripted server is one that the real `kubectl` works with, and our client gets from it what `kubectl` gets.
@Suite(.enabled(if: Kubectl.path != nil, "no kubectl: install the package kubernetes-client"))
struct KubectlTests {
    private func kubectl(
        _ cluster: TestCluster, _ arguments: [String], input: String = "", user: String = "token: good",
        settings: String = ""
    ) throws -> Command.Result {
        let path = try cluster.kubeconfig(user, cluster: settings)
        return try Command.run(
            try #require(Kubectl.path), ["--cache-dir", cluster.folder.path + "/cache"] + arguments, input: input,
            environment: ["KUBECONFIG": path])
    }

    @Test("kubectl gets, patches, drains and deletes, and our client sees it")
    func objects() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a", "b", "c")
            try cluster.server.script(["objects": ["api/v1/nodes": [["metadata": ["name": "n1"], "spec": [:]]]]])
            let client = try cluster.client()
            let listed = try kubectl(cluster, ["get", "pods", "-l", "app=web", "--chunk-size=2", "-o", "json"])
            let ours = try await client.list(.pods, "app=web", until: .soon).items
            #expect(try JSONValue(parsing: listed.output)["items"]?.arrayValue == ours)
            for patch in [
                ["-p", #"{"metadata":{"labels":{"x":"1"}}}"#],
                ["--type=json", "-p", #"[{"op":"add","path":"/metadata/labels/y","value":"2"}]"#],
                ["--type=merge", "-p", #"{"metadata":{"labels":{"z":"3"}}}"#],
            ] {
                let result = try kubectl(cluster, ["patch", "pod", "a"] + patch)
                #expect(result.status == 0, "\(result.errors)")
            }
            let labels = try await client.get(.pods, "a", until: .soon)["metadata"]?["labels"]
            #expect(labels == ["app": "web", "x": "1", "y": "2", "z": "3"])
            #expect(try kubectl(cluster, ["delete", "pod", "c"]).status == 0)
            let drained = try kubectl(cluster, ["drain", "n1", "--force"])
            #expect(drained.status == 0, "\(drained.errors)")
            #expect(try cluster.targets().last { $0.hasSuffix("/eviction") } != nil)
            #expect(try await client.get(.nodes, "n1", until: .soon)["spec"]?["unschedulable"] == true)
            #expect(names(try await client.list(.pods, until: .soon).items).isEmpty)
        }
    }

    @Test("kubectl's watch tells the same as ours, until the server ends it")
    func watch() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            let change: JSONValue = ["objects": ["api/v1/namespaces/shop/pods": [pod("b")]], "end_watches": true]
            try cluster.server.script(["on_watch": change])
            let result = try kubectl(cluster, ["get", "pods", "--watch", "-o", "name"])
            #expect(result.output == "pod/a\npod/b\n", "\(result.errors)")
            try cluster.server.script(["on_watch": change])
            let changed = try await cluster.client().watch(.pods, until: .soon) { event -> JSONValue? in
                if case .modified(let object) = event { object } else { nil }
            }
            #expect(names([changed]) == ["b"])
        }
    }

    @Test("kubectl is refused where our client is: another authority, a wrong token")
    func refusals() async throws {
        try await TestCluster.run { cluster in
            let token = try kubectl(cluster, ["get", "pods"], user: "token: wrong")
            #expect(token.errors.contains("You must be logged in"), "\(token.errors)")
            let name = try kubectl(cluster, ["get", "pods"], settings: "tls-server-name: other.test")
            #expect(name.errors.contains("other.test"), "\(name.errors)")
        }
    }

    @Test(
        "kubectl and our client run commands in a pod with the same outcome",
        .enabled(if: Kubectl.speaksWebSocket, "exec of kubectl before 1.31 speaks SPDY only"))
    func exec() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            let command = ["sh", "-c", "cat; echo err >&2; exit 3"]
            let theirs = try kubectl(cluster, ["exec", "-i", "a", "--"] + command, input: "hello")
            let ours = try await cluster.client().exec(
                command, in: "a", options: PodExecOptions(input: Array("hello".utf8)), until: .soon)
            #expect(theirs.status == ours.exitCode)
            #expect(theirs.output == String(decoding: ours.output, as: UTF8.self))
            #expect(theirs.errors.hasPrefix(String(decoding: ours.errors, as: UTF8.self)), "\(theirs.errors)")
        }
    }
}
