import AWS
import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import ChaosActivities
@testable import Kubernetes

extension ClusterTests {
    /// The activities of the resiliency framework on a cluster that EKS knows by its name.
    struct ResiliencyClusterTests {
        /// EKS with the scripted cluster `shop-1`, to which its tokens give access.
        private struct Place {
            let oracle: ClusterOracle
            let eks: ScriptedServer
            let asked: Locked<[String]>
            let clock: TestClock
            let aws: AWSConfiguration

            /// - Parameter answers: how EKS answers, with the number of the request; nil for the usual answer.
            init(
                _ setup: ClusterSetup, authority: String? = nil,
                answers: @escaping @Sendable (Int) -> Reply? = { _ in nil }
            ) async throws {
                let oracle = try ClusterOracle.shared.get()
                let file = oracle.folder.appending(path: "authority.pem").path
                let pem = try authority.map { Array($0.utf8) } ?? contents(ofFile: file, limit: 10_000)
                let description: JSONValue = [
                    "cluster": [
                        "name": "shop-1", "endpoint": .string("https://127.0.0.1:\(oracle.server.port)"),
                        "status": "ACTIVE", "certificateAuthority": ["data": .string(Base64.encode(pem))],
                    ]
                ]
                let asked = Locked<[String]>([])
                let isReady = Locked(false)
                eks = try ScriptedServer { request in
                    // The region is a part of the signature's scope.
                    let scope = (request["Authorization"] ?? "").split(separator: "/")
                    let count = asked.withLock { asked in
                        asked.append("\(request.target) \(scope.count > 2 ? String(scope[2]) : "")")
                        return asked.count
                    }
                    if isReady.withLock({ $0 }), let answer = answers(count) { return answer }
                    switch request.target {
                    case "/clusters/shop-1": return .http(200, body: description.description)
                    case "/clusters": return .http(200, body: #"{"clusters": ["shop-1", "other"]}"#)
                    default:
                        return .http(
                            404, headers: [("X-Amzn-ErrorType", "ResourceNotFoundException")],
                            body: #"{"message": "No cluster found"}"#)
                    }
                }
                (self.oracle, self.asked, clock) = (oracle, asked, TestClock())
                // Tokens are waited for until a time: that must not pass by itself.
                var aws = try AWSConfiguration(
                    environment: awsVariables(at: "http://127.0.0.1:\(eks.port)"), http: Network.http.get(),
                    time: clock.source { try await Task.sleep(for: $0) })
                self.aws = aws
                try oracle.prepare(setup)
                // The tokens of both regions, of the second in which the clock stands.
                var tokens: JSONObject = [:]
                for region in ["eu-central-1", "eu-west-1"] where authority == nil {
                    aws.region = region
                    let configuration = try await KubernetesConfiguration.eks(
                        cluster: "shop-1", aws: aws, environment: Environment([:]), until: clock.now + .seconds(60))
                    let token = try await configuration.authentication.credentials(clock.now + .seconds(60))
                    tokens[String((token.authorization ?? "").dropFirst(7))] = .string(region)
                }
                try oracle.server.script(["tokens": .object(tokens)])
                asked.withLock { $0 = [] }
                isReady.withLock { $0 = true }
            }

            func native(
                _ name: String, _ arguments: JSONValue, seed: UInt64 = 7
            ) throws -> (NativeActivity, NativeActivity.Invocation) {
                let parts = name.split(separator: ".").map(String.init)
                let activity = try #require(
                    ChaosActivities.registry.activity(
                        module: "experimentvr.k8s." + parts[0], function: parts[1]))
                var given = arguments.objectValue ?? [:]
                for argument in activity.arguments where given[argument.name] == nil {
                    given[argument.name] = argument.fallback
                }
                return (
                    activity,
                    NativeActivity.Invocation(
                        arguments: given, configuration: [:], secrets: [:], aws: aws, loop: try Network.loop.get(),
                        time: clock.source, deadline: clock.now + .seconds(600), seed: seed)
                )
            }

            func run(_ name: String, _ arguments: JSONValue) async throws -> JSONValue {
                let (activity, invocation) = try native(name, arguments)
                do {
                    let targets = try await activity.targets(invocation)
                    return try await activity.run(invocation, targets)
                } catch let error as ExperimentError { return .string(error.message) }
            }
        }

