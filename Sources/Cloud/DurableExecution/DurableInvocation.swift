public import AWS
public import Basics
public import JSON

/// One invocation of a Lambda function with durable executions: the event, and the answer that Lambda expects.
///
///     guard let invocation = DurableInvocation(event) else { return … }  // the function is not durable
///     return try await invocation.respond(aws: aws, deadline: context.deadline) { scope, input in
///         try await scope.wait("settle", for: .seconds(3_600))
///         return try await scope.step("count") { try await count(input) }
///     }
///
/// The function must have been created with `DurableConfig`; its role needs `lambda:CheckpointDurableExecution` and
/// `lambda:GetDurableExecutionState`. Lambda invokes the function again when a wait ends or a callback is completed.
public struct DurableInvocation: Sendable {
    /// The execution's ARN, which ends with its name and id.
    public let executionARN: String
    /// What the caller of the function has sent; `null` for nothing.
    public let input: JSONValue
    /// When the execution began; the same in each of its invocations.
    public let started: Timestamp?
    /// Whether an earlier invocation has recorded something.
    public let isReplay: Bool

    private let token: String
    private let operations: [JSONValue]
    private let marker: String?

    /// The most bytes of the answer of an invocation, less some for its envelope.
    private static let maximumAnswerBytes = 6 << 20 - 50

    /// Reads an event.
    /// - Returns: nil for an event of another kind, such as one of a function without `DurableConfig`.
    public init?(_ event: JSONValue) {
        guard let arn = event["DurableExecutionArn"]?.stringValue, let token = event["CheckpointToken"]?.stringValue
        else { return nil }
        (executionARN, self.token) = (arn, token)
        let state = event["InitialExecutionState"]
        operations = state?["Operations"]?.arrayValue ?? []
        marker = state?["NextMarker"]?.stringValue
        let execution = operations.lazy.compactMap { DurableOperation(lambda: $0) }.first {
            $0.identity.kind == .execution
        }
        input = execution?.result ?? .null
        started = execution?.due
        isReplay = operations.count > 1 || marker?.isEmpty == false
    }

    /// Executes the body, from where the last invocation has ended.
    ///
    /// - Parameters:
    ///   - aws: its clock and chance are the run's, too.
    ///   - deadline: of the invocation; no call to Lambda lasts beyond it.
    ///   - body: gets the run's scope and the input.
    /// - Returns: the answer of the invocation: `{"Status":"PENDING"}` when the run is suspended, `SUCCEEDED` with the
    ///   result, or `FAILED`: what the body throws ends the execution for good.
    /// - Throws: what another invocation can put right, so that Lambda makes one: `DurableError` with `unavailable` or
    ///   `inUse`, and `CancellationError`.
    public func respond(
        aws: AWSConfiguration, deadline: Timestamp? = nil,
        _ body: @Sendable (_ scope: DurableScope, _ input: JSONValue) async throws -> JSONValue
    ) async throws -> JSONValue {
        var aws = aws
        // A run of hours is worth some patience: each further attempt waits longer, up to 20 s.
        aws.maximumAttempts = max(aws.maximumAttempts ?? 0, 6)
        let client: AWSClient
        do { client = try AWSClient(.lambda, configuration: aws) } catch {
            throw DurableError(.unavailable, "\(error)", underlying: error)
        }
        let lambda = LambdaLog(
            client, arn: executionARN, token: token, deadline: deadline, random: aws.time.random())
        do {
            let log = try await lambda.open(operations, marker: marker)
            let outcome = try await DurableRun.execute(log, aws.time, nil) { try await body($0, input) }
            switch outcome {
            case .suspended: return Self.pending
            case .completed(let result):
                if lambda.isRevoked { return Self.pending }
                let answer: JSONValue = ["Status": "SUCCEEDED", "Result": .string(result.description)]
                if answer.serialized().count <= Self.maximumAnswerBytes { return answer }
                try await lambda.complete(result)
                return ["Status": "SUCCEEDED", "Result": ""]
            }
        } catch is DurableSuspension {
            return Self.pending
        } catch let error as DurableError where error.code == .unavailable || error.code == .inUse {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            if lambda.isRevoked { return Self.pending }
            return ["Status": "FAILED", "Error": DurableFailure(error).lambda]
        }
    }

    private static let pending: JSONValue = ["Status": "PENDING"]
}
