import Basics
import TestSupport

@testable import AWS

/// Finds the operation of a request to a service whose operations differ by method and path.
enum RESTRoutes {
    private struct Route {
        let method: String
        let segments: [Substring]
        let queryKeys: Set<Substring>
        let operation: String
        /// How many members an input must have: `DeleteObject` has the route of `AbortMultipartUpload`, and needs less.
        let requirements: Int

        func matches(_ method: String, _ path: [Substring], _ query: Set<Substring>) -> Bool {
            guard method == self.method, queryKeys.isSubset(of: query) else { return false }
            let isOpen = segments.last?.hasSuffix("+}") == true
            guard isOpen ? path.count >= segments.count : path.count == segments.count else { return false }
            return zip(segments, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }

        /// How much of a request the route fixes: of several that match, the one with the most counts.
        var weight: Int { queryKeys.count + segments.count { !$0.hasPrefix("{") } }
    }

    private static let routes = Locked<[String: [Route]]>([:])

    /// The operation; nil when the service has none for the request.
    ///
    /// - Parameter service: the name in the request's signature.
    static func operation(_ service: String, _ method: String, path: Substring, query: Substring) -> String? {
        let known = routes.withLock { routes in
            if let known = routes[service] { return known }
            let read = read(service)
            routes[service] = read
            return read
        }
        let segments = path.split(separator: "/")
        let keys = Set(query.split(separator: "&").compactMap { $0.split(separator: "=").first })
        return known.filter { $0.matches(method, segments, keys) }.max {
            ($0.weight, -$0.requirements) < ($1.weight, -$1.requirements)
        }?.operation
    }

    private static func read(_ signingName: String) -> [Route] {
        AWSService.all.flatMap { service, _ -> [Route] in
            guard let model = try? service.model(), model.metadata.signingName == signingName,
                let description = try? ServiceDescription(service)
            else { return [] }
            return model.operationNames.compactMap { name in
                guard let operation = try? model.operation(name) else { return nil }
                let parts = operation.uri.split(separator: "?", maxSplits: 1)
                let query = parts.count > 1 ? parts[1].split(separator: "&") : []
                let keys = query.compactMap { $0.split(separator: "=").first }
                let required = (try? description.operation(name).input.count(where: \.isRequired)) ?? 0
                return Route(
                    method: operation.method, segments: parts.first?.split(separator: "/") ?? [],
                    queryKeys: Set(keys), operation: name, requirements: required)
            }
        }
    }
}