        private static func kill(_ arguments: JSONObject) -> JSONValue {
            var all: JSONObject = ["cluster_name": "shop-1", "name_space": "shop", "pod_name_pattern": "web"]
            for (key, value) in arguments { all[key] = value }
            return .object(all)
        }

        @Test(
            "running pods with the name are killed, at random or all",
            arguments: [
                ([:], 1), (["num_pods_to_kill": "2"], 2), (["num_pods_to_kill": 5], 3),
                (["test_target_type": "ALL"], 3), (["pod_name_pattern": "^web-[12]$", "test_target_type": "ALL"], 2),
            ] as [(JSONObject, Int)])
        func killPods(arguments: JSONObject, count: Int) async throws {
            let place = try await Place(.shop)
            let output = try await place.run("actions.kill_pods", Self.kill(arguments))
            let killed = output["pods_terminated"]?.arrayValue?.compactMap(\.stringValue) ?? []
            #expect(killed.count == count, "\(output)")
            #expect(killed.allSatisfy { $0.hasPrefix("web-") })
            let deleted = try place.oracle.requests().filter(\.isChange).compactMap(\.comparable["path"]?.stringValue)
            #expect(deleted == killed.map { "/api/v1/namespaces/shop/pods/\($0)" })
        }

        @Test("the same seed kills the same pod, and the plan names it")
        func seeded() async throws {
            let place = try await Place(.shop)
            var chosen: Set<String> = []
            for seed in 1...20 as ClosedRange<UInt64> {
                let (activity, invocation) = try place.native("actions.kill_pods", Self.kill([:]), seed: seed)
                let targets = try await activity.targets(invocation)
                #expect(try await activity.targets(invocation) == targets)
                #expect(targets.map(\.candidates) == [3])
                #expect(targets.map(\.kind) == ["k8s:pod"])
                chosen.formUnion(targets.map(\.id))
            }
            #expect(chosen == ["shop/web-1", "shop/web-2", "shop/web-3"])
        }

        @Test(
            "what cannot be killed is refused before anything is deleted",
            arguments: [
                (["pod_name_pattern": "once"], "no running pod in namespace shop of cluster shop-1 matches once"),
                (["num_pods_to_kill": "0"], "num_pods_to_kill is 0, expected a whole number from 1"),
                (["num_pods_to_kill": "few"], "num_pods_to_kill is few, expected a whole number from 1"),
                (["test_target_type": "MOST"], "test_target_type is MOST, expected RANDOM or ALL"),
                (["pod_name_pattern": "("], "re.error: pod_name_pattern"),
                (["cluster_name": "none"], "EKS cluster none in eu-central-1"),
                (["region": "us-east-1"], "Unauthorized"),
            ] as [(JSONObject, String)])
        func notKilled(arguments: JSONObject, words: String) async throws {
            let place = try await Place(.shop)
            let output = try await place.run("actions.kill_pods", Self.kill(arguments))
            #expect(output.stringValue?.contains(words) == true, "\(output)")
            #expect(try place.oracle.requests().filter(\.isChange).isEmpty)
        }

        @Test("the region of the argument counts before that of the configuration")
        func region() async throws {
            let place = try await Place(.shop)
            _ = try await place.run("actions.kill_pods", Self.kill(["region": "eu-west-1"]))
            #expect(Set(place.asked.withLock { $0 }) == ["/clusters/shop-1 eu-west-1"])
            #expect(try place.oracle.requests().filter(\.isChange).count == 1)
        }

        @Test("a cluster with the certificate of another authority is not spoken to")
        func otherAuthority() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "tocsin-" + UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let other = try String(contentsOfFile: Certificates(in: folder).authority, encoding: .utf8)
            let place = try await Place(.shop, authority: other)
            let output = try await place.run("actions.kill_pods", Self.kill([:]))
            #expect(output.stringValue?.contains("certificat") == true, "\(output)")
            #expect(try place.oracle.requests().isEmpty)
        }

        // MARK: The image

