import Basics
import Experiments
import JSON
import Kubernetes

/// How changes to objects of a cluster are undone.
enum ObjectUndos {
    /// Which object it is, from the arguments alone, so that it is found again after a crash.
    typealias Find = @Sendable (NativeActivity.Invocation) async throws -> ClusterObject

    /// Between two looks at an object that is about to go.
    private static let pause = Duration.seconds(2)
    /// How often a change is repeated when others have changed the object in between.
    private static let attempts = 3

    /// Deletes the object that the action made, and waits until it is gone.
    ///
    /// The object is known by its marker, so that one of the same name that others made stays.
    static func delete(calls: [NativeActivity.Call], _ find: @escaping Find) -> NativeActivity.Undo {
        NativeActivity.Undo(
            "deletes what was made, and proves that it is gone", calls: calls,
            capture: { invocation, _ in
                let object = try await find(invocation)
                let now = try await object.read(invocation.cluster(), until: invocation.deadline)
                return ["uid": now.map { .string($0.uid) } ?? .null]
            },
            check: { invocation, _, before in
                let object = try await find(invocation)
                guard let now = try await object.read(invocation.cluster(), until: invocation.deadline) else {
                    return .restored
                }
                if now.experimentMarker == invocation.marker {
                    guard now.isTerminating else { return .stillBroken("\(object.text) is still there") }
                    let finalizers = now.metadata["finalizers"]?.texts ?? []
                    return .stillBroken(
                        "\(object.text) is being deleted"
                            + (finalizers.isEmpty
                                ? "" : "; it waits for its finalizers \(finalizers.joined(separator: ", "))"))
                }
                guard let uid = before["uid"]?.stringValue else {
                    return .stillBroken(
                        "\(object.text) was not there before, and has no mark of this experiment: delete it, if "
                            + "nobody else made it")
                }
                return uid == now.uid ? .restored : .nothingLeft("others made another \(object.text)")
            },
            restore: { invocation, _, _ in
                let object = try await find(invocation)
                let client = try await invocation.cluster()
                guard let now = try await object.read(client, until: invocation.deadline),
                    now.experimentMarker == invocation.marker
                else { return }
                if !now.isTerminating {
                    do {
                        try await client.delete(
                            object.kind, object.name, in: object.place,
                            options: KubernetesDeleteOptions(uid: now.uid), until: invocation.deadline)
                    } catch let error as KubernetesError where error.code == .notFound || error.code == .conflict {
                        return
                    }
                }
                try await waitUntilGone(object, uid: now.uid, client, invocation)
            })
    }

    /// Makes the object again that the action deleted.
    static func create(calls: [NativeActivity.Call], _ find: @escaping Find) -> NativeActivity.Undo {
        NativeActivity.Undo(
            "makes the object again as it was, and proves that it is there",
            calls: calls + [.kubernetes("get", "namespaces")], isBeforeSecret: true,
            capture: { invocation, _ in
                let object = try await find(invocation)
                guard let now = try await object.read(invocation.cluster(), until: invocation.deadline) else {
                    return .null
                }
                return ["uid": .string(now.uid), "object": now.content]
            },
            check: { invocation, target, before in
                let object = try await find(invocation)
                guard let old = before["object"] else { return .nothingLeft("there was no \(object.text) before") }
                guard let now = try await object.read(invocation.cluster(), until: invocation.deadline) else {
                    return try await isHomeless(object, target, invocation)
                        ? .nothingLeft("its namespace does not exist any more")
                        : .stillBroken("\(object.text) was deleted")
                }
                if now.isTerminating { return .stillBroken("\(object.text) is being deleted") }
                if now.uid == before["uid"]?.stringValue { return .restored }
                return now.content.contains(old.withoutAllocations)
                    ? .restored : .nothingLeft("others made another \(object.text) in the meantime")
            },
            restore: { invocation, target, before in
                let object = try await find(invocation)
                guard let old = before["object"] else { return }
                let client = try await invocation.cluster()
                if let now = try await object.read(client, until: invocation.deadline) {
                    guard now.isTerminating else { return }
                    try await waitUntilGone(object, uid: now.uid, client, invocation)
                }
                if try await isHomeless(object, target, invocation) { return }
                try await createAgain(object, old, client, invocation)
            })
    }

