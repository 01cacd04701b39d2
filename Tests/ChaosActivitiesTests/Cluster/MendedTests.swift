import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

extension ClusterTests {
    /// What chaosk8s gets wrong, and what is here instead.
    struct MendedTests {
        /// A call, and the output or the error that chaosk8s does not give.
        struct Case: Sendable, CustomTestStringConvertible {
            let setup: ClusterSetup
            let function: String
            let arguments: JSONValue
            let result: JSONValue
            /// The changes, as verb and path.
            let changes: [String]
            var testDescription: String { "\(function) \(arguments)" }
        }

        private static let bare = ClusterSetup([
            "api/v1/namespaces/shop/pods": [["metadata": ["name": "new", "labels": ["app": "new"]]]],
            "apis/apps/v1/namespaces/shop/deployments": [
                ClusterSetup.workload("off", replicas: 0), ClusterSetup.workload("late", replicas: 1),
            ],
        ])

        static let cases: [Case] = [
            Case(
                setup: .shop, function: "actions.kill_microservice", arguments: ["name": "web", "ns": "shop"],
                result: ["output": nil],
                changes: [
                    "DELETE deployments/web", "DELETE replicasets/web", "DELETE pods/web-1", "DELETE pods/web-2",
                    "DELETE pods/web-3",
                ]),
            Case(
                setup: .shop, function: "probes.microservice_available_and_healthy",
                arguments: ["name": "web", "ns": "shop"], result: ["output": true], changes: []),
            Case(
                setup: .shop, function: "probes.service_endpoint_is_initialized",
                arguments: ["name": "web", "ns": "shop"], result: ["output": true], changes: []),
            Case(
                setup: .shop, function: "node.actions.delete_nodes", arguments: ["count": 2],
                result: ["output": ["n1", "n2"]], changes: ["DELETE nodes/n1", "DELETE nodes/n2"]),
            // All that match, where chaosk8s fails.
            Case(
                setup: .shop, function: "node.actions.delete_nodes",
                arguments: ["all": true, "label_selector": "zone=b"],
                result: ["output": ["n2"]], changes: ["DELETE nodes/n2"]),
            // A node with two of the pods is hit once.
            Case(
                setup: .shop, function: "node.actions.drain_nodes",
                arguments: ["pod_label_selector": "app=web", "pod_namespace": "shop", "count": 5],
                result: ["output": ["n1", "n2"]],
                changes: [
                    "PATCH nodes/n1", "PATCH nodes/n2", "POST pods/once/eviction", "POST pods/web-1/eviction",
                    "POST pods/web-3/eviction", "POST pods/db-0/eviction", "POST pods/web-2/eviction",
                ]),
            // One without the other is no choice; chaosk8s drains every node.
            Case(
                setup: .shop, function: "node.actions.drain_nodes", arguments: ["pod_label_selector": "app=web"],
                result: [
                    "error": """
                    chaoslib.exceptions.ActivityFailed: pod_label_selector and pod_namespace are only taken together
                    """
                ], changes: []),
            // Found before anything has changed.
            Case(
                setup: .shop.adding(["api/v1/namespaces/shop/pods": [ClusterSetup.pod("lone")]]),
                function: "node.actions.drain_nodes", arguments: [:],
                result: [
                    "error": """
                    chaoslib.exceptions.ActivityFailed: Pod 'lone' on node 'n1' is unmanaged, cannot drain this node. \
                    Delete it manually first?
                    """
                ], changes: []),
            Case(
                setup: bare, function: "pod.probes.pods_in_conditions",
                arguments: [
                    "label_selector": "app=new", "conditions": [["type": "Ready", "status": "True"]], "ns": "shop",
                ],
                result: [
                    "error": """
                    chaoslib.exceptions.ActivityFailed: pod new does not match the following given condition: \
                    {'type': 'Ready', 'status': 'True'}
                    """
                ], changes: []),
            Case(
                setup: bare, function: "deployment.probes.deployment_available_and_healthy",
                arguments: ["name": "off", "ns": "shop"], result: ["output": true], changes: []),
            Case(
                setup: bare, function: "deployment.probes.deployment_fully_available",
                arguments: ["name": "off", "ns": "shop"], result: ["output": true], changes: []),
            Case(
                setup: bare, function: "deployment.probes.deployment_partially_available",
                arguments: ["name": "late", "ns": "shop"],
                result: ["error": "chaoslib.exceptions.ActivityFailed: Deployment 'late' is not healthy"], changes: []),
            // The only container, where chaosk8s takes none; and what it wrote as its error.
            Case(
                setup: .shop, function: "pod.actions.exec_in_pods",
                arguments: ["cmd": "sh -c 'echo oh >&2; exit 4'", "label_selector": "app=db", "ns": "shop"],
                result: [
                    "output": [
                        [
                            "pod_name": "db-0", "exit_code": "4", "cmd": "sh -c 'echo oh >&2; exit 4'", "stdout": "",
                            "stderr": "oh\n",
                        ]
                    ]
                ], changes: ["GET pods/db-0/exec"]),
            Case(
                setup: .shop, function: "pod.actions.exec_in_pods", arguments: ["cmd": "echo 'oh", "ns": "shop"],
                result: ["error": "ValueError: No closing quotation in cmd"], changes: []),
            Case(
                setup: .shop, function: "pod.actions.terminate_pods", arguments: ["name_pattern": "(", "ns": "shop"],
                result: [
                    "error": "re.error: name_pattern: missing closing parenthesis (at character 2 of the pattern)"
                ], changes: []),
            // It waits for the end of the pods that go slowly.
            Case(
                setup: .shop.adding([
                    "api/v1/nodes": [ClusterSetup.node("n3", labels: ["zone": "c"])],
                    "api/v1/namespaces/shop/pods": [
                        ClusterSetup.pod("slow", node: "n3", owner: ("ReplicaSet", "web-5"), finalizers: ["a/b"])
                    ],
                ]), function: "node.actions.drain_nodes", arguments: ["name": "n3", "timeout": 30],
                result: [
                    "error": """
                    chaoslib.exceptions.ActivityFailed: Draining nodes did not completed within 30s. \
                    Remaining pods are:
                    slow
                    """
                ], changes: ["PATCH nodes/n3", "POST pods/slow/eviction"]),
        ]

