import Basics
import JSON
import Synchronization

/// A service's model, read from the lines that `Tools/aws-models/generate.py` writes.
///
/// Only the head line is parsed at first, and each operation with its shapes when it is first used. A function uses a
/// few operations, so this keeps its start short: some tens of microseconds a service.
final class ServiceModel: Sendable {
    let metadata: ServiceMetadata
    private let lines: ModelLines
    private let operationLines: JSONObject
    private let errorLines: JSONObject
    private let retryableErrors: JSONObject
    /// The names of operations that stream events, which the client cannot call.
    let eventStreams: [JSONValue]
    private let customizations: [Customization]
    /// The line of the waiters; nil when the service has none.
    private let waitersLine: Int64?
    private let operations = Mutex<[String: OperationModel]>([:])

    /// Reads the head of a model such as `SNSModel.lines`.
    /// - Throws: `invalidConfiguration` when it is not one.
    init(_ text: StaticString, customizations: [Customization] = []) throws(AWSError) {
        self.customizations = customizations
        lines = ModelLines(text)
        let head = try lines[0]
        metadata = try ServiceMetadata(head)
        operationLines = head["operations"]?.objectValue ?? [:]
        errorLines = head["errors"]?.objectValue ?? [:]
        retryableErrors = head["retryable"]?.objectValue ?? [:]
        eventStreams = head["eventStreams"]?.arrayValue ?? []
        waitersLine = head["waiters"]?.intValue
    }

    var operationNames: [String] { operationLines.keys }

    /// - Throws: `invalidParameter` when the model does not have the operation.
    func operation(_ name: String) throws(AWSError) -> OperationModel {
        if let known = operations.withLock({ $0[name] }) { return known }
        guard let line = operationLines[name]?.intValue else {
            throw AWSError(.invalidParameter, unknownOperation(name))
        }
        var reader = ModelReader(lines)
        var operation = try reader.operation(name, at: Int(line), of: metadata)
        operation.customizations = customizations.filter { $0.applies(to: name) }
        operations.withLock { $0[name] = operation }
        return operation
    }

    private func unknownOperation(_ name: String) -> String {
        if eventStreams.contains(.string(name)) {
            return "\(name) streams events, which is not supported: use the AWS CLI for it"
        }
        let hint = operationNames.nearest(to: name).map { ", did you mean \($0)?" } ?? ""
        return "\(metadata.serviceID) has no operation \(name)\(hint)"
    }

    /// Whether the model has an error code.
    func hasError(_ code: String) -> Bool { errorLines[code] != nil }

    /// Whether an error code means throttling; nil when the model does not say that a retry helps.
    func isThrottling(_ code: String) -> Bool? { retryableErrors[code].map { $0["throttling"] == true } }

    /// The waiters by their names in boto3, as `Tools/aws-models/generate.py` describes them; read at each call.
    func waiters() throws(AWSError) -> JSONObject {
        guard let waitersLine else { return [:] }
        return try lines[Int(waitersLine)].objectValue ?? [:]
    }

    /// The shape of an error code; nil when the model does not have the code.
    func error(_ code: String) throws(AWSError) -> (shape: ShapeReference, graph: ShapeGraph)? {
        guard let line = errorLines[code] else { return nil }
        var reader = ModelReader(lines)
        return (try reader.reference("", line), reader.graph)
    }
}

/// The properties of a whole service: endpoint, signing, protocol.
struct ServiceMetadata: Sendable {
    /// A date such as `2010-03-31`.
    let apiVersion: String
    /// The first label of the service's host names, as in `monitoring` for CloudWatch.
    let endpointPrefix: String
    /// The name that configuration uses, as in `CloudWatch` or `Secrets Manager`.
    let serviceID: String
    /// The service's name in signatures.
    let signingName: String
    /// The model's signature version: `v4`, or `s3` for S3's variant of it.
    let signatureVersion: String
    /// The service's hosts where they are not the usual ones.
    let endpoints: EndpointTable
    /// The regions that the global endpoint of older SDKs serves too; STS and S3.
    let legacyGlobalRegions: [String]
    let wireProtocol: WireProtocol
    /// `json` only: the version in the content type, `1.0` or `1.1`.
    let jsonVersion: String
    /// `json` only: the part of `X-Amz-Target` before the operation.
    let targetPrefix: String
    /// Whether the service had the protocol `query` before `json`, and still sends the old error codes on request.
    let isQueryCompatible: Bool
}

