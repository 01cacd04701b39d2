import Experiments
import JSON
import Kubernetes

/// The actions and probes of `chaosk8s.crd`.
extension ChaosActivities {
    static var customObjects: [NativeActivity] { appliedObjects + customActions + customProbes }

    private static let module = "chaosk8s.crd.actions"
    private static let kindArguments: ObjectActions.Arguments = [
        .init("group", .text), .init("version", .text), .init("plural", .text),
    ]
    private static let bodyArguments: ObjectActions.Arguments = [
        .init("resource", .any, .null), .init("resource_as_yaml_file", .text, .null),
    ]

    private static var appliedObjects: [NativeActivity] {
        [true, false].map { isJSON in
            let manifest = CustomObjects.applied(isJSON: isJSON)
            let format = isJSON ? "json" : "yaml"
            return .kubernetes(
                module, "apply_from_\(format)", .action, "Makes the object in a text of \(format.uppercased()).",
                arguments: [.init("resource", .text, .null)],
                callsOfArguments: CustomObjects.appliedCalls(isJSON: isJSON), choice: "the object to be made",
                targets: { try await ObjectActions.createdTarget($0, manifest) },
                undo: ObjectUndos.delete(calls: []) { try await ObjectActions.created($0, manifest).place },
                run: { try await CustomObjects.create($0, $1, manifest) })
        }
    }

    private static var customActions: [NativeActivity] {
        [
            create("create_custom_object", "Makes a custom object.", .namespace),
            delete("delete_custom_object", "Deletes a custom object.", .namespace),
            create("create_cluster_custom_object", "Makes a custom object that is in no namespace.", .cluster),
            delete("delete_cluster_custom_object", "Deletes a custom object that is in no namespace.", .cluster),
            change("patch_custom_object", "Changes a custom object by a patch.", .namespace, CustomObjects.patch),
            change("replace_custom_object", "Replaces a custom object.", .namespace, CustomObjects.replace),
            change(
                "patch_cluster_custom_object", "Changes a custom object that is in no namespace by a patch.", .cluster,
                CustomObjects.patch),
            change(
                "replace_cluster_custom_object", "Replaces a custom object that is in no namespace.", .cluster,
                CustomObjects.replace),
        ]
    }

    private static func namespace(_ scope: CustomObjects.Scope) -> ObjectActions.Arguments {
        scope == .namespace ? [.init("ns", .text, "default")] : []
    }

    private static func create(
        _ function: String, _ summary: String, _ scope: CustomObjects.Scope
    ) -> NativeActivity {
        let manifest: ObjectActions.Manifest = { (CustomObjects.kind($0, scope), try CustomObjects.body($0)) }
        return .kubernetes(
            module, function, .action, summary, arguments: kindArguments + namespace(scope) + bodyArguments,
            callsOfArguments: CustomObjects.calls(["create", "get", "delete"]), choice: "the object to be made",
            targets: { try await ObjectActions.createdTarget($0, manifest) },
            undo: ObjectUndos.delete(calls: []) { try await ObjectActions.created($0, manifest).place },
            run: { try await CustomObjects.create($0, $1, manifest) })
    }

    private static func delete(
        _ function: String, _ summary: String, _ scope: CustomObjects.Scope
    ) -> NativeActivity {
        let find = CustomObjects.find(scope)
        return .kubernetes(
            module, function, .action, summary,
            arguments: kindArguments + [.init("name", .text)] + namespace(scope),
            callsOfArguments: CustomObjects.calls(["get", "delete", "create"]), choice: "the object that name says",
            targets: { try await ObjectActions.existingTarget($0, find) },
            undo: ObjectUndos.create(calls: [], find),
            run: { invocation, targets in
                try firstTarget(of: targets)
                return try await ObjectActions.delete(invocation, find, CustomObjects.refusal("delete"))
            })
    }

    private static func change(
        _ function: String, _ summary: String, _ scope: CustomObjects.Scope,
        _ change: @escaping @Sendable (NativeActivity.Invocation, ClusterObject) async throws -> JSONValue
    ) -> NativeActivity {
        let find = CustomObjects.find(scope)
        let verb = function.hasPrefix("patch") ? ["patch"] : ["update", "patch"]
        return .kubernetes(
            module, function, .action, summary,
            // `force` has no meaning for these verbs; it is accepted, as it is part of experiments.
            arguments: kindArguments + [.init("name", .text)] + namespace(scope) + [.init("force", .flag, false)]
                + bodyArguments,
            callsOfArguments: CustomObjects.calls(["get"] + verb), choice: "the object that name says",
            targets: { try await ObjectActions.existingTarget($0, find) },
            undo: ObjectUndos.putBack(calls: [], find),
            run: { invocation, targets in
                try firstTarget(of: targets)
                return try await change(invocation, find(invocation))
            })
    }

    private static var customProbes: [NativeActivity] {
        let scopes: [(CustomObjects.Scope, get: String, list: String, words: String)] = [
            (.namespace, "get_custom_object", "list_custom_objects", ""),
            (.cluster, "get_cluster_custom_object", "list_cluster_custom_objects", " in no namespace"),
        ]
        return scopes.flatMap { scope, get, list, words -> [NativeActivity] in
            [
                .kubernetes(
                    "chaosk8s.crd.probes", get, .probe, "A custom object\(words).",
                    arguments: kindArguments + [.init("name", .text)] + namespace(scope),
                    callsOfArguments: CustomObjects.calls(["get"])
                ) { invocation, _ in try await CustomObjects.get(invocation, CustomObjects.kind(invocation, scope)) },
                .kubernetes(
                    "chaosk8s.crd.probes", list, .probe, "The list of the custom objects of a kind\(words).",
                    arguments: kindArguments + namespace(scope), callsOfArguments: CustomObjects.calls(["list"])
                ) { invocation, _ in try await CustomObjects.list(invocation, CustomObjects.kind(invocation, scope)) },
            ]
        }
    }
}
