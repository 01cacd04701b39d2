import AlibabaCloud
public import Basics
public import Configuration
public import Events
import FunctionRuntime
import JSON
public import Transport

/// Tells a function, such as the notifier, of changes of state: by asynchronous invocations, with the credentials of
/// the invocation under way.
///
/// Function Compute keeps an event that the function could not handle, tries again and puts it to the dead letters. The
/// same change has the same id, which Function Compute takes once where the function has asynchronous tasks.
public struct ChangeInvocations: Sendable {
    /// How many calls run at once.
    private static let maximumCalls = 8

    private let function: String
    private let invocations: FunctionInvocations

    /// - Parameter target: the value of `UPTIME_NOTIFIER`.
    public init(_ target: FunctionTarget, http: any HTTPExecuting) {
        function = target.function
        invocations = FunctionInvocations(endpoint: target.endpoint, http: http)
    }

    /// Queues the changes.
    ///
    /// After a call that failed no further one is made, to spare a service in trouble.
    /// - Returns: the ids of those that were queued, and why others were not.
    @Sendable public func publish(
        _ changes: [UptimeChange], until end: Timestamp
    ) async -> (published: Set<String>, failure: String?) {
        let progress = Locked<(published: Set<String>, failure: String?)>(([], nil))
        await withTaskGroup(of: Void.self) { group in
            for (number, change) in changes.enumerated() {
                if number >= Self.maximumCalls { await group.next() }
                guard progress.withLock({ $0.failure == nil }), end > .now() else { break }
                group.addTask {
                    let outcome = await add(change)
                    progress.withLock { progress in
                        switch outcome {
                        case .stored: progress.published.insert(change.id)
                        case .refused(let reason), .unknown(let reason):
                            progress.failure = progress.failure ?? "\(function) not invoked: \(reason)"
                        }
                    }
                }
            }
        }
        var result = progress.withLock { $0 }
        if result.failure == nil, result.published.count < changes.count {
            result.failure = "no time left in this invocation"
        }
        return result
    }

    private func add(_ change: UptimeChange) async -> EnqueueOutcome {
        await invocations.add(
            change.json.serialized(), id: "uptime-\(Digest.sha256Hex(change.id).prefix(40))", to: function,
            InvocationContext.current?.credentials)
    }
}

/// A function, and the address of the API that invokes it.
public struct FunctionTarget: Sendable, Hashable {
    let endpoint: AlibabaCloudEndpoint
    let function: String

    /// What a target looks like, for faults.
    public static let expected = "a function's address like https://<account>.<region>.fc.aliyuncs.com/<function>"

    /// Nil when the text has no function at its end, or an address that is none.
    public init?(_ text: String) {
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let function = text[text.index(after: slash)...]
        let isName = function.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, (1...128).contains(function.utf8.count),
            let endpoint = AlibabaCloudEndpoint(String(text[..<slash]))
        else { return nil }
        self.endpoint = endpoint
        self.function = String(function)
    }
}

extension ConfigurationSection {
    /// `UPTIME_NOTIFIER`: the function that is told of changes.
    public func uptimeNotifier() -> FunctionTarget? {
        value("UPTIME_NOTIFIER", expected: FunctionTarget.expected) { FunctionTarget($0) }
    }
}