/// The protocol of a service over HTTP.
///
/// Source: the Smithy specification's AWS protocols (<https://smithy.io/2.0/aws/protocols/index.html>), and botocore
/// where the two differ.
enum WireProtocol: String, Sendable {
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

/// One operation of a service: what is needed to validate its input, write the request and read the response.
struct OperationModel: Sendable {
    /// Such as `PutMetricData`.
    let name: String
    let service: ServiceMetadata
    /// The HTTP method.
    let method: String
    /// Nil when the result is not paginated.
    let pagination: Pagination?
    /// Whether requests go out without a signature (`AssumeRoleWithWebIdentity`).
    let isUnsigned: Bool
    /// Whether the service takes a body compressed with gzip.
    let acceptsGzip: Bool
    /// Whether the request must carry a checksum of its body.
    let requiresChecksum: Bool
    /// The input member that names a checksum algorithm.
    let checksumMember: String?

    let uri: String
    let hostPrefix: String?
    /// Nil when the operation goes to the service's hosts.
    let endpoints: EndpointTable?
    let resultWrapper: String?
    let input: ShapeReference?
    let output: ShapeReference?
    let graph: ShapeGraph
    /// What is done for the operation beside the model.
    var customizations: [Customization] = []

    /// The input member that is sent raw as the body (`Body` of `PutObject`); nil when there is none.
    var streamingInput: String? { rawPayload(of: input) }

    /// The output member that is the raw body (`Body` of `GetObject`); nil when there is none.
    var streamingOutput: String? { rawPayload(of: output) }

    private func rawPayload(of side: ShapeReference?) -> String? {
        guard let side, let name = graph[side].payload, let member = graph[side].member(name) else { return nil }
        return graph[member].kind == .blob ? name : nil
    }
}

/// The members by which an operation's results are read page by page.
package struct Pagination: Sendable {
    /// The input members that take the tokens, in the order of `outputTokens`.
    package let inputTokens: [String]
    /// The paths of the next page's tokens in the output; see `JSONValue.at`.
    package let outputTokens: [String]
    /// The paths of the results in the output: a list, map, string or number each.
    package let results: [String]
    /// The paths of what each page repeats, such as the group whose users `GetGroup` lists.
    package let constants: [String]
    /// The input member that limits a page's size.
    package let limit: String?
    /// Whether that member is a string and not a number.
    package let isLimitText: Bool
    /// The path of the boolean in the output that tells whether there are more pages.
    ///
    /// Nil when the presence of a token tells.
    package let more: String?
}

/// The kinds of types in a model.
public enum ShapeKind: String, Sendable {
    case structure, list, map, string, integer, double, boolean, timestamp, blob
}

/// A type of a service's model.
struct Shape: Sendable {
    typealias Kind = ShapeKind

    let kind: Kind
    /// A structure's members by name; a list's one element; a map's key and value.
    let members: [ShapeReference]
    /// The names of the members that a structure must have.
    let required: [String]
    /// The minimum length of a string or list, the minimum value of a number.
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

/// A use of a shape: the traits of that use, with those of the shape itself as defaults.
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
    /// The position of the shape in its operation's graph.
    let index: Int
    let locationName: String?
    /// `ec2` only: the name in requests.
    let queryName: String?
    let location: Location?
    let timestampFormat: TimestampFormat?
    let xmlNamespace: XMLNamespace?
    let flags: Flags

    /// The name in requests and responses, except in `ec2` requests.
    var wireName: String { locationName ?? name }
}
