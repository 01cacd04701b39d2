import Basics

/// A kind of object in a cluster's API: where its objects are, and what they are called.
public struct ResourceKind: Sendable, Hashable {
    /// The API group, such as `apps`; empty for the core group.
    public var group: String
    /// The version of the group, such as `v1`.
    public var version: String
    /// The name in paths, such as `deployments`.
    public var plural: String
    /// The name in objects, such as `Deployment`; empty where it is not known, which only messages notice.
    public var kind: String
    /// Whether its objects are in namespaces.
    public var isNamespaced: Bool

    /// A kind of object, also of a custom one.
    public init(group: String, version: String, plural: String, kind: String = "", isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.plural = plural
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    /// The member `apiVersion` of its objects: `v1`, `apps/v1`.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// `pods`, `deployments.apps`: the name by which people and rules of access know it.
    public var qualifiedName: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// The path of its group and version, such as `/apis/apps/v1`.
    var groupPath: String {
        (group.isEmpty ? "/api/" : "/apis/\(percentEncoded(group))/") + percentEncoded(version)
    }
}

extension ResourceKind {
    private static func core(_ plural: String, _ kind: String, isNamespaced: Bool = true) -> ResourceKind {
        ResourceKind(group: "", version: "v1", plural: plural, kind: kind, isNamespaced: isNamespaced)
    }

    private static func grouped(
        _ group: String, _ plural: String, _ kind: String, isNamespaced: Bool = true
    ) -> ResourceKind {
        ResourceKind(group: group, version: "v1", plural: plural, kind: kind, isNamespaced: isNamespaced)
    }

    /// Pods.
    public static var pods: ResourceKind { core("pods", "Pod") }
    /// Nodes, in no namespace.
    public static var nodes: ResourceKind { core("nodes", "Node", isNamespaced: false) }
    /// Namespaces, themselves in none.
    public static var namespaces: ResourceKind { core("namespaces", "Namespace", isNamespaced: false) }
    /// Services.
    public static var services: ResourceKind { core("services", "Service") }
    /// Endpoints of services.
    public static var endpoints: ResourceKind { core("endpoints", "Endpoints") }
    /// Secrets.
    public static var secrets: ResourceKind { core("secrets", "Secret") }
    /// Configuration maps.
    public static var configMaps: ResourceKind { core("configmaps", "ConfigMap") }
    /// Events of the core group.
    public static var events: ResourceKind { core("events", "Event") }
    /// Service accounts.
    public static var serviceAccounts: ResourceKind { core("serviceaccounts", "ServiceAccount") }
    /// Replication controllers.
    public static var replicationControllers: ResourceKind { core("replicationcontrollers", "ReplicationController") }
    /// Claims of persistent volumes.
    public static var persistentVolumeClaims: ResourceKind { core("persistentvolumeclaims", "PersistentVolumeClaim") }
    /// Persistent volumes, in no namespace.
    public static var persistentVolumes: ResourceKind {
        core("persistentvolumes", "PersistentVolume", isNamespaced: false)
    }
    /// Deployments.
    public static var deployments: ResourceKind { grouped("apps", "deployments", "Deployment") }
    /// Stateful sets.
    public static var statefulSets: ResourceKind { grouped("apps", "statefulsets", "StatefulSet") }
    /// Replica sets.
    public static var replicaSets: ResourceKind { grouped("apps", "replicasets", "ReplicaSet") }
    /// Daemon sets.
    public static var daemonSets: ResourceKind { grouped("apps", "daemonsets", "DaemonSet") }
    /// Jobs.
    public static var jobs: ResourceKind { grouped("batch", "jobs", "Job") }
    /// Cron jobs.
    public static var cronJobs: ResourceKind { grouped("batch", "cronjobs", "CronJob") }
    /// Ingresses.
    public static var ingresses: ResourceKind { grouped("networking.k8s.io", "ingresses", "Ingress") }
    /// Network policies.
    public static var networkPolicies: ResourceKind { grouped("networking.k8s.io", "networkpolicies", "NetworkPolicy") }
    /// Disruption budgets of pods.
    public static var podDisruptionBudgets: ResourceKind {
        grouped("policy", "poddisruptionbudgets", "PodDisruptionBudget")
    }
    /// Definitions of custom resources, in no namespace.
    public static var customResourceDefinitions: ResourceKind {
        grouped(
            "apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", isNamespaced: false)
    }

    /// The kinds that need no question to the cluster.
    public static var builtIn: [ResourceKind] {
        [
            pods, nodes, namespaces, services, endpoints, secrets, configMaps, events, serviceAccounts,
            replicationControllers, persistentVolumeClaims, persistentVolumes, deployments, statefulSets, replicaSets,
            daemonSets, jobs, cronJobs, ingresses, networkPolicies, podDisruptionBudgets, customResourceDefinitions,
        ]
    }
}

/// Which namespace a call is for.
public enum KubernetesNamespace: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The one of the kubeconfig's context, or the pod's own; `default` where that says nothing.
    case ofContext
    /// The one of this name.
    case named(String)
    /// All of them; for lists and watches only.
    case all

    /// The one of this name.
    public init(stringLiteral name: String) { self = .named(name) }
}
