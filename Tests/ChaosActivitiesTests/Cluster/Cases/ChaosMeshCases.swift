import JSON

extension ClusterTests.Chaosk8sTests {
    /// chaosk8s writes the namespace to `metadata.ns`, and absent values as null.
    private static let unread: Set<String> = ["annotations", "ns", "namespace"]

    static let chaosMesh: [ClusterCase] = networkFaults + stressors + chaosProbes

    private static func network(_ function: String, _ arguments: JSONObject, except: Set<String> = []) -> ClusterCase {
        var all: JSONObject = ["name": "fault", "ns": "shop"]
        for (key, value) in arguments { all[key] = value }
        return ClusterCase(
            .shop, "chaosmesh.network.actions.\(function)", .object(all), except: unread.union(except))
    }

    private static let networkFaults: [ClusterCase] = [
        network("add_latency", ["latency": "100ms"]),
        network(
            "add_latency",
            [
                "latency": "1s", "correlation": "25", "jitter": "10ms", "namespaces_selectors": "shop,db",
                "label_selectors": "app=web,tier=front", "annotations_selectors": "a=b=c", "mode": "fixed-percent",
                "mode_value": "50", "direction": "both", "external_targets": "example.com,10.0.0.0/8",
                "target_mode": "fixed", "target_mode_value": "2", "target_namespaces_selectors": ["db"],
                "target_label_selectors": ["app": "db"], "target_annotations_selectors": "x=y",
            ]),
        network("add_latency", ["label_selectors": ["app": "web"], "target_mode": .null]),
        network("add_latency", ["label_selectors": "app"]),
        network("set_loss", ["loss": "30", "correlation": "10"]),
        network("duplicate_packets", ["duplicate": "5"]),
        network("corrupt_packets", ["corrupt": "5", "correlation": "1"]),
        // Defects: Chaos Mesh has no action `bandwdith`, and reorders as a part of a delay.
        network(
            "set_bandwidth", ["rate": "1mbps", "limit": 100, "buffer": 10_000, "peakrate": 5, "minburst": 3],
            except: ["action"]),
        network("reorder_packets", ["reorder": "50", "gap": "5"], except: ["action", "delay", "reorder"]),
        // Defect: the value is only there for one of the three modes that need it.
        network("set_loss", ["loss": "30", "mode": "fixed", "mode_value": "2"], except: ["value"]),
        ClusterCase(withFaults, "chaosmesh.network.actions.set_loss", ["name": "slow", "ns": "shop"], except: unread),
        ClusterCase(withFaults, "chaosmesh.network.actions.delete_network_fault", ["name": "slow", "ns": "shop"]),
        ClusterCase(withFaults, "chaosmesh.network.actions.delete_network_fault", ["name": "none", "ns": "shop"]),
    ]

    private static let stressors: [ClusterCase] = [
        ClusterCase(
            .shop, "chaosmesh.stress.actions.stress_cpu", ["name": "hot", "workers": 2, "load": 80, "ns": "shop"],
            except: unread.union(["containerNames"])),
        ClusterCase(
            .shop, "chaosmesh.stress.actions.stress_cpu",
            [
                "name": "hot", "workers": 1, "load": 0, "ns": "shop", "mode": "all", "duration": "2m",
                "container_names": "main,side", "label_selectors": "app=web", "namespaces_selectors": ["shop"],
                "stressng_stressors": "--cpu 1",
            ], except: unread),
        ClusterCase(
            .shop, "chaosmesh.stress.actions.stress_memory",
            ["name": "full", "workers": 2, "size": "256MB", "oom_score": -500, "time_to_get_to_size": "10s"],
            except: unread.union(["containerNames"])),
        ClusterCase(
            .shop, "chaosmesh.stress.actions.stress_memory", ["name": "full", "ns": "shop"],
            except: unread.union(["containerNames", "workers", "size", "oomScoreAdj", "time"])),
        ClusterCase(withFaults, "chaosmesh.stress.actions.delete_stressor", ["name": "hot", "ns": "shop"]),
        ClusterCase(withFaults, "chaosmesh.stress.actions.delete_stressor", ["name": "none", "ns": "shop"]),
    ]

    /// The namespace `shop` with a fault and a stressor.
    static let withFaults = ClusterSetup.shop.adding([
        "apis/chaos-mesh.org/v1alpha1/namespaces/shop/networkchaos": [
            ["metadata": ["name": "slow", "uid": "1"], "spec": ["action": "delay", "mode": "one"]]
        ],
        "apis/chaos-mesh.org/v1alpha1/namespaces/shop/stresschaos": [
            ["metadata": ["name": "hot", "uid": "2"], "spec": ["mode": "one"]]
        ],
    ])

    private static let chaosProbes: [ClusterCase] = [
        ClusterCase(withFaults, "chaosmesh.network.probes.get_network_faults", ["ns": "shop"]),
        ClusterCase(withFaults, "chaosmesh.network.probes.get_network_faults"),
        ClusterCase(withFaults, "chaosmesh.network.probes.get_network_fault", ["name": "slow", "ns": "shop"]),
        ClusterCase(withFaults, "chaosmesh.network.probes.get_network_fault", ["name": "none", "ns": "shop"]),
        ClusterCase(withFaults, "chaosmesh.stress.probes.get_stressors", ["ns": "shop"]),
        ClusterCase(withFaults, "chaosmesh.stress.probes.get_stressor", ["name": "hot", "ns": "shop"]),
    ]
}
