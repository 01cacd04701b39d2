import Basics
import Experiments
import JSON
import Kubernetes

/// The image of a deployment's first container, whose tag an action replaces by one that does not exist.
enum EKSImage {
    /// The deployment's name is made of both arguments, as in the original.
    private static func name(_ invocation: NativeActivity.Invocation) -> (namespace: String, name: String) {
        let namespace = invocation.argument("name_space").stringValue ?? ""
        return (namespace, "\(invocation.argument("pod_name_pattern").stringValue ?? "")-\(namespace)")
    }

    private static func read(
        _ invocation: NativeActivity.Invocation, _ cluster: KubernetesClient
    ) async throws -> JSONValue {
        let (namespace, name) = name(invocation)
        return try await cluster.get(.deployments, name, in: .named(namespace), until: invocation.deadline)
    }

    /// The deployment; nil when there is none any more.
    private static func find(
        _ invocation: NativeActivity.Invocation, _ cluster: KubernetesClient
    ) async throws -> JSONValue? {
        do { return try await read(invocation, cluster) } catch let error as KubernetesError
            where error.code == .notFound
        { return nil }
    }

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let deployment = try await read(invocation, invocation.eksCluster())
        return [.object(deployment, .deployments, in: name(invocation).namespace)]
    }

    /// The first container's name and image.
    private static func container(of deployment: JSONValue) -> (name: String, image: String)? {
        let container = deployment["spec"]?["template"]?["spec"]?["containers"]?[0]
        guard let name = container?["name"]?.stringValue, let image = container?["image"]?.stringValue else {
            return nil
        }
        return (name, image)
    }

    /// An image with another tag.
    ///
    /// What follows the last hyphen of a tag is replaced (`shop:web-1.2`), as in the original. But the original looks
    /// for the hyphen in the whole image: of `my-shop:1.2` it makes `my-<tag>`.
    static func image(_ image: String, withTag tag: String) -> String {
        let reference = image.split(separator: "@").first.map(String.init) ?? image
        let lastSlash = reference.lastIndex(of: "/") ?? reference.startIndex
        guard let colon = reference[lastSlash...].lastIndex(of: ":") else { return "\(reference):\(tag)" }
        let start = reference.index(after: colon)
        let old = reference[start...]
        guard let hyphen = old.lastIndex(of: "-") else { return reference[..<start] + tag }
        return reference[...hyphen] + tag
    }

    @Sendable static func update(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let cluster = try await invocation.eksCluster()
        let deployment = try await read(invocation, cluster)
        guard let old = container(of: deployment) else {
            throw ExperimentError.failedActivity("the deployment \(name(invocation).name) has no container")
        }
        return try await set(image(old.image, withTag: tag(invocation)), of: old.name, cluster, invocation)
    }

    private static func tag(_ invocation: NativeActivity.Invocation) -> String {
        invocation.argument("failed_image_tag").stringValue ?? ""
    }

    private static func set(
        _ image: String, of container: String, _ cluster: KubernetesClient, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        let containers: JSONValue = [["name": .string(container), "image": .string(image)]]
        let (namespace, name) = name(invocation)
        return try await cluster.patch(
            .deployments, name, .strategicMerge(["spec": ["template": ["spec": ["containers": containers]]]]),
            in: .named(namespace), until: invocation.deadline)
    }

    /// Sets the old image, unless others have set another one since.
    static let oldImage = NativeActivity.Undo(
        "sets the image that the container had",
        calls: [
            .read("eks:DescribeCluster"), .kubernetes("get", "deployments.apps"),
            .kubernetes("patch", "deployments.apps"),
        ],
        capture: { invocation, _ in
            guard let deployment = try await find(invocation, invocation.eksCluster()),
                let container = container(of: deployment)
            else { return .null }
            return [
                "uid": .string(deployment.uid), "container": .string(container.name),
                "image": .string(container.image),
            ]
        },
        check: { invocation, target, before in
            guard let old = before["image"]?.stringValue else { return .nothingLeft("there was no container before") }
            guard let deployment = try await find(invocation, invocation.eksCluster()),
                deployment.uid == before["uid"]?.stringValue
            else { return .nothingLeft("the deployment \(target.id) does not exist any more") }
            switch container(of: deployment)?.image {
            case old: return .restored
            case image(old, withTag: tag(invocation)):
                return .stillBroken("the deployment \(target.id) has the image of the experiment, it had \(old)")
            case let image: return .nothingLeft("others gave \(target.id) the image \(image ?? "none")")
            }
        },
        restore: { invocation, _, before in
            let cluster = try await invocation.eksCluster()
            guard let old = before["image"]?.stringValue, let name = before["container"]?.stringValue,
                let deployment = try await find(invocation, cluster), deployment.uid == before["uid"]?.stringValue,
                let now = container(of: deployment), now.name == name, now.image != old,
                now.image == image(old, withTag: tag(invocation))
            else { return }
            _ = try await set(old, of: name, cluster, invocation)
        })
}
