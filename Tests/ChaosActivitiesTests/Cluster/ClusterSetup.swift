import JSON

/// The objects of a cluster, by the paths of their collections.
struct ClusterSetup: Sendable {
    var objects: JSONObject

    init(_ objects: JSONObject) { self.objects = objects }

    /// With further objects.
    func adding(_ more: JSONObject) -> ClusterSetup {
        var objects = objects
        for (path, items) in more { objects[path] = .array((objects[path]?.arrayValue ?? []) + (items.arrayValue ?? [])) }
        return ClusterSetup(objects)
    }
}

extension ClusterSetup {
    static let empty = ClusterSetup(["api/v1/namespaces": [["metadata": ["name": "shop"]]]])

    /// The namespace `shop` on two nodes: four Pods, and one of each kind of workload.
    static let shop = ClusterSetup([
        "api/v1/namespaces": [["metadata": ["name": "default"]], ["metadata": ["name": "shop"]]],
        "api/v1/nodes": [node("n1", labels: ["zone": "a"]), node("n2", labels: ["zone": "b"])],
        "api/v1/namespaces/shop/pods": [
            pod("db-0", app: "db", node: "n2", owner: ("StatefulSet", "db"), created: "2026-03-01T00:00:00Z"),
            pod("once", app: "once", node: "n1", phase: "Succeeded", created: "2026-01-02T00:00:00Z"),
            pod("web-1", app: "web", node: "n1", owner: ("ReplicaSet", "web-5"), created: "2026-02-03T00:00:00Z"),
            pod("web-2", app: "web", node: "n2", owner: ("ReplicaSet", "web-5"), created: "2026-02-02T00:00:00Z"),
            pod("web-3", app: "web", node: "n1", owner: ("ReplicaSet", "web-5"), created: "2026-02-01T00:00:00Z"),
        ],
        "apis/apps/v1/namespaces/shop/deployments": [
            workload("web", replicas: 3, status: ["replicas": 3, "readyReplicas": 3, "availableReplicas": 3])
        ],
        "apis/apps/v1/namespaces/shop/replicasets": [
            workload("web", replicas: 1, status: ["replicas": 1]),
            workload("web-5", replicas: 3, owner: ("Deployment", "web"), status: ["replicas": 3]),
        ],
        "apis/apps/v1/namespaces/shop/statefulsets": [
            workload(
                "db", replicas: 1, extra: ["serviceName": "db"],
                status: ["replicas": 1, "readyReplicas": 1, "currentReplicas": 1, "currentRevision": "db-1"])
        ],
        "apis/apps/v1/namespaces/shop/daemonsets": [
            workload(
                "agent", status: [
                    "currentNumberScheduled": 2, "desiredNumberScheduled": 2, "numberMisscheduled": 0, "numberReady": 2,
                ])
        ],
        "api/v1/namespaces/shop/services": [
            [
                "metadata": ["name": "web", "labels": ["name": "web"]],
                "spec": ["selector": ["app": "web"], "ports": [["port": 80]], "clusterIP": "10.0.0.7"],
            ]
        ],
        "api/v1/namespaces/shop/secrets": [
            ["metadata": ["name": "key", "labels": ["app": "web"]], "data": ["a": "eA=="], "type": "Opaque"]
        ],
    ])

    /// A node that is ready.
    static func node(
        _ name: String, labels: JSONObject = [:], isCordoned: Bool = false, conditions: JSONObject = [:]
    ) -> JSONValue {
        var states: JSONObject = ["MemoryPressure": "False", "PIDPressure": "False", "Ready": "True"]
        for (type, status) in conditions { states[type] = status }
        return [
            "metadata": ["name": .string(name), "labels": .object(labels)],
            "spec": isCordoned ? ["unschedulable": true] : ["providerID": .string("aws:///\(name)")],
            "status": ["conditions": .array(states.map { ["type": .string($0.key), "status": $0.value] })],
        ]
    }

    /// A pod with one container, `main`; its log is the text of an annotation.
    static func pod(
        _ name: String, app: String = "web", node: String = "n1", phase: String = "Running",
        owner: (kind: String, name: String)? = nil, created: String = "2026-01-01T00:00:00Z",
        annotations: JSONObject = [:], volumes: JSONValue = [], finalizers: JSONValue = []
    ) -> JSONValue {
        var metadata: JSONObject = [
            "name": .string(name), "labels": ["app": .string(app), "name": .string(app)],
            "creationTimestamp": .string(created),
        ]
        metadata["ownerReferences"] = owner.map(owners)
        if finalizers != [] { metadata["finalizers"] = finalizers }
        if !annotations.isEmpty { metadata["annotations"] = .object(annotations) }
        return [
            "metadata": .object(metadata),
            "spec": [
                "nodeName": .string(node), "containers": [["name": "main", "image": "web:1"]], "volumes": volumes,
            ],
            "status": [
                "phase": .string(phase),
                "conditions": [["type": "Ready", "status": phase == "Running" ? "True" : "False"]],
            ],
        ]
    }

    /// An object of `apps/v1`.
    static func workload(
        _ name: String, replicas: Int? = nil, owner: (kind: String, name: String)? = nil, extra: JSONObject = [:],
        status: JSONValue = [:]
    ) -> JSONValue {
        var spec: JSONObject = [
            "selector": ["matchLabels": ["app": .string(name)]],
            "template": [
                "metadata": ["labels": ["app": .string(name)]],
                "spec": ["containers": [["name": "main", "image": "web:1"]]],
            ],
        ]
        spec["replicas"] = replicas.map { JSONValue($0) }
        for (member, value) in extra { spec[member] = value }
        var metadata: JSONObject = [
            "name": .string(name), "labels": ["app": .string(name), "name": .string(name)],
        ]
        metadata["ownerReferences"] = owner.map(owners)
        return ["metadata": .object(metadata), "spec": .object(spec), "status": status]
    }

    private static func owners(_ owner: (kind: String, name: String)) -> JSONValue {
        [
            [
                "apiVersion": "apps/v1", "kind": .string(owner.kind), "name": .string(owner.name), "uid": "1",
                "controller": true,
            ]
        ]
    }
}
