import Basics
import Experiments
import JSON
import Testing

/// Each action id of Fault Injection Service becomes activities, or says why not.
@Suite struct FISActionTests {
    private static func activity(
        _ kind: Activity.Kind, _ module: String, _ function: String, _ arguments: String...
    ) -> NativeActivity {
        NativeActivity(module, function, kind, "", arguments: arguments.map { .init($0, .any, .null) }) { _, _ in nil }
    }

    private static let ec2 = "chaosaws.ec2.actions"
    private static let stress = "chaosk8s.chaosmesh.stress.actions"
    private static let network = "chaosk8s.chaosmesh.network.actions"
    /// With the arguments that chaosaws, chaosk8s and this project give them, as far as they are used.
    private static let registry = ActivityRegistry([
        activity(.action, ec2, "stop_instances", "instance_ids", "filters", "quantity"),
        activity(.action, ec2, "terminate_instances", "instance_ids", "filters", "quantity"),
        activity(.action, ec2, "restart_instances", "instance_ids", "filters", "quantity"),
        activity(
            .action, "chaosaws.ecs.actions", "stop_random_tasks", "cluster", "service", "task_count", "task_percent"),
        activity(
            .action, "chaosaws.ssm.actions", "send_command", "document_name", "document_version", "targets",
            "parameters", "timeout_seconds", "wait"),
        activity(.probe, "chaosaws.cloudwatch.probes", "get_alarm_state_value", "alarm_name"),
        activity(.action, "chaosaws.rds.actions", "reboot_db_instance", "db_instance_identifier", "force_failover"),
        activity(.action, "chaosaws.rds.actions", "failover_db_cluster", "db_cluster_identifier"),
        activity(.action, "tocsin.aws.actions", "call", "service", "operation", "parameters"),
        activity(
            .action, "chaosk8s.pod.actions", "terminate_pods", "label_selector", "name_pattern", "all", "rand", "mode",
            "qty", "grace_period", "ns"),
        activity(
            .action, stress, "stress_cpu", "name", "workers", "load", "ns", "namespaces_selectors", "label_selectors",
            "mode", "mode_value", "duration"),
        activity(
            .action, stress, "stress_memory", "name", "workers", "size", "ns", "namespaces_selectors",
            "label_selectors", "mode", "mode_value", "duration"),
        activity(.action, stress, "delete_stressor", "name", "ns"),
        activity(
            .action, network, "add_latency", "name", "ns", "namespaces_selectors", "label_selectors", "mode",
            "mode_value", "latency", "jitter", "target_mode"),
        activity(
            .action, network, "set_loss", "name", "ns", "namespaces_selectors", "label_selectors", "mode",
            "mode_value", "loss", "target_mode"),
        activity(.action, network, "delete_network_fault", "name", "ns"),
        activity(
            .action, "chaosk8s.crd.actions", "create_custom_object", "group", "version", "plural", "ns", "resource"),
        activity(.action, "chaosk8s.crd.actions", "delete_custom_object", "group", "version", "plural", "name", "ns"),
    ])

    private static let instances: JSONValue = [
        "resourceType": "aws:ec2:instance", "selectionMode": "ALL",
        "resourceArns": ["arn:aws:ec2:eu-west-1:123456789012:instance/i-1"],
    ]

    private static func pods(_ mode: String = "ALL", _ type: String = "labelSelector") -> JSONValue {
        [
            "resourceType": "aws:eks:pod", "selectionMode": .string(mode),
            "parameters": [
                "clusterIdentifier": "shop", "namespace": "web", "selectorType": .string(type),
                "selectorValue": "app=web",
            ],
        ]
    }

    private static func named(_ type: String, _ arn: String) -> JSONValue {
        ["resourceType": .string(type), "selectionMode": "ALL", "resourceArns": [.string(arn)]]
    }

    private static func convert(
        _ id: String, _ key: String, _ target: JSONValue, _ parameters: JSONValue
    ) -> FISConversion {
        var action: JSONObject = ["actionId": .string(id), "parameters": parameters]
        if !key.isEmpty { action["targets"] = .object(JSONObject([(key, JSONValue.string("t"))])) }
        let template: JSONValue = [
            "description": "d", "stopConditions": [["source": "none"]],
            "targets": key.isEmpty ? [:] : ["t": target], "actions": ["a": .object(action)],
        ]
        return FISConversion(of: SourceDocument(template, name: "t.json"), registry: registry)
    }

    private static let podFault: JSONObject = ["duration": "PT5M", "kubernetesServiceAccount": "fis"]

    private static func podFault(_ others: JSONObject) -> JSONValue {
        var parameters = podFault
        for (name, value) in others { parameters[name] = value }
        return .object(parameters)
    }

    struct Possible: Sendable, CustomTestStringConvertible {
        let id: String
        let key: String
        let target: JSONValue
        let parameters: JSONValue
        /// Module and function of each activity, without `chaosaws.` and `chaosk8s.`.
        let activities: [String]
        var testDescription: String { id }

