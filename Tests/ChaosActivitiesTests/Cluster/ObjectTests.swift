import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

@testable import ChaosActivities

extension ClusterTests {
    /// What chaosk8s cannot show, since its own functions fail there; and undos beside others that change the cluster.
    struct ObjectTests {
        private typealias Cases = ClusterTests.Chaosk8sTests

        private func native(
            _ function: String, _ arguments: JSONValue, in setup: ClusterSetup, script: JSONValue = [:],
            time: TimeSource? = nil, seed: UInt64 = 7
        ) throws -> (ClusterNative, ClusterOracle) {
            let oracle = try ClusterOracle.shared.get()
            try oracle.prepare(setup, script)
            return (
                try ClusterNative(function, arguments, oracle, time: time ?? TestClock().source, seed: seed), oracle
            )
        }

        private func message(_ native: ClusterNative) async throws -> String {
            try await native.result().result["error"]?.stringValue ?? "no error"
        }

        // MARK: Defects that are mended

        @Test(
            "a text is applied as the kind that the cluster has, in its namespace or in none",
            arguments: [
                (
                    "apply_from_json",
                    #"{"apiVersion":"chaos-mesh.org/v1alpha1","kind":"NetworkChaos","metadata":{"name":"a"}}"#,
                    "apis/chaos-mesh.org/v1alpha1/networkchaos/default/a"
                ),
                (
                    "apply_from_yaml",
                    "{apiVersion: example.com/v1, kind: Widget, metadata: {name: a, namespace: shop}}",
                    "apis/example.com/v1/widgets/shop/a"
                ),
                (
                    "apply_from_yaml", "{apiVersion: example.com/v1, kind: Gadget, metadata: {name: a}}",
                    "apis/example.com/v1/gadgets/a"
                ),
                (
                    "apply_from_yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop}}",
                    "api/v1/configmaps/shop/a"
                ),
            ] as [(String, String, String)])
        func applied(function: String, resource: String, path: String) async throws {
            let (native, oracle) = try native(
                "crd.actions.\(function)", ["resource": .string(resource)], in: Cases.custom)
            let output = try await native.run().output
            #expect(output["metadata"]?["name"] == "a")
            #expect(try oracle.server.state()[path] != nil)
            let made = try oracle.requests().compactMap(\.action)
            #expect(Set(made).subtracting(native.declared).isEmpty, "what is called is declared")
        }

