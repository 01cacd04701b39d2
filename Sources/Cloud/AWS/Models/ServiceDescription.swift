public import JSON

/// What a service can do, for programs in which people choose the operation.
///
/// The client does not need it. Without a type that conforms to a protocol this file drops out of the functions.
public struct ServiceDescription: Sendable {
    private let model: ServiceModel

    /// Reads the service's model.
    /// - Throws: `invalidConfiguration` when the model was not written by the generator.
    public init(_ service: AWSService) throws(AWSError) { model = try service.model() }

    /// The name that settings use: `EC2`, `Secrets Manager`.
    public var serviceID: String { model.metadata.serviceID }
    /// What else AWS calls the service, in host names and in IAM's actions: `monitoring`, `states`.
    public var otherNames: [String] { [serviceID, model.metadata.endpointPrefix, model.metadata.signingName] }
    /// What stands before the colon in IAM's actions: `ec2`, `states`.
    public var actionPrefix: String { model.metadata.signingName }
    /// All operations, in alphabetical order.
    public var operationNames: [String] { model.operationNames }

    /// The operations that stream events, which the client cannot call.
    public var eventStreamNames: [String] { model.eventStreams.compactMap(\.stringValue) }

    /// The service's waiters by boto3's names (`instance_stopped`), each with its operation.
    public var waiters: [(name: String, operation: String)] {
        get throws(AWSError) { try model.waiters().map { ($0.key, $0.value["operation"]?.stringValue ?? "") } }
    }

    /// One operation.
    /// - Throws: `invalidParameter` when the service does not have it.
    public func operation(_ name: String) throws(AWSError) -> OperationDescription {
        OperationDescription(model: try model.operation(name))
    }
}

/// What an operation takes, and how its results are paged.
public struct OperationDescription: Sendable {
    fileprivate let model: OperationModel

    /// Such as `DescribeInstances`.
    public var name: String { model.name }
    /// The HTTP method; nil for protocols in which it is always POST and says nothing about the operation.
    public var httpMethod: String? {
        switch model.service.wireProtocol {
        case .restJSON, .restXML: model.method
        case .query, .ec2, .json: nil
        }
    }
    /// The path with its labels, and what is constant in the query: `/experiments/{id}`.
    package var path: String { model.uri }
    /// The members of the input, in the order of the model.
    public var input: [ShapeDescription.Member] {
        model.input.map { ShapeDescription(graph: model.graph, reference: $0).members } ?? []
    }
    /// The input member that is sent raw as the body (`Body` of `PutObject`); nil when there is none.
    public var streamingInput: String? { model.streamingInput }
    /// The output member that is the raw body (`Body` of `GetObject`); nil when there is none.
    public var streamingOutput: String? { model.streamingOutput }
    /// Nil when the operation has one page.
    public var pages: Pages? {
        model.pagination.map { Pages(tokens: $0.inputTokens, limit: $0.limit, results: $0.results) }
    }

    /// How results are paged.
    public struct Pages: Sendable {
        /// The input members that say where a page begins.
        public let tokens: [String]
        /// The input member that limits a page's size.
        public let limit: String?
        /// The output members that hold the results, with dots where they are deeper: `DistributionList.Items`.
        public let results: [String]
    }

    /// Checks an input as a call would, and sends nothing.
    /// - Throws: `invalidParameter` with one line for each fault.
    public func validate(_ input: JSONValue) throws(AWSError) {
        _ = try model.request(input, idempotencyToken: { "00000000-0000-4000-8000-000000000000" })
    }
}

/// A type in a service's model.
public struct ShapeDescription: Sendable {
    /// A member of a structure.
    public struct Member: Sendable {
        /// Its name in boto3's shapes.
        public let name: String
        /// Whether the structure must have it.
        public let isRequired: Bool
        /// Its type.
        public let shape: ShapeDescription
    }

    fileprivate let graph: ShapeGraph
    fileprivate let reference: ShapeReference

    private var shape: Shape { graph[reference] }

    /// The kind of type.
    public var kind: ShapeKind { shape.kind }
    /// Whether a structure is free-form JSON.
    public var isDocument: Bool { shape.isDocument }
    /// Whether exactly one member of the structure is given.
    public var isUnion: Bool { shape.isUnion }
    /// Equal for two uses of one type of the operation, by which a type that contains itself is noticed.
    public var identity: Int { reference.index }
    /// A structure's members, in the order of the model; none for other kinds.
    public var members: [Member] {
        guard shape.kind == .structure else { return [] }
        return shape.members.map { member in
            Member(
                name: member.name, isRequired: shape.required.contains(member.name),
                shape: ShapeDescription(graph: graph, reference: member))
        }
    }
    /// The type of a list's elements or a map's values; nil for other kinds.
    public var element: ShapeDescription? {
        switch shape.kind {
        case .list: ShapeDescription(graph: graph, reference: graph.element(of: reference))
        case .map: ShapeDescription(graph: graph, reference: graph.entry(of: reference).value)
        default: nil
        }
    }
}
