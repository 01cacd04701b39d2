import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import Kubernetes

/// Calls to objects, and what becomes of them when the server does not do as asked.
@Suite struct ObjectTests {
    @Test("a long list comes in pages of one state, by both selectors")
    func pages() async throws {
        try await TestCluster.run { cluster in
            let pods = (0..<1_201).map { pod("p\(10_000 + $0)", app: $0 % 2 == 0 ? "web" : "db") }
            try cluster.server.script(["objects": ["api/v1/namespaces/shop/pods": .array(pods)]])
            let client = try cluster.client()
            #expect(try await client.list(.pods, until: .soon).items.count == 1_201)
            #expect(try cluster.requests().count == 3)
            let selector = KubernetesSelector(labels: "app=web", fields: "metadata.name!=p10000")
            #expect(try await client.list(.pods, in: .all, selector, until: .soon).items.count == 600)
            #expect(try await client.list(.pods, in: "other", until: .soon).items.isEmpty)
        }
    }

    @Test("a list whose state the server has forgotten starts again, and gives up at last")
    func expiredPages() async throws {
        try await TestCluster.run { cluster in
            let pods = (0..<600).map { pod("p\(1_000 + $0)") }
            try cluster.server.script(["objects": ["api/v1/namespaces/shop/pods": .array(pods)]])
            let expired: JSONValue = [
                "query": "continue=", "status": 410, "body": ["kind": "Status", "reason": "Expired"],
            ]
            try cluster.server.script(["faults": [expired]])
            let list = try await cluster.client().list(.pods, until: .soon)
            #expect(Set(names(list.items)).count == 600 && list.items.count == 600)
            #expect(try cluster.requests().count == 4)
            var always = expired.objectValue ?? [:]
            always["times"] = 99
            try cluster.server.script(["faults": [.object(always)]])
            let error = await #expect(throws: KubernetesError.self) {
                try await cluster.client().list(.pods, until: .soon)
            }
            #expect(error?.code == .expired)
        }
    }

    @Test("a list whose pages have no end is refused")
    func endlessPages() async throws {
        try await TestCluster.run { cluster in
            try cluster.server.script([
                "faults": [["status": 200, "times": 99, "body": ["items": [], "metadata": ["continue": "x"]]]]
            ])
            let error = await #expect(throws: KubernetesError.self) {
                try await cluster.client().list(.pods, until: .soon)
            }
            #expect(error?.code == .invalidResponse)
            #expect(try cluster.requests().count == 2)
        }
    }

    @Test("a page larger than the client takes is asked for in smaller ones")
    func largePages() async throws {
        try await TestCluster.run { cluster in
            let text = JSONValue.string(String(repeating: "x", count: 3_000))
            let maps: [JSONValue] = (0..<100).map {
                ["metadata": ["name": .string("m\(100 + $0)")], "data": ["x": text]]
            }
            try cluster.server.script(["objects": ["api/v1/namespaces/shop/configmaps": .array(maps)]])
            let configuration = try cluster.configuration()
            let client = KubernetesClient(configuration, loop: cluster.loop, maximumResponseBytes: 50_000)
            #expect(try await client.list(.configMaps, until: .soon).items.count == 100)
            // 500 and 62 were too many, 7 are not.
            #expect(try cluster.requests().count == 2 + 15)
            let tiny = KubernetesClient(configuration, loop: cluster.loop, maximumResponseBytes: 2_000)
            let error = await #expect(throws: KubernetesError.self) { try await tiny.list(.configMaps, until: .soon) }
            #expect(error?.message.contains("larger than the 2000 bytes allowed") == true, "\(error?.message ?? "")")
        }
    }

    @Test("objects are made, read, changed by every kind of patch, replaced and deleted")
    func life() async throws {
        try await TestCluster.run { cluster in
            let client = try cluster.client()
            let made = try await client.create(.pods, pod("a"), until: .soon)
            #expect(made["metadata"]?["namespace"] == "shop")
            for (patch, path) in [
                (.merge(["metadata": ["labels": ["x": "1"]]]), "merge-patch+json"),
                (
                    .strategicMerge(["spec": ["containers": [["name": "side", "image": "b"]]]]),
                    "strategic-merge-patch+json"
                ),
                (.json([["op": "add", "path": "/metadata/labels/y", "value": "2"]]), "json-patch+json"),
                (
                    .apply(["metadata": ["labels": ["z": "3"]]], fieldManager: "tocsin", force: true),
                    "apply-patch+yaml"
                ),
            ] as [(KubernetesPatch, String)] {
                _ = try await client.patch(.pods, "a", patch, until: .soon)
                let request = try #require(try cluster.requests().last)
                #expect(request["headers"]?["content-type"] == .string("application/\(path)"))
            }
            #expect(try cluster.targets().last?.hasSuffix("?fieldManager=tocsin&force=true") == true)
            let changed = try await client.get(.pods, "a", until: .soon)
            #expect(changed["metadata"]?["labels"] == ["app": "web", "x": "1", "y": "2", "z": "3"])
            let containers = changed["spec"]?["containers"]?.arrayValue ?? []
            #expect(containers.compactMap { $0["name"]?.stringValue } == ["main", "side"])
            _ = try await client.patch(.pods, "a", .merge(["status": ["phase": "Failed"]]), until: .soon)
            let conflict = await #expect(throws: KubernetesError.self) {
                _ = try await client.replace(.pods, "a", with: changed, until: .soon)
            }
            #expect(conflict?.code == .conflict)
            let newest = try await client.get(.pods, "a", until: .soon)
            _ = try await client.replace(.pods, "a", with: newest, until: .soon)
            try await client.delete(.pods, "a", until: .soon)
            let gone = await #expect(throws: KubernetesError.self) { try await client.get(.pods, "a", until: .soon) }
            #expect(gone?.code == .notFound)
        }
    }

    @Test("a deletion says how, and spares another object of the same name")
    func deletion() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            let client = try cluster.client()
            let options = KubernetesDeleteOptions(gracePeriodSeconds: 0, propagation: .foreground, uid: "other")
            let error = await #expect(throws: KubernetesError.self) {
                try await client.delete(.pods, "a", options: options, until: .soon)
            }
            #expect(error?.code == .conflict)
            let sent: JSONValue = [
                "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
                "propagationPolicy": "Foreground", "preconditions": ["uid": "other"],
            ]
            #expect(try cluster.requests().last?["body"] == sent)
            #expect(try await client.get(.pods, "a", until: .soon)["metadata"]?["name"] == "a")
        }
    }

    @Test("objects in no namespace and custom objects have their own paths")
    func paths() async throws {
        try await TestCluster.run { cluster in
            try cluster.server.script(["objects": ["api/v1/nodes": [["metadata": ["name": "n1"], "spec": [:]]]]])
            let client = try cluster.client()
            _ = try await client.patch(.nodes, "n1", .merge(["spec": ["unschedulable": true]]), until: .soon)
            let chaos = ResourceKind(group: "chaos-mesh.org", version: "v1alpha1", plural: "networkchaos")
            _ = try await client.create(chaos, ["metadata": ["name": "slow"]], in: "web", until: .soon)
            #expect(
                try cluster.targets() == [
                    "PATCH /api/v1/nodes/n1", "POST /apis/chaos-mesh.org/v1alpha1/namespaces/web/networkchaos",
                ])
        }
    }

    @Test("names that would change the path are refused before anything is sent", arguments: ["", ".", "..", "a/b"])
    func wrongNames(name: String) async throws {
        let configuration = try KubernetesConfiguration(
            server: "https://127.0.0.1:1", authorities: .missing("none"),
            authentication: .fixed(KubernetesCredentials(), user: "nobody"), source: "test")
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let client = KubernetesClient(configuration, loop: loop)
        for call in [
            { _ = try await client.get(.pods, name, until: .soon) },
            { _ = try await client.get(.pods, "a", in: .named(name), until: .soon) },
            { _ = try await client.evict(name, until: .soon) },
            { _ = try await client.exec(["true"], in: name, until: .soon) },
            { _ = try await client.delete(.pods, "a", in: .all, until: .soon) },
        ] as [@Sendable () async throws -> Void] {
            let error = await #expect(throws: KubernetesError.self) { try await call() }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test("a kind that is not known is looked up in the cluster, once")
    func discovery() async throws {
        try await TestCluster.run { cluster in
            let client = try cluster.client()
            #expect(try await client.resource(apiVersion: "apps/v1", kind: "Deployment", until: .soon) == .deployments)
            #expect(try cluster.requests().isEmpty)
            for _ in 1...2 {
                let kind = try await client.resource(
                    apiVersion: "chaos-mesh.org/v1alpha1", kind: "NetworkChaos", until: .soon)
                #expect(kind.plural == "networkchaos" && kind.isNamespaced)
            }
            #expect(try cluster.requests().count == 1)
            for (version, kind, reason) in [
                ("chaos-mesh.org/v1alpha1", "NetworkChoas", "did you mean NetworkChaos?"),
                ("nowhere.io/v1", "Thing", "is its definition installed?"),
            ] {
                let error = await #expect(throws: KubernetesError.self) {
                    try await client.resource(apiVersion: version, kind: kind, until: .soon)
                }
                #expect(error?.code == .notFound)
                #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            }
        }
    }
}