        @Test(
            "a text that is no object is refused before anything is made",
            arguments: [
                ("apply_from_json", "{", "json.decoder.JSONDecodeError: resource is no JSON"),
                ("apply_from_json", #"{"kind":"Widget"}"#, "missing apiVersion in resource"),
                ("apply_from_yaml", "{apiVersion: example.com/v1}", "missing kind in resource"),
                ("apply_from_yaml", "{apiVersion: example.com/v1, kind: Wigdet}", "did you mean Widget?"),
                ("apply_from_yaml", "{apiVersion: example.com/v2, kind: Widget}", "no API example.com/v2"),
                ("apply_from_yaml", "{apiVersion: example.com/v1, kind: Widget}", "the object has no metadata.name"),
            ] as [(String, String, String)])
        func notApplied(function: String, resource: String, words: String) async throws {
            let (native, oracle) = try native(
                "crd.actions.\(function)", ["resource": .string(resource)], in: Cases.custom)
            #expect(try await message(native).contains(words))
            #expect(try oracle.requests().filter(\.isChange).isEmpty)
        }

        @Test("a replacement takes the version of the object that is there; with an old one it is refused")
        func replaced() async throws {
            let body: JSONValue = ["metadata": ["name": "w1"], "spec": ["size": 8]]
            let (native, oracle) = try native(
                "crd.actions.replace_custom_object", Cases.widgets(["name": "w1", "resource": body]), in: Cases.custom)
            let output = try await native.run().output
            #expect(output["spec"] == ["size": 8])
            #expect(output["metadata"]?["uid"] == "1")
            let old: JSONValue = ["metadata": ["name": "w1", "resourceVersion": "1"], "spec": [:]]
            let late = try ClusterNative(
                "crd.actions.replace_custom_object", Cases.widgets(["name": "w1", "resource": old]), oracle)
            #expect(try await message(late).contains("Failed to replace custom resource object: 'Conflict'"))
        }

        @Test("an object as a patch of a custom object is a merge patch")
        func mergePatch() async throws {
            let (native, oracle) = try native(
                "crd.actions.patch_custom_object",
                Cases.widgets(["name": "w1", "resource": ["spec": ["size": .null, "tags": ["c"]]]]), in: Cases.custom)
            #expect(try await native.run().output["spec"] == ["tags": ["c"]])
            #expect(try oracle.requests().last?.comparable["method"] == "PATCH")
        }

        @Test("a network policy needs a definition or a file")
        func noPolicy() async throws {
            let (native, _) = try native("networking.actions.create_network_policy", ["ns": "shop"], in: .shop)
            #expect(try await message(native).contains("You need to either specify spec or spec_path"))
        }

        @Test("the faults of Chaos Mesh are written as its definitions have them")
        func chaosMesh() async throws {
            let (bandwidth, _) = try native(
                "chaosmesh.network.actions.set_bandwidth",
                ["name": "a", "rate": "1mbps", "limit": 2, "buffer": 3, "mode": "fixed", "mode_value": 2], in: .shop)
            let spec = try await bandwidth.run().output["spec"]
            #expect(spec?["action"] == "bandwidth")
            #expect(spec?["bandwidth"] == ["rate": "1mbps", "limit": 2, "buffer": 3])
            #expect(spec?["value"] == "2")
            let (reorder, _) = try native(
                "chaosmesh.network.actions.reorder_packets", ["name": "a", "reorder": "50", "gap": "5"], in: .shop)
            let delayed = try await reorder.run().output["spec"]
            #expect(delayed?["action"] == "delay")
            #expect(
                delayed?["delay"] == ["latency": "10ms", "reorder": ["reorder": "50", "correlation": "0", "gap": 5]])
            let (memory, _) = try native("chaosmesh.stress.actions.stress_memory", ["name": "a"], in: .shop)
            #expect(try await memory.run().output["spec"]?["stressors"] == ["memory": [:]])
        }

        // MARK: Undos beside others

        private let fault: JSONValue = ["name": "fault", "ns": "shop", "latency": "1s"]
        private let path = "apis/chaos-mesh.org/v1alpha1/namespaces/shop/networkchaos"

        @Test("a fault whose finalizers are not done is not restored; when they are, it is")
        func finalizers() async throws {
            let clock = TestClock()
            let (native, oracle) = try native(
                "chaosmesh.network.actions.add_latency", fault, in: .shop, time: clock.source)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let before = try await undo.capture(native.invocation, targets[0])
            // Chaos Mesh's controller adds its finalizer, which the deletion waits for.
            var made = try await native.activity.run(native.invocation, targets).objectValue ?? [:]
            var metadata = made["metadata"]?.objectValue ?? [:]
            metadata["finalizers"] = ["chaos-mesh/records"]
            made["metadata"] = .object(metadata)
            try oracle.server.script(["objects": [path: [.object(made)]]])

            try await undo.restore(native.invocation, targets[0], before)
            #expect(!clock.sleeps.isEmpty, "it waits until the deadline")
            let outcome = try await undo.check(native.invocation, targets[0], before)
            #expect(
                outcome
                    == .stillBroken(
                        "networkchaos.chaos-mesh.org shop/fault is being deleted; it waits for its finalizers "
                            + "chaos-mesh/records"))
            try oracle.server.script(["remove": ["\(path)/fault"]])
            #expect(try await undo.check(native.invocation, targets[0], before) == .restored)
        }