        init(
            _ id: String, _ key: String = "", _ target: JSONValue = .null, _ parameters: JSONValue = [:],
            _ activities: String...
        ) {
            (self.id, self.key, self.target, self.parameters) = (id, key, target, parameters)
            self.activities = activities
        }
    }

    private static let possible: [Possible] = services + kubernetes

    private static let services: [Possible] = [
        Possible("aws:fis:wait", "", .null, ["duration": "PT1M"], "true"),
        Possible(
            "aws:cloudwatch:assert-alarm-state", "", .null,
            ["alarmArns": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:x", "alarmStates": "OK"],
            "cloudwatch.probes.get_alarm_state_value"),
        Possible("aws:ec2:stop-instances", "Instances", instances, [:], "ec2.actions.stop_instances"),
        Possible("aws:ec2:terminate-instances", "Instances", instances, [:], "ec2.actions.terminate_instances"),
        Possible("aws:ec2:reboot-instances", "Instances", instances, [:], "ec2.actions.restart_instances"),
        Possible(
            "aws:ecs:stop-task", "Tasks",
            ["resourceType": "aws:ecs:task", "selectionMode": "PERCENT(50)", "parameters": ["cluster": "shop"]], [:],
            "ecs.actions.stop_random_tasks"),
        Possible(
            "aws:ssm:send-command", "Instances", instances,
            ["documentArn": "arn:aws:ssm:eu-west-1::document/AWSFIS-Run-CPU-Stress", "duration": "PT1M"],
            "ssm.actions.send_command"),
        Possible(
            "aws:ssm:start-automation-execution", "", .null,
            ["documentArn": "arn:aws:ssm:eu-west-1::document/AWS-X", "maxDuration": "PT1M"], "tocsin.aws.actions.call"),
        Possible(
            "aws:rds:reboot-db-instances", "DBInstances", named("aws:rds:db", "arn:aws:rds:eu-west-1:1:db:a"), [:],
            "rds.actions.reboot_db_instance"),
        Possible(
            "aws:rds:failover-db-cluster", "Clusters",
            named("aws:rds:cluster", "arn:aws:rds:eu-west-1:1:cluster:a"), [:], "rds.actions.failover_db_cluster"),
        Possible(
            "aws:eks:terminate-nodegroup-instances", "Nodegroups",
            named("aws:eks:nodegroup", "arn:aws:eks:eu-west-1:1:nodegroup/shop/web/0f"),
            ["instanceTerminationPercentage": "40"], "ec2.actions.terminate_instances"),
    ]

    private static let kubernetes: [Possible] = [
        Possible(
            "aws:eks:pod-delete", "Pods", pods(), ["kubernetesServiceAccount": "fis"], "pod.actions.terminate_pods"),
        Possible(
            "aws:eks:pod-cpu-stress", "Pods", pods(), podFault(["percent": "50"]),
            "chaosmesh.stress.actions.stress_cpu", "chaosmesh.stress.actions.delete_stressor"),
        Possible(
            "aws:eks:pod-memory-stress", "Pods", pods(), podFault([:]), "chaosmesh.stress.actions.stress_memory",
            "chaosmesh.stress.actions.delete_stressor"),
        Possible(
            "aws:eks:pod-network-latency", "Pods", pods(), podFault(["delayMilliseconds": "90"]),
            "chaosmesh.network.actions.add_latency", "chaosmesh.network.actions.delete_network_fault"),
        Possible(
            "aws:eks:pod-network-packet-loss", "Pods", pods(), podFault([:]), "chaosmesh.network.actions.set_loss",
            "chaosmesh.network.actions.delete_network_fault"),
        Possible(
            "aws:eks:inject-kubernetes-custom-resource", "Cluster",
            named("aws:eks:cluster", "arn:aws:eks:eu-west-1:1:cluster/shop"),
            [
                "kubernetesApiVersion": "chaos-mesh.org/v1alpha1", "kubernetesKind": "PodChaos",
                "kubernetesNamespace": "web", "kubernetesSpec": #"{"action": "pod-kill"}"#, "maxDuration": "PT2M",
            ], "crd.actions.create_custom_object", "crd.actions.delete_custom_object"),
    ]

    private static let impossible = [
        "aws:arc:start-zonal-autoshift", "aws:directconnect:virtual-interface-disconnect",
        "aws:dsql:cluster-connection-failure", "aws:dynamodb:global-table-pause-replication",
        "aws:ebs:pause-volume-io", "aws:ebs:volume-io-latency", "aws:ec2:api-insufficient-instance-capacity-error",
        "aws:ec2:asg-insufficient-instance-capacity-error", "aws:ec2:send-spot-instance-interruptions",
        "aws:ecs:drain-container-instances", "aws:ecs:task-cpu-stress", "aws:ecs:task-io-stress",
        "aws:ecs:task-kill-process", "aws:ecs:task-network-blackhole-port", "aws:ecs:task-network-latency",
        "aws:ecs:task-network-packet-loss", "aws:eks:pod-io-stress", "aws:eks:pod-network-blackhole-port",
        "aws:elasticache:replicationgroup-interrupt-az-power", "aws:fis:inject-api-internal-error",
        "aws:fis:inject-api-throttle-error", "aws:fis:inject-api-unavailable-error",
        "aws:kinesis:stream-expired-iterator-exception", "aws:kinesis:stream-provisioned-throughput-exception",
        "aws:lambda:invocation-add-delay", "aws:lambda:invocation-error",
        "aws:lambda:invocation-http-integration-response", "aws:memorydb:multi-region-cluster-pause-replication",
        "aws:network:disrupt-connectivity", "aws:network:disrupt-vpc-endpoint",
        "aws:network:route-table-disrupt-cross-region-connectivity",
        "aws:network:transit-gateway-disrupt-cross-region-connectivity", "aws:s3:bucket-pause-replication",
    ]

    @Test("all 50 ids are here")
    func all() {
        #expect(Set(Self.possible.map(\.id) + Self.impossible).count == 50)
        #expect(Self.possible.count + Self.impossible.count == 50)
    }

    @Test("an action becomes activities", arguments: possible)
    func converted(_ test: Possible) throws {
        let conversion = Self.convert(test.id, test.key, test.target, test.parameters)
        #expect(conversion.findings.filter { $0.severity == .error }.isEmpty)
        let document = try #require(conversion.document)
        let probes = document["steady-state-hypothesis"]?["probes"]?.arrayValue ?? []
        let names = (probes + (document["method"]?.arrayValue ?? [])).map { activity in
            let provider = activity["provider"]
            guard let module = provider?["module"]?.stringValue else { return provider?["path"]?.stringValue ?? "" }
            let name = "\(module).\(provider?["func"]?.stringValue ?? "")"
            return name.hasPrefix("tocsin.") ? name : String(name.drop { $0 != "." }.dropFirst())
        }
        #expect(names == test.activities)
    }

    @Test("an action that no activity can do is refused with a reason", arguments: impossible)
    func refused(id: String) {
        let conversion = Self.convert(id, "", .null, [:])
        #expect(conversion.document == nil)
        let told = conversion.findings.filter { $0.severity == .error }.text("t.json")
        #expect(told.contains("no activity can do \(id): "))
        #expect(!told.contains("did you mean"))
    }

    @Test(
        "a count or a share of pods is taken as the activity takes it",
        arguments: ["ALL", "COUNT(1)", "COUNT(3)", "PERCENT(25)"])
    func selection(mode: String) throws {
        func arguments(_ id: String, _ parameters: JSONValue) throws -> JSONValue {
            let document = try #require(Self.convert(id, "Pods", Self.pods(mode), parameters).document)
            return try #require(document["method"]?[0]?["provider"]?["arguments"])
        }
        let delete = try arguments("aws:eks:pod-delete", ["kubernetesServiceAccount": "fis"])
        let loss = try arguments("aws:eks:pod-network-packet-loss", Self.podFault([:]))
        let expected: (delete: JSONObject, mesh: JSONObject) =
            switch mode {
            case "ALL": (["all": true], ["mode": "all"])
            case "COUNT(1)": (["rand": true, "qty": 1], ["mode": "one"])
            case "COUNT(3)": (["rand": true, "qty": 3], ["mode": "fixed", "mode_value": "3"])
            default:
                (
                    ["rand": true, "mode": "percentage", "qty": 25],
                    ["mode": "fixed-percent", "mode_value": "25"]
                )
            }
        var (delete0, loss0): (JSONObject, JSONObject) = (
            ["label_selector": "app=web", "ns": "web"],
            [
                "name": "fis-a", "ns": "web", "namespaces_selectors": "web", "label_selectors": "app=web", "loss": "7",
                "target_mode": .null,
            ]
        )
        for (name, value) in expected.delete { delete0[name] = value }
        for (name, value) in expected.mesh { loss0[name] = value }
        #expect(delete == .object(delete0))
        #expect(loss == .object(loss0))
    }

    @Test(
        "what chooses pods, node groups and resources must be possible",
        arguments: [
            ("aws:eks:pod-delete", "Pods", pods("ALL", "deploymentName"), ["kubernetesServiceAccount": "f"], "podName"),
            ("aws:eks:pod-cpu-stress", "Pods", pods("ALL", "podName"), podFault([:]), "must be labelSelector for"),
            (
                "aws:eks:terminate-nodegroup-instances", "Nodegroups",
                named("aws:eks:nodegroup", "arn:aws:eks:eu-west-1:1:nodegroup/shop/web/0f"),
                ["instanceTerminationPercentage": "0"], "from 1 to 100"
            ),
            (
                "aws:eks:terminate-nodegroup-instances", "Nodegroups",
                named("aws:eks:nodegroup", "arn:aws:eks:eu-west-1:1:cluster/shop"),
                ["instanceTerminationPercentage": "50"], "is no node group"
            ),
        ] as [(String, String, JSONValue, JSONValue, String)])
    func wrong(id: String, key: String, target: JSONValue, parameters: JSONValue, reason: String) {
        let conversion = Self.convert(id, key, target, parameters)
        #expect(conversion.document == nil)
        #expect(conversion.findings.text("t.json").contains(reason))
    }
}
