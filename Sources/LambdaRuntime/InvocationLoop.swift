import FunctionRuntime
import JSON
import Logging
import Transport

/// Takes invocations from the Runtime API one after the other and answers them.
struct InvocationLoop: Sendable {
    /// How often `/next` may fail in a row, and the first pause; each is twice the one before.
    ///
    /// A second and a half in all.
    private static let attempts = 6
    private static let firstPause = Duration.milliseconds(50)

    let client: RuntimeAPIClient
    let handler: any FunctionHandler
    let logger: Logger
    let time: TimeSource
    /// Told the trace of each invocation before its handler runs.
    let setTrace: @Sendable (String?) -> Void

    /// Runs until the Runtime API is gone.
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
        let context = invocation.context(logger: logger)
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
    /// Failures to deliver it are logged, there is nobody else to tell; those of the function are thrown.
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
            logger.warning("response refused: the invocation had ended before", error: error)
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
struct ResponseTooLarge: ReportableError, CustomStringConvertible {
    let bytes: Int

    var errorType: String { "ResponseSizeTooLarge" }

    var description: String {
        "the response has \(bytes) bytes, Lambda takes \(RuntimeAPIClient.maximumResponse): stream it, or store it and "
            + "answer with its place"
    }
}