        @Test("an object that others made under the same name stays, whether it was there before or not")
        func othersObject() async throws {
            let others: JSONValue = ["metadata": ["name": "fault"], "spec": ["action": "loss"]]
            for isEarlier in [true, false] {
                let (native, oracle) = try native("chaosmesh.network.actions.add_latency", fault, in: .shop)
                if isEarlier { try oracle.server.script(["objects": [path: [others]]]) }
                let undo = try #require(native.activity.undo)
                let targets = try await native.activity.targets(native.invocation)
                let before = try await undo.capture(native.invocation, targets[0])
                if !isEarlier { try oracle.server.script(["objects": [path: [others]]]) }
                // chaosk8s takes the refusal for an answer.
                #expect(try await native.activity.run(native.invocation, targets)["reason"] == "AlreadyExists")
                try await undo.restore(native.invocation, targets[0], before)
                let outcome = try await undo.check(native.invocation, targets[0], before)
                if isEarlier {
                    #expect(outcome == .restored)
                } else {
                    guard case .stillBroken(let words) = outcome else {
                        Issue.record("\(outcome)")
                        continue
                    }
                    #expect(words.contains("has no mark of this experiment"))
                }
                #expect(try oracle.requests().filter { $0.isChange }.count == 1, "only the refused creation")
            }
        }

        @Test("the mark is that of one run: the object of another run stays")
        func otherRun() async throws {
            let (first, oracle) = try native("chaosmesh.network.actions.add_latency", fault, in: .shop)
            _ = try await first.run()
            let second = try ClusterNative("chaosmesh.network.actions.add_latency", fault, oracle, seed: 8)
            let undo = try #require(second.activity.undo)
            let targets = try await second.activity.targets(second.invocation)
            let before = try await undo.capture(second.invocation, targets[0])
            try await undo.restore(second.invocation, targets[0], before)
            #expect(try await undo.check(second.invocation, targets[0], before) == .restored)
            #expect(try oracle.server.state()["apis/chaos-mesh.org/v1alpha1/networkchaos/shop/fault"] != nil)
        }

        @Test("a deleted object that others made again in another form is left to them")
        func madeAgain() async throws {
            let (native, oracle) = try native("secret.actions.delete_secret", ["name": "key", "ns": "shop"], in: .shop)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let before = try await undo.capture(native.invocation, targets[0])
            _ = try await native.activity.run(native.invocation, targets)
            try oracle.server.script([
                "objects": ["api/v1/namespaces/shop/secrets": [["metadata": ["name": "key"], "data": ["a": "eQ=="]]]]
            ])
            let changes = try oracle.requests().filter(\.isChange).count
            try await undo.restore(native.invocation, targets[0], before)
            #expect(
                try await undo.check(native.invocation, targets[0], before)
                    == .nothingLeft("others made another secrets shop/key in the meantime"))
            #expect(try oracle.requests().filter(\.isChange).count == changes)
        }

        @Test("a deleted object in no namespace is made again")
        func ofCluster() async throws {
            let (native, _) = try native(
                "crd.actions.delete_cluster_custom_object", Cases.gadgets(["name": "g1"]), in: Cases.custom)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let before = try await undo.capture(native.invocation, targets[0])
            _ = try await native.activity.run(native.invocation, targets)
            #expect(
                try await undo.check(native.invocation, targets[0], before)
                    == .stillBroken("gadgets.example.com g1 was deleted"))
            try await undo.restore(native.invocation, targets[0], before)
            #expect(try await undo.check(native.invocation, targets[0], before) == .restored)
        }

        @Test("a service whose address is taken by now gets another one")
        func serviceAddress() async throws {
            let (native, oracle) = try native(
                "service.actions.delete_service", ["name": "web", "ns": "shop"], in: .shop)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let before = try await undo.capture(native.invocation, targets[0])
            _ = try await native.activity.run(native.invocation, targets)
            let refusal: JSONValue = [
                "kind": "Status", "status": "Failure", "reason": "Invalid", "code": 422,
                "message": "spec.clusterIPs: Invalid value: provided IP is already allocated",
            ]
            try oracle.server.script([
                "faults": [
                    [
                        "method": "POST", "path": "/api/v1/namespaces/shop/services", "status": 422, "body": refusal,
                        "times": 1,
                    ]
                ]
            ])
            try await undo.restore(native.invocation, targets[0], before)
            #expect(try await undo.check(native.invocation, targets[0], before) == .restored)
            let service = try oracle.server.state()["api/v1/services/shop/web"]
            #expect(service?["spec"]?["clusterIP"] == nil)
            #expect(service?["spec"]?["selector"] == ["app": "web"])
        }

        @Test("a change that others make between reading and putting back is not lost")
        func conflict() async throws {
            let (native, oracle) = try native(
                "crd.actions.patch_custom_object",
                Cases.widgets(["name": "w1", "resource": ["spec": ["size": 9]]]), in: Cases.custom)
            let undo = try #require(native.activity.undo)
            let targets = try await native.activity.targets(native.invocation)
            let before = try await undo.capture(native.invocation, targets[0])
            _ = try await native.activity.run(native.invocation, targets)
            let refusal: JSONValue = [
                "kind": "Status", "status": "Failure", "reason": "Conflict", "code": 409, "message": "modified",
            ]
            try oracle.server.script([
                "faults": [
                    [
                        "method": "PATCH", "path": "/apis/example.com/v1/namespaces/shop/widgets/w1", "status": 409,
                        "body": refusal, "times": 1,
                    ]
                ]
            ])
            try await undo.restore(native.invocation, targets[0], before)
            #expect(try await undo.check(native.invocation, targets[0], before) == .restored)
            let sent = try oracle.requests().filter(\.isChange).last?.comparable["body"]
            #expect(sent?["metadata"]?["resourceVersion"]?.stringValue != nil, "the version that was read")
            #expect(sent?["spec"] == ["size": 3], "only what differs")
        }
    }
}

