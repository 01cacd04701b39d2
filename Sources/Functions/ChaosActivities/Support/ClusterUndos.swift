import Basics
import Experiments
import JSON
import Kubernetes

/// How changes of objects in a cluster are undone.
extension NativeActivity.Undo {
    /// The kind of a target's object; activities on custom objects give their own.
    typealias KindOfTarget = @Sendable (NativeActivity.Invocation, NativeActivity.Target) throws -> ResourceKind

    /// Between two looks at an object that is being deleted.
    private static var pause: Duration { .seconds(2) }

    // MARK: Objects that were deleted

    /// Makes deleted objects again from their own manifests.
    ///
    /// An object that a controller owns is left to it. The new object has another uid.
    static func recreating(
        _ kinds: [ResourceKind], kind: @escaping KindOfTarget = { try $1.resource() }
    ) -> NativeActivity.Undo {
        NativeActivity.Undo(
            "makes the objects again as they were specified",
            calls: kinds.flatMap { kind -> [NativeActivity.Call] in
                let place: [NativeActivity.Call] = kind.isNamespaced ? [.kubernetes("get", "namespaces")] : []
                return [.kubernetes("get", kind.qualifiedName), .kubernetes("create", kind.qualifiedName)] + place
            }.distinct, isBeforeSecret: true,
            capture: { invocation, target in
                guard let object = try await invocation.object(target, kind(invocation, target)) else { return .null }
                return ["manifest": object.manifest, "controller": object.controller.map(JSONValue.string) ?? .null]
            },
            check: { invocation, target, before in
                if before["manifest"] == nil { return .nothingLeft("it did not exist before") }
                if let controller = before["controller"]?.stringValue {
                    return .nothingLeft("\(controller) makes another in its place")
                }
                let kind = try kind(invocation, target)
                if let object = try await invocation.object(target, kind) {
                    return object.isTerminating ? .stillBroken("\(target.id) is being deleted") : .restored
                }
                if kind.isNamespaced, try await invocation.isNamespaceGone(target) {
                    return .nothingLeft("its namespace does not exist any more")
                }
                return .stillBroken("\(target.id) does not exist")
            },
            restore: { invocation, target, before in
                guard let manifest = before["manifest"], before["controller"]?.stringValue == nil else { return }
                let kind = try kind(invocation, target)
                try await invocation.waitForDeletion(target, kind, pause: pause)
                guard try await invocation.object(target, kind) == nil else { return }
                if kind.isNamespaced, try await invocation.isNamespaceGone(target) { return }
                do {
                    _ = try await invocation.cluster().create(
                        kind, manifest, in: target.objectNamespace, until: invocation.deadline)
                } catch let error as KubernetesError where error.code == .alreadyExists {}
            })
    }

    // MARK: Objects that were made

    /// Deletes objects that the action made; those that were there before stay.
    static func removing(
        _ kinds: [ResourceKind], kind: @escaping KindOfTarget = { try $1.resource() }
    ) -> NativeActivity.Undo {
        NativeActivity.Undo(
            "deletes the objects that were made",
            calls: kinds.flatMap {
                [NativeActivity.Call.kubernetes("get", $0.qualifiedName), .kubernetes("delete", $0.qualifiedName)]
            },
            capture: { invocation, target in
                let object = try await invocation.object(target, kind(invocation, target))
                return ["uid": object?["metadata"]?["uid"] ?? .null]
            },
            check: { invocation, target, before in
                guard let object = try await invocation.object(target, kind(invocation, target)) else {
                    return before["uid"]?.stringValue == nil
                        ? .restored : .nothingLeft("the object that was there before was deleted by others")
                }
                if before["uid"]?.stringValue != nil { return .restored }
                return .stillBroken("\(target.id) \(object.isTerminating ? "is being deleted" : "exists")")
            },
            restore: { invocation, target, before in
                guard before["uid"]?.stringValue == nil else { return }
                let kind = try kind(invocation, target)
                guard let object = try await invocation.object(target, kind) else { return }
                if !object.isTerminating {
                    do {
                        _ = try await invocation.cluster().delete(
                            kind, target.objectName, in: target.objectNamespace, until: invocation.deadline)
                    } catch let error as KubernetesError where error.code == .notFound { return }
                }
                try await invocation.waitForDeletion(target, kind, pause: pause)
            })
    }

    // MARK: Objects that were changed

    /// Puts a part of objects back that the action changed.
    /// - Parameters:
    ///   - summary: `scales back to the number of replicas before`.
    ///   - name: what the part is: `the number of replicas`.
    ///   - part: reads what is put back.
    ///   - after: what the action sets it to.
    ///   - patch: what puts it back.
    static func patching(
        _ kind: ResourceKind, _ summary: String, _ name: String, part: @escaping @Sendable (JSONValue) -> JSONValue,
        after: @escaping @Sendable (NativeActivity.Invocation) -> JSONValue,
        patch: @escaping @Sendable (_ part: JSONValue) -> KubernetesPatch
    ) -> NativeActivity.Undo {
        SavedSetting(
            summary: summary,
            calls: [.kubernetes("get", kind.qualifiedName), .kubernetes("patch", kind.qualifiedName)], name: name,
            read: { invocation, target in try await invocation.object(target, kind).map(part) },
            after: { invocation, _ in after(invocation) },
            write: { invocation, target, old, _ in
                _ = try await invocation.cluster().patch(
                    kind, target.objectName, patch(old), in: target.objectNamespace, until: invocation.deadline)
            }
        ).undo
    }

