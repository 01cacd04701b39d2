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
/// Int, found string`.
public struct JSONHandler<Input: Decodable, Output: Encodable>: FunctionHandler {
    private let body: @Sendable (Input, InvocationContext) async throws -> Output

    /// A handler that runs this closure once for each invocation; what it throws fails the invocation.
    public init(_ body: @escaping @Sendable (_ input: Input, _ context: InvocationContext) async throws -> Output) {
        self.body = body
    }

    /// Decodes the event, runs the closure and encodes what it returns.
    public func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> FunctionResponse {
        let output = try await body(try JSONDecoder().decode(Input.self, from: event), context)
        return FunctionResponse(bytes: try JSONEncoder().encode(output))
    }
}
