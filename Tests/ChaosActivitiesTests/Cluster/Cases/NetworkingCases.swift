import JSON

extension ClusterTests.Chaosk8sTests {
    /// The namespace `shop` with an ingress and a network policy.
    static let shopNetwork = ClusterSetup.shop.adding([
        "apis/networking.k8s.io/v1/namespaces/shop/ingresses": [
            [
                "metadata": ["name": "web", "labels": ["app": "web"]],
                "spec": ["defaultBackend": ["service": ["name": "web", "port": ["number": 80]]]],
            ]
        ],
        "apis/networking.k8s.io/v1/namespaces/shop/networkpolicies": [
            ["metadata": ["name": "open"], "spec": ["podSelector": [:], "ingress": [[:]]]],
            ["metadata": ["name": "chaostoolkit-deny-all-ingress"], "spec": ["podSelector": [:]]],
            ["metadata": ["name": "chaostoolkit-deny-all-egress"], "spec": ["podSelector": [:]]],
            ["metadata": ["name": "chaostoolkit-allow-dns"], "spec": ["podSelector": [:]]],
        ],
    ])

    static let networking: [ClusterCase] = ingresses + policies

    private static let ingresses: [ClusterCase] = [
        ClusterCase(
            .shop, "networking.actions.create_ingress", ["spec_path": "<folder>/ingress.yaml", "ns": "shop"],
            files: ["ingress.yaml": ObjectFiles.ingress], except: marker),
        ClusterCase(
            .shop, "networking.actions.create_ingress", ["spec_path": "<folder>/ingress.toml", "ns": "shop"],
            files: ["ingress.toml": ""]),
        ClusterCase(shopNetwork, "networking.actions.delete_ingress", ["name": "web", "ns": "shop"]),
        ClusterCase(shopNetwork, "networking.actions.delete_ingress", ["name": "none", "ns": "shop"]),
        ClusterCase(
            shopNetwork, "networking.actions.update_ingress",
            ["name": "web", "ns": "shop", "spec": ["spec": ["ingressClassName": "nginx"]]]),
        ClusterCase(
            shopNetwork, "networking.actions.update_ingress",
            ["name": "none", "ns": "shop", "spec": ["spec": ["ingressClassName": "nginx"]]]),
        ClusterCase(shopNetwork, "networking.probes.ingress_exists", ["name": "web", "ns": "shop"]),
        ClusterCase(shopNetwork, "networking.probes.ingress_exists", ["name": "web"]),
    ]

    private static let policies: [ClusterCase] =
        [
            ClusterCase(
                .shop, "networking.actions.create_network_policy", ["spec_path": "<folder>/p.json", "ns": "shop"],
                files: ["p.json": ObjectFiles.policy], except: marker),
            ClusterCase(
                .shop, "networking.actions.create_network_policy",
                [
                    "ns": "shop",
                    "spec": [
                        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": ["name": "shut"],
                        "spec": ["podSelector": ["matchLabels": ["app": "db"]]],
                    ],
                ], except: marker),
            ClusterCase(shopNetwork, "networking.actions.remove_network_policy", ["name": "open", "ns": "shop"]),
            ClusterCase(shopNetwork, "networking.actions.remove_network_policy", ["name": "none", "ns": "shop"]),
            ClusterCase(shopNetwork, "networking.actions.deny_all_ingress", ["ns": "shop"], except: marker),
        ]
        + ["deny_all_ingress", "deny_all_egress", "allow_dns_access"].flatMap { function in
            [
                ClusterCase(.shop, "networking.actions.\(function)", ["ns": "shop"], except: marker),
                ClusterCase(
                    .shop, "networking.actions.\(function)", ["ns": "shop", "label_selectors": ["app": "web"]],
                    except: marker),
                ClusterCase(shopNetwork, "networking.actions.remove_\(function)", ["ns": "shop"]),
                ClusterCase(.shop, "networking.actions.remove_\(function)", ["ns": "shop"]),
            ]
        }
}