    /// Scales back.
    static func scaling(_ kind: ResourceKind) -> NativeActivity.Undo {
        .patching(
            kind, "scales back to the number of replicas before", "the number of replicas",
            part: { $0["spec"]?["replicas"] ?? 1 }, after: { $0.argument("replicas") },
            patch: { .strategicMerge(["spec": ["replicas": $0]]) })
    }

    /// Puts specification, labels and annotations back as a whole, whatever was changed in them.
    static func replacing(
        _ kind: ResourceKind, kind kindOfTarget: KindOfTarget? = nil
    ) -> NativeActivity.Undo {
        let kindOfTarget = kindOfTarget ?? { _, _ in kind }
        return NativeActivity.Undo(
            "puts the specification back as it was",
            calls: [.kubernetes("get", kind.qualifiedName), .kubernetes("update", kind.qualifiedName)],
            isBeforeSecret: true,
            capture: { invocation, target in
                let object = try await invocation.object(target, kindOfTarget(invocation, target))
                return object.map { ["manifest": $0.manifest] } ?? .null
            },
            check: { invocation, target, before in
                guard let manifest = before["manifest"] else { return .nothingLeft("it did not exist before") }
                guard let object = try await invocation.object(target, kindOfTarget(invocation, target)) else {
                    return .nothingLeft("it does not exist any more")
                }
                return object.manifest == manifest
                    ? .restored : .stillBroken("the specification of \(target.id) is not as it was")
            },
            restore: { invocation, target, before in
                let kind = try kindOfTarget(invocation, target)
                guard let manifest = before["manifest"], var members = manifest.objectValue,
                    var metadata = manifest["metadata"]?.objectValue
                else { return }
                // Controllers write to the object, too: once more when one came between.
                for _ in 0..<5 {
                    guard let object = try await invocation.object(target, kind), object.manifest != manifest else {
                        return
                    }
                    metadata["resourceVersion"] = object["metadata"]?["resourceVersion"]
                    metadata["finalizers"] = object["metadata"]?["finalizers"]
                    metadata["ownerReferences"] = object["metadata"]?["ownerReferences"]
                    members["metadata"] = .object(metadata)
                    members["status"] = object["status"]
                    do {
                        _ = try await invocation.cluster().replace(
                            kind, target.objectName, with: .object(members), in: target.objectNamespace,
                            until: invocation.deadline)
                        return
                    } catch let error as KubernetesError where error.code == .conflict { continue }
                }
            })
    }
}

extension NativeActivity.Invocation {
    /// Whether the namespace of a target does not exist any more; false when that may not be read.
    func isNamespaceGone(_ target: NativeActivity.Target) async throws -> Bool {
        guard case .named(let name) = target.objectNamespace else { return false }
        do {
            _ = try await cluster().get(.namespaces, name, until: deadline)
            return false
        } catch let error as KubernetesError {
            switch error.code {
            case .notFound: return true
            case .forbidden: return false
            default: throw error
            }
        }
    }

    /// Waits until an object that is being deleted is gone: its name is free then.
    func waitForDeletion(
        _ target: NativeActivity.Target, _ kind: ResourceKind, pause: Duration
    ) async throws {
        while let object = try await object(target, kind), object.isTerminating {
            guard try await pauseBeforeNextLook(pause) else {
                throw ExperimentError.failedActivity("\(target.id) is still being deleted: its finalizers are not done")
            }
        }
    }
}

extension JSONValue {
    /// What makes an object of a cluster again: without what the server and the controllers write.
    var manifest: JSONValue {
        guard var members = objectValue else { return self }
        let metadata = members["metadata"]?.objectValue ?? [:]
        let kept = metadata.filter { ["name", "namespace", "labels", "annotations"].contains($0.key) }
        var mine = JSONObject(kept.map { ($0.key, $0.value) })
        if let annotations = mine["annotations"]?.objectValue {
            let own = annotations.filter { !Self.controllersAnnotations.contains($0.key) }
            mine["annotations"] = own.isEmpty ? nil : .object(JSONObject(own.map { ($0.key, $0.value) }))
        }
        members["metadata"] = .object(mine)
        members["status"] = nil
        return .object(members)
    }

    private static var controllersAnnotations: [String] {
        ["deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"]
    }
}

extension [NativeActivity.Call] {
    /// Each call once, in the order of the first.
    var distinct: Self {
        var seen: Set<NativeActivity.Call> = []
        return filter { seen.insert($0).inserted }
    }
}
