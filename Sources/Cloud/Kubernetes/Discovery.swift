public import Basics
import JSON

extension KubernetesClient {
    /// The kind of object that `apiVersion` and `kind` of an object name, such as `apps/v1` and `Deployment`.
    ///
    /// Common kinds are known. For others the cluster is asked, and what it says holds for ten minutes.
    /// - Throws: `KubernetesError`, with `notFound` when the cluster has no such kind; `CancellationError`.
    public func resource(
        apiVersion: String, kind: String, until deadline: Timestamp
    ) async throws -> ResourceKind {
        if let known = ResourceKind.builtIn.first(where: { $0.apiVersion == apiVersion && $0.kind == kind }) {
            return known
        }
        let kept = discovered.withLock { $0[apiVersion] }
        if let kept, time.now() < kept.until, let known = kept.kinds.first(where: { $0.kind == kind }) { return known }
        // A kind that is missing may have been defined since.
        let kinds = try await kinds(of: apiVersion, until: deadline)
        let until = time.now() + Self.kindsLifetime
        discovered.withLock { $0[apiVersion] = DiscoveredKinds(kinds: kinds, until: until) }
        if let found = kinds.first(where: { $0.kind == kind }) { return found }
        let proposal = kinds.map(\.kind).nearest(to: kind).map { ": did you mean \($0)?" } ?? ""
        throw KubernetesError(.notFound, "the cluster has no kind \(kind) in \(apiVersion)\(proposal)")
    }

    private static let kindsLifetime = Duration.seconds(600)

    /// All kinds of objects of a group and version, as the cluster tells them now.
    private func kinds(of apiVersion: String, until deadline: Timestamp) async throws -> [ResourceKind] {
        let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw KubernetesError(.invalidRequest, "\(apiVersion.debugDescription) is no apiVersion")
        }
        let (group, version) = (parts.count == 2 ? parts[0] : "", parts[parts.count - 1])
        let place = ResourceKind(group: group, version: version, plural: "")
        do {
            return Self.kinds(in: try await json(APICall(get: place.groupPath), until: deadline), of: place)
        } catch let error as KubernetesError where error.code == .notFound {
            throw KubernetesError(.notFound, "the cluster has no API \(apiVersion): is its definition installed?")
        }
    }

    /// Reads an `APIResourceList`, without subresources such as `pods/log`.
    private static func kinds(in list: JSONValue, of place: ResourceKind) -> [ResourceKind] {
        (list["resources"]?.arrayValue ?? []).compactMap { resource in
            guard let plural = resource["name"]?.stringValue, let kind = resource["kind"]?.stringValue,
                !plural.utf8.contains(UInt8(ascii: "/"))
            else { return nil }
            return ResourceKind(
                group: place.group, version: place.version, plural: plural, kind: kind,
                isNamespaced: resource["namespaced"]?.boolValue ?? false)
        }
    }
}

/// The kinds of one group and version, as the cluster told them.
struct DiscoveredKinds: Sendable {
    let kinds: [ResourceKind]
    /// When they are asked for again: definitions of custom resources come and go.
    let until: Timestamp
}
