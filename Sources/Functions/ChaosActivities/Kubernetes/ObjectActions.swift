import Basics
import Experiments
import JSON
import Kubernetes

/// The parts that actions on objects of a cluster have in common.
enum ObjectActions {
    typealias Manifest = @Sendable (NativeActivity.Invocation) async throws -> (kind: ResourceKind, object: JSONValue)
    typealias Arguments = [NativeActivity.Argument]
    typealias Answer = @Sendable (JSONValue) -> JSONValue
    /// What chaosk8s tells of a refusal; nil where it lets the client's error pass.
    typealias Refusal = @Sendable (NativeActivity.Invocation, KubernetesError) -> String

    /// The argument that names an object, and its namespace.
    static let nameAndNamespace: Arguments = [.init("name", .text), .init("ns", .text, "default")]

    /// Nothing, as functions of chaosk8s return that let the client's answer fall.
    static let nothing: Answer = { _ in nil }

    /// The RBAC rules of an action and its undo on objects of a kind.
    static func calls(_ verbs: [String], _ kind: ResourceKind) -> [NativeActivity.Call] {
        verbs.map { .kubernetes($0, kind.qualifiedName) }
    }

    /// An action that makes an object of a kind that is known beforehand.
    static func creating(
        _ module: String, _ function: String, _ summary: String, _ kind: ResourceKind, arguments: Arguments,
        answer: @escaping Answer = nothing, refusal: Refusal? = nil, keepsExisting: Bool = false,
        _ manifest: @escaping @Sendable (NativeActivity.Invocation) throws -> JSONValue
    ) -> NativeActivity {
        let found: Manifest = { (kind, try manifest($0)) }
        return .kubernetes(
            module, function, .action, summary, arguments: arguments, calls: calls(["create"], kind),
            choice: "the object to be made", targets: { try await createdTarget($0, found) },
            undo: ObjectUndos.delete(calls: calls(["get", "delete"], kind)) { try await created($0, found).place },
            run: { invocation, targets in
                try firstTarget(of: targets)
                return answer(try await create(invocation, found, refusal, keepsExisting: keepsExisting))
            })
    }

    /// The object that an invocation makes, under a name that is known before.
    static func created(
        _ invocation: NativeActivity.Invocation, _ manifest: Manifest
    ) async throws -> (place: ClusterObject, object: JSONValue) {
        let (kind, object) = try await manifest(invocation)
        let named = try invocation.named(object)
        let namespace = invocation.arguments["ns"]?.stringValue ?? object.objectNamespace ?? "default"
        return (ClusterObject(kind, named.objectName, in: namespace), named)
    }

    static func createdTarget(
        _ invocation: NativeActivity.Invocation, _ manifest: Manifest
    ) async throws -> [NativeActivity.Target] {
        let (place, object) = try await created(invocation, manifest)
        return [place.target(object.labels)]
    }

    /// Makes the object, marked so that the undo knows it.
    ///
    /// - Parameter keepsExisting: whether an object of the same name is no error: its refusal is the answer, then.
    static func create(
        _ invocation: NativeActivity.Invocation, _ manifest: Manifest, _ refusal: Refusal?, keepsExisting: Bool
    ) async throws -> JSONValue {
        let (place, object) = try await created(invocation, manifest)
        do {
            return try await invocation.cluster().create(
                place.kind, object.marked(invocation.marker), in: place.place, until: invocation.deadline)
        } catch let error as KubernetesError {
            if keepsExisting, error.status == 409, let answer = try? JSONValue(parsing: error.body) { return answer }
            guard let refusal else { throw error }
            throw error.raised(as: refusal(invocation, error))
        }
    }

    /// An action that deletes the object that the arguments name.
    ///
    /// - Parameter undo: nil where the action itself only puts back.
    static func deleting(
        _ module: String, _ function: String, _ summary: String, _ kind: ResourceKind, name: String? = nil,
        arguments: Arguments = nameAndNamespace, answer: @escaping Answer = nothing, refusal: Refusal? = nil,
        hasUndo: Bool = true
    ) -> NativeActivity {
        let find: ObjectUndos.Find = { invocation in
            let named = name ?? invocation.argument("name").stringValue ?? ""
            return ClusterObject(kind, named, in: invocation.namespaceName)
        }
        return .kubernetes(
            module, function, .action, summary, arguments: arguments, calls: calls(["get", "delete"], kind),
            choice: name.map { "the object \($0)" } ?? "the object that name says",
            targets: { try await existingTarget($0, find) },
            undo: hasUndo ? ObjectUndos.create(calls: calls(["get", "create"], kind), find) : nil,
            run: { invocation, targets in
                try firstTarget(of: targets)
                return answer(try await delete(invocation, find, refusal))
            })
    }

    /// The object with its labels; one that does not exist, so that the action itself tells that it does not.
    static func existingTarget(
        _ invocation: NativeActivity.Invocation, _ find: ObjectUndos.Find
    ) async throws -> [NativeActivity.Target] {
        let place = try await find(invocation)
        let object = try await place.read(invocation.cluster(), until: invocation.deadline)
        return [place.target(object?.labels ?? [:])]
    }

    static func delete(
        _ invocation: NativeActivity.Invocation, _ find: ObjectUndos.Find, _ refusal: Refusal?
    ) async throws -> JSONValue {
        let place = try await find(invocation)
        return try await refusing(invocation, refusal) {
            try await invocation.cluster().delete(place.kind, place.name, in: place.place, until: invocation.deadline)
        }
    }

    /// Changes an object; a refusal is told as chaosk8s tells it.
    static func refusing(
        _ invocation: NativeActivity.Invocation, _ refusal: Refusal?,
        _ change: () async throws -> JSONValue
    ) async throws -> JSONValue {
        do { return try await change() } catch let error as KubernetesError {
            guard let refusal else { throw error }
            throw error.raised(as: refusal(invocation, error))
        }
    }

    /// The probe whether there is an object of this name.
    static func existing(
        _ module: String, _ function: String, _ summary: String, _ kind: ResourceKind, arguments: Arguments
    ) -> NativeActivity {
        .kubernetes(module, function, .probe, summary, arguments: arguments, calls: calls(["list"], kind)) {
            invocation, _ in
            let found = try await invocation.objects(
                kind, in: kind.isNamespaced ? nil : .all, name: invocation.given("name")?.stringValue,
                labels: invocation.given("label_selector")?.stringValue)
            return .bool(!found.isEmpty)
        }
    }
}
