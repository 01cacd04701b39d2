import FunctionRuntime
import JSON
import Logging

/// One invocation as `/next` delivered it, its headers checked.
///
/// An empty header counts as absent.
struct Invocation: Sendable {
    let requestID: String
    /// Identifies this attempt; sent back with the answer when there is one.
    let invocationID: String?
    let deadline: Timestamp
    let functionARN: String
    let traceID: String?
    let tenantID: String?
    let clientContext: String?
    let cognitoIdentity: String?
    let event: [UInt8]

    /// - Throws: `LambdaRuntimeError` with `.invalidMessage` when there is no usable request id.
    init(_ head: ResponseHead, event: [UInt8], now: Timestamp) throws(LambdaRuntimeError) {
        guard let requestID = head["lambda-runtime-aws-request-id"], Self.fitsIntoPath(requestID) else {
            throw LambdaRuntimeError(.invalidMessage, "the Runtime API sent an invocation without a usable request id")
        }
        self.requestID = requestID
        self.event = event
        invocationID = head["lambda-runtime-invocation-id"]
        functionARN = head["lambda-runtime-invoked-function-arn"] ?? ""
        traceID = head["lambda-runtime-trace-id"]
        tenantID = head["lambda-runtime-aws-tenant-id"]
        clientContext = head["lambda-runtime-client-context"]
        cognitoIdentity = head["lambda-runtime-cognito-identity"]
        let milliseconds = head["lambda-runtime-deadline-ms"].flatMap { Int64($0) }
        deadline = milliseconds.map { Timestamp(millisecondsSinceEpoch: $0) } ?? now + Self.longest
    }

    /// The invocation as its handler sees it.
    func context(logger: Logger) -> InvocationContext {
        InvocationContext(
            requestID: requestID, deadline: deadline, functionARN: functionARN, traceID: traceID, tenantID: tenantID,
            clientContext: clientContext.map(Self.json), cognitoIdentity: cognitoIdentity.map(Self.json), logger: logger
        )
    }

    /// The longest time Lambda gives an invocation; for platforms that state no deadline.
    private static let longest = Duration.seconds(900)

    private static func json(_ text: String) -> JSONValue {
        (try? JSONValue(parsing: text)) ?? .string(text)
    }

    private static func fitsIntoPath(_ id: String) -> Bool {
        id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/?#%".utf8.contains($0) }
    }
}
