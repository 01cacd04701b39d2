import Basics
import Experiments
import JSON
import Kubernetes
import YAML

extension JSONValue {
    /// The name of an object of a cluster.
    var objectName: String { self["metadata"]?["name"]?.stringValue ?? "" }

    /// The namespace of an object of a cluster; nil for what is in none.
    var objectNamespace: String? { self["metadata"]?["namespace"]?.stringValue }

    /// Its labels.
    var labels: [String: String] {
        var labels: [String: String] = [:]
        for (name, value) in self["metadata"]?["labels"]?.objectValue ?? [:] { labels[name] = value.stringValue }
        return labels
    }

    /// Whether it is being deleted.
    var isTerminating: Bool { self["metadata"]?["deletionTimestamp"]?.stringValue != nil }

    /// The controller that makes it again when it is deleted, such as `ReplicaSet web-1`; nil when nothing does.
    var controller: String? {
        let owner = (self["metadata"]?["ownerReferences"]?.elements ?? []).first { $0["controller"] == true }
        return owner.map { "\($0["kind"]?.stringValue ?? "controller") \($0["name"]?.stringValue ?? "")" }
    }
}

extension ResourceKind {
    /// The kind in targets: `k8s:pod`; of custom objects `k8s:networkchaos.chaos-mesh.org`.
    var targetKind: String {
        Self.builtIn.contains(self) ? "k8s:" + kind.lowercased() : "k8s:" + qualifiedName
    }
}

extension NativeActivity.Target {
    /// An object of a cluster: its id is `namespace/name`, or its name alone; its tags are its labels.
    static func object(
        _ object: JSONValue, _ kind: ResourceKind, in namespace: String? = nil, candidates: Int = 1
    ) -> Self {
        Self.named(
            object.objectName, kind, in: object.objectNamespace ?? namespace, labels: object.labels,
            candidates: candidates)
    }

    /// An object of a cluster by its name.
    static func named(
        _ name: String, _ kind: ResourceKind, in namespace: String?, labels: [String: String] = [:],
        candidates: Int = 1
    ) -> Self {
        let place = kind.isNamespaced ? (namespace ?? "default") + "/" : ""
        return Self(kind: kind.targetKind, id: place + name, tags: labels, candidates: candidates)
    }

    /// The name of the object.
    var objectName: String { id.split(separator: "/").last.map(String.init) ?? id }

    /// The namespace of the object.
    var objectNamespace: KubernetesNamespace {
        let parts = id.split(separator: "/")
        return parts.count == 2 ? .named(String(parts[0])) : .ofContext
    }

    /// Which kind of object it is.
    /// - Throws: for a custom object, whose activity has to know.
    func resource() throws(ExperimentError) -> ResourceKind {
        guard let found = ResourceKind.builtIn.first(where: { $0.targetKind == kind }) else {
            throw .failedActivity("\(kind) is no kind of object of a cluster")
        }
        return found
    }
}

extension NativeActivity.Invocation {
    /// All objects of a kind that the selectors match.
    /// - Parameters:
    ///   - namespace: that of the argument `ns` by default.
    ///   - name: of the only one that is wanted.
    func objects(
        _ kind: ResourceKind, in namespace: KubernetesNamespace? = nil, name: String? = nil, labels: String? = nil,
        fields: String? = nil
    ) async throws -> [JSONValue] {
        let selector = KubernetesSelector(labels: labels, fields: name.map { "metadata.name=\($0)" } ?? fields)
        return try await cluster().list(kind, in: namespace ?? self.namespace, selector, until: deadline).items
    }

    /// What delete functions of chaosk8s hit: the object of `name`, else those of `label_selector`, else all in `ns`.
    func namedOrLabelled(_ kind: ResourceKind) async throws -> [NativeActivity.Target] {
        let name = given("name")?.stringValue
        let found = try await objects(
            kind, name: name, labels: name == nil ? given("label_selector")?.stringValue : nil)
        return found.map { .object($0, kind, in: namespaceName, candidates: found.count) }
    }

