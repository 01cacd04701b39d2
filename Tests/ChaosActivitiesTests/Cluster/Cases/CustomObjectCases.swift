import JSON

extension ClusterTests.Chaosk8sTests {
    /// A cluster with a kind of its own in namespaces, `widgets`, and one in none, `gadgets`; with one object of each.
    static let custom = ClusterSetup([
        "apis/apiextensions.k8s.io/v1/customresourcedefinitions": [
            definition("widgets", "Widget", "Namespaced"), definition("gadgets", "Gadget", "Cluster"),
        ],
        "apis/example.com/v1/namespaces/shop/widgets": [
            [
                "metadata": ["name": "w1", "uid": "1", "labels": ["app": "web"]],
                "spec": ["size": 3, "tags": ["a", "b"]],
            ]
        ],
        "apis/example.com/v1/gadgets": [["metadata": ["name": "g1", "uid": "2"], "spec": ["on": true]]],
    ])

    private static func definition(_ plural: String, _ kind: String, _ scope: String) -> JSONValue {
        [
            "metadata": ["name": .string("\(plural).example.com")],
            "spec": [
                "group": "example.com", "scope": .string(scope),
                "names": ["plural": .string(plural), "kind": .string(kind)],
                "versions": [["name": "v1"]],
            ],
        ]
    }

    static func widgets(_ arguments: JSONObject = [:], in namespace: String = "shop") -> JSONValue {
        var all: JSONObject = [
            "group": "example.com", "version": "v1", "plural": "widgets", "ns": .string(namespace),
        ]
        for (key, value) in arguments { all[key] = value }
        return .object(all)
    }

    static func gadgets(_ arguments: JSONObject = [:]) -> JSONValue {
        var all: JSONObject = ["group": "example.com", "version": "v1", "plural": "gadgets"]
        for (key, value) in arguments { all[key] = value }
        return .object(all)
    }

    static let widget: JSONValue = [
        "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "w2"], "spec": ["size": 1],
    ]
    static let gadget: JSONValue = [
        "apiVersion": "example.com/v1", "kind": "Gadget", "metadata": ["name": "g2"], "spec": ["on": false],
    ]
    /// Differ from object to object.
    private static let own: Set<String> = ["annotations", "uid", "resourceVersion"]

    static let customObjects: [ClusterCase] = namespaced + ofCluster

    private static let namespaced: [ClusterCase] = [
        ClusterCase(custom, "crd.actions.create_custom_object", widgets(["resource": widget]), except: own),
        ClusterCase(
            custom, "crd.actions.create_custom_object", widgets(["resource_as_yaml_file": "<folder>/w.yaml"]),
            files: ["w.yaml": "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w3}, spec: {size: 017}}"],
            except: own),
        ClusterCase(custom, "crd.actions.create_custom_object", widgets()),
        ClusterCase(
            custom, "crd.actions.create_custom_object", widgets(["resource_as_yaml_file": "<folder>/none.yaml"])),
        ClusterCase(
            custom, "crd.actions.create_custom_object",
            widgets(["resource": ["metadata": ["name": "w1"], "spec": [:]]]), except: own),
        ClusterCase(
            custom, "crd.actions.create_custom_object",
            ["group": "example.com", "version": "v1", "plural": "things", "ns": "shop", "resource": widget],
            except: own),
        ClusterCase(custom, "crd.actions.delete_custom_object", widgets(["name": "w1"]), except: own),
        ClusterCase(custom, "crd.actions.delete_custom_object", widgets(["name": "none"])),
        ClusterCase(
            custom, "crd.actions.patch_custom_object",
            widgets(["name": "w1", "resource": [["op": "replace", "path": "/spec/size", "value": 9]]]), except: own),
        ClusterCase(
            custom, "crd.actions.patch_custom_object",
            widgets(["name": "none", "resource": [["op": "replace", "path": "/spec/size", "value": 9]]])),
        ClusterCase(custom, "crd.probes.get_custom_object", widgets(["name": "w1"]), except: own),
        ClusterCase(custom, "crd.probes.get_custom_object", widgets(["name": "none"])),
        ClusterCase(custom, "crd.probes.list_custom_objects", widgets(), except: own),
        ClusterCase(custom, "crd.probes.list_custom_objects", widgets(in: "empty"), except: own),
    ]

    private static let ofCluster: [ClusterCase] = [
        ClusterCase(custom, "crd.actions.create_cluster_custom_object", gadgets(["resource": gadget]), except: own),
        ClusterCase(custom, "crd.actions.create_cluster_custom_object", gadgets()),
        ClusterCase(custom, "crd.actions.delete_cluster_custom_object", gadgets(["name": "g1"]), except: own),
        ClusterCase(custom, "crd.actions.delete_cluster_custom_object", gadgets(["name": "none"])),
        ClusterCase(
            custom, "crd.actions.patch_cluster_custom_object",
            gadgets(["name": "g1", "resource": [["op": "add", "path": "/spec/speed", "value": "x"]]]), except: own),
        ClusterCase(custom, "crd.probes.get_cluster_custom_object", gadgets(["name": "g1"]), except: own),
        ClusterCase(custom, "crd.probes.get_cluster_custom_object", gadgets(["name": "none"])),
        ClusterCase(custom, "crd.probes.list_cluster_custom_objects", gadgets(), except: own),
    ]
}
