public import Basics
internal import JSON
public import StateStore

/// Locks on targets, so that two experiments cannot hit the same one at the same time.
///
/// A lock ends by itself when its run does not renew it. A run that another process goes on with gets its own locks
/// again.
public final class TargetLocks: Sendable {
    private let leases: Leases
    private let time: TimeSource
    private let duration: Duration
    private let held = Locked<[String: Lease]>([:])
    /// Two activities of the run may want the same target at once: the second must see the lock of the first.
    private let section = SerialSection()

    /// The locks of a run.
    /// - Parameter duration: how long a lock lasts after it was acquired or renewed.
    public init(_ store: StateStore, run: String, time: TimeSource, duration: Duration = .seconds(300)) {
        leases = Leases(in: store, holder: run, now: time.now)
        (self.time, self.duration) = (time, duration)
    }

    /// Acquires the locks of all targets, or of none; those that the run has already are kept.
    /// - Throws: ``ExperimentError`` with `refused` that names the run which has a target; `StateStoreError`.
    public func acquire(_ targets: [NativeActivity.Target]) async throws {
        try await section.run { try await acquireAlone(targets) }
    }

    private func acquireAlone(_ targets: [NativeActivity.Target]) async throws {
        let keys = Dictionary(targets.map { (Self.key($0), $0) }) { first, _ in first }
        let known = held.withLock { Set($0.keys) }
        var acquired: [Lease] = []
        do {
            // In one order for all runs, so that of two that want the same targets one gets all of them.
            for (key, target) in keys.sorted(by: { $0.key < $1.key }) where !known.contains(key) {
                acquired.append(try await acquire(key, target))
            }
        } catch {
            for lease in acquired { _ = try? await leases.release(lease, leaving: .null, deadline: deadline) }
            throw error
        }
        held.withLock { held in for lease in acquired { held[lease.key] = lease } }
    }

    /// Renews the locks; to be called at least twice in the time of a lock.
    /// - Parameter end: when they end; nil for the usual time. For waits without a process.
    /// - Returns: why the run must end, when another run has one of the targets now.
    public func renew(until end: Timestamp? = nil) async throws -> StopReason? {
        try await section.run { try await renewAlone(until: end) }
    }

    private func renewAlone(until end: Timestamp?) async throws -> StopReason? {
        for (key, lease) in held.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            guard
                let renewed = try await leases.renew(lease, until: end ?? time.now() + duration, deadline: deadline)
            else {
                let holder = try await leases.holder(of: key, deadline: deadline)?.name
                held.withLock { $0[key] = nil }
                return StopReason(
                    .lost, key, "the lock on \(key) was lost\(holder.map { " to the run \($0)" } ?? "")")
            }
            held.withLock { $0[key] = renewed }
        }
        return nil
    }

    /// Gives all locks back, after the rollbacks; what fails ends by itself.
    public func release() async {
        let leases = held.withLock { held in
            defer { held = [:] }
            return Array(held.values)
        }
        for lease in leases { _ = try? await self.leases.release(lease, leaving: .null, deadline: deadline) }
    }

    private var deadline: Timestamp { time.now() + .seconds(30) }

    private func acquire(_ key: String, _ target: NativeActivity.Target) async throws -> Lease {
        let end = time.now() + duration
        if case .acquired(let lease) = try await leases.acquire(key, until: end, deadline: deadline) { return lease }
        let holder = try await leases.holder(of: key, deadline: deadline)
        let run = holder?.name.map { "the run \($0)" } ?? "another run"
        let until = holder.map { " until \($0.end.iso8601(fractionDigits: 0)), or longer" } ?? ""
        throw ExperimentError(.refused, "\(target.title) is being hit by \(run)\(until)")
    }

    private static func key(_ target: NativeActivity.Target) -> String {
        let key = "lock/\(target.address)"
        // As a part of a file's name it has room for about 200 bytes.
        return key.utf8.count <= 120 ? key : "lock/\(target.kind)/\(Digest.sha256Hex(target.address))"
    }
}

/// What happens when a scheduled experiment is to start while it still runs.
public enum OverlapPolicy: String, Sendable, CaseIterable {
    /// The new run does not start.
    case forbid
    /// The new run waits for the end of the other one.
    case wait
    /// Both run.
    case allow
}

/// The right to be the one run of an experiment, by its name.
public final class ExperimentSlot: Sendable {
    private let leases: Leases
    private let key: String
    private let name: String
    private let policy: OverlapPolicy
    private let time: TimeSource
    private let duration: Duration
    private let lease = Locked<Lease?>(nil)

    /// What came of asking.
    public enum Attempt: Sendable, Hashable {
        /// The run may start.
        case granted
        /// Another run has it: ask again after a pause.
        case wait(run: String)
    }

    /// The slot of an experiment.
    /// - Parameters:
    ///   - name: of the experiment, such as its file or title.
    ///   - duration: how long it is ours after it was acquired or renewed.
    public init(
        _ store: StateStore, experiment name: String, run: String, policy: OverlapPolicy, time: TimeSource,
        duration: Duration = .seconds(300)
    ) {
        leases = Leases(in: store, holder: run, now: time.now)
        key = "slot/" + Digest.sha256Hex(name).prefix(32)
        (self.name, self.policy, self.time, self.duration) = (name, policy, time, duration)
    }

    /// Whether it is ours, as far as this process knows.
    var isHeld: Bool { policy == .allow || lease.withLock { $0 != nil } }

    /// Asks for the slot; a run that has it gets it again.
    /// - Throws: ``ExperimentError`` with `refused` under `forbid` while another run has it; `StateStoreError`.
    public func acquire() async throws -> Attempt {
        guard policy != .allow else { return .granted }
        let deadline = time.now() + .seconds(30)
        if case .acquired(let lease) = try await leases.acquire(key, until: time.now() + duration, deadline: deadline) {
            self.lease.withLock { $0 = lease }
            return .granted
        }
        let run = try await leases.holder(of: key, deadline: deadline)?.name ?? "another run"
        guard policy == .wait else {
            throw ExperimentError(
                .refused, "the experiment \"\(name)\" is still running as \(run), and its runs may not overlap")
        }
        return .wait(run: run)
    }

    /// Renews it.
    /// - Parameter end: when it ends; nil for the usual time.
    /// - Returns: why the run must end, when another run has it now.
    public func renew(until end: Timestamp? = nil) async throws -> StopReason? {
        guard let lease = lease.withLock({ $0 }) else { return nil }
        let renewed = try await leases.renew(
            lease, until: end ?? time.now() + duration, deadline: time.now() + .seconds(30))
        self.lease.withLock { $0 = renewed }
        if renewed != nil { return nil }
        return StopReason(.lost, name, "another run of the experiment \"\(name)\" has started")
    }

    /// Gives it back; when that fails it ends by itself.
    public func release() async {
        guard let lease = lease.withLock({ $0 }) else { return }
        self.lease.withLock { $0 = nil }
        _ = try? await leases.release(lease, leaving: .null, deadline: time.now() + .seconds(30))
    }
}
