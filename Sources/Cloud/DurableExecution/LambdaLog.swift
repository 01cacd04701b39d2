internal import AWS
internal import Basics
internal import JSON
internal import Synchronization

/// The record of a durable execution, which Lambda keeps.
final class LambdaLog: Sendable {
    private struct State {
        /// Nil when this invocation may record nothing more.
        var token: String?
        /// Of all payloads together.
        var bytes: Int
    }

    private static let maximumUpdates = 250
    private static let maximumRequestBytes = 750 << 10

    private let client: AWSClient
    private let arn: String
    private let deadline: Timestamp?
    /// Of this process and invocation: part of the tokens that make a repeated request harmless.
    private let invocation: String
    private let state: Locked<State>
    private let changes = ChangeFeed()
    private let queue: Locked<WriteQueue?> = Locked(nil)

    /// - Parameter deadline: of the invocation; no call lasts beyond it.
    init(_ client: AWSClient, arn: String, token: String, deadline: Timestamp?, random: Double) {
        (self.client, self.arn, self.deadline) = (client, arn, deadline)
        invocation = String(UInt64(random * 0x1p53), radix: 36)
        state = Locked(State(token: token, bytes: 0))
    }

    /// Opens the record.
    /// - Parameters:
    ///   - operations: of the event.
    ///   - marker: where the rest of the operations begins; nil when the event holds all.
    func open(_ operations: [JSONValue], marker: String?) async throws -> DurableLog {
        let all = try await operations + pages(from: marker)
        var log = DurableLog(place: "Lambda's durable execution", changes: changes) { updates, durability in
            try await self.record(updates)
        }
        log.operations = all.compactMap { DurableOperation(lambda: $0) }
        log.timing = .service
        log.maximumOperations = DurableLimits.lambda.operations
        log.pollInterval = .seconds(5)
        // Shorter ones cost less here than a further invocation does.
        log.longestIdleWait = .seconds(3)
        log.refresh = { try await self.record([]) }
        let bytes = all.reduce(0) { $0 + ($1.operationPayload?.utf8.count ?? 0) }
        state.withLock { $0.bytes = bytes }
        return log
    }

    /// Records the end of the execution with a result that is too large for the answer of an invocation.
    func complete(_ result: JSONValue) async throws {
        let identity = DurableOperation.Identity(
            id: "execution-result", parent: nil, kind: .execution, subtype: nil, name: "")
        try await record([.succeed(identity, result)])
    }

    /// Whether Lambda has taken the right to record from this invocation.
    var isRevoked: Bool { state.withLock { $0.token == nil } }

    private func record(_ updates: [DurableUpdate]) async throws {
        let requests = try updates.map { try $0.lambda() }
        let size = requests.reduce(0) { $0 + $1.bytes }
        let total = state.withLock { state in
            state.bytes += size
            return state.bytes
        }
        guard total <= DurableLimits.lambda.bytes else {
            throw DurableError(
                .limit,
                "the run has \(total) bytes of results, and Lambda takes \(DurableLimits.lambda.bytes): store them elsewhere, in "
                    + "S3 for instance, and give their keys as results")
        }
        // Lambda refuses to cancel a wait that it has just completed.
        let isAlone = updates.contains { $0.action == .cancel || $0.identity.kind == .execution }
        try await writer.submit(
            WriteQueue.Entry(updates: updates, requests: requests.map(\.json), bytes: size, isAlone: isAlone))
    }

    private var writer: WriteQueue {
        queue.withLock { queue in
            if let queue { return queue }
            // Unowned would be enough: the record lives as long as the execution.
            let new = WriteQueue(maximumCount: Self.maximumUpdates, maximumBytes: Self.maximumRequestBytes) {
                [weak self] in
                try await self?.checkpoint($0)
            }
            queue = new
            return new
        }
    }

    private func checkpoint(_ batch: WriteQueue.Batch) async throws {
        guard let token = state.withLock({ $0.token }) else { throw DurableSuspension(until: nil) }
        let updates = batch.updates
        let output = try await call(
            "CheckpointDurableExecution",
            [
                "DurableExecutionArn": .string(arn), "CheckpointToken": .string(token),
                "Updates": .array(batch.entries.flatMap(\.requests)),
                "ClientToken": .string("\(invocation)-\(batch.number)"),
            ])
        state.withLock { $0.token = output["CheckpointToken"]?.stringValue }
        var changed = output["NewExecutionState"]?["Operations"]?.arrayValue ?? []
        if !isRevoked { changed += try await pages(from: output["NewExecutionState"]?["NextMarker"]?.stringValue) }
        changes.tell(changed.compactMap { DurableOperation(lambda: $0) })
        // What was sent is recorded; nothing more will be.
        if isRevoked, !updates.contains(where: { $0.identity.kind == .execution }) {
            throw DurableSuspension(until: nil)
        }
    }

    private func pages(from marker: String?) async throws -> [JSONValue] {
        var operations: [JSONValue] = []
        var marker = marker ?? ""
        while !marker.isEmpty {
            guard let token = state.withLock({ $0.token }) else { throw DurableSuspension(until: nil) }
            let page = try await call(
                "GetDurableExecutionState",
                [
                    "DurableExecutionArn": .string(arn), "CheckpointToken": .string(token), "Marker": .string(marker),
                    "MaxItems": 1_000,
                ])
            operations += page["Operations"]?.arrayValue ?? []
            marker = page["NextMarker"]?.stringValue ?? ""
        }
        return operations
    }

    private func call(_ operation: String, _ input: JSONValue) async throws -> JSONValue {
        do {
            return try await client.send(operation, input, deadline: deadline, maximumResponseBytes: 64 << 20).output
        } catch let error as AWSError {
            throw DurableError(error)
        }
    }
}

extension DurableError {
    /// What a failed call means for the run; by the rules of AWS's own libraries.
    init(_ error: AWSError) {
        let isStale =
            error.code == "InvalidParameterValueException" && error.message.hasPrefix("Invalid checkpoint token")
        if isStale {
            self.init(
                .inUse, "\(error): another invocation has taken this execution over; this one ends", underlying: error)
        } else if error.code.hasPrefix("KMS") {
            // A key that is disabled or gone does not come back by itself, though the status says so.
            self.init(.refused, "\(error)", underlying: error)
        } else if error.isThrottling || error.isRetryable || error.status == nil {
            self.init(.unavailable, "\(error)", underlying: error)
        } else if let status = error.status, 400..<500 ~= status, status != 429 {
            let advice =
                status == 403
                ? "; the role needs lambda:CheckpointDurableExecution, lambda:GetDurableExecutionState, and for "
                    + "callbacks from outside the three lambda:SendDurableExecutionCallback…" : ""
            self.init(.refused, "\(error)\(advice)", underlying: error)
        } else {
            self.init(.unavailable, "\(error)", underlying: error)
        }
    }
}
