import Basics
import Experiments
import JSON
import Kubernetes
import YAML

/// Custom objects: of a kind that the arguments name by group, version and plural.
enum CustomObjects {
    /// Whether objects of the kind are in namespaces, as the activity's name says.
    enum Scope: Sendable {
        case namespace, cluster
    }

    /// The kind that the arguments name.
    static func kind(_ invocation: NativeActivity.Invocation, _ scope: Scope) -> ResourceKind {
        func text(_ name: String) -> String { invocation.argument(name).stringValue ?? "" }
        return ResourceKind(
            group: text("group"), version: text("version"), plural: text("plural"), isNamespaced: scope == .namespace)
    }

    /// The object that the arguments name.
    static func find(_ scope: Scope) -> ObjectUndos.Find {
        { ClusterObject(kind($0, scope), $0.argument("name").stringValue ?? "", in: $0.namespaceName) }
    }

    /// The RBAC rules for the kind that the arguments name.
    static func calls(_ verbs: [String]) -> @Sendable (JSONObject) -> [NativeActivity.Call] {
        { arguments in
            let (plural, group) = (arguments["plural"]?.stringValue ?? "", arguments["group"]?.stringValue ?? "")
            return verbs.map { .kubernetes($0, group.isEmpty ? plural : "\(plural).\(group)") }
        }
    }

    /// chaosk8s's text for a refused change.
    static func refusal(_ verb: String) -> ObjectActions.Refusal {
        { _, error in
            "Failed to \(verb) custom resource object: '\(error.reasonText)' \(error.body)"
        }
    }

