public import Experiments
public import JSON
import Kubernetes

extension ChaosActivities {
    /// The roles (RBAC) that run and undo activities on these targets in a cluster, and allow nothing else.
    ///
    /// What is in namespaces is allowed by a `Role` in the namespace of each target; nodes, and what an activity does
    /// without targets in a namespace, by one `ClusterRole`. Verbs on single objects name the targets. What depends on
    /// an activity's arguments, such as the kind of a custom object, is not in them.
    /// - Parameter name: the name of all roles.
    /// - Returns: the manifests, the `ClusterRole` first; the same for the same input.
    public static func clusterRole(
        for activities: [(activity: NativeActivity, targets: [NativeActivity.Target])], name: String = "tocsin"
    ) -> [JSONValue] {
        var rules = ClusterRules()
        for (activity, targets) in activities {
            for call in activity.calls + (activity.undo?.calls ?? []) where call.system == .kubernetes {
                rules.allow(call, on: targets)
            }
        }
        return rules.manifests(name)
    }
}

/// What is allowed, by namespace, resource and verb.
private struct ClusterRules {
    /// A resource as RBAC names it: its group, and `pods` or `pods/exec`.
    private struct Resource: Hashable, Comparable {
        let group: String
        let name: String

        /// - Parameter text: `deployments.apps`, `pods/exec`.
        init(_ text: Substring) {
            let parts = text.split(separator: "/", maxSplits: 1)
            let plural = parts[0].prefix { $0 != "." }
            group = String(parts[0].dropFirst(plural.count + 1))
            name = plural + (parts.count > 1 ? "/" + parts[1] : "")
        }

        /// The kind of object that it is, or is a part of; nil for custom ones.
        var kind: ResourceKind? {
            ResourceKind.builtIn.first { $0.group == group && $0.plural == name.prefix { $0 != "/" } }
        }

        static func < (left: Resource, right: Resource) -> Bool {
            (left.group, left.name) < (right.group, right.name)
        }
    }

    /// The objects that a verb may be used on.
    private enum Objects: Hashable {
        case all
        case named(Set<String>)

        mutating func formUnion(_ other: Objects) {
            guard case .named(let mine) = self, case .named(let others) = other else {
                self = .all
                return
            }
            self = .named(mine.union(others))
        }

        var names: [String]? {
            guard case .named(let names) = self else { return nil }
            return names.sorted()
        }
    }

    /// The namespace of what is allowed; empty for the whole cluster.
    private typealias Namespace = String
    private var allowed: [Namespace: [Resource: [String: Objects]]] = [:]

    mutating func allow(_ call: NativeActivity.Call, on targets: [NativeActivity.Target]) {
        let parts = call.action.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return }
        let (verb, resource) = (String(parts[0]), Resource(parts[1]))
        let namespaces = Set(targets.compactMap(\.namespace))
        // `get namespaces` of one namespace counts as a request in it.
        let isOfNamespace = resource.kind?.isNamespaced ?? true || resource.kind == .namespaces && verb == "get"
        for namespace in isOfNamespace && !namespaces.isEmpty ? namespaces : [""] {
            let objects = Self.objects(verb, resource, targets.filter { namespace.isEmpty || $0.namespace == namespace })
            allowed[namespace, default: [:]][resource, default: [:]][verb, default: .named([])].formUnion(objects)
        }
    }

    /// The targets, where the verb has a name in its request and the targets are of its resource.
    private static func objects(_ verb: String, _ resource: Resource, _ targets: [NativeActivity.Target]) -> Objects {
        let isOfOne = ["get", "patch", "update", "delete"].contains(verb) || resource.name.contains("/")
        guard isOfOne, !targets.isEmpty else { return .all }
        let namespaces = Set(targets.compactMap(\.namespace))
        if resource.kind == .namespaces, !namespaces.isEmpty { return .named(namespaces) }
        let kind = resource.kind?.targetKind ?? "k8s:\(resource.name).\(resource.group)"
        let own = targets.filter { $0.kind == kind }
        return own.isEmpty ? .all : .named(Set(own.map(\.objectName)))
    }

    func manifests(_ name: String) -> [JSONValue] {
        allowed.sorted { $0.key < $1.key }.map { namespace, resources in
            var metadata: JSONObject = ["name": .string(name)]
            if !namespace.isEmpty { metadata["namespace"] = .string(namespace) }
            return [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": namespace.isEmpty ? "ClusterRole" : "Role",
                "metadata": .object(metadata), "rules": .array(Self.rules(resources)),
            ]
        }
    }

    /// One rule for the verbs that are allowed on the same objects of the same resources.
    private static func rules(_ resources: [Resource: [String: Objects]]) -> [JSONValue] {
        struct Rule {
            let group: String
            var resources: [String]
            let names: [String]?
            let verbs: [String]
        }
        var rules: [Rule] = []
        for (resource, verbs) in resources.sorted(by: { $0.key < $1.key }) {
            let byObjects = Dictionary(grouping: verbs, by: \.value).mapValues { $0.map(\.key).sorted() }
            for (objects, verbs) in byObjects.sorted(by: { $0.value.lexicographicallyPrecedes($1.value) }) {
                let same = rules.firstIndex {
                    $0.group == resource.group && $0.names == objects.names && $0.verbs == verbs
                }
                if let same {
                    rules[same].resources.append(resource.name)
                } else {
                    rules.append(
                        Rule(group: resource.group, resources: [resource.name], names: objects.names, verbs: verbs))
                }
            }
        }
        return rules.map { rule in
            var members: JSONObject = [
                "apiGroups": [.string(rule.group)], "resources": JSONValue(texts: rule.resources),
            ]
            if let names = rule.names { members["resourceNames"] = JSONValue(texts: names) }
            members["verbs"] = JSONValue(texts: rule.verbs)
            return .object(members)
        }
    }
}

extension NativeActivity.Target {
    /// The namespace of an object of a cluster; nil for what is in none, and for targets in AWS.
    fileprivate var namespace: String? {
        guard kind.hasPrefix("k8s:"), case .named(let name) = objectNamespace else { return nil }
        return name
    }
}
