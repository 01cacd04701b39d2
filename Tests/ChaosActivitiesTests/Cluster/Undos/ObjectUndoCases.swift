import JSON

extension ClusterTests.UndoTests {
    private typealias Cases = ClusterTests.Chaosk8sTests

    /// An action that makes an object: what others remove is what it made.
    private static func making(
        _ setup: ClusterSetup, _ function: String, _ arguments: JSONValue, _ path: String, files: [String: String] = [:]
    ) -> ClusterUndoCase {
        ClusterUndoCase(setup, function, arguments, removal: [path], files: files, removalRestores: true)
    }

    /// An action that deletes an object of the namespace `shop`: others remove the namespace.
    private static func deleting(
        _ setup: ClusterSetup, _ function: String, _ arguments: JSONValue
    ) -> ClusterUndoCase {
        ClusterUndoCase(setup, function, arguments, removal: ["api/v1/namespaces/shop"])
    }

    static let objects: [ClusterUndoCase] = [
        making(
            .shop, "namespace.actions.create_namespace", ["name": "new"], "api/v1/namespaces/new"),
        making(
            .shop, "secret.actions.create_secret", ["spec_path": "<folder>/secret.json", "ns": "shop"],
            "api/v1/namespaces/shop/secrets/token", files: ["secret.json": ObjectFiles.secret]),
        making(
            .shop, "service.actions.create_service_endpoint", ["spec_path": "<folder>/svc.yaml", "ns": "shop"],
            "api/v1/namespaces/shop/services/api", files: ["svc.yaml": ObjectFiles.service]),
        deleting(.shop, "secret.actions.delete_secret", ["name": "key", "ns": "shop"]),
        deleting(.shop, "service.actions.delete_service", ["name": "web", "ns": "shop"]),
    ]

    static let networking: [ClusterUndoCase] = [
        making(
            .shop, "networking.actions.create_ingress", ["spec_path": "<folder>/ingress.yaml", "ns": "shop"],
            "apis/networking.k8s.io/v1/namespaces/shop/ingresses/front",
            files: ["ingress.yaml": ObjectFiles.ingress]),
        making(
            .shop, "networking.actions.create_network_policy", ["spec_path": "<folder>/p.json", "ns": "shop"],
            "apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/closed", files: ["p.json": ObjectFiles.policy]),
        making(
            .shop, "networking.actions.deny_all_ingress", ["ns": "shop"],
            "apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/chaostoolkit-deny-all-ingress"),
        making(
            .shop, "networking.actions.deny_all_egress", ["ns": "shop"],
            "apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/chaostoolkit-deny-all-egress"),
        making(
            .shop, "networking.actions.allow_dns_access", ["ns": "shop"],
            "apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/chaostoolkit-allow-dns"),
        deleting(Cases.shopNetwork, "networking.actions.delete_ingress", ["name": "web", "ns": "shop"]),
        deleting(Cases.shopNetwork, "networking.actions.remove_network_policy", ["name": "open", "ns": "shop"]),
        ClusterUndoCase(
            Cases.shopNetwork, "networking.actions.update_ingress",
            [
                "name": "web", "ns": "shop",
                "spec": ["metadata": ["labels": ["x": "y"]], "spec": ["defaultBackend": .null]],
            ],
            removal: ["apis/networking.k8s.io/v1/namespaces/shop/ingresses/web"]),
    ]

    static let chaosMesh: [ClusterUndoCase] =
        ["add_latency", "set_loss", "duplicate_packets", "reorder_packets", "corrupt_packets"].map { function in
            making(
                .shop, "chaosmesh.network.actions.\(function)", ["name": "fault", "ns": "shop"],
                "apis/chaos-mesh.org/v1alpha1/namespaces/shop/networkchaos/fault")
        } + [
            making(
                .shop, "chaosmesh.network.actions.set_bandwidth",
                ["name": "fault", "ns": "shop", "rate": "1mbps", "limit": 1, "buffer": 1],
                "apis/chaos-mesh.org/v1alpha1/namespaces/shop/networkchaos/fault"),
            making(
                .shop, "chaosmesh.stress.actions.stress_cpu",
                ["name": "fault", "ns": "shop", "workers": 1, "load": 1],
                "apis/chaos-mesh.org/v1alpha1/namespaces/shop/stresschaos/fault"),
            making(
                .shop, "chaosmesh.stress.actions.stress_memory", ["name": "fault", "ns": "shop"],
                "apis/chaos-mesh.org/v1alpha1/namespaces/shop/stresschaos/fault"),
        ]

    /// The scripted cluster knows its kinds by their definitions, which therefore stay.
    static let customObjects: [ClusterUndoCase] = [
        making(
            withNamespace, "crd.actions.create_custom_object", Cases.widgets(["resource": Cases.widget]),
            "apis/example.com/v1/namespaces/shop/widgets/w2"),
        making(
            withNamespace, "crd.actions.create_cluster_custom_object", Cases.gadgets(["resource": Cases.gadget]),
            "apis/example.com/v1/gadgets/g2"),
        making(
            withNamespace, "crd.actions.apply_from_json",
            [
                "resource": .string(
                    #"{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w2","namespace":"shop"}}"#)
            ], "apis/example.com/v1/namespaces/shop/widgets/w2"),
        making(
            withNamespace, "crd.actions.apply_from_yaml",
            ["resource": "{apiVersion: example.com/v1, kind: Gadget, metadata: {name: g2}}"],
            "apis/example.com/v1/gadgets/g2"),
        deleting(withNamespace, "crd.actions.delete_custom_object", Cases.widgets(["name": "w1"])),
        changing("crd.actions.patch_custom_object", Cases.widgets(["name": "w1", "resource": patch])),
        changing(
            "crd.actions.patch_custom_object",
            Cases.widgets(["name": "w1", "resource": ["spec": ["size": .null, "tags": ["c"], "more": ["x": 1]]]])),
        changing(
            "crd.actions.replace_custom_object",
            Cases.widgets([
                "name": "w1",
                "resource": [
                    "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "w1"], "spec": ["size": 8],
                ],
            ])),
        ClusterUndoCase(
            withNamespace, "crd.actions.patch_cluster_custom_object",
            Cases.gadgets(["name": "g1", "resource": [["op": "replace", "path": "/spec/on", "value": false]]]),
            removal: ["apis/example.com/v1/gadgets/g1"]),
        ClusterUndoCase(
            withNamespace, "crd.actions.replace_cluster_custom_object",
            Cases.gadgets([
                "name": "g1",
                "resource": [
                    "apiVersion": "example.com/v1", "kind": "Gadget", "metadata": ["name": "g1"], "spec": [:],
                ],
            ]), removal: ["apis/example.com/v1/gadgets/g1"]),
    ]

    private static let withNamespace = Cases.custom.adding([
        "api/v1/namespaces": [["metadata": ["name": "shop"]]]
    ])

    private static let patch: JSONValue = [
        ["op": "replace", "path": "/spec/size", "value": 9], ["op": "remove", "path": "/metadata/labels/app"],
    ]

    private static func changing(_ function: String, _ arguments: JSONValue) -> ClusterUndoCase {
        ClusterUndoCase(
            withNamespace, function, arguments, removal: ["apis/example.com/v1/namespaces/shop/widgets/w1"])
    }
}
