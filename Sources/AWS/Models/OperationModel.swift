/// One operation of a service, with all it takes to serialise, validate and parse.
public struct OperationModel: Sendable {
    /// The operation's name, as in `PutMetricData`.
    public let name: String
    /// The service that it belongs to.
    public let service: ServiceMetadata
    /// The HTTP method.
    public let method: String
    /// How its pages are read; nil when the result comes in one piece.
    public let pagination: Pagination?
    /// Whether requests go out without a signature (`AssumeRoleWithWebIdentity`).
    public let isUnsigned: Bool
    /// Whether the service takes a body compressed with gzip.
    public let acceptsGzip: Bool
    /// Whether the request must carry a checksum of its body.
    public let requiresChecksum: Bool
    /// The input member that names a checksum algorithm.
    public let checksumMember: String?

    let uri: String
    let hostPrefix: String?
    let resultWrapper: String?
    let input: ShapeReference?
    let output: ShapeReference?
    let graph: ShapeGraph

    /// The input member that is sent raw as the body (`Body` of `PutObject`); nil when there is none.
    public var streamingInput: String? { rawPayload(of: input) }

    /// The output member that is the raw body (`Body` of `GetObject`); nil when there is none.
    public var streamingOutput: String? { rawPayload(of: output) }

    private func rawPayload(of side: ShapeReference?) -> String? {
        guard let side, let name = graph[side].payload, let member = graph[side].member(name) else { return nil }
        return graph[member].kind == .blob ? name : nil
    }
}