        private static let image: JSONValue = [
            "cluster_name": "shop-1", "failed_image_tag": "bad", "pod_name_pattern": "front", "name_space": "shop",
        ]
        private static let front = ClusterSetup.shop.adding([
            "apis/apps/v1/namespaces/shop/deployments": [
                ClusterSetup.workload("front-shop", replicas: 2)
            ]
        ])

        @Test("the tag is replaced, and the undo gives the old image back, unless others have deployed since")
        func imageTag() async throws {
            for isDeployed in [false, true] {
                let place = try await Place(Self.front)
                let (activity, invocation) = try place.native("actions.eks_update_image_tag", Self.image)
                let undo = try #require(activity.undo)
                let targets = try await activity.targets(invocation)
                #expect(targets.map(\.id) == ["shop/front-shop"])
                let before = try await undo.capture(invocation, targets[0])
                #expect(try await undo.check(invocation, targets[0], before) == .restored, "before the change")
                let output = try await activity.run(invocation, targets)
                #expect(output["spec"]?["template"]?["spec"]?["containers"]?[0]?["image"] == "web:bad")
                guard case .stillBroken = try await undo.check(invocation, targets[0], before) else {
                    Issue.record("not broken after the action")
                    continue
                }
                if isDeployed {
                    var deployment = ClusterSetup.workload("front-shop", replicas: 2).objectValue ?? [:]
                    deployment["spec"] = ["template": ["spec": ["containers": [["name": "main", "image": "web:2"]]]]]
                    try place.oracle.server.script([
                        "objects": ["apis/apps/v1/namespaces/shop/deployments": [.object(deployment)]]
                    ])
                }
                let changes = try place.oracle.requests().filter(\.isChange).count
                for _ in 1...2 { try await undo.restore(invocation, targets[0], before) }
                #expect(
                    try await undo.check(invocation, targets[0], before)
                        == (isDeployed ? .nothingLeft("others gave shop/front-shop the image web:2") : .restored))
                #expect(try place.oracle.requests().filter(\.isChange).count == changes + (isDeployed ? 0 : 1))
                let declared = Set((activity.calls + undo.calls).map(\.action))
                #expect(Set(try place.oracle.requests().compactMap(\.action)).subtracting(declared).isEmpty)
            }
        }

