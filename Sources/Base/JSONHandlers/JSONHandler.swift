public import FunctionRuntime
import JSON

/// A function as a closure: it gets the event as a value of its own type, and returns the response as one.
///
///     LambdaRuntime.run { environment, loop in
///         JSONHandler { (order: Order, context) in
///             Receipt(total: order.count * 3)
///         }
///     }
///
/// An event of another shape fails the invocation with a `JSONError`, whose message names the path: `count: expected
/// Int, found string`. The event's keys are taken as they are (`orderId` is not `order_id`), numbers must fit their
/// types, and a date is a `Timestamp` of `Basics`. A closure that returns nothing answers `null`.
public struct JSONHandler<Input: Decodable, Output: Encodable>: FunctionHandler {
    private enum Body: Sendable {
        case result(@Sendable (Input, InvocationContext) async throws -> Output)
        case noResult(@Sendable (Input, InvocationContext) async throws -> Void)
    }

    private let body: Body

    /// A handler that runs this closure once for each invocation; what it throws fails the invocation.
    public init(_ body: @escaping @Sendable (_ input: Input, _ context: InvocationContext) async throws -> Output) {
        self.body = .result(body)
    }

    /// A handler whose closure returns nothing; the response is `null`.
    public init(
        _ body: @escaping @Sendable (_ input: Input, _ context: InvocationContext) async throws -> Void
    ) where Output == Never {
        self.body = .noResult(body)
    }

    /// Takes a closure whose result is not `Encodable`, so that the compiler names that as the fault.
    ///
    /// Without it the compiler fails without a reason: neither of the two others fits.
    @available(*, unavailable, message: "what the closure returns has to be Encodable")
    public init<Other>(
        _ body: @escaping @Sendable (_ input: Input, _ context: InvocationContext) async throws -> Other
    ) where Output == Never {
        fatalError("unavailable")
    }

    /// Decodes the event, runs the closure and encodes what it returns.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        let input = try JSONDecoder().decode(Input.self, from: event)
        switch body {
        case .result(let body):
            return FunctionResponse(bytes: try JSONEncoder().encode(try await body(input, context)))
        case .noResult(let body):
            try await body(input, context)
            return FunctionResponse(json: .null)
        }
    }
}