        @Test("a defect of chaosk8s is mended", arguments: cases)
        func mended(_ test: Case) async throws {
            let oracle = try ClusterOracle.shared.get()
            try oracle.prepare(test.setup)
            let native = try ClusterNative(test.function, test.arguments, oracle, time: TestClock().source)
            let (_, result) = try await native.result()
            let requests = try oracle.requests()
            #expect(result == test.result)
            #expect(requests.filter(\.isChange).map(\.summary) == test.changes)
            #expect(
                Set(requests.compactMap(\.action)).subtracting(native.declared).isEmpty, "what is called is declared")
        }

        @Test("a drain tries evictions that a budget refuses again, until its time is over")
        func budget() async throws {
            let oracle = try ClusterOracle.shared.get()
            for (refusals, isEnough) in [(2, true), (3, false)] as [(Int64, Bool)] {
                try oracle.prepare(.shop, ["budget": .integer(refusals)])
                let clock = TestClock()
                let native = try ClusterNative(
                    "node.actions.drain_nodes", ["name": "n2", "timeout": 30], oracle, time: clock.source)
                let (_, result) = try await native.result()
                #expect((result["output"] == ["n2"]) == isEnough, "\(result)")
                #expect(clock.sleeps == [.seconds(10), .seconds(10)])
                if !isEnough {
                    let error = result["error"]?.stringValue ?? ""
                    #expect(error.hasPrefix("chaoslib.exceptions.ActivityFailed: Failed to evict pod db-0: {"))
                    #expect(error.contains("violate the pod's disruption budget"))
                }
            }
        }

        @Test("an error after the first deletion names what was deleted before it")
        func halfDone() async throws {
            let oracle = try ClusterOracle.shared.get()
            try oracle.prepare(
                .shop,
                [
                    "faults": [
                        ["method": "DELETE", "path": "/api/v1/namespaces/shop/pods/web-3", "status": 403, "body": "no"]
                    ]
                ])
            let native = try ClusterNative(
                "pod.actions.terminate_pods", ["ns": "shop", "label_selector": "app=web", "all": true], oracle)
            let (_, result) = try await native.result()
            #expect(
                result["error"] == """
                    kubernetes.client.exceptions.ForbiddenException: (403)
                    Reason: Forbidden
                    HTTP response body: "no"
                    already deleted: shop/web-1, shop/web-2
                    """)
        }

        @Test(
            "the age of log lines is read as people write it",
            arguments: [
                ("10 minutes", 600), ("1 hour and 30 minutes ago", 5_400), ("90s", 90), ("1h30m", 5_400), (45, 45),
                ("2 days", 172_800), ("soon", nil), ("-5m", nil),
            ] as [(JSONValue, Int?)])
        func logAge(_ last: JSONValue, _ seconds: Int?) async throws {
            let oracle = try ClusterOracle.shared.get()
            try oracle.prepare(.shop)
            let native = try ClusterNative(
                "pod.probes.read_pod_logs", ["name": "db", "ns": "shop", "last": last], oracle)
            let (_, result) = try await native.result()
            let query = try oracle.requests().last?.query ?? [:]
            #expect(query["sinceSeconds"] == seconds.map { "\($0)" })
            #expect(result["error"] == nil || seconds == nil)
            #expect(result["output"] == nil || seconds != nil)
        }

        @Test("a random choice is that of its seed, whatever the order of the list")
        func seeds() async throws {
            let oracle = try ClusterOracle.shared.get()
            try oracle.prepare(.shop)
            var choices: Set<[String]> = []
            for seed in 0..<20 as Range<UInt64> {
                let arguments: JSONValue = ["ns": "shop", "rand": true, "qty": 2]
                let native = try ClusterNative("pod.actions.terminate_pods", arguments, oracle, seed: seed)
                let again = try ClusterNative("pod.actions.terminate_pods", arguments, oracle, seed: seed)
                let targets = try await native.activity.targets(native.invocation)
                #expect(try await again.activity.targets(again.invocation) == targets)
                #expect(targets.map(\.candidates) == [5, 5])
                #expect(targets.allSatisfy { $0.kind == "k8s:pod" && $0.tags["app"] != nil })
                choices.insert(targets.map(\.id))
            }
            #expect(choices.count > 5)
        }
    }
}
