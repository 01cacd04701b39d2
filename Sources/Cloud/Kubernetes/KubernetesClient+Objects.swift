public import Basics
public import JSON

/// Which objects of a kind a list or watch is for.
public struct KubernetesSelector: Sendable, Hashable, ExpressibleByStringLiteral {
    /// By labels, such as `app=web,tier!=cache`; nil for all.
    public var labels: String?
    /// By fields, such as `spec.nodeName=node-1`; nil for all.
    public var fields: String?

    /// All objects, or those that both selectors name.
    public init(labels: String? = nil, fields: String? = nil) {
        self.labels = labels
        self.fields = fields
    }

    /// By labels.
    public init(stringLiteral labels: String) { self.labels = labels }

    var query: [(name: String, value: String)] {
        [("labelSelector", labels), ("fieldSelector", fields)].compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : (name, $0) }
        }
    }
}

/// The objects of a list, and the version of the cluster's state that they are of.
public struct KubernetesList: Sendable {
    /// The objects.
    public var items: [JSONValue]
    /// Where a watch goes on.
    public var resourceVersion: String
}

extension KubernetesClient {
    /// How many objects come in one response at first.
    private static let pageSize = 500
    /// How often a list starts again when its state was too old to go on.
    private static let maximumRestarts = 3

    /// All objects of a kind that a selector names, fetched page by page.
    ///
    /// All pages are of one state of the cluster; when the server has forgotten that state (410) the list starts again.
    /// A page that is larger than the client takes is asked for in smaller ones.
    /// - Throws: `KubernetesError`, `CancellationError`.
    public func list(
        _ kind: ResourceKind, in namespace: KubernetesNamespace = .ofContext, _ selector: KubernetesSelector = .init(),
        until deadline: Timestamp
    ) async throws -> KubernetesList {
        let call = try APICall("list", "GET", kind, namespace: name(of: namespace))
        var restarts = 0
        while true {
            do {
                return try await pages(call, selector.query, until: deadline)
            } catch let error as KubernetesError where error.code == .expired && restarts < Self.maximumRestarts {
                restarts += 1
            }
        }
    }

