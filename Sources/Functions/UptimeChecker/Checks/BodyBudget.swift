import Basics
import Synchronization

/// Limits the memory that the bodies of all running checks take together.
///
/// A check takes a lease for a body that is larger than ``free``, asks it for room while the body arrives, and lets it
/// go when its conditions have been evaluated. Where there is no room the check waits, and its connection with it. One
/// check at a time, the one that has waited longest, gets room beyond the limit: otherwise checks with half of their
/// bodies could wait for one another for ever.
final class BodyBudget: Sendable {
    /// What each body may take without a lease, in bytes; most bodies are smaller.
    static let free = 16_384

    private struct Waiting {
        let lease: Int
        let bytes: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var used = 0
        var held: [Int: Int] = [:]
        var nextLease = 0
        /// The lease that may go beyond the limit.
        var privileged: Int?
        var waiting: [Waiting] = []

        /// Whether a lease gets its bytes now.
        mutating func take(_ bytes: Int, _ lease: Int, limit: Int) -> Bool {
            guard lease == privileged || used + bytes <= limit || privileged == nil else { return false }
            if used + bytes > limit { privileged = lease }
            used += bytes
            held[lease, default: 0] += bytes
            return true
        }
    }

    /// In bytes.
    let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// The bytes that all leases hold.
    var used: Int { state.withLock { $0.used } }

    /// How many leases wait for room.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// A lease without any room yet.
    func lease() -> Lease {
        Lease(
            self,
            state.withLock { state in
                state.nextLease += 1
                return state.nextLease
            })
    }

    /// The room of one body; given back when the last reference to it ends.
    final class Lease: Sendable {
        private let budget: BodyBudget
        private let number: Int

        fileprivate init(_ budget: BodyBudget, _ number: Int) { (self.budget, self.number) = (budget, number) }

        deinit { budget.release(number) }

        /// Takes room for more bytes; waits where there is none.
        ///
        /// One task at a time may call it.
        /// - Throws: `CheckError` when it has waited for as long as it may; `CancellationError`.
        func take(_ bytes: Int, within limit: Duration, _ time: TimeSource) async throws {
            let (budget, number) = (budget, number)
            if budget.takeAtOnce(bytes, number) { return }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await budget.wait(for: bytes, number) }
                group.addTask {
                    try await time.sleep(limit)
                    throw CheckError(
                        .noRoom,
                        "its body was not read in time: the bodies of other checks took all of the "
                            + "\(budget.limit >> 20) MiB that are kept at once")
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private func takeAtOnce(_ bytes: Int, _ lease: Int) -> Bool {
        state.withLock { state in
            // Nobody overtakes those who wait.
            guard state.waiting.isEmpty || lease == state.privileged else { return false }
            return state.take(bytes, lease, limit: limit)
        }
    }

    private func wait(for bytes: Int, _ lease: Int) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.waiting.append(Waiting(lease: lease, bytes: bytes, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) } else { admit() }
            }
        } onCancel: {
            let cancelled = state.withLock { state in
                state.waiting.firstIndex { $0.lease == lease }.map { state.waiting.remove(at: $0) }
            }
            cancelled?.continuation.resume(throwing: CancellationError())
        }
    }

    private func release(_ lease: Int) {
        state.withLock { state in
            state.used -= state.held.removeValue(forKey: lease) ?? 0
            if state.privileged == lease { state.privileged = nil }
        }
        admit()
    }

    /// Lets those go on for whom there is room, in the order in which they came.
    private func admit() {
        let admitted = state.withLock { state in
            var admitted: [Waiting] = []
            while let first = state.waiting.first, state.take(first.bytes, first.lease, limit: limit) {
                admitted.append(state.waiting.removeFirst())
            }
            return admitted
        }
        for waiting in admitted { waiting.continuation.resume() }
    }
}

/// A body as it arrives: all of it, or only its length where no condition needs more.
struct ArrivingBody {
    /// How many bytes came, at most the limit.
    private(set) var count = 0
    /// Whether more came than the limit.
    private(set) var isCut = false
    /// The room of what is kept, to be held as long as that is.
    private(set) var lease: BodyBudget.Lease?
    /// What is kept, in pieces: one array that grows would be copied again and again, and hold twice what it needs.
    private var pieces: [[UInt8]] = []
    private var leased = BodyBudget.free

    private let limit: Int
    private let expected: Int?
    private let needsAll: Bool
    private let keepsLists: Bool
    private let check: Check
    private let checker: Checker

    private static let pieceSize = 65_536
    /// What a body of unknown length takes first.
    private static let firstRoom = 262_144

    /// - Parameter expected: the length that the server has announced.
    init(of check: Check, _ checker: Checker, expected: Int? = nil) {
        limit = check.bodyLimit(checker.settings)
        keepsLists = check.needs.contains(.bodyLength)
        needsAll = check.needs.contains(.body)
        self.expected = expected
        self.check = check
        self.checker = checker
    }

    /// How many bytes are still wanted.
    var room: Int { limit - count }

    /// What is kept.
    var bytes: [UInt8] {
        guard pieces.count > 1 else { return pieces.first ?? [] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for piece in pieces { bytes += piece }
        return bytes
    }

    /// The body, of which more is there than is wanted.
    func cut() -> ArrivingBody {
        var body = self
        body.isCut = true
        return body
    }

    /// Takes the next piece.
    /// - Returns: whether more is wanted.
    mutating func add(_ piece: [UInt8]) async throws -> Bool {
        let taken = min(piece.count, room)
        // The length of a JSON array is that of its elements: `len([BODY])` needs all of it.
        let isKept = needsAll || keepsLists && (count == 0 ? piece.first == UInt8(ascii: "[") : !pieces.isEmpty)
        count += taken
        isCut = taken < piece.count
        guard isKept else { return !isCut }
        if count > leased { try await takeRoom() }
        if pieces.isEmpty || pieces[pieces.count - 1].count + taken > Self.pieceSize {
            pieces.append([])
            if count > BodyBudget.free { pieces[pieces.count - 1].reserveCapacity(Self.pieceSize) }
        }
        pieces[pieces.count - 1] += isCut ? Array(piece[..<taken]) : piece
        return !isCut
    }

    /// Takes all the room that the body will probably need: with a part each, many would wait for one another.
    private mutating func takeRoom() async throws {
        let lease = self.lease ?? checker.bodies.lease()
        self.lease = lease
        let likely = expected ?? (leased == BodyBudget.free ? Self.firstRoom : limit)
        let next = min(limit, max(count, leased < likely ? likely : limit))
        try await lease.take(next - leased, within: check.budget.remaining, checker.time)
        leased = next
    }
}

extension Observation {
    /// Takes what has arrived of a body.
    mutating func take(_ body: ArrivingBody, of what: String) {
        self.body = body.bytes
        bodyByteCount = body.count
        bodyLease = body.lease
        if body.isCut { notes.append("only the first \(body.count) bytes of the \(what) were read") }
    }
}
