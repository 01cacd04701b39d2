import AWS
import Basics
import Experiments
import JSON
import Kubernetes

/// One object of a cluster that an activity makes, changes or deletes.
struct ClusterObject: Sendable {
    let kind: ResourceKind
    /// nil for a kind without namespaces.
    let namespace: String?
    let name: String

    init(_ kind: ResourceKind, _ name: String, in namespace: String?) {
        (self.kind, self.name) = (kind, name)
        self.namespace = kind.isNamespaced ? namespace : nil
    }

    /// For people: `secrets shop/token`.
    var text: String { "\(kind.qualifiedName) \(id)" }
    /// `shop/token`; the name alone without a namespace.
    var id: String { (namespace.map { "\($0)/" } ?? "") + name }
    /// Where calls go to.
    var place: KubernetesNamespace { namespace.map { .named($0) } ?? .all }

    /// The object as a target; its labels are the tags.
    func target(_ labels: [String: String] = [:]) -> NativeActivity.Target {
        .named(name, kind, in: namespace, labels: labels)
    }

    /// The object as it is now; nil when there is none.
    func read(_ client: KubernetesClient, until deadline: Timestamp) async throws -> JSONValue? {
        do { return try await client.get(kind, name, in: place, until: deadline) } catch let error as KubernetesError
            where error.code == .notFound
        {
            return nil
        }
    }
}

extension JSONValue {
    /// The annotation by which an undo knows the objects that an experiment made.
    static let markerAnnotation = "tocsin-experiment"

    /// An object's `metadata`.
    var metadata: JSONValue { self["metadata"] ?? [:] }
    /// An object's identity: another one of the same name has another.
    var uid: String { metadata["uid"]?.stringValue ?? "" }
    /// What an experiment wrote into the object that it made.
    var experimentMarker: String? { metadata["annotations"]?[Self.markerAnnotation]?.stringValue }

    /// The object with a marker among its annotations.
    func marked(_ marker: String) -> JSONValue {
        guard var object = objectValue else { return self }
        var metadata = object["metadata"]?.objectValue ?? [:]
        var annotations = metadata["annotations"]?.objectValue ?? [:]
        annotations[Self.markerAnnotation] = .string(marker)
        metadata["annotations"] = .object(annotations)
        object["metadata"] = .object(metadata)
        return .object(object)
    }

    /// What an object's owner wrote: without its status and what the server keeps in `metadata`.
    var content: JSONValue {
        guard var object = objectValue else { return self }
        var metadata = object["metadata"]?.objectValue ?? [:]
        for key in [
            "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink",
            "deletionTimestamp", "deletionGracePeriodSeconds",
        ] { metadata[key] = nil }
        object["metadata"] = .object(metadata)
        object["status"] = nil
        return .object(object)
    }

    /// Whether everything of another value is in this one; members that are only here do not count.
    func contains(_ other: JSONValue) -> Bool {
        switch (self, other) {
        case (.object(let mine), .object(let theirs)):
            theirs.allSatisfy { key, value in mine[key]?.contains(value) ?? value.isNull }
        case (.array(let mine), .array(let theirs)):
            mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.contains($1) }
        default: self == other
        }
    }

    /// The merge patch (RFC 7386) that makes another value of this one; nil when they are equal.
    func mergePatch(to other: JSONValue) -> JSONValue? {
        guard let mine = objectValue, let theirs = other.objectValue else {
            return self == other ? .none : .some(other)
        }
        var patch: JSONObject = [:]
        for (key, value) in theirs where mine[key] != value {
            patch[key] = mine[key].flatMap { $0.mergePatch(to: value) } ?? value
        }
        for key in mine.keys where theirs[key] == nil { patch[key] = .null }
        return patch.isEmpty ? .none : .object(patch)
    }
}

extension KubernetesError {
    /// The reason phrase of the response's status: `Not Found`.
    var reasonText: String { status.map { reasonPhrase($0) } ?? "" }
}
