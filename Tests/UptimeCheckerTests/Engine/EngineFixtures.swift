import Basics
import Events
import JSON
import Synchronization
import Transport

@testable import UptimeChecker

/// 2026-11-21T03:42:00Z, the time at which runs begin.
let runTime = Timestamp(secondsSinceEpoch: 1_795_232_520.0)

extension Endpoint {
    /// An endpoint with the condition that its status is 200.
    static func sample(_ name: String, group: String? = nil, host: String? = nil, attempts: Int = 1) throws -> Endpoint
    {
        let url = "https://\(host ?? name + ".example.com")/"
        var endpoint = Endpoint(
            name: name, group: group, url: url, target: .http(url: url), conditions: [try Condition("[STATUS] == 200")]
        )
        endpoint.confirmation = Confirmation(attempts: attempts, interval: .seconds(2))
        return endpoint
    }
}

extension Observation {
    /// An answer with a status, after 100 ms.
    static func status(_ status: Int) -> Observation {
        var observation = Observation()
        observation.isConnected = true
        observation.status = status
        observation.ip = "192.0.2.7"
        observation.responseTime = .milliseconds(100)
        return observation
    }

    /// No connection, and why.
    static func failure(_ error: String) -> Observation {
        var observation = Observation()
        observation.errors = [error]
        return observation
    }
}

extension CheckResult {
    /// A result for tests of what comes after the checks.
    static func sample(
        _ name: String, _ outcome: Outcome, at time: Timestamp = runTime, inMaintenance: Bool = false
    ) throws -> CheckResult {
        var result = CheckResult(of: try .sample(name, group: "g"), endedAt: time)
        guard outcome != .timedOut else { return result }
        let observation: Observation = outcome == .up ? .status(200) : .status(500)
        let endpoint = try Endpoint.sample(name, group: "g")
        result.take(CheckAttempt(observation, of: endpoint, startedAt: time, endedAt: time), of: endpoint)
        result.isInMaintenance = inMaintenance
        return result
    }
}

/// A clock that moves on to the next sleeper's time as soon as everybody sleeps; nobody waits really.
///
/// It belongs to one loop: "everybody sleeps" is when the loop's queue has run empty.
final class SteppingClock: Sendable {
    private struct State {
        var now = runTime
        var sleepers: [(end: Timestamp, number: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var cancelled: Set<Int> = []
        var count = 0
        var isStepping = false
    }
    private let state = Mutex(State())
    private let loop: EventLoop

    init(loop: EventLoop) { self.loop = loop }

    var now: Timestamp { state.withLock { $0.now } }

    var time: TimeSource { TimeSource(now: { self.now }, sleep: sleep, random: { 0 }) }

    @Sendable private func sleep(_ duration: Duration) async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let starts = state.withLock { state -> Bool? in
                    guard state.cancelled.remove(number) == nil else { return nil }
                    state.sleepers.append((state.now + duration, number, continuation))
                    defer { state.isStepping = true }
                    return !state.isStepping
                }
                switch starts {
                case nil: continuation.resume()
                case true?: Task(executorPreference: loop) { await self.step() }
                default: break
                }
            }
        } onCancel: {
            wake {
                $0.number == number
            } ifNone: {
                $0.cancelled.insert(number)
            }
        }
        try Task.checkCancellation()
    }

    /// Wakes the sleepers one after the other in the order of their times, each when nobody else has anything to do.
    private func step() async {
        while true {
            for _ in 0..<50 { await Task.yield() }
            let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard let next = state.sleepers.indices.min(by: { state.sleepers[$0].end < state.sleepers[$1].end })
                else {
                    state.isStepping = false
                    return nil
                }
                state.now = max(state.now, state.sleepers[next].end)
                return state.sleepers.remove(at: next).continuation
            }
            guard let continuation else { return }
            continuation.resume()
        }
    }

    private func wake(
        _ isMeant: ((end: Timestamp, number: Int, continuation: CheckedContinuation<Void, Never>)) -> Bool,
        ifNone: (inout State) -> Void
    ) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let index = state.sleepers.firstIndex(where: isMeant) else {
                ifNone(&state)
                return nil
            }
            return state.sleepers.remove(at: index).continuation
        }
        continuation?.resume()
    }
}