    /// The object of a target; nil when there is none.
    func object(_ target: NativeActivity.Target, _ kind: ResourceKind? = nil) async throws -> JSONValue? {
        do {
            return try await cluster().get(
                kind ?? target.resource(), target.objectName, in: target.objectNamespace, until: deadline)
        } catch let error as KubernetesError where error.code == .notFound { return nil }
    }

    /// Deletes targets one after the other, as chaosk8s does.
    func delete(
        _ targets: [NativeActivity.Target], options: KubernetesDeleteOptions = KubernetesDeleteOptions()
    ) async throws {
        let cluster = try await cluster()
        try await changeInTurn(targets, "deleted", name: \.id) { target in
            try await cluster.delete(
                target.resource(), target.objectName, in: target.objectNamespace, options: options, until: deadline)
        }
    }

    /// An argument with `{name}` replaced by the argument `name`, as `str.format` does it in chaosk8s.
    func formatted(_ selector: String) -> String? {
        guard let text = given(selector)?.stringValue else { return nil }
        return text.replacingBytes("{name}", with: argument("name").pythonText)
    }
}

// MARK: - Files with objects

extension NativeActivity.Invocation {
    /// The most bytes of a file with an object; an API server takes less.
    private static var maximumFileBytes: Int { 4 << 20 }

    /// The object in the file of an argument: JSON or YAML, by the file's extension.
    ///
    /// YAML is read as PyYAML reads it, and is one document.
    func specification(_ argument: String = "spec_path") throws -> JSONValue {
        let path = self.argument(argument).stringValue ?? ""
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try contents(ofFile: path, limit: Self.maximumFileBytes) } catch {
            let type = error.number == 2 ? "FileNotFoundError" : "OSError"
            throw ExperimentError(python: type, "[Errno \(error.number)] \(error): '\(path)'")
        }
        let value: JSONValue
        do {
            if path.hasSuffix(".json") {
                value = try JSONValue(parsing: bytes)
            } else if path.hasSuffix(".yml") || path.hasSuffix(".yaml") {
                let documents = try YAMLNode.documents(parsing: bytes, schema: .pyYAML)
                guard documents.count == 1 else {
                    throw ExperimentError.failedActivity(
                        "\(path) has \(documents.count) documents, but one object is expected")
                }
                value = documents[0].json
            } else {
                throw ExperimentError.failedActivity("cannot process \(path)")
            }
        } catch let error where !(error is ExperimentError) {
            throw ExperimentError.failedActivity("\(path) cannot be read: \(error)")
        }
        guard value.objectValue != nil else {
            throw ExperimentError.failedActivity("\(path) has no object in it: a mapping is expected")
        }
        return value
    }

    /// An object that is to be made, under a name that is known before.
    ///
    /// A name that the cluster would choose (`generateName`) gets its end from the invocation's marker, so that an undo
    /// finds the object also after a crash.
    func named(_ object: JSONValue) throws -> JSONValue {
        if !object.objectName.isEmpty { return object }
        guard let start = object["metadata"]?["generateName"]?.stringValue, var members = object.objectValue,
            var metadata = object["metadata"]?.objectValue
        else { throw ExperimentError.failedActivity("the object has no metadata.name") }
        metadata["name"] = .string(start + marker.suffix(5))
        metadata["generateName"] = nil
        members["metadata"] = .object(metadata)
        return .object(members)
    }

    /// The target of an action that makes an object.
    func created(_ object: JSONValue, _ kind: ResourceKind) throws -> [NativeActivity.Target] {
        [.object(try named(object), kind, in: namespaceName)]
    }

    /// Makes an object in the namespace of the argument `ns`.
    @discardableResult
    func create(_ object: JSONValue, _ kind: ResourceKind) async throws -> JSONValue {
        try await cluster().create(kind, named(object), in: namespace, until: deadline)
    }
}