    private func pages(
        _ call: APICall, _ selection: [(name: String, value: String)], until deadline: Timestamp
    ) async throws -> KubernetesList {
        var list = KubernetesList(items: [], resourceVersion: "")
        var size = Self.pageSize
        var next: String?
        while true {
            var call = call
            call.query = selection + [("limit", "\(size)")]
            if let next { call.query.append(("continue", next)) }
            let page: JSONValue
            do { page = try await json(call, until: deadline) } catch let error as KubernetesError {
                guard error.isTooLarge, size > 1 else { throw error }
                size = max(1, size / 8)
                continue
            }
            guard let items = page["items"]?.arrayValue ?? (page["items"] == .null ? [] : nil) else {
                throw invalid("the answer is no list", call)
            }
            list.items += items
            list.resourceVersion = page["metadata"]?["resourceVersion"]?.stringValue ?? ""
            let last = next
            next = page["metadata"]?["continue"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
            guard let next else { return list }
            guard next != last else {  // it would go on until the deadline, and fill the memory
                throw invalid("the server gave the same page token twice: the list has no end", call)
            }
        }
    }

    /// One object.
    /// - Throws: `KubernetesError`, with `notFound` when there is none; `CancellationError`.
    public func get(
        _ kind: ResourceKind, _ name: String, in namespace: KubernetesNamespace = .ofContext, until deadline: Timestamp
    ) async throws -> JSONValue {
        try await json(try call("get", "GET", kind, name, namespace), until: deadline)
    }

    /// Makes an object, whose `metadata` has its name or `generateName`.
    /// - Returns: the object as the cluster has it.
    /// - Throws: `KubernetesError`, with `alreadyExists` when there is one of the same name; `CancellationError`.
    public func create(
        _ kind: ResourceKind, _ object: JSONValue, in namespace: KubernetesNamespace = .ofContext,
        until deadline: Timestamp
    ) async throws -> JSONValue {
        var call = try call("create", "POST", kind, nil, namespace)
        call.body = object
        return try await json(call, until: deadline)
    }

    /// Puts an object in the place of the one that is there.
    ///
    /// With `metadata.resourceVersion` only when that has not changed since.
    /// - Throws: `KubernetesError`, with `conflict` when it has; `CancellationError`.
    public func replace(
        _ kind: ResourceKind, _ name: String, with object: JSONValue, in namespace: KubernetesNamespace = .ofContext,
        until deadline: Timestamp
    ) async throws -> JSONValue {
        var call = try call("update", "PUT", kind, name, namespace)
        call.body = object
        return try await json(call, until: deadline)
    }

    /// Changes a part of an object.
    /// - Parameter subresource: the part that is a resource of its own: `scale`, `status`; nil for the object itself.
    /// - Returns: the object as it is now.
    /// - Throws: `KubernetesError`, `CancellationError`.
    public func patch(
        _ kind: ResourceKind, _ name: String, _ patch: KubernetesPatch, in namespace: KubernetesNamespace = .ofContext,
        subresource: String? = nil, until deadline: Timestamp
    ) async throws -> JSONValue {
        var call = try call("patch", "PATCH", kind, name, namespace, subresource: subresource)
        (call.contentType, call.body, call.query) = patch.parts
        return try await json(call, until: deadline)
    }

    /// Deletes an object.
    ///
    /// The object may be there for some time yet: until its grace period is over, or its finalizers are done.
    /// - Returns: the object as it was when it was marked, or a `Status` when it is gone.
    /// - Throws: `KubernetesError`, with `notFound` when there is none, `conflict` when it is not the one of
    ///   `options.uid`; `CancellationError`.
    @discardableResult
    public func delete(
        _ kind: ResourceKind, _ name: String, in namespace: KubernetesNamespace = .ofContext,
        options: KubernetesDeleteOptions = KubernetesDeleteOptions(), until deadline: Timestamp
    ) async throws -> JSONValue {
        var call = try call("delete", "DELETE", kind, name, namespace)
        call.body = options.document
        return try await json(call, until: deadline)
    }

    /// A call that is for one namespace.
    func call(
        _ verb: String, _ method: String, _ kind: ResourceKind, _ name: String?, _ namespace: KubernetesNamespace,
        subresource: String? = nil
    ) throws(KubernetesError) -> APICall {
        let resolved = self.name(of: namespace)
        guard resolved != nil || !kind.isNamespaced else {
            throw KubernetesError(.invalidRequest, "\(verb) \(kind.qualifiedName) is for one namespace, not for all")
        }
        return try APICall(verb, method, kind, namespace: resolved, name: name, subresource: subresource)
    }
}

/// A change to an object.
public enum KubernetesPatch: Sendable, Hashable {
    /// RFC 7386: members replace, null removes, lists are replaced as a whole.
    case merge(JSONValue)
    /// Kubernetes' own: lists are merged by their keys, such as a container's name. Not for custom resources.
    case strategicMerge(JSONValue)
    /// RFC 6902: a list of operations.
    case json([JSONValue])
    /// Server-side apply: the fields that a manager wants to own; `force` takes them from other managers.
    case apply(JSONValue, fieldManager: String, force: Bool)

    var parts: (contentType: String, body: JSONValue, query: [(name: String, value: String)]) {
        switch self {
        case .merge(let patch): ("application/merge-patch+json", patch, [])
        case .strategicMerge(let patch): ("application/strategic-merge-patch+json", patch, [])
        case .json(let operations): ("application/json-patch+json", .array(operations), [])
        case .apply(let object, let manager, let force):
            // JSON is YAML.
            ("application/apply-patch+yaml", object, [("fieldManager", manager), ("force", "\(force)")])
        }
    }
}

/// How an object is deleted.
public struct KubernetesDeleteOptions: Sendable, Hashable {
    /// What becomes of the objects that belong to it.
    public enum Propagation: String, Sendable, Hashable {
        /// They are deleted afterwards.
        case background = "Background"
        /// They are deleted first.
        case foreground = "Foreground"
        /// They stay.
        case orphan = "Orphan"
    }

    /// How many seconds a pod has to end; 0 for at once, nil for what the object says.
    public var gracePeriodSeconds: Int?
    /// What becomes of dependents; nil for the kind's own rule.
    public var propagation: Propagation?
    /// The object's `metadata.uid`: another object of the same name is not deleted.
    public var uid: String?

    /// By default what the object and its kind say.
    public init(gracePeriodSeconds: Int? = nil, propagation: Propagation? = nil, uid: String? = nil) {
        self.gracePeriodSeconds = gracePeriodSeconds
        self.propagation = propagation
        self.uid = uid
    }

    var document: JSONValue {
        var options: JSONObject = ["apiVersion": "v1", "kind": "DeleteOptions"]
        options["gracePeriodSeconds"] = gracePeriodSeconds.map { JSONValue($0) }
        options["propagationPolicy"] = propagation.map { .string($0.rawValue) }
        options["preconditions"] = uid.map { ["uid": .string($0)] }
        return .object(options)
    }
}