    private static func isHomeless(
        _ object: ClusterObject, _ target: NativeActivity.Target, _ invocation: NativeActivity.Invocation
    ) async throws -> Bool {
        guard object.namespace != nil else { return false }
        return try await invocation.isNamespaceGone(target)
    }

    /// An address or a port that a service had may belong to another one by now: then it gets a new one.
    private static func createAgain(
        _ object: ClusterObject, _ old: JSONValue, _ client: KubernetesClient, _ invocation: NativeActivity.Invocation
    ) async throws {
        do {
            _ = try await client.create(object.kind, old, in: object.place, until: invocation.deadline)
        } catch let error as KubernetesError where error.code == .alreadyExists {
            return
        } catch let error as KubernetesError where error.code == .invalid && old != old.withoutAllocations {
            _ = try await client.create(
                object.kind, old.withoutAllocations, in: object.place, until: invocation.deadline)
        }
    }

    /// Gives the object the content that it had.
    static func putBack(calls: [NativeActivity.Call], _ find: @escaping Find) -> NativeActivity.Undo {
        NativeActivity.Undo(
            "gives the object the content that it had, and proves it", calls: calls, isBeforeSecret: true,
            capture: { invocation, _ in
                let object = try await find(invocation)
                guard let now = try await object.read(invocation.cluster(), until: invocation.deadline) else {
                    return .null
                }
                return ["uid": .string(now.uid), "object": now.content]
            },
            check: { invocation, _, before in
                let object = try await find(invocation)
                guard let old = before["object"] else { return .nothingLeft("there was no \(object.text) before") }
                guard let now = try await object.read(invocation.cluster(), until: invocation.deadline),
                    now.uid == before["uid"]?.stringValue
                else { return .nothingLeft("\(object.text) does not exist any more") }
                guard let patch = now.content.mergePatch(to: old) else { return .restored }
                let members = (patch.objectValue?.keys ?? []).sorted().joined(separator: ", ")
                return .stillBroken("\(object.text) differs from what it was in: \(members)")
            },
            restore: { invocation, _, before in
                let object = try await find(invocation)
                guard let old = before["object"] else { return }
                let client = try await invocation.cluster()
                for attempt in 1... {
                    guard let now = try await object.read(client, until: invocation.deadline),
                        now.uid == before["uid"]?.stringValue, var patch = now.content.mergePatch(to: old)?.objectValue
                    else { return }
                    // The server refuses the patch when others have changed the object since it was read.
                    var metadata = patch["metadata"]?.objectValue ?? [:]
                    metadata["resourceVersion"] = now.metadata["resourceVersion"]
                    patch["metadata"] = .object(metadata)
                    do {
                        _ = try await client.patch(
                            object.kind, object.name, .merge(.object(patch)), in: object.place,
                            until: invocation.deadline)
                        return
                    } catch let error as KubernetesError where error.code == .conflict && attempt < attempts {}
                }
            })
    }

    /// Waits until an object is gone, or the deadline comes: `check` tells which.
    private static func waitUntilGone(
        _ object: ClusterObject, uid: String, _ client: KubernetesClient, _ invocation: NativeActivity.Invocation
    ) async throws {
        while let now = try await object.read(client, until: invocation.deadline), now.uid == uid {
            guard invocation.time.now() + pause * 2 < invocation.deadline else { return }
            try await invocation.time.sleep(pause)
        }
    }
}

extension JSONValue {
    /// A service without the addresses and ports that the cluster gave it; any other object as it is.
    fileprivate var withoutAllocations: JSONValue {
        guard self["kind"] == "Service", self["apiVersion"] == "v1", var object = objectValue,
            var spec = object["spec"]?.objectValue
        else { return self }
        // A headless service has no address; that is what was wanted of it.
        if spec["clusterIP"] != "None" { (spec["clusterIP"], spec["clusterIPs"]) = (nil, nil) }
        spec["healthCheckNodePort"] = nil
        if let ports = spec["ports"]?.arrayValue {
            spec["ports"] = .array(
                ports.map { port in
                    var port = port.objectValue ?? [:]
                    port["nodePort"] = nil
                    return .object(port)
                })
        }
        object["spec"] = .object(spec)
        return .object(object)
    }
}
