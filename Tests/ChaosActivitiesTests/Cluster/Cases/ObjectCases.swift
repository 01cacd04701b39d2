import JSON

/// Files with objects of core kinds; Kubernetes wants the values of a secret in Base64.
enum ObjectFiles {
    static let secret = """
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token", "labels": {"app": "web"}},
         "type": "Opaque", "data": {"value": "eA=="}}
        """
    static let service = """
        apiVersion: v1
        kind: Service
        metadata: {name: api}
        spec:
          selector: {app: web}
          ports: [{port: 80, targetPort: 8080}]
        """
    static let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: extra, labels: {team: shop}}}"
    static let ingress = """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: front}
        spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
        """
    static let policy = """
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "closed"},
         "spec": {"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Ingress"]}}
        """
}

extension ClusterTests.Chaosk8sTests {
    /// What an undo knows its objects by.
    static let marker: Set<String> = ["annotations"]

    static let objects: [ClusterCase] = namespaces + secrets + services + events

    private static let namespaces: [ClusterCase] = [
        ClusterCase(.shop, "namespace.actions.create_namespace", ["name": "new"], except: marker),
        ClusterCase(
            .shop, "namespace.actions.create_namespace", ["name": "new", "spec_path": "<folder>/ns.yaml"],
            files: ["ns.yaml": ObjectFiles.namespace], except: marker),
        ClusterCase(.shop, "namespace.actions.create_namespace"),
        ClusterCase(.shop, "namespace.actions.create_namespace", ["name": "shop"], except: marker),
        ClusterCase(
            .shop, "namespace.actions.create_namespace", ["spec_path": "<folder>/ns.txt"],
            files: ["ns.txt": ObjectFiles.namespace]),
        ClusterCase(.shop, "namespace.actions.delete_namespace", ["name": "shop"]),
        ClusterCase(.shop, "namespace.actions.delete_namespace", ["name": "none"]),
        ClusterCase(.shop, "namespace.probes.namespace_exists", ["name": "shop"]),
        ClusterCase(.shop, "namespace.probes.namespace_exists", ["name": "none"]),
    ]

    private static let secrets: [ClusterCase] = [
        ClusterCase(
            .shop, "secret.actions.create_secret", ["spec_path": "<folder>/secret.json", "ns": "shop"],
            files: ["secret.json": ObjectFiles.secret], except: marker),
        ClusterCase(.shop, "secret.actions.create_secret", ["spec_path": "<folder>/missing.json", "ns": "shop"]),
        ClusterCase(.shop, "secret.actions.delete_secret", ["name": "key", "ns": "shop"]),
        ClusterCase(.shop, "secret.actions.delete_secret", ["name": "key"]),
        ClusterCase(.shop, "secret.probes.secret_exists", ["name": "key", "ns": "shop"]),
        ClusterCase(.shop, "secret.probes.secret_exists", ["name": "none", "ns": "shop"]),
        ClusterCase(.shop, "secret.probes.secret_exists", ["label_selector": "app=web", "ns": "shop"]),
        ClusterCase(.shop, "secret.probes.secret_exists", ["label_selector": "app=db", "ns": "shop"]),
        ClusterCase(
            .shop, "secret.probes.secret_exists", ["name": "key", "label_selector": "app=db", "ns": "shop"]),
        ClusterCase(.shop, "secret.probes.secret_exists", ["ns": "shop"]),
        ClusterCase(.shop, "secret.probes.secret_exists"),
    ]

    private static let services: [ClusterCase] = [
        ClusterCase(
            .shop, "service.actions.create_service_endpoint", ["spec_path": "<folder>/svc.yml", "ns": "shop"],
            files: ["svc.yml": ObjectFiles.service], except: marker),
        ClusterCase(.shop, "service.actions.delete_service", ["name": "web", "ns": "shop"]),
        ClusterCase(.shop, "service.actions.delete_service", ["name": "none", "ns": "shop"]),
        ClusterCase(.shop, "service.probes.service_is_initialized", ["name": "web", "ns": "shop"]),
        ClusterCase(.shop, "service.probes.service_is_initialized", ["name": "none", "ns": "shop"]),
        ClusterCase(
            .shop, "service.probes.service_is_initialized",
            ["name": "none", "ns": "shop", "raise_if_service_not_initialized": false]),
        ClusterCase(.shop, "service.probes.service_is_initialized", ["label_selector": "name=web", "ns": "shop"]),
        ClusterCase(.shop, "service.probes.service_is_initialized", ["label_selector": "name=db", "ns": "shop"]),
        ClusterCase(.shop, "service.probes.service_is_initialized"),
    ]

    /// The scripted cluster has no events of its own.
    private static let withEvents: JSONValue = [
        "kinds": ["events.k8s.io/v1": [["events", "Event", true]]],
        "objects": [
            "apis/events.k8s.io/v1/namespaces/shop/events": [
                [
                    "metadata": ["name": "e1", "labels": ["app": "web"], "uid": "1"], "reason": "Killing",
                    "type": "Normal",
                ],
                ["metadata": ["name": "e2", "uid": "2"], "reason": "BackOff", "type": "Warning"],
                ["metadata": ["name": "e3", "uid": "3"], "reason": "Pulled", "type": "Normal"],
            ]
        ],
    ]

    private static let events: [ClusterCase] = [
        ClusterCase(.empty, "event.probes.get_events", script: withEvents),
        ClusterCase(.empty, "event.probes.get_events", ["limit": 2], script: withEvents),
        ClusterCase(.empty, "event.probes.get_events", ["label_selector": "app=web"], script: withEvents),
        ClusterCase(.empty, "event.probes.get_events", ["field_selector": "type=Warning"], script: withEvents),
    ]
}
