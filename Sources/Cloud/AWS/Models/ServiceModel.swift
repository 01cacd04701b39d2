import Basics
internal import JSON
internal import Synchronization

/// A service's model, read from the lines that `Tools/aws-models/generate.py` writes.
///
/// Reading is lazy: at first only the head line is parsed, an operation with its shapes when it is asked for. That keeps
/// the start of a function, which uses a few operations of a service, to some tens of microseconds.
public final class ServiceModel: Sendable {
    /// What concerns the whole service.
    public let metadata: ServiceMetadata
    private let lines: ModelLines
    private let operationLines: JSONObject
    private let errorLines: JSONObject
    private let operations = Mutex<[String: OperationModel]>([:])

    /// Reads the head of a model, as in `SNSModel.lines`; throws `invalidConfiguration` when it is not one.
    public init(_ text: StaticString) throws(AWSError) {
        lines = ModelLines(text)
        let head = try lines[0]
        metadata = try ServiceMetadata(head)
        operationLines = head["operations"]?.objectValue ?? [:]
        errorLines = head["errors"]?.objectValue ?? [:]
    }

    /// The names of all operations in the model.
    public var operationNames: [String] { operationLines.keys }

    /// An operation by name; throws `invalidParameter` when the model lacks it.
    public func operation(_ name: String) throws(AWSError) -> OperationModel {
        if let known = operations.withLock({ $0[name] }) { return known }
        guard let line = operationLines[name]?.intValue else {
            throw AWSError(
                .invalidParameter,
                "\(metadata.serviceID) has no operation \(name) here; add it to Tools/aws-models/operations.json"
            )
        }
        var reader = ModelReader(lines)
        let operation = try reader.operation(name, at: Int(line), of: metadata)
        operations.withLock { $0[name] = operation }
        return operation
    }

    /// The shape of the error with a code; nil when the code is not in the model.
    func error(_ code: String) throws(AWSError) -> (shape: ShapeReference, graph: ShapeGraph)? {
        guard let line = errorLines[code] else { return nil }
        var reader = ModelReader(lines)
        return (try reader.reference("", line), reader.graph)
    }
}

/// What concerns a whole service: endpoint, signing, protocol.
public struct ServiceMetadata: Sendable {
    /// The API's date, as in `2010-03-31`.
    public let apiVersion: String
    /// The first label of the service's host names, as in `monitoring` for CloudWatch.
    public let endpointPrefix: String
    /// The name that configuration uses, as in `CloudWatch` or `Secrets Manager`.
    public let serviceID: String
    /// The service name that goes into signatures.
    public let signingName: String
    /// The model's signature version: `v4`, or `s3` for S3's variant of it.
    public let signatureVersion: String
    /// The host of a service without regions, as in `sts.amazonaws.com`.
    public let globalEndpoint: String?
    /// How the service is spoken to.
    public let wireProtocol: WireProtocol
    /// `json` only: the version in the content type, `1.0` or `1.1`.
    public let jsonVersion: String
    /// `json` only: the part of `X-Amz-Target` before the operation.
    public let targetPrefix: String
    /// Whether the service spoke `query` before `json` and still tells the old error codes when asked.
    public let isQueryCompatible: Bool
}

/// The five ways in which AWS services speak over HTTP.
///
/// Source: the Smithy specification's AWS protocols (<https://smithy.io/2.0/aws/protocols/index.html>), and botocore
/// where the two differ.
public enum WireProtocol: String, Sendable {
    /// Form-encoded parameters in, XML out (SNS, STS).
    case query
    /// EC2's variant of `query`.
    case ec2
    /// JSON both ways, the operation in `X-Amz-Target` (CloudWatch, SQS, SSM, KMS).
    case json
    /// Path, query, headers and a JSON body (Lambda).
    case restJSON = "rest-json"
    /// Path, query, headers and an XML body (S3).
    case restXML = "rest-xml"
}

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

/// How an operation hands out long results page by page.
public struct Pagination: Sendable {
    /// The input members that take the tokens, in the order of `outputTokens`.
    public let inputTokens: [String]
    /// The output members that hold the next page's tokens.
    public let outputTokens: [String]
    /// The output members that hold the results: a list, map, string or number each.
    public let results: [String]
    /// The input member that bounds a page's size.
    public let limit: String?
    /// The boolean output member that tells whether there are more pages; without one, a token tells.
    public let more: String?
}

/// A type of a service's model.
struct Shape: Sendable {
    enum Kind: String, Sendable {
        case structure, list, map, string, integer, double, boolean, timestamp, blob
    }

    let kind: Kind
    /// A structure's members by name; a list's one element; a map's key and value.
    let members: [ShapeReference]
    /// The names of the members that a structure must have.
    let required: [String]
    /// The least length of a string or list, the least value of a number.
    let minimum: Double?
    /// The member of a structure that is the whole body.
    let payload: String?
    /// Whether a structure is free-form JSON.
    let isDocument: Bool
    /// Whether exactly one member of a structure is set.
    let isUnion: Bool

    func member(_ name: String) -> ShapeReference? {
        members.first { $0.name == name }
    }
}

/// The shapes that one operation or one error reaches.
struct ShapeGraph: Sendable {
    let shapes: [Shape]

    subscript(reference: ShapeReference) -> Shape { shapes[reference.index] }

    /// The one element of a list.
    func element(of list: ShapeReference) -> ShapeReference { self[list].members[0] }

    /// Key and value of a map.
    func entry(of map: ShapeReference) -> (key: ShapeReference, value: ShapeReference) {
        let members = self[map].members
        return (members[0], members[1])
    }
}

/// A use of a shape, with the traits of the place and, below them, those of the shape itself.
struct ShapeReference: Sendable {
    enum Location: String, Sendable {
        case uri, header, headers, statusCode
        case query = "querystring"
    }

    enum TimestampFormat: String, Sendable {
        case iso8601, rfc822
        case unix = "unixTimestamp"
    }

    struct XMLNamespace: Sendable {
        let prefix: String?
        let uri: String
    }

    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8
        static let flattened = Flags(rawValue: 1)
        static let xmlAttribute = Flags(rawValue: 2)
        static let idempotencyToken = Flags(rawValue: 4)
        static let jsonValue = Flags(rawValue: 8)
        static let hostLabel = Flags(rawValue: 16)
    }

    /// The member's name; empty for elements, keys, values, inputs and outputs.
    let name: String
    /// The place of the shape in its operation's list.
    let index: Int
    let locationName: String?
    /// `ec2` only: the name in requests.
    let queryName: String?
    let location: Location?
    let timestampFormat: TimestampFormat?
    let xmlNamespace: XMLNamespace?
    let flags: Flags

    /// The name on the wire, by all protocols' rule but that of `ec2` requests.
    var wireName: String { locationName ?? name }
}