    /// The manifest or patch in `resource`, or in the file `resource_as_yaml_file`.
    static func body(_ invocation: NativeActivity.Invocation) throws -> JSONValue {
        let resource = invocation.argument("resource")
        if !resource.isNull { return resource }
        guard let path = invocation.given("resource_as_yaml_file")?.stringValue else {
            throw ExperimentError.failedActivity("Either `body_as_object` or `body_as_yaml_file` must be set")
        }
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try contents(ofFile: path, limit: 4 << 20) } catch {
            throw ExperimentError.failedActivity("Path '\(path)' is not a valid resource file")
        }
        return try yaml(bytes, path)
    }

    private static func yaml(_ bytes: [UInt8], _ source: String) throws -> JSONValue {
        do throws(YAMLError) { return try YAMLNode(parsing: bytes, schema: .pyYAML).json } catch {
            throw ExperimentError.failedActivity("\(source) is no YAML: \(error)")
        }
    }

    /// The manifest in `resource`, which is a text here, and its kind as the cluster knows it.
    ///
    /// chaosk8s sends the text itself, which no server takes, and guesses the plural.
    static func applied(isJSON: Bool) -> ObjectActions.Manifest {
        { invocation in
            let object = try parsed(invocation.argument("resource"), isJSON: isJSON)
            guard let version = object["apiVersion"]?.stringValue, !version.isEmpty else {
                throw ExperimentError.failedActivity("missing apiVersion in resource")
            }
            guard let kind = object["kind"]?.stringValue, !kind.isEmpty else {
                throw ExperimentError.failedActivity("missing kind in resource")
            }
            let found = try await invocation.cluster().resource(
                apiVersion: version, kind: kind, until: invocation.deadline)
            return (found, object)
        }
    }

    private static func parsed(_ text: JSONValue, isJSON: Bool) throws -> JSONValue {
        guard let text = text.stringValue else {
            throw ExperimentError.failedActivity("resource must be a text: the object as \(isJSON ? "JSON" : "YAML")")
        }
        if !isJSON { return try yaml(Array(text.utf8), "resource") }
        do throws(JSONError) { return try JSONValue(parsing: text) } catch {
            throw ExperimentError(python: "json.decoder.JSONDecodeError", "resource is no JSON: \(error)")
        }
    }

    /// The RBAC rules of an applied text, whose plural only the cluster knows: the usual form is taken.
    static func appliedCalls(isJSON: Bool) -> @Sendable (JSONObject) -> [NativeActivity.Call] {
        { arguments in
            guard let object = try? parsed(arguments["resource"] ?? .null, isJSON: isJSON),
                let kind = object["kind"]?.stringValue, let version = object["apiVersion"]?.stringValue
            else { return [] }
            let known = ResourceKind.builtIn + [ChaosMesh.networkFaults, ChaosMesh.stressors]
            let name =
                known.first { $0.kind == kind && $0.apiVersion == version }?.qualifiedName
                ?? qualifiedName(kind, version)
            return ["create", "get", "delete"].map { .kubernetes($0, name) }
        }
    }

    private static func qualifiedName(_ kind: String, _ apiVersion: String) -> String {
        let parts = apiVersion.split(separator: "/")
        let plural = plural(of: kind)
        return parts.count == 2 ? "\(plural).\(parts[0])" : plural
    }

    /// The plural by the rules of Kubernetes' own guess.
    static func plural(of kind: String) -> String {
        let singular = kind.lowercased()
        if singular == "endpoints" { return singular }
        switch singular.last {
        case "s": return singular + "es"
        case "y": return singular.dropLast() + "ies"
        default: return singular + "s"
        }
    }

    /// Makes an object as chaosk8s does.
    static func create(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target],
        _ manifest: ObjectActions.Manifest
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        return try await ObjectActions.create(invocation, manifest, refusal("create"), keepsExisting: true)
    }

    /// Changes an object by a JSON Patch, where the argument is a list, and by a merge patch where it is an object.
    ///
    /// chaosk8s sends an object as a strategic merge patch, which custom objects do not have.
    static func patch(
        _ invocation: NativeActivity.Invocation, _ place: ClusterObject
    ) async throws -> JSONValue {
        let body = try body(invocation)
        let patch: KubernetesPatch = body.arrayValue.map { .json($0) } ?? .merge(body)
        return try await ObjectActions.refusing(invocation, refusal("patch")) {
            try await invocation.cluster().patch(
                place.kind, place.name, patch, in: place.place, until: invocation.deadline)
        }
    }

    /// Puts an object in the place of the one that is there.
    ///
    /// The resource version that a replacement of a custom object needs is added where the argument has none. chaosk8s
    /// gives the client an argument `force` that it does not have, so that its function always fails.
    static func replace(
        _ invocation: NativeActivity.Invocation, _ place: ClusterObject
    ) async throws -> JSONValue {
        var body = try body(invocation)
        return try await ObjectActions.refusing(invocation, refusal("replace")) {
            let client = try await invocation.cluster()
            if body.metadata["resourceVersion"] == nil {
                let now = try await client.get(
                    place.kind, place.name, in: place.place, until: invocation.deadline)
                var members = body.objectValue ?? [:]
                var metadata = body.metadata.objectValue ?? [:]
                metadata["resourceVersion"] = now.metadata["resourceVersion"]
                members["metadata"] = .object(metadata)
                body = .object(members)
            }
            return try await client.replace(
                place.kind, place.name, with: body, in: place.place, until: invocation.deadline)
        }
    }

    /// One object as the server has it; the text of a refusal says `create`, as chaosk8s's does.
    static func get(_ invocation: NativeActivity.Invocation, _ kind: ResourceKind) async throws -> JSONValue {
        let place = ClusterObject(kind, invocation.argument("name").stringValue ?? "", in: invocation.namespaceName)
        return try await ObjectActions.refusing(invocation, refusal("create")) {
            try await invocation.cluster().get(kind, place.name, in: place.place, until: invocation.deadline)
        }
    }

    /// The list as the server writes it.
    static func list(_ invocation: NativeActivity.Invocation, _ kind: ResourceKind) async throws -> JSONValue {
        try await ObjectActions.refusing(invocation, refusal("create")) {
            try await invocation.cluster().listDocument(
                kind, in: kind.isNamespaced ? invocation.namespace : .all, until: invocation.deadline)
        }
    }
}