        @Test("a deployment that was removed leaves nothing to restore; one that is missing is an error")
        func noDeployment() async throws {
            let place = try await Place(Self.front)
            let (activity, invocation) = try place.native("actions.eks_update_image_tag", Self.image)
            let undo = try #require(activity.undo)
            let targets = try await activity.targets(invocation)
            let before = try await undo.capture(invocation, targets[0])
            try place.oracle.server.script(["remove": ["apis/apps/v1/namespaces/shop/deployments/front-shop"]])
            try await undo.restore(invocation, targets[0], before)
            #expect(
                try await undo.check(invocation, targets[0], before)
                    == .nothingLeft("the deployment shop/front-shop does not exist any more"))
            let output = try await place.run("actions.eks_update_image_tag", Self.image)
            #expect(output.stringValue?.contains("NotFound") == true, "\(output)")
        }

        // MARK: Load

        @Test("the load lasts as long as it says, at ten calls a second from each caller")
        func load() async throws {
            let place = try await Place(.empty)
            let start = place.clock.now
            let output = try await place.run(
                "actions.stress_eks_api", ["api_stress_duration": "1", "intensity": "1", "region": "eu-west-1"])
            #expect(output == true)
            let asked = place.asked.withLock { $0 }
            #expect(asked.first == "/clusters eu-west-1")
            #expect(asked.dropFirst().allSatisfy { $0 == "/clusters/shop-1 eu-west-1" })
            #expect(asked.count == 601)
            #expect(place.clock.now == start + .seconds(60))
        }

        @Test("refused calls are a part of the load; one that is never answered fails")
        func refusedLoad() async throws {
            let denied = Reply.http(
                403, headers: [("X-Amzn-ErrorType", "AccessDeniedException")], body: #"{"message": "no"}"#)
            let some = try await Place(.empty, answers: { $0 % 2 == 0 ? denied : nil })
            let arguments: JSONValue = ["api_stress_duration": 1, "intensity": 1, "cluster_name": "shop-1"]
            #expect(try await some.run("actions.stress_eks_api", arguments) == true)
            let none = try await Place(.empty)
            let output = try await none.run(
                "actions.stress_eks_api", ["api_stress_duration": 1, "intensity": 1, "cluster_name": "unknown"])
            #expect(output.stringValue?.contains("No cluster found") == true, "\(output)")
        }

        @Test(
            "a load without bounds is refused",
            arguments: [
                (["api_stress_duration": "10", "intensity": 1], "does not fit into the"),
                (["api_stress_duration": "1", "intensity": 51], "intensity is 51, the most is 50"),
                (["api_stress_duration": "0", "intensity": 1], "api_stress_duration is 0"),
                (["api_stress_duration": "9223372036854775807", "intensity": 1], "the most is 1440"),
                (["api_stress_duration": "1", "intensity": "x"], "intensity is x"),
            ] as [(JSONValue, String)])
        func noLoad(arguments: JSONValue, words: String) async throws {
            let place = try await Place(.empty)
            let output = try await place.run("actions.stress_eks_api", arguments)
            #expect(output.stringValue?.contains(words) == true, "\(output)")
            #expect(place.asked.withLock { $0 } == ["/clusters eu-central-1"])
        }

        @Test("without a cluster there is nothing to stress")
        func noCluster() async throws {
            let place = try await Place(.empty, answers: { _ in .http(200, body: #"{"clusters": []}"#) })
            let output = try await place.run("actions.stress_eks_api", ["api_stress_duration": 1, "intensity": 1])
            #expect(output.stringValue?.contains("there is no EKS cluster in eu-central-1") == true, "\(output)")
        }

        // MARK: Probes

        private static func pods(_ pods: [(name: String, containers: JSONValue, ready: JSONValue)]) -> ClusterSetup {
            ClusterSetup.empty.adding([
                "api/v1/namespaces/shop/pods": .array(
                    pods.map { name, containers, ready in
                        [
                            "metadata": ["name": .string(name)],
                            "status": [
                                "containerStatuses": containers,
                                "conditions": [
                                    ["type": "Initialized", "status": "True"], ["type": "Ready", "status": ready],
                                ],
                            ],
                        ]
                    })
            ])
        }

        private static let fine: JSONValue = [["ready": true, "started": true, "state": ["running": [:]]]]
        private static let waiting: JSONValue = [["ready": false, "started": false, "state": ["waiting": [:]]]]

        @Test(
            "a pod is healthy with one container that runs; it is rebuilt when two are ready",
            arguments: [
                ([("web-1", fine, "True"), ("web-2", fine, "True")], true, true),
                ([("web-1", fine, "True"), ("web-2", waiting, "False")], true, false),
                ([("web-1", waiting, "True"), ("db", fine, "True")], false, false),
                // The original looks at the last container only.
                ([("web-1", .array((fine.arrayValue ?? []) + (waiting.arrayValue ?? [])), "False")], true, false),
                ([("web-1", .null, "False")], false, false),
                ([], false, false),
            ] as [([(String, JSONValue, JSONValue)], Bool, Bool)])
        func probes(pods: [(String, JSONValue, JSONValue)], isHealthy: Bool, isRebuilt: Bool) async throws {
            let place = try await Place(Self.pods(pods.map { (name: $0.0, containers: $0.1, ready: $0.2) }))
            let arguments: JSONValue = ["cluster_name": "shop-1", "pod_name": "web", "namespace": "shop"]
            #expect(try await place.run("probes.assert_pod_healthy", arguments) == .bool(isHealthy))
            #expect(try await place.run("probes.assert_pod_rebuilt", arguments) == .bool(isRebuilt))
        }

        @Test("a cluster that cannot be asked is an error, not an unhealthy pod")
        func probeFails() async throws {
            let place = try await Place(.empty)
            let output = try await place.run(
                "probes.assert_pod_healthy", ["cluster_name": "none", "pod_name": "web", "namespace": "shop"])
            #expect(output.stringValue?.contains("EKS cluster none") == true, "\(output)")
        }
    }
}
