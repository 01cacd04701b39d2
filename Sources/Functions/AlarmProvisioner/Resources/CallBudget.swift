import AWS
import Basics
import JSON

/// Counts the calls of one discovery, bounds them, and lets only some of them run at once.
///
/// All scopes and kinds of a discovery share it, so that many regions do not multiply the connections.
final class CallBudget: Sendable {
    private struct State: Sendable {
        var made = 0
        var running = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        var operations: Set<String> = []
    }

    /// The most calls; repeated attempts count, too.
    let maximumCalls: Int
    /// How many run at once.
    let parallelCalls: Int
    private let state = Locked(State())

    init(maximumCalls: Int, parallelCalls: Int) {
        self.maximumCalls = maximumCalls
        self.parallelCalls = max(1, parallelCalls)
    }

    /// The requests that were sent so far, repeated ones included.
    var made: Int { state.withLock { $0.made } }
    /// The IAM actions of the calls so far, for the test that compares them with what is asked for in policies.
    var actions: Set<String> { state.withLock { $0.operations } }

    /// Waits for its turn and calls an operation.
    /// - Throws: what the client throws, ``DiscoveryLimit`` without a call when there were enough.
    func perform(
        _ client: AWSClient, _ operation: String, _ input: JSONValue, deadline: Timestamp?
    ) async throws -> JSONValue {
        await takeTurn()
        defer { endTurn() }
        try Task.checkCancellation()
        if let deadline, client.configuration.time.now() >= deadline { throw DiscoveryLimit.deadline }
        guard count(IAMAction.name(client.service.name, operation)) else {
            throw DiscoveryLimit.tooManyCalls(maximumCalls)
        }
        do {
            let result = try await client.send(operation, input, deadline: deadline)
            countRepetitions(result.attempts)
            return result.output
        } catch let error as AWSError {
            countRepetitions(error.attempt)
            throw error
        }
    }

    private func takeTurn() async {
        await withCheckedContinuation { continuation in
            let isNext = state.withLock { state in
                guard state.running >= parallelCalls else {
                    state.running += 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isNext { continuation.resume() }
        }
    }

    /// Hands the turn to who has waited longest.
    private func endTurn() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }

    private func count(_ action: String) -> Bool {
        state.withLock { state in
            guard state.made < maximumCalls else { return false }
            state.made += 1
            state.operations.insert(action)
            return true
        }
    }

    private func countRepetitions(_ attempts: Int) {
        state.withLock { $0.made += max(0, attempts - 1) }
    }
}

/// Why a list is read no further.
enum DiscoveryLimit: Error {
    case deadline
    case tooManyCalls(Int)
    case tooManyPages(Int)
    /// The service says that there are more pages, but not how to get them.
    case missingToken
}

/// The names under which policies allow calls.
enum IAMAction {
    /// `elasticloadbalancing:DescribeLoadBalancers` for the client's name `elbv2` and the operation.
    static func name(_ service: String, _ operation: String) -> String {
        exceptions["\(service):\(operation)"] ?? "\(prefixes[service] ?? service):\(operation)"
    }

    private static let prefixes = [
        "elbv2": "elasticloadbalancing", "efs": "elasticfilesystem", "stepfunctions": "states",
        "resourcegroupstaggingapi": "tag", "apigatewayv2": "apigateway",
    ]
    /// API Gateway's actions are the HTTP methods.
    private static let exceptions = [
        "s3:ListBuckets": "s3:ListAllMyBuckets", "apigateway:GetRestApis": "apigateway:GET",
        "apigateway:GetStages": "apigateway:GET", "apigatewayv2:GetApis": "apigateway:GET",
        "apigatewayv2:GetStages": "apigateway:GET",
    ]
}