/// The pure parts of undos on objects.
struct ObjectValueTests {
    @Test(
        "a merge patch makes the one of the other, and there is none between equals",
        arguments: [
            (["a": 1], ["a": 1], nil),
            (["a": 1], ["a": 2], ["a": 2]),
            (["a": 1, "b": 2], ["a": 1], ["b": .null]),
            (["a": ["x": 1, "y": [1]]], ["a": ["x": 1, "y": [2]], "z": [:]], ["a": ["y": [2]], "z": [:]]),
            (["a": 1], ["a": ["x": 1]], ["a": ["x": 1]]),
        ] as [(JSONValue, JSONValue, JSONValue?)])
    func mergePatch(from: JSONValue, to: JSONValue, patch: JSONValue?) {
        #expect(from.mergePatch(to: to) == patch)
    }

    @Test(
        "an object contains what it has more of, lists only as a whole",
        arguments: [
            (["a": 1, "b": 2], ["a": 1], true), (["a": 1], ["a": 1, "b": 2], false), (["a": 1], ["b": .null], true),
            (["a": [1, 2]], ["a": [1]], false), (["a": [["x": 1, "y": 2]]], ["a": [["x": 1]]], true),
        ] as [(JSONValue, JSONValue, Bool)])
    func contains(whole: JSONValue, part: JSONValue, isIn: Bool) {
        #expect(whole.contains(part) == isIn)
    }

    @Test(
        "a plural is guessed as Kubernetes does",
        arguments: [
            ("Widget", "widgets"), ("NetworkPolicy", "networkpolicies"), ("Ingress", "ingresses"),
            ("Endpoints", "endpoints"),
        ])
    func plural(kind: String, plural: String) {
        #expect(CustomObjects.plural(of: kind) == plural)
    }

    @Test(
        "the tag of an image is replaced, or its part after the last hyphen",
        arguments: [
            ("shop/web:1.2", "shop/web:bad"), ("shop/web:dev-1.2", "shop/web:dev-bad"), ("shop/web", "shop/web:bad"),
            ("my-shop/my-web:1.2", "my-shop/my-web:bad"), ("host:5000/web", "host:5000/web:bad"),
            ("host:5000/web:a-b-c", "host:5000/web:a-b-bad"), ("shop/web:1@sha256:00ff", "shop/web:bad"),
        ])
    func imageTag(image: String, replaced: String) {
        #expect(EKSImage.image(image, withTag: "bad") == replaced)
    }
}
