public import Basics
public import JSON

extension KubernetesClient {
    /// A list as the server writes it, with `kind`, `metadata` and `items`, in one answer.
    ///
    /// ``list(_:in:_:until:)`` reads all pages; this is for whoever wants the document itself.
    /// - Parameter limit: the most objects; `metadata.continue` then tells that there are more. nil for all.
    /// - Throws: `KubernetesError`, `CancellationError`.
    public func listDocument(
        _ kind: ResourceKind, in namespace: KubernetesNamespace = .ofContext, _ selector: KubernetesSelector = .init(),
        limit: Int? = nil, until deadline: Timestamp
    ) async throws -> JSONValue {
        var call = try APICall("list", "GET", kind, namespace: name(of: namespace))
        call.query = selector.query
        if let limit { call.query.append(("limit", "\(limit)")) }
        return try await json(call, until: deadline)
    }
}
