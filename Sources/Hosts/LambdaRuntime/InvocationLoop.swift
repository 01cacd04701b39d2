import Basics
import FunctionRuntime
import Glibc
import JSON
import Logging
import Transport

/// Receives invocations from the Runtime API one after the other, runs the handler and sends its response.
struct InvocationLoop: Sendable {
    /// Attempts of `/next` in a row, and the first pause between them.
    ///
    /// Each pause is twice the one before: 1.55 s in all.
    private static let attempts = 6
    private static let firstPause = Duration.milliseconds(50)

    let client: RuntimeAPIClient
    let handler: any FunctionHandler
    let logger: Logger
    let time: TimeSource
    let partialFailures: PartialFailures?
    /// Called with the trace header of each invocation before its handler runs.
    let setTrace: @Sendable (String?) -> Void

    /// Runs until the Runtime API cannot be reached any more.
    ///
    /// - Throws: `LambdaRuntimeError` for the last of several failures of `/next`; `CancellationError`.
    func run() async throws -> Never {
        while true { await process(try await nextInvocation()) }
    }

    private func nextInvocation() async throws -> Invocation {
        var pause = Self.firstPause
        for _ in 1..<Self.attempts {
            do {
                return try await client.next(now: time.now)
            } catch let error as LambdaRuntimeError {
                logger.warning("no invocation received, trying again", error: error)
            }
            try await time.sleep(pause)
            pause *= 2
        }
        return try await client.next(now: time.now)
    }

    private func process(_ invocation: Invocation) async {
        setTrace(invocation.traceID)
        let context = invocation.context(logger: logger, partialFailures)
        await InvocationContext.$current.withValue(context) {
            let start = time.now()
            do {
                try await answer(invocation, await handler.handle(invocation.event, context))
            } catch {
                await fail(invocation, error)
            }
            logger.debug(
                "invocation ended",
                metadata: [
                    "durationMs": .stringConvertible(Double(time.now().microseconds - start.microseconds) / 1_000),
                    "eventBytes": .stringConvertible(invocation.event.count),
                ])
        }
    }

    /// Sends a response.
    ///
    /// A failure to deliver it is only logged, because the caller has gone.
    /// - Throws: errors of the function.
    private func answer(_ invocation: Invocation, _ response: FunctionResponse) async throws {
        do {
            switch response.body {
            case .bytes(let bytes) where bytes.count > RuntimeAPIClient.maximumResponse:
                throw ResponseTooLarge(bytes: bytes.count)
            case .bytes(let bytes):
                try await client.respond(bytes, contentType: response.contentType, to: invocation)
            case .stream(let prelude, let produce):
                let failure = try await client.respond(
                    contentType: response.contentType, prelude: prelude, to: invocation, produce: produce
                )
                if let failure { logger.error("response stream broken off", error: failure) }
            }
        } catch let error as LambdaRuntimeError where error.code == .refused(status: 410) {
            logger.warning("response refused: the invocation had already ended", error: error)
        } catch let error as LambdaRuntimeError {
            logger.error("response not delivered", error: error)
        }
    }

    private func fail(_ invocation: Invocation, _ error: any Error) async {
        logger.error("invocation failed", error: error)
        do {
            try await client.report(ErrorReport(error), for: invocation)
        } catch {
            logger.error("error report not delivered", error: error)
        }
    }
}

/// A response that Lambda would refuse.
private struct ResponseTooLarge: ReportableError, CustomStringConvertible {
    let bytes: Int

    var errorType: String { "ResponseSizeTooLarge" }

    var description: String {
        "the response has \(bytes) bytes, Lambda takes at most \(RuntimeAPIClient.maximumResponse): stream it, or "
            + "store it and return its location"
    }
}

/// One invocation as `/next` delivered it, its headers checked.
///
/// An empty header counts as absent.
struct Invocation: Sendable {
    let requestID: String
    /// Identifies this attempt; sent back with the response when Lambda gave one.
    let invocationID: String?
    let deadline: Timestamp
    let functionARN: String
    let traceID: String?
    let tenantID: String?
    let clientContext: String?
    let cognitoIdentity: String?
    let event: [UInt8]

    /// - Throws: `LambdaRuntimeError` with `.invalidMessage` when there is no usable request id.
    init(_ head: HTTPResponseHead, event: [UInt8], now: Timestamp) throws(LambdaRuntimeError) {
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
    func context(logger: Logger, _ partialFailures: PartialFailures? = nil) -> InvocationContext {
        InvocationContext(
            requestID: requestID, deadline: deadline, functionARN: functionARN, traceID: traceID, tenantID: tenantID,
            clientContext: clientContext.map(Self.json), cognitoIdentity: cognitoIdentity.map(Self.json),
            partialFailures: partialFailures, logger: logger
        )
    }

    /// Lambda's longest timeout, for platforms that state no deadline.
    private static let longest = Duration.seconds(900)

    private static func json(_ text: String) -> JSONValue {
        (try? JSONValue(parsing: text)) ?? .string(text)
    }

    private static func fitsIntoPath(_ id: String) -> Bool {
        id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/?#%".utf8.contains($0) }
    }
}

/// The process's `_X_AMZN_TRACE_ID`, from which X-Ray's and AWS's libraries take the trace of the running invocation.
///
/// `setenv` would leak the memory of every value; this writes all values into one buffer. Only for one invocation at a
/// time, and on the loop's thread only.
final class TraceVariable: @unchecked Sendable {
    private static let name = "_X_AMZN_TRACE_ID"
    /// A trace header has about 150 bytes; a longer one than this is not passed on.
    private static let capacity = 4_096
    private let loop: EventLoop
    private var storage: UnsafeMutablePointer<CChar>?

    init(loop: EventLoop) { self.loop = loop }

    /// Sets the variable, or removes it.
    func set(_ traceID: String?) {
        loop.preconditionOnLoop()
        guard let traceID, traceID.utf8.count < Self.capacity - Self.name.utf8.count - 2 else {
            unsetenv(Self.name)
            return
        }
        // Never freed: the environment refers to it until the process ends.
        let storage = self.storage ?? .allocate(capacity: Self.capacity)
        self.storage = storage
        for (index, byte) in "\(Self.name)=\(traceID)".utf8CString.enumerated() { storage[index] = byte }
        putenv(storage)
    }
}
